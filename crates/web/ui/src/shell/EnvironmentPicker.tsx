import { useQuery } from "@tanstack/react-query";
import { Layers } from "lucide-react";
import { fieldValues } from "../api/queries";
import { count } from "../format/number";
import { scopeOf } from "../state/url";
import { useSetSearch, useShared } from "../state/useShared";
import { t } from "../text/en";
import { Button } from "../ui/Button";
import { PickList } from "./PickList";

export function EnvironmentPicker() {
  const search = useShared();
  const set = useSetSearch();
  const seen = useQuery(fieldValues("traces", "environment", "", scopeOf({ ...search, env: undefined })));
  const values = (seen.data?.values ?? []).filter(({ value }) => value !== "").map(({ value, count: spans }) => ({ value, detail: t.tenant.spans(count(spans)) }));
  const choices = search.env !== undefined && !values.some(({ value }) => value === search.env) ? [{ value: search.env, detail: "" }, ...values] : values;
  return (
    <PickList
      title={t.environment.title(search.env ?? t.environment.all)}
      on={search.env !== undefined}
      button={
        <>
          <Layers size={14} aria-hidden />
          <span className="cut">{search.env ?? t.environment.all}</span>
        </>
      }
      choices={choices}
      picked={search.env === undefined ? [] : [search.env]}
      placeholder={t.environment.search}
      empty={t.environment.none}
      onPick={(value) => set({ env: value === search.env ? undefined : value })}
      foot={
        <Button small look="plain" disabled={search.env === undefined} onClick={() => set({ env: undefined })}>
          {t.environment.clear}
        </Button>
      }
    />
  );
}
