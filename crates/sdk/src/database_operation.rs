//! What operations of all databases have in common: the measurement, and what a URL says of a database.

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanKind, TraceContextExt, Tracer};
use opentelemetry::{Context, global};

use crate::exchange::Call;
use crate::metrics::Histogram;

static DURATION: Histogram =
    Histogram::new("db.client.operation.duration", "s", "Duration of database operations");

/// Opens a CLIENT span with these attributes; labels are what the metric says, too.
pub(crate) fn open(name: String, labels: Vec<KeyValue>, more: Vec<KeyValue>) -> Call {
    let mut attributes = labels.clone();
    attributes.extend(more);
    let tracer = global::tracer("sightline-sdk/db");
    let span =
        tracer.span_builder(name).with_kind(SpanKind::Client).with_attributes(attributes).start(&tracer);
    Call::new(&Context::current_with_span(span), &DURATION, labels)
}

/// `db.*` and `server.*` from a URL such as `postgres://user:secret@host:5432/billing`, `sqlite://billing.db` or
/// `redis://host:6379/0`. The password is not kept.
pub(crate) fn describe(url: &str) -> Vec<KeyValue> {
    let (scheme, rest) = url.split_once("://").or_else(|| url.split_once(':')).unwrap_or((url, ""));
    let system = match scheme {
        "postgres" | "postgresql" => "postgresql",
        "rediss" => "redis",
        other => other,
    };
    let rest = rest.split('?').next().unwrap_or_default();
    let after_user = rest.rsplit_once('@').map_or(rest, |(_, after)| after);
    let mut attributes = vec![KeyValue::new("db.system.name", system.to_owned())];
    if system == "sqlite" {
        let file = rest.rsplit('/').next().unwrap_or_default().to_owned();
        attributes.push(KeyValue::new("db.namespace", file));
        return attributes;
    }
    let (host, name) = after_user.split_once('/').unwrap_or((after_user, ""));
    let (address, port) = host.rsplit_once(':').unwrap_or((host, ""));
    if !name.is_empty() {
        attributes.push(KeyValue::new("db.namespace", name.to_owned()));
    }
    attributes.push(KeyValue::new("server.address", address.to_owned()));
    attributes.extend(port.parse::<i64>().ok().map(|port| KeyValue::new("server.port", port)));
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_describes_the_database_without_its_password() {
        let check = |url: &str| {
            let texts: Vec<String> =
                describe(url).iter().map(|kv| format!("{}={}", kv.key, kv.value)).collect();
            texts.join(" ")
        };
        for (url, want) in [
            ("sqlite://data/billing.db?mode=rwc", "db.system.name=sqlite db.namespace=billing.db"),
            (
                "postgres://u:s3cret@db.local:5433/billing",
                "db.system.name=postgresql db.namespace=billing server.address=db.local server.port=5433",
            ),
            (
                "rediss://:s3cret@cache:6379/2",
                "db.system.name=redis db.namespace=2 server.address=cache server.port=6379",
            ),
            ("redis://cache", "db.system.name=redis server.address=cache"),
        ] {
            assert_eq!(check(url), want);
        }
    }
}
