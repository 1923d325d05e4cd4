// Completion: operators and connectives from here, keys and values from the catalogue of the server.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { startCompletion } from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import { ask } from "../api/client";
import type { Completion as Answer, CompletionItem, Signal } from "../api/types";
import { count } from "../format/number";
import { t } from "../text/en";
import { contextAt } from "./context";

export interface Ends {
  readonly from: string;
  readonly to: string;
}

const OPERATORS: readonly [string, string][] = [
  ["=", t.filter.op.equal],
  ["!=", t.filter.op.different],
  [">", t.filter.op.greater],
  [">=", t.filter.op.atLeast],
  ["<", t.filter.op.less],
  ["<=", t.filter.op.atMost],
  ["IN", t.filter.op.in],
  ["NOT IN", t.filter.op.notIn],
  ["CONTAINS", t.filter.op.contains],
  ["LIKE", t.filter.op.like],
  ["REGEXP", t.filter.op.regexp],
  ["BETWEEN", t.filter.op.between],
  ["EXISTS", t.filter.op.exists],
  ["NOT EXISTS", t.filter.op.notExists],
];
const CONNECTIVES: readonly [string, string][] = [
  ["AND", t.filter.op.and],
  ["OR", t.filter.op.or],
];

/** Puts the text in and offers what comes next. */
function put(text: string) {
  return (view: EditorView, _: Completion, from: number, to: number) => {
    const insert = `${text} `;
    const after = view.state.sliceDoc(to, to + 1) === " " ? to + 1 : to;
    view.dispatch({ changes: { from, to: after, insert }, selection: { anchor: from + insert.length }, userEvent: "input.complete" });
    if (!text.endsWith("EXISTS")) startCompletion(view);
  };
}

function local(list: readonly [string, string][], kind: string): Completion[] {
  return list.map(([label, detail], i) => ({ label, detail, type: kind, apply: put(label), boost: -i }));
}

function remote(item: CompletionItem, i: number): Completion {
  const parts = [item.detail ?? item.type, item.unit, item.count === undefined ? undefined : count(item.count)];
  return {
    label: item.label,
    detail: parts.filter((part) => part !== undefined && part !== "").join(" · "),
    type: item.kind ?? "text",
    apply: put((item.insert ?? item.label).trimEnd()),
    boost: -Math.min(i, 90),
  };
}

const DEADLINE_MS = 1500;

async function fromServer(signal: Signal, text: string, cursor: number, ends: Ends, context: CompletionContext): Promise<Answer | undefined> {
  const stop = new AbortController();
  context.addEventListener("abort", () => stop.abort());
  const timer = setTimeout(() => stop.abort(), DEADLINE_MS);
  try {
    return await ask<Answer>("/query/complete", { method: "POST", body: { text, cursor, signal, from: ends.from, to: ends.to }, signal: stop.signal });
  } catch {
    // Without the catalogue the local words remain; the page itself shows what is wrong with the server.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** The source for CodeMirror. `ends` is read at each call, because the range of the page changes. */
export function completionSource(signal: Signal, ends: () => Ends) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const text = context.state.doc.toString();
    const place = contextAt(text, context.pos);
    if (place.context === "operator") return { from: place.from, options: local(OPERATORS, "operator"), filter: true };
    if (place.context === "connective") {
      return context.explicit || place.word !== "" ? { from: place.from, options: local(CONNECTIVES, "keyword"), filter: true } : null;
    }
    const answer = await fromServer(signal, text, context.pos, ends(), context);
    if (answer === undefined || answer.items.length === 0) return null;
    return { from: answer.replace.start, to: answer.replace.end, options: answer.items.map(remote), filter: false };
  };
}
