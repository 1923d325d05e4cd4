// Where quantiles come from: sketches are always at hand, every span has to be read.
import type { Quantiles } from "../state/url";
import { t } from "../text/en";
import { TabBar } from "../ui/TabBar";

const CHOICES = [
  { id: "sketch", title: t.quantiles.sketch },
  { id: "exact", title: t.quantiles.exact },
] as const;

export function QuantileSwitch({ value, onChange }: { readonly value: Quantiles | undefined; readonly onChange: (value: Quantiles | undefined) => void }) {
  return (
    <span className="row" title={t.quantiles.hint}>
      <span className="muted">{t.quantiles.label}</span>
      <TabBar label={t.quantiles.label} tabs={CHOICES} tab={value ?? "sketch"} onTab={(next) => onChange(next === "exact" ? next : undefined)} />
    </span>
  );
}
