// Live lines over server-sent events. Read by fetch and not by EventSource, because that one hides why it was refused.
import { useEffect, useRef, useState } from "react";
import { ApiError, ask, openStream } from "../api/client";
import { logRows, type LogRow } from "../api/logs";
import type { LogsFrame, Problem } from "../api/types";
import { arrive, lose, NO_TAIL, release, type Tail } from "./buffer";
import { eventReader, type ServerEvent } from "./sse";

export type Connection = "off" | "connecting" | "open" | "broken";

export interface Live {
  readonly tail: Tail;
  readonly connection: Connection;
  /** Why there is no stream and none is tried. */
  readonly error: unknown;
}

export interface Wanted {
  readonly on: boolean;
  readonly filter: string;
  readonly environment: string | undefined;
  readonly tenant: readonly string[] | undefined;
  /** New lines wait while true. */
  readonly held: boolean;
}

const AGAIN_MS = [500, 1000, 2000, 5000, 10_000];
const OFF: Live = { tail: NO_TAIL, connection: "off", error: null };

export function useTail({ on, filter, environment, tenant, held }: Wanted): Live {
  const [live, setLive] = useState<Live>(OFF);
  const isHeld = useRef(held);
  isHeld.current = held;
  const key = JSON.stringify({ filter, environment, tenant });

  useEffect(() => {
    if (!on) return;
    const stop = new AbortController();
    setLive({ ...OFF, connection: "connecting" });
    const take = (event: ServerEvent) => setLive((old) => next(old, event, isHeld.current));
    void seed(JSON.parse(key) as Partial<Wanted>, stop.signal).then((rows) => setLive((old) => (stop.signal.aborted ? old : { ...old, tail: arrive(old.tail, rows, isHeld.current && old.tail.rows.length > 0) })));
    void follow(JSON.parse(key) as Partial<Wanted>, stop.signal, take, (connection, error) => setLive((old) => ({ ...old, connection, error })));
    return () => {
      stop.abort();
      setLive(OFF);
    };
  }, [on, key]);

  useEffect(() => {
    if (!held) setLive((old) => (old.tail.waiting.length === 0 ? old : { ...old, tail: release(old.tail) }));
  }, [held]);

  return live;
}

/** The state after an event of the stream (language.md 5.4). */
export function next(live: Live, { event, data }: ServerEvent, held: boolean): Live {
  switch (event) {
    case "open":
      return { ...live, connection: "open", error: null };
    case "rows":
      return { ...live, connection: "open", tail: arrive(live.tail, logRows(JSON.parse(data) as LogsFrame), held) };
    case "dropped":
      return { ...live, tail: lose(live.tail, Number((JSON.parse(data) as { count?: unknown }).count ?? 0)) };
    default:
      return live;
  }
}

/** Lines from just before the stream, so that there is something to read at once. */
const SEED = { from: "now-15m", limit: 200 } as const;

async function seed({ filter, environment, tenant }: Partial<Wanted>, signal: AbortSignal): Promise<LogRow[]> {
  try {
    return logRows(await ask<LogsFrame>("/logs", { params: { filter, environment, tenant, ...SEED }, signal }));
  } catch {
    // The stream itself says what is wrong.
    return [];
  }
}

type Say = (connection: Connection, error: unknown) => void;

/** Reads the stream and opens it again when it breaks, from where it was, until the signal or a refusal ends it. */
async function follow({ filter, environment, tenant }: Partial<Wanted>, signal: AbortSignal, take: (event: ServerEvent) => void, say: Say): Promise<void> {
  let last = "";
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const pieces = await openStream("/logs/tail", { filter, environment, tenant }, last, signal);
      const read = eventReader();
      for await (const piece of pieces) {
        for (const event of read(piece)) {
          const refused = event.event === "error" ? refusal(event.data) : undefined;
          // The engine away is no end: the server looks again, and what arrives meanwhile comes then.
          if (refused?.retryable === false) throw refused;
          if (refused !== undefined) say("connecting", null);
          failures = 0;
          last = event.id;
          take(event);
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && !error.retryable) return say("broken", error);
    }
    if (signal.aborted) return;
    say("connecting", null);
    await wait(AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)] ?? 1000, signal);
  }
}

function refusal(data: string): ApiError {
  const problem = JSON.parse(data) as Partial<Problem>;
  return new ApiError(problem.status ?? 500, problem);
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
