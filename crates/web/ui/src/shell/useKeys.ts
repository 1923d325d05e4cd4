import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { setPrefs, usePrefs } from "../state/prefs";
import { isRelative, shift, zoom } from "../state/time";
import { useRange, useSetSearch, useShared } from "../state/useShared";
import { step, type Command } from "./keymap";
import { PAGES } from "./pages";

const WAIT_MS = 1200;

function isTyping(event: KeyboardEvent): boolean {
  // The filter editor lives in a shadow root; only the path of the event shows what is in there.
  const target = event.composedPath()[0];
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

function focusFilter(): void {
  const target = document.querySelector<HTMLElement>("[data-filter]");
  const inside = target?.shadowRoot?.querySelector<HTMLElement>(".cm-content");
  (inside ?? target)?.focus();
}

export function useKeys({ onPalette, onHelp }: { readonly onPalette: () => void; readonly onHelp: () => void }): void {
  const navigate = useNavigate();
  const { range, setRange } = useRange();
  const { live = false } = useShared();
  const set = useSetSearch();
  const { theme } = usePrefs();
  const actions: Readonly<Record<Exclude<Command, `to:${string}`>, () => void>> = {
    filter: focusFilter,
    earlier: () => setRange(shift(range, -0.5, Date.now())),
    later: () => setRange(shift(range, 0.5, Date.now())),
    wider: () => setRange(zoom(range, 2, Date.now())),
    closer: () => setRange(zoom(range, 0.5, Date.now())),
    live: () => {
      if (isRelative(range)) set({ live: live ? undefined : true }, true);
    },
    theme: () => setPrefs({ theme: theme === "dark" ? "light" : "dark" }),
    help: onHelp,
  };
  const run = (command: Command) => {
    const page = PAGES.find(({ to }) => command === `to:${to}`);
    if (page !== undefined) void navigate({ to: page.to });
    else actions[command as keyof typeof actions]();
  };
  const latest = useRef({ run, onPalette });
  latest.current = { run, onPalette };

  useEffect(() => {
    let waiting = "";
    let timer = 0;
    const listen = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        latest.current.onPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event) || document.querySelector("dialog[open]") !== null) return;
      const next = step(waiting, event.key);
      clearTimeout(timer);
      waiting = next !== undefined && "waiting" in next ? next.waiting : "";
      if (waiting !== "") timer = window.setTimeout(() => (waiting = ""), WAIT_MS);
      if (next === undefined || !("command" in next)) return;
      event.preventDefault();
      latest.current.run(next.command);
    };
    document.addEventListener("keydown", listen);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("keydown", listen);
    };
  }, []);
}
