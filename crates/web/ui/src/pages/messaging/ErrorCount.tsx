import { CircleAlert } from "lucide-react";
import { count, NONE } from "../../format/number";

/** A number of failures; any stands out by colour and sign. */
export function ErrorCount({ value }: { readonly value: number }) {
  if (!Number.isFinite(value)) return <>{NONE}</>;
  if (value === 0) return <>{count(0)}</>;
  return (
    <span className="error-count error-text">
      <CircleAlert size={12} aria-hidden />
      {count(value)}
    </span>
  );
}
