// The shapes of the public API under the names that the pages use. They are generated from docs/api/openapi.json (`npm run gen`).
import type { Completion, FieldError, FieldList, FrameColumn, FrameMeta, ParseAnswer, Problem, SeriesFrame, Span, Status as PlainStatus, TableFrame, TraceFrame, ValueList } from "./generated";

export type { Completion, FieldList, Problem, SeriesFrame, Span, TableFrame, TraceFrame };
/** For how long one kind of data is kept. */
interface Kept {
  readonly signal: string;
  /** Width of a window of counts; empty for records. */
  readonly resolution: string;
  readonly days: number;
}
/** The state of the server; an older one does not say for how long it keeps data. */
export type Status = PlainStatus & { readonly retention?: readonly Kept[] };
/** What a filter is about; words and fields differ. */
export type Signal = "traces" | "logs";
export type Column = FrameColumn;
export type Meta = FrameMeta;
/** What an answer says about itself: what is missing, what needs care. */
export type Caution = Pick<Meta, "incomplete" | "warnings">;
export type Parsed = ParseAnswer;
export type Diagnostic = FieldError;
export type FieldValues = ValueList;
export type CompletionItem = Completion["items"][number];
/** The document leaves links open; this is what language.md and the query crate say. */
export interface SpanLink {
  readonly trace_id: string;
  readonly span_id: string;
  readonly attributes?: Attributes;
}
export type Attributes = Readonly<Record<string, unknown>>;

/** Lines of log, newest first unless the question says otherwise. */
export interface LogsFrame {
  readonly kind: "logs";
  readonly meta: FrameMeta;
  readonly rows: number;
  /** Resources of the lines, by the index in the column `resource`. */
  readonly resources: readonly Attributes[];
  readonly columns: readonly FrameColumn[];
}

/** A log record with everything that was sent. */
export interface LogRecord {
  readonly id: string;
  readonly timestamp: string;
  readonly observed_timestamp?: string | null;
  readonly severity: string;
  readonly severity_number?: number;
  readonly severity_text?: string;
  readonly body: string;
  readonly service: string;
  readonly environment?: string;
  readonly tenant?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly event_name?: string;
  readonly scope?: string;
  readonly attributes: Attributes;
  readonly resource: Attributes;
}
