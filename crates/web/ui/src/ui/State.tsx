// The states every view has beside its data: loading, empty, error, denied. Each says what to do next.
import { Link } from "@tanstack/react-router";
import { CircleAlert, Inbox, Lock, LogIn, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import type { Caution } from "../api/types";
import { t } from "../text/en";
import { Button } from "./Button";

const WIDTHS = [62, 84, 47, 73, 55, 80, 40, 68];

export function Loading({ rows = 5 }: { readonly rows?: number }) {
  return (
    <div className="skeleton" role="status" aria-label={t.state.loading}>
      {WIDTHS.slice(0, rows).map((width) => (
        <i key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

export function Empty({ title, hint, children }: { readonly title: string; readonly hint: ReactNode; readonly children?: ReactNode }) {
  return (
    <div className="state">
      <Inbox size={26} aria-hidden />
      <h2>{title}</h2>
      <p>{hint}</p>
      {children === undefined ? null : <div className="actions">{children}</div>}
    </div>
  );
}

/** What went wrong, in the server's words, and the next step by kind of failure. */
export function Failure({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const api = error instanceof ApiError ? error : undefined;
  if (api?.status === 401) {
    return (
      <div className="state" role="alert">
        <LogIn size={26} aria-hidden />
        <h2>{t.state.signedOut}</h2>
        <p>{t.state.signedOutHint}</p>
        <div className="actions">
          <Link to="/login" className="button primary">
            {t.login.title}
          </Link>
        </div>
      </div>
    );
  }
  const denied = api?.status === 403;
  return (
    <div className="state" role="alert">
      {denied ? <Lock size={26} aria-hidden /> : <CircleAlert size={26} aria-hidden />}
      <h2>{denied ? t.state.denied : titleOf(api)}</h2>
      <p>{api?.message ?? String(error)}</p>
      {api?.problem.errors?.map((item) => (
        <p key={`${item.code}${item.start ?? ""}`}>
          {item.message}
          {item.remedy === undefined ? "" : `: ${item.remedy}`}
        </p>
      ))}
      <p>{denied ? t.state.deniedHint : nextStep(api)}</p>
      {(api?.problem.query_id ?? "") === "" ? null : <p className="mono">{t.state.queryId(api?.problem.query_id ?? "")}</p>}
      {retry === undefined || denied ? null : (
        <div className="actions">
          <Button onClick={retry}>{t.state.retry}</Button>
        </div>
      )}
    </div>
  );
}

function titleOf(error: ApiError | undefined): string {
  if (error === undefined) return t.state.broken;
  return { 0: t.state.unreachable, 400: t.state.invalid, 404: t.state.notFound, 422: t.state.tooExpensive, 429: t.state.tooMany, 503: t.state.unavailable, 504: t.state.timeout }[error.status] ?? t.state.broken;
}

function nextStep(error: ApiError | undefined): string {
  if (error === undefined) return t.state.brokenHint;
  return { 0: t.state.unreachableHint, 404: t.state.notFoundHint, 422: t.state.tooExpensiveHint, 429: t.state.tooManyHint, 503: t.state.unavailableHint, 504: t.state.timeoutHint }[error.status] ?? t.state.brokenHint;
}

interface Asked<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  /** Why the last try failed while more tries are made. */
  readonly failureReason?: unknown;
  readonly refetch: () => unknown;
}

function Waiting({ reason, rows }: { readonly reason: unknown; readonly rows: number | undefined }) {
  return (
    <>
      <Loading rows={rows} />
      {reason instanceof Error ? <p className="again">{t.state.again(reason.message)}</p> : null}
    </>
  );
}

/** Draws an answer, or the state it is in. Old data stay on the page when a later request fails, with a note. */
export function Answer<T>({ query, children, rows }: { readonly query: Asked<T>; readonly children: (data: T) => ReactNode; readonly rows?: number }) {
  const retry = () => void query.refetch();
  if (query.data === undefined) {
    return query.error === null || query.error === undefined ? <Waiting reason={query.failureReason} rows={rows} /> : <Failure error={query.error} retry={retry} />;
  }
  return (
    <>
      {query.error === null || query.error === undefined ? null : (
        <div className="notice error" role="alert">
          <CircleAlert size={16} aria-hidden />
          <span className="grow">{t.state.stale(query.error instanceof Error ? query.error.message : "")}</span>
          <Button small onClick={retry}>
            {t.state.retry}
          </Button>
        </div>
      )}
      {children(query.data)}
    </>
  );
}

/** Said where it is seen: rates of cut bins are right as they are, and moved spans carry a mark. */
const SAID_ELSEWHERE = new Set(["partial_bins", "clock_skew"]);

/** Says when an answer is not whole or needs care. Nothing when it is plain. */
export function Notices({ meta }: { readonly meta: Caution | undefined }) {
  if (meta === undefined) return null;
  const notes = [
    ...meta.incomplete.map((item) => ({ key: `${item.reason}${item.detail}`, text: item.remedy === "" ? item.detail : `${item.detail}: ${item.remedy}` })),
    ...meta.warnings.filter((item) => !SAID_ELSEWHERE.has(item.code)).map((item) => ({ key: `${item.code}${item.message}`, text: item.message })),
  ];
  if (notes.length === 0) return null;
  return (
    <div className="notice" role="status">
      <TriangleAlert size={16} aria-hidden />
      <ul>
        {notes.map((note) => (
          <li key={note.key}>{note.text}</li>
        ))}
      </ul>
    </div>
  );
}
