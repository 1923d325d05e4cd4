import { useState, type ReactNode } from "react";
import type { Attributes } from "../api/types";
import { t } from "../text/en";
import { Copy } from "../ui/Copy";
import { attributeText } from "./attributes";

const SEARCH_FROM = 12;

interface Props {
  readonly attributes: Attributes;
  readonly empty: string;
  readonly action?: (key: string, value: string) => ReactNode;
}

/** Attributes by name; long lists can be searched, values are whole (they wrap) and can be copied. */
export function AttributeList({ attributes, empty, action }: Props) {
  const [text, setText] = useState("");
  const all = Object.entries(attributes).sort(([a], [b]) => a.localeCompare(b));
  if (all.length === 0) return empty === "" ? null : <p className="muted pad">{empty}</p>;
  const needle = text.toLowerCase();
  const shown = all.filter(([key, value]) => key.toLowerCase().includes(needle) || attributeText(value).toLowerCase().includes(needle));
  return (
    <>
      {all.length < SEARCH_FROM ? null : (
        <input className="input attribute-search" type="search" value={text} placeholder={t.trace.searchAttributes} aria-label={t.trace.searchAttributes} onChange={(event) => setText(event.target.value)} />
      )}
      <dl className="attributes">
        {shown.map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>
              <span className={`grow ${typeof value === "number" || typeof value === "boolean" ? "literal" : ""}`}>{attributeText(value)}</span>
              <span className="reveal">
                <Copy text={attributeText(value)} label={t.trace.copyValue(key)} />
              </span>
              {action?.(key, attributeText(value))}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
