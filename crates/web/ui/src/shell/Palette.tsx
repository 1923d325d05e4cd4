// Everything by name: pages, services, tenants, a trace by its id, times, actions.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Activity, Clock, Keyboard, Layers, Link as LinkIcon, Moon, PanelLeft, Radio, Search, Users, Waypoints } from "lucide-react";
import { useState, type ReactNode } from "react";
import { fieldValues, services as servicesQuery } from "../api/queries";
import { serviceRows } from "../api/rows";
import { count, rate } from "../format/number";
import { rangeLabel } from "../format/time";
import { copyFixedLink } from "../state/link";
import { setPrefs, usePrefs } from "../state/prefs";
import { isRelative, QUICK } from "../state/time";
import { scopeOf } from "../state/url";
import { useRange, useScope, useSetSearch, useShared } from "../state/useShared";
import { t } from "../text/en";
import { Dialog } from "../ui/Dialog";
import { toast } from "../ui/toast";
import { PAGES } from "./pages";

const TRACE_ID = /^[0-9a-f]{32}$|^[0-9a-f]{16}$/i;
/** Tenants are many: they are offered when somebody types. */
const TENANTS_MAX = 8;

interface Props {
  readonly onClose: () => void;
  readonly onHelp: () => void;
}

interface Entry {
  readonly key: string;
  readonly icon: ReactNode;
  readonly label: string;
  readonly detail: string;
  readonly run: () => unknown;
}

export function Palette({ onClose, onHelp }: Props) {
  const [text, setText] = useState("");
  const navigate = useNavigate();
  const typed = text.trim();
  const groups = [
    { heading: t.palette.find, forced: true, entries: TRACE_ID.test(typed) ? [traceEntry(typed, () => void navigate({ to: "/traces/$traceId", params: { traceId: typed.toLowerCase().padStart(32, "0") } }))] : [] },
    { heading: t.palette.pages, entries: PAGES.map(({ to, label, icon: Icon, keys }): Entry => ({ key: to, icon: <Icon size={15} aria-hidden />, label, detail: keys.join(" "), run: () => navigate({ to }) })) },
    { heading: t.palette.services, entries: useServices() },
    { heading: t.palette.tenants, entries: useTenants(typed) },
    { heading: t.palette.time, entries: useTimes() },
    { heading: t.palette.actions, entries: useActions(onHelp) },
    // Last, so that Enter takes what has that name before it searches for the words.
    {
      heading: t.palette.find,
      forced: true,
      entries:
        typed === "" ? [] : [
            searchEntry("logs", t.palette.searchLogs(typed), () => void navigate({ to: "/logs", search: { q: typed } })),
            searchEntry("traces", t.palette.searchTraces(typed), () => void navigate({ to: "/traces", search: { q: typed } })),
          ],
    },
  ];
  return (
    <Dialog label={t.palette.title} open onClose={onClose} head={false}>
      <Command label={t.palette.title} className="pick palette" loop>
        <Command.Input placeholder={t.palette.hint} value={text} onValueChange={setText} />
        <Command.List label={t.palette.title}>
          <Command.Empty>{t.palette.none}</Command.Empty>
          {groups
            .filter(({ entries }) => entries.length > 0)
            .map(({ heading, forced = false, entries }) => (
              <Command.Group key={`${heading} ${entries[0]?.key ?? ""}`} heading={heading} forceMount={forced}>
                {entries.map(({ key, icon, label, detail, run }) => (
                  <Command.Item
                    key={key}
                    value={`${label} ${key}`}
                    onSelect={() => {
                      onClose();
                      run();
                    }}
                  >
                    {icon}
                    <span className="cut">{label}</span>
                    <span className="detail">{detail}</span>
                  </Command.Item>
                ))}
              </Command.Group>
            ))}
        </Command.List>
      </Command>
    </Dialog>
  );
}

const traceEntry = (id: string, run: () => void): Entry => ({ key: id, icon: <Waypoints size={15} aria-hidden />, label: t.palette.openTrace(id), detail: "", run });
const searchEntry = (where: string, label: string, run: () => void): Entry => ({ key: `find ${where}`, icon: <Search size={15} aria-hidden />, label, detail: "", run });

function useServices(): Entry[] {
  const navigate = useNavigate();
  const services = useQuery(servicesQuery(useScope()));
  const known = [...new Map((services.data === undefined ? [] : serviceRows(services.data)).map((row) => [row.service, row])).values()];
  return known.map((row) => ({
    key: `service-${row.service}`,
    icon: <Activity size={15} aria-hidden />,
    label: row.service,
    detail: rate(row.rate),
    run: () => navigate({ to: "/services/$service", params: { service: row.service } }),
  }));
}

function useTenants(typed: string): Entry[] {
  const set = useSetSearch();
  const seen = useQuery(fieldValues("traces", "tenant", "", scopeOf({ ...useShared(), tenant: undefined })));
  if (typed.length < 2) return [];
  return (seen.data?.values ?? [])
    .filter(({ value }) => value.toLowerCase().includes(typed.toLowerCase()))
    .slice(0, TENANTS_MAX)
    .map(({ value, count: spans }) => ({ key: `tenant-${value}`, icon: <Users size={15} aria-hidden />, label: t.palette.onlyTenant(value), detail: t.tenant.spans(count(spans)), run: () => set({ tenant: [value] }) }));
}

function useTimes(): Entry[] {
  const { setRange } = useRange();
  return QUICK.map(({ from }) => ({ key: from, icon: <Clock size={15} aria-hidden />, label: rangeLabel({ from, to: "now" }, Date.now()), detail: from, run: () => setRange({ from, to: "now" }) }));
}

function useActions(onHelp: () => void): Entry[] {
  const { theme, narrow } = usePrefs();
  const { range } = useRange();
  const { live = false, tenant, env } = useShared();
  const set = useSetSearch();
  const isLimited = tenant !== undefined || env !== undefined;
  return [
    ...(isLimited ? [{ key: "everything", icon: <Layers size={15} aria-hidden />, label: t.palette.clearScope, detail: "", run: () => set({ tenant: undefined, env: undefined }) }] : []),
    ...(isRelative(range) ? [{ key: "live", icon: <Radio size={15} aria-hidden />, label: t.palette.live(live), detail: ".", run: () => set({ live: live ? undefined : true }, true) }] : []),
    { key: "link", icon: <LinkIcon size={15} aria-hidden />, label: t.palette.copyLink, detail: "", run: () => void copyFixedLink(range).then(({ text, copied }) => toast(copied ? t.time.linkCopied : text)) },
    { key: "theme", icon: <Moon size={15} aria-hidden />, label: theme === "dark" ? t.nav.toLight : t.nav.toDark, detail: "t t", run: () => setPrefs({ theme: theme === "dark" ? "light" : "dark" }) },
    { key: "collapse", icon: <PanelLeft size={15} aria-hidden />, label: t.palette.collapse, detail: "", run: () => setPrefs({ narrow: !narrow }) },
    { key: "keys", icon: <Keyboard size={15} aria-hidden />, label: t.nav.help, detail: "?", run: onHelp },
  ];
}
