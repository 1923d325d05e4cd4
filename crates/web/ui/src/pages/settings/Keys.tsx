import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Key } from "../../api/admin";
import { ask } from "../../api/client";
import { keys as keysQuery } from "../../api/queries";
import { ago, instant } from "../../format/time";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Panel } from "../../ui/Panel";
import { SortTable, type ColumnOf } from "../../ui/SortTable";
import { Answer, Empty } from "../../ui/State";
import { toast } from "../../ui/toast";
import { CreateKey } from "./CreateKey";

const TONE: Readonly<Record<string, string>> = { live: "ok", expired: "warn" };

export function Keys({ sort, onSort }: { readonly sort: string; readonly onSort: (sort: string) => void }) {
  const query = useQuery(keysQuery());
  const [ending, setEnding] = useState<Key | undefined>(undefined);
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: (key: Key) => ask<void>(`/org/keys/${encodeURIComponent(key.id)}`, { method: "DELETE" }),
    onSuccess: (_, key) => {
      toast(t.settings.revoked(key.name));
      setEnding(undefined);
      void client.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  const when = (text: string | null | undefined) => (text === null || text === undefined ? "" : <span title={instant(Date.parse(text))}>{ago(Date.parse(text), Date.now())}</span>);
  const columns: ColumnOf<Key>[] = [
    { id: "name", title: t.settings.name, by: (key) => key.name, cell: (key) => key.name },
    { id: "id", title: t.settings.id, cell: (key) => <code>{key.id}</code> },
    { id: "state", title: t.settings.state, by: (key) => key.state, cell: (key) => <span className={`badge ${TONE[key.state] ?? ""}`}>{key.state}</span> },
    { id: "scopes", title: t.settings.scopes, cell: (key) => <code>{key.scopes.join(" ")}</code> },
    { id: "tenant", title: t.settings.tenant, by: (key) => key.tenant ?? "", cell: (key) => key.tenant ?? <span className="muted">{t.settings.trusted}</span> },
    { id: "created", title: t.settings.created, by: (key) => key.created_at, cell: (key) => <span className="muted">{when(key.created_at)}</span> },
    { id: "used", title: t.settings.lastUsed, by: (key) => key.last_used_at ?? "", cell: (key) => <span className="muted">{(key.last_used_at ?? "") === "" ? t.settings.neverUsed : when(key.last_used_at)}</span> },
    {
      id: "revoke",
      title: t.settings.actions,
      cell: (key) =>
        key.state === "live" ? (
          <Button small look="danger" onClick={() => setEnding(key)}>
            {t.settings.revoke}
          </Button>
        ) : null,
    },
  ];
  const [column, up] = sort.startsWith("-") ? [sort.slice(1), true] : [sort, false];
  return (
    <Panel title={t.settings.keys} note={t.settings.keysNote} flush actions={<CreateKey />}>
      <Answer query={query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t.settings.noKeys} hint={t.settings.noKeysHint} />
          ) : (
            <SortTable label={t.settings.keys} columns={columns} rows={items} keyOf={(key) => key.id} order={{ column: column ?? "created", up: up === true }} onOrder={onSort} />
          )
        }
      </Answer>
      <Dialog label={t.settings.revokeTitle} open={ending !== undefined} onClose={() => setEnding(undefined)}>
        <p>{t.settings.revokeHint(ending?.name ?? "")}</p>
        <p className="error-text" role="alert">
          {revoke.error?.message ?? ""}
        </p>
        <div className="row">
          <span className="grow" />
          <Button onClick={() => setEnding(undefined)}>{t.action.cancel}</Button>
          <Button look="danger" disabled={revoke.isPending} onClick={() => (ending === undefined ? undefined : revoke.mutate(ending))}>
            {t.settings.revoke}
          </Button>
        </div>
      </Dialog>
    </Panel>
  );
}
