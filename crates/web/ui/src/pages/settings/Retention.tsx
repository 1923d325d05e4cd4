// For how long each kind of data is kept. Shown, not changed: it is a setting of the server.
import { useQuery } from "@tanstack/react-query";
import { status as statusQuery } from "../../api/queries";
import { t } from "../../text/en";
import { Panel } from "../../ui/Panel";
import { Answer } from "../../ui/State";

const STATUS_MS = 60_000;

export function Retention() {
  const status = useQuery(statusQuery(STATUS_MS));
  // An older server does not say.
  if (status.data !== undefined && status.data.retention === undefined) return null;
  return (
    <Panel title={t.settings.retention} note={t.settings.retentionNote}>
      <Answer query={status} rows={3}>
        {({ retention = [] }) => (
          <dl className="kv">
            {retention.map(({ signal, resolution, days }) => (
              <div key={`${signal} ${resolution}`} className="kv-row">
                <dt>
                  {t.settings.signals[signal] ?? signal}
                  {resolution === "" ? "" : ` ${t.settings.every(resolution)}`}
                </dt>
                <dd>{t.settings.days(days)}</dd>
              </div>
            ))}
          </dl>
        )}
      </Answer>
    </Panel>
  );
}
