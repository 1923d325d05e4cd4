import { Flag, Rocket, Siren, Zap } from "lucide-react";
import type { EventKind } from "../api/events";

const ICONS = { deployment: Rocket, fault: Zap, incident: Siren, other: Flag } as const;

/** The sign of a kind of event; the colour beside it is a second one. */
export function EventIcon({ kind, size = 13 }: { readonly kind: EventKind; readonly size?: number }) {
  const Icon = ICONS[kind];
  return <Icon size={size} className={`event-${kind}`} aria-hidden />;
}
