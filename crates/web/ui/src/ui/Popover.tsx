// A button with a floating panel, on the browser's own popover: top layer, Escape and a click outside close it,
// the focus goes back to the button. Position is set through the style object, which the content policy allows.
import { useId, useLayoutEffect, useRef, useState, type ReactNode } from "react";

interface Props {
  readonly label: string;
  readonly button: ReactNode;
  readonly buttonClass: string;
  readonly align: "start" | "end";
  readonly className?: string;
  /** Made only while open; `close` hides the panel. */
  readonly children: (close: () => void) => ReactNode;
}

const GAP = 4;

export function Popover({ label, button, buttonClass, align, className = "", children }: Props) {
  const id = useId();
  const trigger = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);

  useLayoutEffect(() => {
    const box = trigger.current?.getBoundingClientRect();
    const element = panel.current;
    if (!open || box === undefined || element === null) return;
    const place = () => {
      const left = align === "start" ? box.left : box.right - element.offsetWidth;
      element.style.left = `${Math.max(8, Math.min(left, innerWidth - element.offsetWidth - 8))}px`;
      element.style.top = `${box.bottom + GAP}px`;
    };
    place();
    // Lists arrive later and change the width.
    const observer = new ResizeObserver(place);
    observer.observe(element);
    return () => observer.disconnect();
  }, [open, align]);

  return (
    <>
      <button ref={trigger} type="button" className={buttonClass} popoverTarget={id} aria-label={label} aria-haspopup="dialog" aria-expanded={open}>
        {button}
      </button>
      <div ref={panel} id={id} popover="auto" role="dialog" aria-label={label} className={`popover ${className}`} onToggle={(event) => setOpen(event.newState === "open")}>
        {open ? children(() => panel.current?.hidePopover()) : null}
      </div>
    </>
  );
}
