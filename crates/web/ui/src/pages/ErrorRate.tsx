import { CircleAlert } from "lucide-react";
import { count, percent } from "../format/number";

/** A share of failures: red with a sign and the number of them, quiet when there are none. */
export function ErrorRate({ errors, ratio }: { readonly errors: number; readonly ratio: number }) {
  if (!(errors > 0)) return <span className="muted">{percent(ratio)}</span>;
  return (
    <span className="bar-cell error-text" title={count(errors)}>
      <CircleAlert size={12} aria-hidden />
      {percent(ratio)}
    </span>
  );
}
