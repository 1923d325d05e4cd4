// Live lines: they come in at the top while one looks there; scrolling down or Pause holds them back.
import { Pause, Play, Radio, TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { count } from "../../format/number";
import { LogList } from "../../logs/LogList";
import { useTail, type Connection } from "../../logs/useTail";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";
import { Empty, Failure } from "../../ui/State";

interface Props {
  readonly filter: string;
  readonly environment: string | undefined;
  readonly tenant: readonly string[] | undefined;
  readonly selected: string | undefined;
  readonly wrap: boolean;
  readonly onOpen: (id: string) => void;
}

export function Following({ filter, environment, tenant, selected, wrap, onOpen }: Props) {
  const [paused, setPaused] = useState(false);
  const [atTop, setAtTop] = useState(true);
  const { tail, connection, error } = useTail({ on: true, filter, environment, tenant, held: paused || !atTop });
  useSpace(() => setPaused((old) => !old));
  if (connection === "broken") return <Failure error={error} />;
  return (
    <div className="log-result">
      <div className="tail-bar" role="status">
        <State connection={connection} paused={paused} />
        <span className="muted" data-tail-waiting={tail.waiting.length}>
          {paused ? t.logs.paused(count(tail.waiting.length)) : tail.waiting.length > 0 ? t.logs.waiting(count(tail.waiting.length)) : ""}
        </span>
        {tail.dropped === 0 ? null : (
          <span className="dropped" data-tail-dropped={tail.dropped}>
            <TriangleAlert size={13} aria-hidden />
            {t.logs.dropped(count(tail.dropped))}
          </span>
        )}
        <span className="grow" />
        <Button small on={paused} onClick={() => setPaused(!paused)} aria-keyshortcuts="Space">
          {paused ? <Play size={13} aria-hidden /> : <Pause size={13} aria-hidden />}
          {paused ? t.logs.goOn : t.logs.pause}
          <kbd>Space</kbd>
        </Button>
      </div>
      {tail.rows.length === 0 ? (
        <div className="panel">
          <Empty title={t.logs.noTail} hint={t.logs.noTailHint} />
        </div>
      ) : (
        <LogList rows={tail.rows} selected={selected} wrap={wrap} onOpen={onOpen} onTop={setAtTop} />
      )}
    </div>
  );
}

function State({ connection, paused }: { readonly connection: Connection; readonly paused: boolean }) {
  const isOn = connection === "open" && !paused;
  return (
    <span className={`tail-state ${isOn ? "ok-text" : "muted"}`} data-tail={connection}>
      <Radio size={14} aria-hidden />
      {connection === "open" ? (paused ? "" : t.logs.following) : t.logs.connecting}
    </span>
  );
}

/** The space bar, unless it belongs to a control or to somebody typing. */
function useSpace(run: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const target = event.composedPath()[0];
      if (event.key !== " " || event.defaultPrevented || (target instanceof HTMLElement && (target.isContentEditable || target.closest("input,textarea,select,button,a,dialog,[popover]") !== null))) return;
      event.preventDefault();
      run();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  });
}
