// The browser's own modal dialog: focus stays inside, Escape closes, and no library injects style elements (content security policy).
import { X } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import { t } from "../text/en";
import { IconButton } from "./Button";

interface Props {
  readonly label: string;
  readonly open: boolean;
  readonly onClose: () => void;
  /** Without a head the content brings its own (the palette's input). */
  readonly head?: boolean;
  readonly children: ReactNode;
}

export function Dialog({ label, open, onClose, head = true, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    if (dialog === null) return;
    if (open && !dialog.open) {
      dialog.showModal();
      // React's own autofocus comes before the dialog is shown, and the browser would take a list around the input.
      dialog.querySelector<HTMLElement>("input, select, textarea")?.focus();
    }
    if (!open && dialog.open) dialog.close();
  }, [open]);
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- Escape is the key; the click is on the backdrop
    <dialog
      ref={element}
      className="dialog"
      aria-label={label}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      {open ? (
        head ? (
          <div className="inner">
            <div className="title">
              <h2>{label}</h2>
              <IconButton label={t.action.close} look="plain" small onClick={onClose}>
                <X size={16} aria-hidden />
              </IconButton>
            </div>
            {children}
          </div>
        ) : (
          children
        )
      ) : null}
    </dialog>
  );
}
