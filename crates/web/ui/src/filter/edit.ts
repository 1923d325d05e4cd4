// Edits of a filter text from outside the editor: facets and attribute tables add, extend and remove conditions.
import { next, START, type State } from "./context";
import { tokenize, type Token } from "./tokens";

/** Writes a value as the language reads it: single quotes, backslash escapes. */
export function quote(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r")}'`;
}

function unquote(text: string): string {
  const first = text.charAt(0);
  if (first !== "'" && first !== '"') return text;
  const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", "'": "'", '"': '"' };
  return text.slice(1, -1).replaceAll(/\\(.)/gs, (whole, char: string) => escapes[char] ?? whole);
}

/** Quotes a key that is not a bare name. */
export function keyText(key: string): string {
  return /^[A-Za-z_@{#][A-Za-z0-9_@{#$:\-/.]*$/.test(key) ? key : `\`${key.replaceAll("`", "``")}\``;
}

interface Parts {
  readonly fragments: readonly string[];
  readonly hasOr: boolean;
}

/** Cuts at each AND outside of parentheses, written or not (`error service = billing` are two conditions). */
function split(text: string): Parts {
  const fragments: string[] = [];
  let depth = 0;
  let start = 0;
  let state: State = START;
  let hasOr = false;
  const tokens = tokenize(text);
  for (const [i, token] of tokens.entries()) {
    const word = token.text.toUpperCase();
    // The star of a prefix belongs to the string before it: "time out"*
    const isStar = token.text === "*" && tokens[i - 1]?.end === token.start;
    const ends = depth === 0 && state.context === "connective" && token.kind !== "close" && token.kind !== "comment" && !isStar;
    if (ends) {
      if (word === "OR" || word === "||") hasOr = true;
      else if (!(word === "AND" && state.inside === "between")) {
        fragments.push(text.slice(start, token.start).trim());
        start = word === "AND" || word === "&&" ? token.end : token.start;
      }
    }
    if (token.kind === "open") depth += 1;
    if (token.kind === "close") depth -= 1;
    // A word that no operator follows is a text, so the condition ends with it; one before a parenthesis is a function.
    const follower = tokens[i + 1];
    const isCall = follower?.kind === "open" && follower.start === token.end;
    const isText = state.context === "key" && (token.kind === "word" || token.kind === "number") && !isCall;
    state = isStar
      ? state
      : isText ? { ...START, context: "connective" } : next(state, token);
  }
  fragments.push(text.slice(start).trim());
  return { fragments: fragments.filter((fragment) => fragment !== "" && fragment !== "*"), hasOr };
}

function isValue(token: Token): boolean {
  return token.kind === "text" || token.kind === "word" || token.kind === "number";
}

/** The values that a fragment `key = v` or `key IN (v, w)` picks; undefined when it is something else. */
function picked(fragment: string, key: string): string[] | undefined {
  const [name, operator, ...rest] = tokenize(fragment);
  if (name === undefined || operator === undefined || name.text !== key) return undefined;
  if (operator.text === "=" || operator.text === "==") return rest.length === 1 && rest[0] !== undefined && isValue(rest[0]) ? [unquote(rest[0].text)] : undefined;
  if (operator.text.toUpperCase() !== "IN" || rest[0]?.kind !== "open" || rest.at(-1)?.kind !== "close") return undefined;
  const values = rest.slice(1, -1).filter((token) => token.kind !== "comma");
  return values.every(isValue) ? values.map((token) => unquote(token.text)) : undefined;
}

/** The values of a key (as it is written in a filter) that the filter picks, as far as it does so in the plain way. */
export function pickedValues(text: string, key: string): readonly string[] {
  const { fragments, hasOr } = split(text);
  return hasOr ? [] : fragments.flatMap((fragment) => picked(fragment, key) ?? []);
}

/** The filter without its plain conditions on a key: what the counts of that facet are taken from. */
export function withoutKey(text: string, key: string): string {
  const { fragments, hasOr } = split(text);
  return hasOr ? text : fragments.filter((fragment) => picked(fragment, key) === undefined).join(" AND ");
}

function condition(key: string, values: readonly string[]): string[] {
  if (values.length === 0) return [];
  const [first] = values;
  if (values.length === 1 && first !== undefined) return [`${key} = ${quote(first)}`];
  return [`${key} IN (${values.map(quote).join(", ")})`];
}

/** Adds a value to the picked ones of a key, or takes it away. */
export function toggleValue(text: string, key: string, value: string): string {
  const { hasOr } = split(text);
  if (hasOr) return both(text, condition(key, [value]).join(""));
  const old = pickedValues(text, key);
  const values = old.includes(value) ? old.filter((one) => one !== value) : [...old, value];
  const rest = withoutKey(text, key);
  return [...(rest === "" ? [] : [rest]), ...condition(key, values)].join(" AND ");
}

/** Joins two conditions so that each keeps its meaning. */
export function both(text: string, extra: string): string {
  const { fragments, hasOr } = split(text);
  if (fragments.length === 0) return extra;
  return hasOr ? `(${text.trim()}) AND ${extra}` : `${fragments.join(" AND ")} AND ${extra}`;
}
