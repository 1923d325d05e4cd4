// Home before the first span: what is counted, and how to send something.
import { Tabs } from "radix-ui";
import { useState } from "react";
import type { Status } from "../../api/types";
import { t } from "../../text/en";
import { Copy } from "../../ui/Copy";
import { Panel } from "../../ui/Panel";
import { CreateKey } from "../settings/CreateKey";
import { Counters } from "./Counters";
import { senderEndpoint, snippets } from "./snippets";

export function Waiting({ status }: { readonly status: Status }) {
  const [key, setKey] = useState("");
  const endpoint = senderEndpoint(status.endpoints?.otlp_http, location.hostname, 4318);
  const grpc = senderEndpoint(status.endpoints?.otlp_grpc, location.hostname, 4317);
  const list = snippets({ endpoint, key });
  return (
    <>
      <div className="waiting panel">
        <span className="pulse" aria-hidden />
        <div className="grow">
          <h2>{t.home.waiting}</h2>
          <p className="muted">{t.home.waitingHint}</p>
        </div>
        <dl className="kv">
          <dt>OTLP/HTTP</dt>
          <dd>{endpoint}</dd>
          <dt>OTLP/gRPC</dt>
          <dd>{grpc}</dd>
        </dl>
      </div>
      <Counters status={status} />
      <Panel title={t.home.send} note={key === "" ? t.home.keyHint : t.home.keyReady} actions={<CreateKey onCreated={setKey} />}>
        <Tabs.Root defaultValue="python" className="snippets">
          <Tabs.List className="segments" aria-label={t.home.languages}>
            {list.map(({ id, title }) => (
              <Tabs.Trigger key={id} value={id}>
                {title}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          {list.map(({ id, title, text }) => (
            <Tabs.Content key={id} value={id}>
              <div className="code">
                <Copy text={text} label={t.home.copySnippet(title)} words />
                {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long lines scroll, also by keyboard */}
                <pre tabIndex={0}>{text}</pre>
              </div>
            </Tabs.Content>
          ))}
        </Tabs.Root>
      </Panel>
    </>
  );
}
