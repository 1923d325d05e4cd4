import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { toNumber } from "../api/frame";
import { fields as fieldsQuery, fieldValues } from "../api/queries";
import type { Signal } from "../api/types";
import { louder } from "../logs/severity";
import { pickedValues, toggleValue, withoutKey } from "../filter/edit";
import { short } from "../format/number";
import { useScope } from "../state/useShared";
import { t } from "../text/en";

/** Shown first, the leading ones open; others come from the catalogue by how often they are seen. */
const FIRST: Readonly<Record<Signal, readonly string[]>> = {
  traces: ["service", "status", "tenant", "http.response.status_code", "endpoint", "kind", "environment"],
  logs: ["severity", "service", "tenant", "environment"],
};
const OPEN = 3;
/** Types whose values make a list; numbers, times and ids do not. */
const LISTED = new Set(["text", "enum", "bool"]);
const KEYS_MAX = 14;
const VALUES_MAX = 8;

interface Props {
  readonly signal: Signal;
  readonly filter: string;
  readonly onFilter: (text: string) => void;
}

export function Facets({ signal, filter, onFilter }: Props) {
  const leading = FIRST[signal];
  const fields = useQuery(fieldsQuery(signal, useScope()));
  const others = (fields.data?.fields ?? [])
    // A key in backticks is one spelling of a family that is in the list under its own name.
    .filter(({ key, types }) => !leading.includes(key) && !key.startsWith("`") && types.some((type) => LISTED.has(type)))
    .sort((a, b) => b.count - a.count)
    .map(({ key }) => key);
  const keys = [...new Set([...leading, ...others])].slice(0, KEYS_MAX);
  return (
    <aside className="facets panel scroll" aria-label={t.traces.facets}>
      {keys.map((key, i) => (
        <Facet key={key} signal={signal} name={key} filter={filter} onFilter={onFilter} startsOpen={i < OPEN} />
      ))}
    </aside>
  );
}

function Facet({ signal, name, filter, onFilter, startsOpen }: Props & { readonly name: string; readonly startsOpen: boolean }) {
  const picked = pickedValues(filter, name);
  const [open, setOpen] = useState(startsOpen || picked.length > 0);
  const [all, setAll] = useState(false);
  const scope = useScope();
  const values = useQuery({ ...fieldValues(signal, name, withoutKey(filter, name), scope), enabled: open });
  const found = (values.data?.values ?? []).filter(({ value }) => value !== "").map(({ value, count }) => ({ value, count: toNumber(count) }));
  const missing = picked.filter((value) => !found.some((one) => one.value === value)).map((value) => ({ value, count: NaN }));
  if (name === "severity") found.sort((a, b) => louder(b.value, a.value));
  const list = [...missing, ...found];
  const top = Math.max(1, ...found.map((one) => one.count || 0));
  const shown = all ? list : list.slice(0, VALUES_MAX);
  return (
    <section>
      <h2>
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? <ChevronDown size={13} aria-hidden /> : <ChevronRight size={13} aria-hidden />}
          <span className="cut">{t.traces.facetNames[name] ?? name}</span>
          {picked.length === 0 ? null : <span className="badge">{picked.length}</span>}
        </button>
      </h2>
      {open ? (
        <ul>
          {shown.map(({ value, count }) => (
            <li key={value}>
              <label title={value}>
                <input type="checkbox" checked={picked.includes(value)} onChange={() => onFilter(toggleValue(filter, name, value))} />
                <span className="cut grow">{value}</span>
                <span className="muted" title={Number.isFinite(count) ? undefined : t.traces.notCounted}>
                  {short(count)}
                </span>
                <i style={{ width: `${(count / top) * 100 || 0}%` }} aria-hidden />
              </label>
            </li>
          ))}
          {list.length === 0 ? <li className="muted none">{values.isFetching ? t.state.loading : values.isError ? t.traces.noValues : t.traces.noValuesSeen}</li> : null}
          {list.length > VALUES_MAX ? (
            <li>
              <button type="button" className="more" onClick={() => setAll(!all)}>
                {all ? t.traces.fewer : t.traces.moreValues(list.length - VALUES_MAX)}
              </button>
            </li>
          ) : null}
          {values.data?.complete === false ? <li className="muted none">{t.traces.cutValues}</li> : null}
        </ul>
      ) : null}
    </section>
  );
}
