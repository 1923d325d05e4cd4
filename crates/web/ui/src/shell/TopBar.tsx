import { Flag, Radio, Search } from "lucide-react";
import { setPrefs, usePrefs } from "../state/prefs";
import { isRelative } from "../state/time";
import { useRange, useSetSearch, useShared } from "../state/useShared";
import { t } from "../text/en";
import { Button } from "../ui/Button";
import { EnvironmentPicker } from "./EnvironmentPicker";
import { TenantPicker } from "./TenantPicker";
import { TimePicker } from "./TimePicker";

export function TopBar({ onPalette }: { readonly onPalette: () => void }) {
  const { live = false } = useShared();
  const { range } = useRange();
  const set = useSetSearch();
  const { markers } = usePrefs();
  return (
    <header className="bar">
      <EnvironmentPicker />
      <span data-tour="tenant">
        <TenantPicker />
      </span>
      <span className="grow" />
      <Button on={markers} title={markers ? t.events.markersOn : t.events.markersOff} onClick={() => setPrefs({ markers: !markers })}>
        <Flag size={14} aria-hidden />
        {t.events.markers}
      </Button>
      <Button on={live} disabled={!isRelative(range)} title={isRelative(range) ? t.time.liveHint : t.time.liveNeedsNow} onClick={() => set({ live: live ? undefined : true }, true)}>
        <Radio size={14} aria-hidden />
        {t.time.live}
      </Button>
      <span data-tour="time">
        <TimePicker />
      </span>
      <Button onClick={onPalette} data-tour="search" aria-keyshortcuts="Control+K">
        <Search size={14} aria-hidden />
        {t.nav.search}
        <kbd>Ctrl K</kbd>
      </Button>
    </header>
  );
}
