// A card beside the element that it explains. The page stays usable; Escape skips, arrows and buttons go on.
import { X } from "lucide-react";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { t } from "../text/en";
import { Button, IconButton } from "../ui/Button";
import { endTour } from "./tour";
import "../styles/tour.css";

/** Steps on real elements; one whose element is not there is left out. */
const STEPS = [
  { words: t.tour.steps.pages, at: ".side nav" },
  { words: t.tour.steps.map, at: '.side nav a[href^="/map"]' },
  { words: t.tour.steps.traces, at: '.side nav a[href^="/traces"]' },
  { words: t.tour.steps.tenant, at: '[data-tour="tenant"]' },
  { words: t.tour.steps.time, at: '[data-tour="time"]' },
  { words: t.tour.steps.search, at: '[data-tour="search"]' },
] as const;
const GAP = 10;
const EDGE = 8;

export function Tour() {
  const title = useId();
  const card = useRef<HTMLDivElement>(null);
  const before = useRef(document.activeElement);
  const [steps] = useState(() => STEPS.filter(({ at }) => document.querySelector(at) !== null));
  const [index, setIndex] = useState(0);
  const step = steps[index];
  const isLast = index === steps.length - 1;
  const end = () => {
    endTour();
    if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
  };
  const go = (by: number) => setIndex((old) => Math.max(0, Math.min(steps.length - 1, old + by)));

  useLayoutEffect(() => {
    const target = step === undefined ? null : document.querySelector<HTMLElement>(step.at);
    const element = card.current;
    if (target === null || element === null) return;
    const place = () => {
      const box = target.getBoundingClientRect();
      // Beside what stands at the left, below what stands at the top.
      const isSide = box.right < innerWidth / 3 && box.height < innerHeight && target.closest(".side") !== null;
      const left = isSide ? box.right + GAP : box.left;
      const top = isSide ? box.top : box.bottom + GAP;
      element.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - element.offsetWidth - EDGE))}px`;
      element.style.top = `${Math.max(EDGE, Math.min(top, innerHeight - element.offsetHeight - EDGE))}px`;
    };
    target.classList.add("tour-target");
    place();
    addEventListener("resize", place);
    return () => {
      target.classList.remove("tour-target");
      removeEventListener("resize", place);
    };
  }, [step]);
  // Each step takes the focus, so that it is read out and Tab goes on inside of it.
  useEffect(() => card.current?.focus(), [index]);

  if (step === undefined) return null;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a dialog hears Escape and arrows
    <div
      ref={card}
      className="tour"
      role="dialog"
      aria-labelledby={title}
      tabIndex={-1}
      data-tour-step={index + 1}
      onKeyDown={(event) => {
        if (event.key === "Escape") end();
        else if (event.key === "ArrowRight") go(1);
        else if (event.key === "ArrowLeft") go(-1);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <div className="row">
        <h2 id={title} className="grow">
          {step.words.title}
        </h2>
        <IconButton small look="plain" label={t.tour.skip} onClick={end}>
          <X size={14} aria-hidden />
        </IconButton>
      </div>
      <p>{step.words.text}</p>
      <div className="row">
        <span className="muted grow">{t.tour.step(index + 1, steps.length)}</span>
        {index === 0 ? (
          <Button small look="plain" onClick={end}>
            {t.tour.skip}
          </Button>
        ) : (
          <Button small onClick={() => go(-1)}>
            {t.tour.back}
          </Button>
        )}
        <Button small look="primary" onClick={() => (isLast ? end() : go(1))}>
          {isLast ? t.tour.done : t.tour.next}
        </Button>
      </div>
    </div>
  );
}
