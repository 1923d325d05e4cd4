import { Clock } from "lucide-react";
import { useState, type FormEvent } from "react";
import { rangeLabel } from "../format/time";
import { copyFixedLink } from "../state/link";
import { absolute, isRelative, parseInstant, QUICK, resolve, type Range } from "../state/time";
import { useRange } from "../state/useShared";
import { t } from "../text/en";
import { Button, buttonClass } from "../ui/Button";
import { Popover } from "../ui/Popover";
import { toast } from "../ui/toast";

export function TimePicker() {
  const { range, setRange } = useRange();
  const label = rangeLabel(range, Date.now());
  return (
    <Popover
      label={t.time.pick(label)}
      align="end"
      className="time-picker"
      buttonClass={buttonClass()}
      button={
        <>
          <Clock size={14} aria-hidden />
          {label}
        </>
      }
    >
      {(close) => {
        const choose = (next: Range) => {
          setRange(next);
          close();
        };
        return (
          <div className="time-choice">
            <ul className="quick">
              {QUICK.map(({ from }) => (
                <li key={from}>
                  <button type="button" aria-pressed={range.from === from && range.to === "now"} onClick={() => choose({ from, to: "now" })}>
                    {rangeLabel({ from, to: "now" }, Date.now())}
                  </button>
                </li>
              ))}
            </ul>
            <Custom key={`${range.from}${range.to}`} range={range} onChoose={choose} />
          </div>
        );
      }}
    </Popover>
  );
}

function Custom({ range, onChoose }: { readonly range: Range; readonly onChoose: (range: Range) => void }) {
  const [from, setFrom] = useState(range.from);
  const [to, setTo] = useState(range.to);
  const now = Date.now();
  const bad = { from: parseInstant(from, now) === undefined, to: parseInstant(to, now) === undefined };
  const window = resolve({ from, to }, now);
  const apply = (event: FormEvent) => {
    event.preventDefault();
    if (window === undefined) return;
    const typed = { from: from.trim(), to: to.trim() };
    // What was typed without a zone means this browser's zone; the URL carries the instant.
    onChoose(isRelative(typed) ? typed : absolute(window));
  };
  const copyLink = () => void copyFixedLink(range).then(({ text, copied }) => toast(copied ? t.time.linkCopied : text));
  return (
    <form className="custom" onSubmit={apply}>
      <label className="field">
        {t.time.from}
        <input className="input mono" value={from} aria-invalid={bad.from} onChange={(event) => setFrom(event.target.value)} />
      </label>
      <label className="field">
        {t.time.to}
        <input className="input mono" value={to} aria-invalid={bad.to} onChange={(event) => setTo(event.target.value)} />
      </label>
      <p className="hint" aria-live="polite">
        {bad.from || bad.to ? t.time.unreadable : window === undefined ? t.time.backward : t.time.zone(Intl.DateTimeFormat().resolvedOptions().timeZone)}
      </p>
      <div className="row wrap">
        <Button type="submit" look="primary" small disabled={window === undefined}>
          {t.time.apply}
        </Button>
        <Button small onClick={copyLink}>
          {t.time.copyLink}
        </Button>
      </div>
    </form>
  );
}
