//! The table of fields: one row a field. Adding a field is one row; resolution, completion and the reference read it.

use crate::Signal::{self, Logs, Metrics, Traces};

use super::ast::Context;
use super::fields::{Alias, EnumMember, Field, Reading, ValueType};

const ALL: &[Signal] = &[Traces, Logs, Metrics];
const RECORDS: &[Signal] = &[Traces, Logs];

const fn same(name: &'static str) -> Alias {
    Alias { name, reading: Reading::Same }
}

const fn word(name: &'static str, number: u8, also: &'static [&'static str]) -> EnumMember {
    EnumMember { name, number, last: number, also }
}

const fn level(name: &'static str, number: u8, also: &'static [&'static str]) -> EnumMember {
    EnumMember { name, number, last: number + 3, also }
}

/// A field without aliases, unit or closed list; rows below add what they have.
const fn field(
    name: &'static str,
    signals: &'static [Signal],
    value: ValueType,
    about: &'static str,
) -> Field {
    Field {
        name,
        context: None,
        signals,
        value,
        unit: None,
        aliases: &[],
        resource_aliases: &[],
        members: &[],
        about,
    }
}

const fn trace(name: &'static str, value: ValueType, about: &'static str) -> Field {
    Field { context: Some(Context::Trace), ..field(name, &[Traces], value, about) }
}

/// Kinds of spans, with the numbers of OTLP.
pub const KINDS: &[EnumMember] = &[
    word("unspecified", 0, &["span_kind_unspecified"]),
    word("internal", 1, &["span_kind_internal"]),
    word("server", 2, &["span_kind_server"]),
    word("client", 3, &["span_kind_client"]),
    word("producer", 4, &["span_kind_producer"]),
    word("consumer", 5, &["span_kind_consumer"]),
];

/// Statuses of spans, with the numbers of OTLP.
pub const STATUSES: &[EnumMember] = &[
    word("unset", 0, &["status_code_unset"]),
    word("ok", 1, &["status_code_ok"]),
    word("error", 2, &["status_code_error"]),
];

/// Levels of log records: the first severity number of each and every word that loggers use for it (vocabulary page, 5.4).
pub const LEVELS: &[EnumMember] = &[
    level("trace", 1, &["trc", "finest", "silly", "severity_number_trace"]),
    level("debug", 5, &["dbg", "d", "finer", "verbose", "fine", "config", "severity_number_debug"]),
    level("info", 9, &["information", "informational", "inf", "i", "notice", "severity_number_info"]),
    level("warn", 13, &["warning", "wrn", "w", "severity_number_warn"]),
    level("error", 17, &["err", "severe", "e", "dpanic", "panic", "alert", "severity_number_error"]),
    level("fatal", 21, &["critical", "crit", "emerg", "emergency", "f", "severity_number_fatal"]),
];

const CLASSES: &[EnumMember] =
    &[word("serve", 1, &[]), word("consume", 2, &[]), word("job", 3, &[]), word("probe", 4, &[])];

/// What a span calls, with the numbers of the column `dep_type`.
const DEPENDENCIES: &[EnumMember] = &[
    word("cache", 1, &[]),
    word("db", 2, &[]),
    word("messaging", 3, &[]),
    word("rpc", 4, &[]),
    word("http", 5, &[]),
    word("other", 6, &[]),
];

/// The two words of a `bool` field.
pub const BOOLS: &[EnumMember] = &[word("false", 0, &[]), word("true", 1, &[])];

/// Every field of every signal.
pub const FIELDS: &[Field] = &[
    field("timestamp", ALL, ValueType::Time, "when it happened: the start of a span"),
    Field {
        aliases: &[same("service.name"), same("serviceName"), same("service_name")],
        resource_aliases: &["service.name"],
        ..field("service", ALL, ValueType::Text, "name of the service, normalised")
    },
    Field {
        aliases: &[same("env"), same("deployment.environment"), same("deployment.environment.name")],
        resource_aliases: &["environment", "env", "deployment.environment", "deployment.environment.name"],
        ..field("environment", ALL, ValueType::Text, "where it is deployed, such as `production`")
    },
    Field {
        aliases: &[same("tenant.id"), same("tenant_id"), same("dotmac.tenant.id")],
        ..field("tenant", ALL, ValueType::Text, "the customer that it was done for")
    },
    Field { aliases: &[same("operation")], ..field("name", &[Traces], ValueType::Text, "name of the span") },
    Field {
        aliases: &[same("kind_string"), same("kindString"), same("span_kind"), same("spanKind")],
        members: KINDS,
        ..field("kind", &[Traces], ValueType::Enum, "role of the span in a call")
    },
    Field {
        aliases: &[
            same("status_code"),
            same("statusCode"),
            same("status_code_string"),
            same("statusCodeString"),
            Alias { name: "has_error", reading: Reading::IsError },
            Alias { name: "hasError", reading: Reading::IsError },
        ],
        members: STATUSES,
        ..field("status", &[Traces], ValueType::Enum, "status that the instrumentation set")
    },
    Field {
        aliases: &[same("statusMessage"), same("status_description")],
        ..field("status_message", &[Traces], ValueType::Text, "text beside the status")
    },
    Field {
        unit: Some("ns"),
        aliases: &[
            Alias { name: "duration_nano", reading: Reading::Nanos },
            Alias { name: "durationNano", reading: Reading::Nanos },
        ],
        ..field("duration", &[Traces], ValueType::Duration, "end less start of the span")
    },
    Field {
        aliases: &[same("traceID"), same("traceId"), same("trace.id")],
        ..field("trace_id", RECORDS, ValueType::TraceId, "id of the trace")
    },
    Field {
        aliases: &[same("spanID"), same("spanId"), same("span.id")],
        ..field("span_id", RECORDS, ValueType::SpanId, "id of the span")
    },
    Field {
        aliases: &[same("parentSpanID"), same("parentSpanId"), same("parent_id")],
        ..field("parent_span_id", &[Traces], ValueType::SpanId, "id of the parent span; absent on a root")
    },
    Field {
        aliases: &[same("isRoot")],
        ..field("is_root", &[Traces], ValueType::Bool, "the span has no parent")
    },
    Field {
        aliases: &[same("isError")],
        ..field("is_error", &[Traces], ValueType::Bool, "counts as an error in RED")
    },
    Field {
        members: CLASSES,
        ..field("req_class", &[Traces], ValueType::Text, "how the span counts as a request of its service")
    },
    Field {
        members: DEPENDENCIES,
        ..field("dep_type", &[Traces], ValueType::Text, "what the span calls, when it calls something")
    },
    field("endpoint", &[Traces], ValueType::Text, "what was asked for, such as `GET /users/{id}`"),
    Field {
        unit: Some("ns"),
        ..trace("duration", ValueType::Duration, "first start to last end of the whole trace")
    },
    trace("root_service", ValueType::Text, "service of the root span"),
    trace("root_name", ValueType::Text, "name of the root span"),
    trace("spans", ValueType::Int, "how many spans the trace has"),
    trace("errors", ValueType::Int, "how many spans of the trace are errors"),
    Field {
        aliases: &[same("level")],
        members: LEVELS,
        ..field("severity", &[Logs], ValueType::Severity, "level of the record; compares in order")
    },
    Field {
        aliases: &[same("severityNumber")],
        ..field("severity_number", &[Logs], ValueType::Int, "severity as a number from 1 to 24")
    },
    Field {
        aliases: &[same("severityText")],
        ..field("severity_text", &[Logs], ValueType::Text, "level as it was sent")
    },
    Field { aliases: &[same("message"), same("msg")], ..field("body", &[Logs], ValueType::Text, "the line") },
    Field {
        aliases: &[same("event.name"), same("otel.event.name")],
        ..field("event_name", &[Logs], ValueType::Text, "kind of an event record")
    },
    field("observed_timestamp", &[Logs], ValueType::Time, "when the collector saw it"),
    field("pattern", &[Logs], ValueType::Text, "the line without its variable parts"),
    Field {
        aliases: &[same("metric.name"), same("__name__")],
        ..field("metric", &[Metrics], ValueType::Text, "name of the metric")
    },
    field("value", &[Metrics], ValueType::Float, "value of the point"),
];

/// Words before a dot that name a context, with the signals on which they do; none is a spelling of "intrinsic, else attribute".
pub(super) const CONTEXT_WORDS: &[(&str, Option<Context>, &[Signal])] = &[
    ("resource", Some(Context::Resource), ALL),
    ("scope", Some(Context::Scope), ALL),
    ("attribute", Some(Context::Attribute), ALL),
    ("attr", Some(Context::Attribute), ALL),
    ("tag", Some(Context::Attribute), ALL),
    ("point", Some(Context::Attribute), ALL),
    ("span", None, &[Traces]),
    ("spanfield", None, &[Traces]),
    ("event", Some(Context::Event), &[Traces]),
    ("link", Some(Context::Link), &[Traces]),
    ("trace", Some(Context::Trace), &[Traces]),
    ("log", None, &[Logs]),
    ("logfield", None, &[Logs]),
    ("body", Some(Context::Body), &[Logs]),
    ("metric", Some(Context::Metric), &[Metrics]),
];

/// Attributes of the semantic conventions whose first part is also the word of a context: they keep their whole name.
pub(super) const NOT_CONTEXTS: &[&str] =
    &["log.file.", "log.iostream", "log.record.uid", "log.record.original"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_names_two_fields_of_a_signal() {
        for signal in ALL {
            let mut names: Vec<_> = FIELDS
                .iter()
                .filter(|field| field.signals.contains(signal) && field.context.is_none())
                .flat_map(|field| std::iter::once(field.name).chain(field.aliases.iter().map(|a| a.name)))
                .collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{signal:?}");
        }
    }

    #[test]
    fn no_word_means_two_members_of_a_list() {
        for members in [KINDS, STATUSES, LEVELS, CLASSES, DEPENDENCIES, BOOLS] {
            let mut words: Vec<_> =
                members.iter().flat_map(|m| std::iter::once(m.name).chain(m.also.iter().copied())).collect();
            let count = words.len();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), count);
        }
    }
}
