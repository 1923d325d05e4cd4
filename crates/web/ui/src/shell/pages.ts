// The pages of the side bar, the palette and the keys: one table.
import { Activity, Calendar, ChartLine, House, MessagesSquare, Network, ScrollText, Server, Settings, Users, Waypoints, type LucideIcon } from "lucide-react";
import { t } from "../text/en";

interface PageEntry {
  readonly to: "/" | "/services" | "/traces" | "/logs" | "/metrics-explorer" | "/infrastructure" | "/messaging" | "/map" | "/events" | "/tenants" | "/settings";
  readonly label: string;
  readonly icon: LucideIcon;
  /** Keys that lead there, one after the other. */
  readonly keys: readonly [string, string];
  /** Fills the window instead of growing with its content. */
  readonly fills?: boolean;
}

export const PAGES: readonly PageEntry[] = [
  { to: "/", label: t.nav.home, icon: House, keys: ["g", "h"] },
  { to: "/services", label: t.nav.services, icon: Activity, keys: ["g", "s"] },
  { to: "/map", label: t.map.title, icon: Network, keys: ["g", "a"], fills: true },
  { to: "/traces", label: t.nav.traces, icon: Waypoints, keys: ["g", "t"], fills: true },
  { to: "/logs", label: t.nav.logs, icon: ScrollText, keys: ["g", "l"], fills: true },
  { to: "/metrics-explorer", label: t.nav.metrics, icon: ChartLine, keys: ["g", "m"] },
  { to: "/infrastructure", label: t.infra.title, icon: Server, keys: ["g", "i"] },
  { to: "/messaging", label: t.messaging.title, icon: MessagesSquare, keys: ["g", "b"] },
  { to: "/events", label: t.events.title, icon: Calendar, keys: ["g", "e"] },
  { to: "/tenants", label: t.nav.tenants, icon: Users, keys: ["g", "n"] },
  { to: "/settings", label: t.nav.settings, icon: Settings, keys: ["g", "c"] },
];
