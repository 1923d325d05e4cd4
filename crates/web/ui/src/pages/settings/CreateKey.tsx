// Makes an API key and shows its secret once.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState, type FormEvent } from "react";
import { may, type CreatedKey, type NewKey } from "../../api/admin";
import { ask } from "../../api/client";
import { me as meQuery, tenants as tenantsQuery } from "../../api/queries";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";
import { Copy } from "../../ui/Copy";
import { Dialog } from "../../ui/Dialog";

const SCOPES = ["ingest:traces", "ingest:logs", "ingest:metrics", "query:read", "events:write", "metrics:read", "admin:read", "admin:write"] as const;

export function CreateKey({ onCreated }: { readonly onCreated?: (key: string) => void }) {
  const [open, setOpen] = useState(false);
  const me = useQuery(meQuery());
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: (body: NewKey) => ask<CreatedKey>("/org/keys", { method: "POST", body }),
    onSuccess: (made) => {
      onCreated?.(made.key);
      void client.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  const close = () => {
    setOpen(false);
    create.reset();
  };
  return (
    <>
      <Button look="primary" small disabled={me.data !== undefined && !may(me.data, "admin:write")} title={may(me.data, "admin:write") ? undefined : t.settings.needsAdmin} onClick={() => setOpen(true)}>
        <KeyRound size={14} aria-hidden />
        {t.settings.createKey}
      </Button>
      <Dialog label={create.data === undefined ? t.settings.newKey : t.settings.keyMade} open={open} onClose={close}>
        {create.data === undefined ? (
          <KeyForm busy={create.isPending} error={create.error?.message ?? ""} onSubmit={create.mutate} />
        ) : (
          <>
            <p>{t.settings.secretOnce}</p>
            <pre className="secret">{create.data.key}</pre>
            <div className="row">
              <Copy text={create.data.key} label={t.settings.copyKey} words />
              <span className="grow" />
              <Button look="primary" onClick={close}>
                {t.settings.done}
              </Button>
            </div>
          </>
        )}
      </Dialog>
    </>
  );
}

function KeyForm({ busy, error, onSubmit }: { readonly busy: boolean; readonly error: string; readonly onSubmit: (key: NewKey) => void }) {
  const [name, setName] = useState("");
  const [environment, setEnvironment] = useState("dev");
  const [tenant, setTenant] = useState("");
  const [ends, setEnds] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>(["ingest:traces", "ingest:logs", "ingest:metrics"]);
  const tenants = useQuery(tenantsQuery());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit({ name: name.trim(), environment, scopes, ...(tenant === "" ? {} : { tenant }), ...(ends === "" ? {} : { expires_at: ends }) });
  };
  const toggle = (scope: string) => setScopes((old) => (old.includes(scope) ? old.filter((one) => one !== scope) : [...old, scope]));
  return (
    <form className="stack" onSubmit={submit}>
      <label className="field">
        {t.settings.name}
        <input className="input" value={name} required placeholder={t.settings.namePlaceholder} onChange={(event) => setName(event.target.value)} />
      </label>
      <fieldset className="scopes">
        <legend>{t.settings.scopes}</legend>
        {SCOPES.map((scope) => (
          <label key={scope}>
            <input type="checkbox" checked={scopes.includes(scope)} onChange={() => toggle(scope)} />
            <code>{scope}</code>
            <span className="muted">{t.settings.scopeTexts[scope]}</span>
          </label>
        ))}
      </fieldset>
      <div className="grid-3">
        <label className="field">
          {t.settings.environment}
          <input className="input" value={environment} pattern="[a-z0-9]+" required onChange={(event) => setEnvironment(event.target.value)} />
        </label>
        <label className="field">
          {t.settings.tenant}
          <select className="select" value={tenant} onChange={(event) => setTenant(event.target.value)}>
            <option value="">{t.settings.trusted}</option>
            {(tenants.data?.items ?? []).map(({ id }) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          {t.settings.ends}
          <select className="select" value={ends} onChange={(event) => setEnds(event.target.value)}>
            <option value="">{t.settings.never}</option>
            <option value="now+7d">{t.settings.in7}</option>
            <option value="now+30d">{t.settings.in30}</option>
            <option value="now+365d">{t.settings.in365}</option>
          </select>
        </label>
      </div>
      <p className="error-text" role="alert">
        {error}
      </p>
      <Button type="submit" look="primary" disabled={busy || name.trim() === "" || scopes.length === 0}>
        {t.settings.create}
      </Button>
    </form>
  );
}
