// Named flows through the services as chips; picking one is picking its filter.
import { useQuery } from "@tanstack/react-query";
import { Route } from "lucide-react";
import { flowRows, flows as flowsQuery } from "../../api/events";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";

export function Flows({ q, onPick }: { readonly q: string; readonly onPick: (filter: string) => void }) {
  const flows = useQuery(flowsQuery()).data;
  const rows = flows === undefined ? [] : flowRows(flows);
  if (rows.length === 0) return null;
  const picked = rows.find(({ filter }) => filter === q);
  return (
    <div className="row wrap" role="group" aria-label={t.flows.title}>
      <span className="muted row">
        <Route size={14} aria-hidden />
        {t.flows.title}
      </span>
      {rows.map((flow) => (
        <Button key={flow.name} small on={flow.filter === q} title={t.flows.hops(flow.hops)} data-flow={flow.name} onClick={() => onPick(flow.filter === q ? "" : flow.filter)}>
          {flow.title}
        </Button>
      ))}
      {picked === undefined ? null : <span className="muted">{t.flows.hops(picked.hops)}</span>}
    </div>
  );
}
