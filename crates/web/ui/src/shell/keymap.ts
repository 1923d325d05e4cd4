// The keys that work everywhere, as data: the handler and the help overlay read the same table.
import { t } from "../text/en";
import { PAGES } from "./pages";

export type Command = `to:${(typeof PAGES)[number]["to"]}` | "filter" | "earlier" | "later" | "wider" | "closer" | "live" | "theme" | "help";

export interface Binding {
  readonly keys: readonly string[];
  readonly command: Command;
  readonly label: string;
  readonly group: "go" | "time" | "page";
}

export const KEYMAP: readonly Binding[] = [
  ...PAGES.map(({ keys, label, to }): Binding => ({ keys, command: `to:${to}`, label, group: "go" })),
  { keys: ["["], command: "earlier", label: t.keys.earlier, group: "time" },
  { keys: ["]"], command: "later", label: t.keys.later, group: "time" },
  { keys: ["-"], command: "wider", label: t.keys.wider, group: "time" },
  { keys: ["="], command: "closer", label: t.keys.closer, group: "time" },
  { keys: ["."], command: "live", label: t.keys.live, group: "time" },
  { keys: ["/"], command: "filter", label: t.keys.filter, group: "page" },
  { keys: ["t", "t"], command: "theme", label: t.keys.theme, group: "page" },
  { keys: ["?"], command: "help", label: t.keys.help, group: "page" },
];

export const TRACE_KEYS: readonly (readonly [string, string])[] = [
  ["↑ ↓", t.keys.rows],
  ["← →", t.keys.fold],
  ["Enter", t.keys.open],
  ["z", t.keys.subtree],
  ["0", t.keys.whole],
  ["+ −", t.keys.zoom],
  ["Ctrl wheel", t.keys.wheel],
  ["Shift wheel", t.keys.pan],
];

export type Step = { readonly command: Command } | { readonly waiting: string } | undefined;

/** What a key does after the keys before it (`waiting`, "" for none). */
export function step(waiting: string, key: string): Step {
  const typed = waiting === "" ? [key] : [waiting, key];
  const full = KEYMAP.find((binding) => binding.keys.length === typed.length && binding.keys.every((one, i) => one === typed[i]));
  if (full !== undefined) return { command: full.command };
  if (KEYMAP.some((binding) => binding.keys.length === 2 && binding.keys[0] === key)) return { waiting: key };
  return undefined;
}
