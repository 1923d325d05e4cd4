// Short messages in the corner, also read out. One list for the whole application.
import { X } from "lucide-react";
import { useSyncExternalStore, type ReactNode } from "react";
import { t } from "../text/en";
import { IconButton } from "./Button";

interface Toast {
  readonly id: number;
  readonly content: ReactNode;
}

const SHOWN_MS = 8000;
let next = 1;
let toasts: readonly Toast[] = [];
const listeners = new Set<() => void>();

function set(list: readonly Toast[]): void {
  toasts = list;
  for (const listener of listeners) listener();
}

export function toast(content: ReactNode): void {
  const id = next;
  next += 1;
  set([...toasts.slice(-2), { id, content }]);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id: number): void {
  set(toasts.filter((one) => one.id !== id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const list = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {list.map((one) => (
        <div key={one.id} className="toast">
          {one.content}
          <IconButton small look="plain" label={t.action.close} onClick={() => dismiss(one.id)}>
            <X size={14} aria-hidden />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
