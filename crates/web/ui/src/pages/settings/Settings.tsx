import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { LogOut } from "lucide-react";
import "../../styles/settings.css";
import { ask } from "../../api/client";
import { me as meQuery, status as statusQuery } from "../../api/queries";
import { bytes, count, duration } from "../../format/number";
import { setPrefs, usePrefs } from "../../state/prefs";
import { useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { Answer } from "../../ui/State";
import { useTitle } from "../../ui/useTitle";
import { Keys } from "./Keys";
import { Retention } from "./Retention";
import { Tenants } from "./Tenants";

const STATUS_MS = 5000;

export function Settings() {
  useTitle(t.nav.settings);
  const { ksort = "created", tsort = "id" } = useSearch({ from: "/shell/settings" });
  const set = useSetSearch();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.nav.settings}</h1>
      </div>
      <Keys sort={ksort} onSort={(next) => set({ ksort: next }, true)} />
      <Tenants sort={tsort} onSort={(next) => set({ tsort: next }, true)} />
      <div className="settings-row">
        <Account />
        <Server />
        <Retention />
      </div>
    </div>
  );
}

function Account() {
  const me = useQuery(meQuery());
  const { theme } = usePrefs();
  const client = useQueryClient();
  const navigate = useNavigate();
  const logOut = useMutation({
    mutationFn: () => ask<void>("/session", { method: "DELETE" }),
    onSuccess: () => {
      client.clear();
      void navigate({ to: "/login", search: {} });
    },
  });
  return (
    <Panel
      title={t.settings.account}
      actions={
        <Button small onClick={() => logOut.mutate()}>
          <LogOut size={14} aria-hidden />
          {t.settings.logOut}
        </Button>
      }
    >
      <Answer query={me} rows={3}>
        {(data) => (
          <dl className="kv">
            <dt>{t.settings.name}</dt>
            <dd>{data.name}</dd>
            <dt>{t.settings.org}</dt>
            <dd>{data.org}</dd>
            <dt>{t.settings.role}</dt>
            <dd>{data.role ?? data.kind}</dd>
            <dt>{t.settings.permissions}</dt>
            <dd>{data.permissions.join(" ")}</dd>
            <dt>{t.settings.tenants}</dt>
            <dd>{data.tenants?.join(", ") ?? t.tenant.all}</dd>
          </dl>
        )}
      </Answer>
      <div className="row theme-choice">
        <span className="muted">{t.settings.theme}</span>
        <div className="segments" role="group" aria-label={t.settings.theme}>
          <button type="button" aria-pressed={theme === "dark"} onClick={() => setPrefs({ theme: "dark" })}>
            {t.nav.dark}
          </button>
          <button type="button" aria-pressed={theme === "light"} onClick={() => setPrefs({ theme: "light" })}>
            {t.nav.light}
          </button>
        </div>
      </div>
    </Panel>
  );
}

function Server() {
  const status = useQuery(statusQuery(STATUS_MS));
  return (
    <Panel title={t.settings.server}>
      <Answer query={status} rows={4}>
        {({ version, engine, endpoints, disk, uptime_s: uptime }) => (
          <dl className="kv">
            <dt>{t.settings.version}</dt>
            <dd>{version}</dd>
            <dt>{t.settings.uptime}</dt>
            <dd>{duration((uptime ?? NaN) * 1e9)}</dd>
            <dt>{t.home.engine}</dt>
            <dd>{[engine?.state ?? "", engine?.version ?? "", t.settings.restarts(count(engine?.restarts ?? 0))].filter((part) => part !== "").join(" · ")}</dd>
            <dt>OTLP/gRPC</dt>
            <dd>{endpoints?.otlp_grpc ?? ""}</dd>
            <dt>OTLP/HTTP</dt>
            <dd>{endpoints?.otlp_http ?? ""}</dd>
            {disk === undefined || disk === null ? null : (
              <>
                <dt>{t.settings.disk}</dt>
                <dd>{t.settings.diskFree(bytes(disk.free_bytes), bytes(disk.total_bytes))}</dd>
                <dt>{t.settings.wal}</dt>
                <dd>{bytes(disk.wal_bytes)}</dd>
              </>
            )}
          </dl>
        )}
      </Answer>
    </Panel>
  );
}
