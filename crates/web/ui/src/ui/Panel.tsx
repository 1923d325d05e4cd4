import type { ReactNode } from "react";
import { useId } from "react";

interface PanelProps {
  readonly title: string;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly flush?: boolean;
  /** Limits the height; the content scrolls. */
  readonly tall?: boolean;
  readonly children: ReactNode;
}

export function Panel({ title, note, actions, flush = false, tall = false, children }: PanelProps) {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        <span className="muted grow cut">{note}</span>
        {actions}
      </header>
      <div className={`body ${flush ? "flush scroll" : ""} ${tall ? "tall" : ""}`}>{children}</div>
    </section>
  );
}

export function Tile({ name, value, note, tone }: { readonly name: string; readonly value: string; readonly note?: ReactNode; readonly tone?: "error" | "ok" | undefined }) {
  return (
    <div className="tile">
      <div className="name">{name}</div>
      <div className={`value ${tone === "error" ? "error-text" : ""}`}>{value}</div>
      <div className={`note cut ${tone === "ok" ? "ok-text" : ""}`}>{note}</div>
    </div>
  );
}
