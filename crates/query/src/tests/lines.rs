//! Log records in the engine, made from short descriptions.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sightline_model::TraceId;

use super::world::{BASE, SECOND, World, next_batch};

/// A log record in a few words; the rest has defaults.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) service: &'static str,
    pub(super) tenant: &'static str,
    pub(super) host: &'static str,
    /// Nanoseconds after [`BASE`].
    pub(super) at: i64,
    pub(super) severity: u8,
    pub(super) body: String,
    /// Small numbers; 0 is none.
    pub(super) trace: u8,
    pub(super) span: u8,
    pub(super) attributes: Value,
}

/// Makes a line of service `shop` that was written so many seconds after `BASE`.
pub(super) fn line(second: i64, body: &str) -> Line {
    Line {
        service: "shop",
        tenant: "",
        host: "h1",
        at: second * SECOND,
        severity: 9,
        body: body.to_owned(),
        trace: 0,
        span: 0,
        attributes: json!({}),
    }
}

impl Line {
    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// A number for the resource: that of service and host.
    fn resource(&self) -> u64 {
        let text = format!("{}/{}", self.service, self.host);
        text.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
    }

    fn row(&self, org: u32, batch: u64) -> Value {
        let (mut texts, mut numbers) = (Map::new(), Map::new());
        for (key, value) in self.attributes.as_object().unwrap() {
            let map = if value.is_number() { &mut numbers } else { &mut texts };
            let value = if value.is_array() { json!(value.to_string()) } else { value.clone() };
            map.insert(key.clone(), value);
        }
        let id = |width: usize, n: u8| String::from_utf8([vec![0; width - 1], vec![n]].concat()).unwrap();
        json!({
            "org": org, "ret": 30, "_batch": batch, "ts": nanos(BASE + self.at), "observed_delay_us": 1_500,
            "tenant": self.tenant, "service": self.service, "environment": "test",
            "severity_number": self.severity, "severity_text": "AS SENT", "body": self.body,
            "trace_id": id(16, self.trace), "span_id": id(8, self.span),
            "attrs": texts, "num_attrs": numbers, "resource_id": self.resource(), "scope": "test-logger",
        })
    }
}

fn nanos(at: i64) -> String {
    format!("{}.{:09}", at / SECOND, at % SECOND)
}

/// The trace that lines name by a small number.
pub(super) fn trace_of(n: u8) -> TraceId {
    TraceId::parse(&format!("{n:032x}")).unwrap()
}

impl World {
    /// Writes lines as one batch, and the resources they name.
    pub(super) async fn log(&self, lines: &[Line]) {
        let (org, batch) = (self.scope.org().0, next_batch());
        let mut seen = BTreeSet::new();
        let first = lines.iter().filter(|line| seen.insert((line.resource(), line.tenant)));
        let resources: Vec<Value> = first
            .map(|line| {
                json!({
                "org": org, "ret": 30, "day": "2026-11-20", "resource_id": line.resource(), "tenant": line.tenant,
                "service": line.service, "attrs": {"service.name": line.service, "host.name": line.host}, "seen": 1,
                })
            })
            .collect();
        self.insert_json("resources", resources).await;
        self.insert_json("logs", lines.iter().map(|line| line.row(org, batch)).collect()).await;
        let keys = lines.iter().flat_map(|line| {
            line.attributes.as_object().unwrap().iter().flat_map(move |(key, value)| {
                let row = move |text: &str| {
                    json!({
                        "org": org, "ret": 30, "day": "2026-11-20", "signal": 2, "scope": 1, "key": key, "type": 1,
                        "value": text, "tenant": line.tenant, "hits": 1, "seen": 1,
                    })
                };
                [row(""), row(value.as_str().unwrap_or("1"))]
            })
        });
        self.insert_json("attr_catalog", keys.collect()).await;
    }
}
