import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import type { NewTenant, Tenant } from "../../api/admin";
import { ask } from "../../api/client";
import { tenants as tenantsQuery } from "../../api/queries";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { SortTable, type ColumnOf } from "../../ui/SortTable";
import { Answer, Empty } from "../../ui/State";

export function Tenants({ sort, onSort }: { readonly sort: string; readonly onSort: (sort: string) => void }) {
  const query = useQuery(tenantsQuery());
  const columns: ColumnOf<Tenant>[] = [
    {
      id: "id",
      title: t.settings.id,
      by: (tenant) => tenant.id,
      cell: (tenant) => (
        <Link to="/services" search={(old) => ({ ...old, tenant: [tenant.id] })}>
          {tenant.id}
        </Link>
      ),
    },
    { id: "name", title: t.settings.name, by: (tenant) => tenant.name, cell: (tenant) => tenant.name },
    { id: "plan", title: t.settings.plan, by: (tenant) => tenant.plan, cell: (tenant) => (tenant.plan === "" ? <span className="muted">–</span> : <span className="badge">{tenant.plan}</span>) },
  ];
  const up = !sort.startsWith("-");
  return (
    <Panel title={t.settings.tenants} note={t.settings.tenantsNote} flush tall>
      <NewTenantForm />
      <Answer query={query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t.settings.noTenants} hint={t.settings.noTenantsHint} />
          ) : (
            // Names read upwards by default, so the sign of the URL means the opposite here.
            <SortTable label={t.settings.tenants} columns={columns} rows={items} keyOf={(tenant) => tenant.id} order={{ column: sort.replace("-", ""), up }} onOrder={(next) => onSort(up && next === `${sort}` ? `-${sort}` : next.replace("-", ""))} />
          )
        }
      </Answer>
    </Panel>
  );
}

function NewTenantForm() {
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const [plan, setPlan] = useState("");
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: (body: NewTenant) => ask<Tenant>("/org/tenants", { method: "POST", body }),
    onSuccess: () => {
      setId("");
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
      <input className="input mono" value={id} required placeholder={t.settings.tenantId} aria-label={t.settings.tenantId} onChange={(event) => setId(event.target.value)} />
      <input className="input" value={name} placeholder={t.settings.tenantName} aria-label={t.settings.tenantName} onChange={(event) => setName(event.target.value)} />
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
