// How a metric is told: function, joining, split, filter. Everything lives in the URL.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { metricLabels } from "../../api/queries";
import type { MetricSearch } from "../../state/url";
import { useScope, useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { hasQuantiles } from "./asked";
import { isDistribution } from "./readings";

interface Props {
  readonly metric: string;
  readonly type: string;
  readonly search: MetricSearch;
}

export function Controls({ metric, type, search }: Props) {
  const set = useSetSearch();
  const labels = useQuery(metricLabels(metric, useScope()));
  const keys = (labels.data?.labels ?? []).filter((label) => label.values > 1 || label.key === search.by).map((label) => label.key);
  const choose = (name: string) => (value: string) => set({ [name]: value === "" ? undefined : value }, true);
  return (
    <div className="row wrap">
      {isDistribution(type) ? (
        <>
          <Choice label={t.metrics.distribution} value={search.agg ?? ""} words={t.metrics.distributions} none={hasQuantiles(type) ? t.metrics.quantiles : t.metrics.usual} onChange={choose("agg")} />
          {hasQuantiles(type) && search.agg === undefined ? <Choice label={t.metrics.quantile} value={search.quantile ?? ""} words={t.metrics.quantileNames} onChange={choose("quantile")} /> : null}
        </>
      ) : (
        <>
          <Choice label={t.metrics.function} value={search.fn ?? ""} words={t.metrics.functions} onChange={choose("fn")} />
          <Choice label={t.metrics.aggregate} value={search.agg ?? ""} words={t.metrics.aggregates} onChange={choose("agg")} />
        </>
      )}
      <Choice label={t.metrics.by} value={search.by ?? ""} words={Object.fromEntries(keys.map((key) => [key, key]))} none={t.metrics.together} onChange={choose("by")} />
      <Where key={search.q ?? ""} value={search.q ?? ""} onChange={choose("q")} />
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly words: Readonly<Record<string, string>>;
  readonly none?: string;
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, words, none = t.metrics.usual, onChange }: ChoiceProps) {
  return (
    <label className="row">
      <span className="muted">{label}</span>
      <select className="select" value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{none}</option>
        {Object.entries(words).map(([word, text]) => (
          <option key={word} value={word}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The filter is asked when it is whole: on Enter, or when the field is left. */
function Where({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  const apply = () => (text === value ? undefined : onChange(text));
  return (
    <label className="row grow">
      <span className="muted">{t.metrics.where}</span>
      <input
        className="input grow"
        data-filter
        value={text}
        placeholder={t.metrics.wherePlaceholder}
        onChange={(event) => setText(event.target.value)}
        onBlur={apply}
        onKeyDown={(event) => (event.key === "Enter" ? apply() : undefined)}
      />
    </label>
  );
}
