// Everything by name: pages, services, a trace by its id, times, actions.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Activity, Clock, CornerDownLeft, Keyboard, Moon, Search, Settings, Waypoints } from "lucide-react";
import { useState, type ReactNode } from "react";
import { services as servicesQuery } from "../api/queries";
import { serviceRows } from "../api/rows";
import { rate } from "../format/number";
import { rangeLabel } from "../format/time";
import { setPrefs, usePrefs } from "../state/prefs";
import { QUICK } from "../state/time";
import { useRange, useScope } from "../state/useShared";
import { t } from "../text/en";
import { Dialog } from "../ui/Dialog";

const TRACE_ID = /^[0-9a-f]{32}$|^[0-9a-f]{16}$/i;

export function Palette({ onClose, onHelp }: { readonly onClose: () => void; readonly onHelp: () => void }) {
  const [text, setText] = useState("");
  const navigate = useNavigate();
  const { setRange } = useRange();
  const { theme } = usePrefs();
  const services = useQuery(servicesQuery(useScope()));
  const known = [...new Map((services.data === undefined ? [] : serviceRows(services.data)).map((row) => [row.service, row])).values()];
  const typed = text.trim();
  const item = (key: string, icon: ReactNode, label: string, detail: string, run: () => unknown) => (
    <Command.Item
      key={key}
      value={`${label} ${key}`}
      onSelect={() => {
        onClose();
        run();
      }}
    >
      {icon}
      {label}
      <span className="detail">{detail}</span>
    </Command.Item>
  );
  return (
    <Dialog label={t.palette.title} open onClose={onClose} head={false}>
      <Command label={t.palette.title} className="pick palette" loop>
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- a dialog that was asked for by a key */}
        <Command.Input autoFocus placeholder={t.palette.hint} value={text} onValueChange={setText} />
        <Command.List label={t.palette.title}>
          <Command.Empty>{t.palette.none}</Command.Empty>
          {TRACE_ID.test(typed) ? (
            <Command.Group heading={t.palette.find} forceMount>
              {item(typed, <Waypoints size={15} aria-hidden />, t.palette.openTrace(typed), "", () => navigate({ to: "/traces/$traceId", params: { traceId: typed.toLowerCase().padStart(32, "0") } }))}
            </Command.Group>
          ) : null}
          <Command.Group heading={t.palette.pages}>
            {item("home", <CornerDownLeft size={15} aria-hidden />, t.nav.home, "g h", () => navigate({ to: "/" }))}
            {item("services", <Activity size={15} aria-hidden />, t.nav.services, "g s", () => navigate({ to: "/services" }))}
            {item("traces", <Waypoints size={15} aria-hidden />, t.nav.traces, "g t", () => navigate({ to: "/traces" }))}
            {item("settings", <Settings size={15} aria-hidden />, t.nav.settings, "g c", () => navigate({ to: "/settings" }))}
          </Command.Group>
          {known.length === 0 ? null : (
            <Command.Group heading={t.palette.services}>
              {known.map((row) => item(`service-${row.service}`, <Activity size={15} aria-hidden />, row.service, rate(row.rate), () => navigate({ to: "/services/$service", params: { service: row.service } })))}
            </Command.Group>
          )}
          <Command.Group heading={t.palette.time}>{QUICK.map(({ from }) => item(from, <Clock size={15} aria-hidden />, rangeLabel({ from, to: "now" }, Date.now()), from, () => setRange({ from, to: "now" })))}</Command.Group>
          <Command.Group heading={t.palette.actions}>
            {item("theme", <Moon size={15} aria-hidden />, theme === "dark" ? t.nav.toLight : t.nav.toDark, "t t", () => setPrefs({ theme: theme === "dark" ? "light" : "dark" }))}
            {item("keys", <Keyboard size={15} aria-hidden />, t.nav.help, "?", onHelp)}
          </Command.Group>
          {/* Last, so that Enter takes what has that name before it searches for the words. */}
          {typed === "" ? null : (
            <Command.Group heading={t.palette.find} forceMount>
              {item(`find ${typed}`, <Search size={15} aria-hidden />, t.palette.searchTraces(typed), "", () => navigate({ to: "/traces", search: { q: typed } }))}
            </Command.Group>
          )}
        </Command.List>
      </Command>
    </Dialog>
  );
}
