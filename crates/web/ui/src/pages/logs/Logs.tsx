// Log search: filter, facets, how many by severity, the lines, one line's details; live lines while Live is on.
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { WrapText } from "lucide-react";
import "../../styles/logs.css";
import "../../styles/traces.css";
import { histogram } from "../../api/logs";
import { Facets } from "../../facets/Facets";
import { both } from "../../filter/edit";
import { FilterEditor } from "../../filter/FilterEditor";
import { count } from "../../format/number";
import { Histogram, totalOf } from "../../logs/Histogram";
import { LogDrawer } from "../../logs/LogDrawer";
import { isRelative } from "../../state/time";
import { useRange, useScope, useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";
import { Notices } from "../../ui/State";
import { useTitle } from "../../ui/useTitle";
import { AroundLine } from "./AroundLine";
import { Found } from "./Found";
import { Following } from "./Following";

export function Logs() {
  useTitle(t.nav.logs);
  const { q = "", log, around, by = "service", wrap = false, live = false, tenant, env } = useSearch({ from: "/shell/logs" });
  const { range } = useRange();
  const scope = useScope();
  const set = useSetSearch();
  const volume = useQuery({ ...histogram(q, scope), enabled: around === undefined });
  const filter = (text: string) => set({ q: text === "" ? undefined : text, around: undefined });
  const isTail = live && isRelative(range) && around === undefined;
  // While the details are open they follow the cursor; that is no step of the history.
  const open = (id: string) => set({ log: id }, log !== undefined);
  const shared = { selected: log, wrap, onOpen: open };
  return (
    <div className="page full">
      <div className="page-head">
        <h1>{t.nav.logs}</h1>
        <span className="muted" aria-live="polite" data-log-total={volume.data === undefined ? undefined : totalOf(volume.data)}>
          {volume.data === undefined || around !== undefined ? "" : volume.isFetching && !isTail ? t.logs.searching : t.logs.matching(count(totalOf(volume.data)))}
        </span>
        <span className="grow" />
        <Button on={wrap} title={t.logs.wrapHint} onClick={() => set({ wrap: wrap ? undefined : true }, true)}>
          <WrapText size={14} aria-hidden />
          {t.logs.wrap}
        </Button>
      </div>
      <FilterEditor signal="logs" value={q} ends={scope} busy={volume.isFetching && !isTail} onCommit={filter} />
      <Notices meta={volume.data?.meta} />
      <div className={`traces-body ${log === undefined ? "" : "with-drawer"}`}>
        <Facets signal="logs" filter={q} onFilter={filter} />
        <div className="traces-result">
          {around === undefined ? (
            <>
              {volume.data === undefined ? null : <Histogram frame={volume.data} />}
              {isTail ? <Following key={JSON.stringify([q, env, tenant])} filter={q} environment={env} tenant={tenant} {...shared} /> : <Found filter={q} onFilter={filter} {...shared} />}
            </>
          ) : (
            <AroundLine id={around} by={by} tenant={tenant} onBy={(next) => set({ by: next === "host" ? next : undefined }, true)} onBack={() => set({ around: undefined, by: undefined })} {...shared} />
          )}
        </div>
        {log === undefined ? null : (
          <LogDrawer id={log} tenant={tenant} onClose={() => set({ log: undefined })} onNarrow={(condition) => filter(both(q, condition))} onAround={(id) => set({ around: id })} />
        )}
      </div>
    </div>
  );
}
