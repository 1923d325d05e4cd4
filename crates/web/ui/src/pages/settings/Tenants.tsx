// The tenants of the org: registered ones with name and plan, and those that only the data name, ready to be registered.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState, type FormEvent, type RefObject } from "react";
import { may, type NewTenant, type Tenant } from "../../api/admin";
import { ask } from "../../api/client";
import { fieldValues, me as meQuery, tenants as tenantsQuery } from "../../api/queries";
import { count } from "../../format/number";
import { scopeOf } from "../../state/url";
import { useShared } from "../../state/useShared";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { SortTable, type ColumnOf } from "../../ui/SortTable";
import { Answer, Empty } from "../../ui/State";
import { knownTenants, type KnownTenant } from "./knownTenants";

export function Tenants({ sort, onSort }: { readonly sort: string; readonly onSort: (sort: string) => void }) {
  const query = useQuery(tenantsQuery());
  const seen = useQuery(fieldValues("traces", "tenant", "", scopeOf({ ...useShared(), tenant: undefined })));
  const me = useQuery(meQuery());
  const isAdmin = may(me.data, "admin:write");
  const [id, setId] = useState("");
  const nameInput = useRef<HTMLInputElement>(null);
  const columns: ColumnOf<KnownTenant>[] = [
    {
      id: "id",
      title: t.settings.id,
      by: (tenant) => tenant.id,
      cell: (tenant) => (
        <Link to="/tenants/$tenant" params={{ tenant: tenant.id }}>
          {tenant.id}
        </Link>
      ),
    },
    { id: "name", title: t.settings.name, by: (tenant) => tenant.name, cell: (tenant) => tenant.name },
    { id: "plan", title: t.settings.plan, by: (tenant) => tenant.plan, cell: (tenant) => (tenant.plan === "" ? <span className="muted">–</span> : <span className="badge">{tenant.plan}</span>) },
    { id: "spans", title: t.settings.spans, numeric: true, by: (tenant) => tenant.spans || 0, cell: (tenant) => count(tenant.spans) },
    {
      id: "state",
      title: t.settings.state,
      cell: (tenant) =>
        tenant.registered ? (
          <span className="badge">{t.settings.registered}</span>
        ) : (
          <span className="row">
            <span className="muted">{t.settings.onlySeen}</span>
            {isAdmin ? (
              <Button
                small
                look="plain"
                aria-label={t.settings.registerThis(tenant.id)}
                onClick={() => {
                  setId(tenant.id);
                  nameInput.current?.focus();
                }}
              >
                {t.settings.register}
              </Button>
            ) : null}
          </span>
        ),
    },
  ];
  const up = !sort.startsWith("-");
  return (
    <Panel title={t.settings.tenants} note={t.settings.tenantsNote} flush tall>
      {isAdmin ? <NewTenantForm id={id} onId={setId} nameInput={nameInput} /> : null}
      <Answer query={query} rows={3}>
        {({ items }) => {
          const rows = knownTenants(items, seen.data?.values ?? []);
          return rows.length === 0 ? (
            <Empty title={t.settings.noTenants} hint={t.settings.noTenantsHint} />
          ) : (
            // Names read upwards by default, so the sign of the URL means the opposite here.
            <SortTable label={t.settings.tenants} columns={columns} rows={rows} keyOf={(tenant) => tenant.id} order={{ column: sort.replace("-", ""), up }} onOrder={(next) => onSort(up && next === sort ? `-${sort}` : next.replace("-", ""))} />
          );
        }}
      </Answer>
    </Panel>
  );
}

interface FormProps {
  readonly id: string;
  readonly onId: (id: string) => void;
  readonly nameInput: RefObject<HTMLInputElement | null>;
}

function NewTenantForm({ id, onId, nameInput }: FormProps) {
  const [name, setName] = useState("");
  const [plan, setPlan] = useState("");
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: (body: NewTenant) => ask<Tenant>("/org/tenants", { method: "POST", body }),
    onSuccess: () => {
      onId("");
      setName("");
      setPlan("");
      void client.invalidateQueries({ queryKey: ["tenants"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ id: id.trim(), ...(name.trim() === "" ? {} : { name: name.trim() }), ...(plan.trim() === "" ? {} : { plan: plan.trim() }) });
  };
  return (
    <form className="inline-form" onSubmit={submit}>
      <input className="input mono" value={id} required placeholder={t.settings.tenantId} aria-label={t.settings.tenantId} onChange={(event) => onId(event.target.value)} />
      <input ref={nameInput} className="input" value={name} placeholder={t.settings.tenantName} aria-label={t.settings.tenantName} onChange={(event) => setName(event.target.value)} />
      <input className="input" value={plan} placeholder={t.settings.plan} aria-label={t.settings.plan} onChange={(event) => setPlan(event.target.value)} />
      <Button type="submit" disabled={create.isPending || id.trim() === ""}>
        {t.settings.register}
      </Button>
      <span className="error-text" role="alert">
        {create.error?.message ?? ""}
      </span>
    </form>
  );
}
