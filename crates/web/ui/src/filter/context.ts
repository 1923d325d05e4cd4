// What may stand at the cursor (language.md 4), read from the tokens before it.
import { isConnective, isWordOperator, tokenize, type Token } from "./tokens";

export type Context = "key" | "operator" | "value" | "connective";

export interface Place {
  readonly context: Context;
  /** The key that a value or an operator belongs to. */
  readonly key: string;
  /** The word being typed: its start (the cursor when there is none) and what stands of it. */
  readonly from: number;
  readonly word: string;
}

export interface State {
  readonly context: Context;
  readonly key: string;
  /** Inside a list of values, or waiting for the AND of BETWEEN. */
  readonly inside: "" | "list" | "between";
}

export const START: State = { context: "key", key: "", inside: "" };

export function contextAt(text: string, cursor: number): Place {
  const tokens = tokenize(text.slice(0, cursor));
  const last = tokens.at(-1);
  const typing = last !== undefined && last.end === cursor && ["word", "number", "text", "bad", "variable", "keyword", "key"].includes(last.kind) && !closed(last);
  let state = START;
  for (const token of typing ? tokens.slice(0, -1) : tokens) state = next(state, token);
  return { context: state.context, key: state.key, from: typing && last !== undefined ? last.start : cursor, word: typing && last !== undefined ? last.text : "" };
}

/** A closed string is done; a word goes on as long as the cursor touches it. */
function closed(token: Token): boolean {
  return token.kind === "text";
}

/** The state after a token. */
export function next(state: State, token: Token): State {
  if (token.kind === "comment") return state;
  if (state.inside === "list") {
    if (token.kind === "close") return { ...state, inside: "", context: "connective" };
    return { ...state, context: "value" };
  }
  if (token.kind === "open") return state.context === "value" ? { ...state, inside: "list" } : START;
  if (token.kind === "close") return { ...START, context: "connective" };
  if (state.context === "value") {
    if (state.inside === "between") return { ...state, context: "connective" };
    return { ...state, context: "connective" };
  }
  const word = token.text.toUpperCase();
  if (state.inside === "between" && word === "AND") return { ...state, context: "value", inside: "" };
  if (isConnective(token.text) || token.text === "&&" || token.text === "||") {
    return word === "NOT" && state.context === "operator" ? state : START;
  }
  if (token.kind === "operator") return token.text === "!" ? START : { ...state, context: "value", inside: "" };
  if (isWordOperator(token.text)) {
    if (word.startsWith("EXIST")) return { ...state, context: "connective" };
    return { key: state.key, context: "value", inside: word === "BETWEEN" ? "between" : "" };
  }
  if (token.kind === "text" || token.kind === "variable") return { ...START, context: "connective" };
  return { key: token.text, context: "operator", inside: "" };
}
