// The filter input: colours and completes while typing, asks the server what is wrong, and hands a text on only when it is valid.
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { parse } from "../api/queries";
import type { Diagnostic, Signal } from "../api/types";
import { t } from "../text/en";
import { Button, IconButton } from "../ui/Button";
import { createEditor, type Handle } from "./editor";
import type { Ends } from "./completion";

interface Props {
  readonly signal: Signal;
  readonly value: string;
  readonly ends: Ends;
  readonly busy: boolean;
  readonly onCommit: (text: string) => void;
}

const PARSE_DELAY_MS = 150;
/** What is missing at the end of a text is no mistake while somebody types it. */
const UNFINISHED_DELAY_MS = 1200;

export function FilterEditor({ signal, value, ends, busy, onCommit }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const handle = useRef<Handle | null>(null);
  const latest = useRef({ ends, onCommit });
  latest.current = { ends, onCommit };
  const [text, setText] = useState(value);
  const settled = useSettled(text, PARSE_DELAY_MS);
  const rested = useSettled(text, UNFINISHED_DELAY_MS);
  const parsed = useQuery({ ...parse(settled, signal), enabled: settled.trim() !== "" });
  const all = settled.trim() === "" || settled !== text ? [] : (parsed.data?.errors ?? []);
  const errors = rested === text ? all : all.filter((error) => (error.start ?? 0) < text.trimEnd().length);
  const waiting = useRef<string | null>(null);

  useEffect(() => {
    if (host.current === null) return;
    const made = createEditor({
      host: host.current,
      text: value,
      signal,
      label: t.filter.labels[signal],
      hint: t.filter.hints[signal],
      ends: () => latest.current.ends,
      onChange: setText,
      onCommit: (next) => {
        waiting.current = next;
        setText(next);
        if (next.trim() === "") latest.current.onCommit("");
      },
    });
    handle.current = made;
    return () => {
      handle.current = null;
      made.view.destroy();
    };
    // The editor is made once; later values of the URL go in by setText.
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- see above
  }, []);

  useEffect(() => {
    handle.current?.setText(value);
    setText(value);
  }, [value]);

  useEffect(() => {
    handle.current?.showErrors(errors.map((error) => ({ start: error.start ?? 0, end: error.end ?? error.start ?? 0 })));
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- errors change with the answer and the text
  }, [parsed.data, settled, text, rested]);

  const run = (next: string) => {
    if (parsed.data !== undefined && settled === next && parsed.data.errors.length > 0) return;
    waiting.current = null;
    onCommit(next.trim());
  };
  // Enter was pressed before the answer of the parser: run when it comes, if the text is still the same and valid.
  useEffect(() => {
    const next = waiting.current;
    if (next === null || next !== settled || (parsed.data === undefined && parsed.error === null)) return;
    waiting.current = null;
    if ((parsed.data?.errors.length ?? 0) === 0) latest.current.onCommit(next.trim());
  }, [settled, parsed.data, parsed.error]);

  return (
    <div className="filter">
      <div className={`filter-box ${errors.length > 0 ? "invalid" : ""}`}>
        <Search size={15} aria-hidden />
        <div ref={host} className="filter-host grow" data-filter />
        {text === "" ? <kbd>/</kbd> : null}
        {text === "" ? null : (
          <IconButton
            small
            look="plain"
            label={t.filter.clear}
            onClick={() => {
              handle.current?.setText("");
              onCommit("");
            }}
          >
            <X size={14} aria-hidden />
          </IconButton>
        )}
        <Button small look={text.trim() === value.trim() ? "normal" : "primary"} disabled={all.length > 0} onClick={() => run(text)}>
          {busy ? t.filter.running : t.filter.run}
        </Button>
      </div>
      <Errors errors={errors} onTake={(next) => handle.current?.setText(next)} text={text} />
    </div>
  );
}

function Errors({ errors, text, onTake }: { readonly errors: readonly Diagnostic[]; readonly text: string; readonly onTake: (text: string) => void }) {
  return (
    <ul className="filter-errors" aria-live="polite">
      {errors.slice(0, 3).map((error) => {
        const word = error.suggestions?.[0];
        return (
          <li key={`${error.code}${error.start ?? 0}`}>
            <CircleAlert size={13} aria-hidden />
            <span>
              {error.message}
              {error.remedy === undefined || error.remedy === "" ? "" : `: ${error.remedy}`}
            </span>
            {word === undefined ? null : (
              <Button small look="plain" onClick={() => onTake(text.slice(0, error.start ?? 0) + word + text.slice(error.end ?? text.length))}>
                {t.filter.use(word)}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function useSettled(value: string, delayMs: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}
