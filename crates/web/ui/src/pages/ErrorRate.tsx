import { CircleAlert } from "lucide-react";
import { count, percent } from "../format/number";

/** From this share on failures are marked; below it they are a number like others. */
export const ERRORS_MARKED = 0.01;

/** A share of failures: red with a sign when it is high, quiet when there are none. */
export function ErrorRate({ errors, ratio }: { readonly errors: number; readonly ratio: number }) {
  if (!(errors > 0)) return <span className="muted">{percent(ratio)}</span>;
  if (ratio < ERRORS_MARKED) return <span title={count(errors)}>{percent(ratio)}</span>;
  return (
    <span className="bar-cell error-text" title={count(errors)}>
      <CircleAlert size={12} aria-hidden />
      {percent(ratio)}
    </span>
  );
}
