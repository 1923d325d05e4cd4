// How much telemetry a tenant stores: records of each signal, beside those of everybody that the reader may see.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { usage as usageQuery } from "../../api/queries";
import { usageRows } from "../../api/rows";
import { quote } from "../../filter/edit";
import { count, percent } from "../../format/number";
import { useScope } from "../../state/useShared";
import { t } from "../../text/en";
import { Panel, Tile } from "../../ui/Panel";
import { Answer } from "../../ui/State";
import { SIGNALS, usageOf } from "./usageOf";

export function Usage({ tenant }: { readonly tenant: string }) {
  const { from, to, tenant: picked } = useScope();
  // Beside those that are picked, or beside all.
  const query = useQuery(usageQuery({ from, to, tenant: picked === undefined || picked.length === 0 ? undefined : [...new Set([...picked, tenant])] }));
  const q = `tenant = ${quote(tenant)}`;
  const link = { traces: { to: "/traces", search: { q } }, logs: { to: "/logs", search: { q } }, metrics: { to: "/metrics-explorer", search: { where: q } } } as const;
  return (
    <Panel title={t.tenants.usage} note={t.tenants.usageNote}>
      <Answer query={query} rows={1}>
        {(frame) => (
          <div className="tiles">
            {SIGNALS.map((signal) => {
              const { records, all } = usageOf(usageRows(frame), tenant, signal);
              return <Tile key={signal} name={t.tenants.records[signal]} value={count(records)} note={<Link {...link[signal]}>{t.tenants.shareOf(percent(all === 0 ? NaN : records / all))}</Link>} />;
            })}
          </div>
        )}
      </Answer>
    </Panel>
  );
}
