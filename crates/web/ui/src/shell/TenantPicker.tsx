import { useQuery } from "@tanstack/react-query";
import { Users } from "lucide-react";
import { fieldValues, tenants as tenantsQuery } from "../api/queries";
import { count } from "../format/number";
import { scopeOf } from "../state/url";
import { useSetSearch, useShared } from "../state/useShared";
import { t } from "../text/en";
import { Button } from "../ui/Button";
import { PickList, type Choice } from "./PickList";

/** Limits every page to some tenants: registered ones and those seen in the data. */
export function TenantPicker() {
  const search = useShared();
  const set = useSetSearch();
  const picked = search.tenant ?? [];
  const registered = useQuery(tenantsQuery());
  const seen = useQuery(fieldValues("traces", "tenant", "", scopeOf({ ...search, tenant: undefined })));
  const choices = new Map<string, Choice>();
  for (const tenant of registered.data?.items ?? []) choices.set(tenant.id, { value: tenant.id, detail: [tenant.name, tenant.plan].filter(Boolean).join(" · ") });
  for (const { value, count: spans } of seen.data?.values ?? []) {
    if (value !== "" && !choices.has(value)) choices.set(value, { value, detail: t.tenant.spans(count(spans)) });
  }
  for (const value of picked) if (!choices.has(value)) choices.set(value, { value });
  const label = picked.length === 0 ? t.tenant.all : picked.length <= 2 ? picked.join(", ") : t.tenant.some(picked.length);
  return (
    <PickList
      title={t.tenant.title(label)}
      on={picked.length > 0}
      button={
        <>
          <Users size={14} aria-hidden />
          <span className="cut">{t.tenant.button(label)}</span>
        </>
      }
      choices={[...choices.values()].sort((a, b) => a.value.localeCompare(b.value))}
      picked={picked}
      placeholder={t.tenant.search}
      empty={t.tenant.none}
      onPick={(value) => {
        const next = picked.includes(value) ? picked.filter((one) => one !== value) : [...picked, value];
        set({ tenant: next.length === 0 ? undefined : next });
      }}
      foot={
        <Button small look="plain" disabled={picked.length === 0} onClick={() => set({ tenant: undefined })}>
          {t.tenant.clear}
        </Button>
      }
    />
  );
}
