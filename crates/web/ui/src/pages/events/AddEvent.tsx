// Adds an event by hand: what a script at the end of a deployment does through the same route.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CalendarPlus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { may } from "../../api/admin";
import { ask } from "../../api/client";
import type { NewEvent } from "../../api/events";
import { me as meQuery } from "../../api/queries";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { toast } from "../../ui/toast";

const SCOPE = "events:write";
const FIELDS = [
  { name: "service", label: t.events.service },
  { name: "environment", label: t.events.environment },
  { name: "tenant", label: t.events.tenant },
] as const;

export function AddEvent() {
  const [open, setOpen] = useState(false);
  const me = useQuery(meQuery());
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: (body: NewEvent) => ask<{ id: string }>("/events", { method: "POST", body }),
    onSuccess: () => {
      setOpen(false);
      toast(t.events.added);
      void client.invalidateQueries({ queryKey: ["events"] });
    },
  });
  const denied = me.data !== undefined && !may(me.data, SCOPE);
  return (
    <>
      <Button look="primary" disabled={denied} title={denied ? t.events.needsScope : undefined} onClick={() => setOpen(true)}>
        <CalendarPlus size={14} aria-hidden />
        {t.events.add}
      </Button>
      <Dialog
        label={t.events.addTitle}
        open={open}
        onClose={() => {
          setOpen(false);
          add.reset();
        }}
      >
        <Form busy={add.isPending} error={add.error?.message ?? ""} onSubmit={add.mutate} />
      </Dialog>
    </>
  );
}

function Form({ busy, error, onSubmit }: { readonly busy: boolean; readonly error: string; readonly onSubmit: (event: NewEvent) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const value = (name: string) => String(data.get(name) ?? "").trim();
    const optional = Object.fromEntries(FIELDS.map(({ name }) => [name, value(name)]).filter(([, text]) => text !== ""));
    onSubmit({ type: value("type"), title: value("title"), ...optional });
  };
  return (
    <form className="event-form" onSubmit={submit}>
      <label className="field wide">
        {t.events.type}
        <input className="input mono" name="type" required defaultValue="deployment.finished" title={t.events.typeHint} />
      </label>
      <label className="field wide">
        {t.events.what}
        <input className="input" name="title" required maxLength={200} />
      </label>
      {FIELDS.map(({ name, label }) => (
        <label key={name} className="field">
          {label}
          <input className="input" name={name} />
        </label>
      ))}
      {error === "" ? null : (
        <p className="error-text wide" role="alert">
          {error}
        </p>
      )}
      <div className="row wide">
        <span className="grow" />
        <Button type="submit" look="primary" disabled={busy}>
          {busy ? t.events.saving : t.events.save}
        </Button>
      </div>
    </form>
  );
}
