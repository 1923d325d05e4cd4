//! Records of a file as a request of OTLP (opentelemetry/proto/logs/v1/logs.proto).
//!
//! Attributes are written once for a file, as bytes: on the wire a message is a length and its bytes.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use prost::Message;

use super::settings::FileSource;
use super::wrapping::Written;
use super::zone::Zone;

#[derive(Clone, PartialEq, Message)]
struct Request {
    #[prost(message, repeated, tag = "1")]
    resource_logs: Vec<ResourceLogs>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceLogs {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_logs: Vec<ScopeLogs>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    attributes: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeLogs {
    #[prost(message, repeated, tag = "2")]
    log_records: Vec<LogRecord>,
}

#[derive(Clone, PartialEq, Message)]
struct LogRecord {
    /// Absent where the line tells its time itself, or none.
    #[prost(fixed64, tag = "1")]
    time: u64,
    #[prost(message, optional, tag = "5")]
    body: Option<Text>,
    #[prost(bytes = "bytes", repeated, tag = "6")]
    attributes: Vec<Bytes>,
    #[prost(fixed64, tag = "11")]
    observed_time: u64,
}

#[derive(Clone, PartialEq, Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<Text>,
}

/// A value that is a text.
#[derive(Clone, PartialEq, Message)]
struct Text {
    #[prost(string, optional, tag = "1")]
    string_value: Option<String>,
}

/// What is said of every record of a file.
#[derive(Debug, Clone)]
pub(super) struct Envelope {
    resource: Vec<Bytes>,
    record: Vec<Bytes>,
    /// Of records that came by standard output, and by standard error.
    streams: [Bytes; 2],
    /// Where times without an offset are told; none: in UTC, like all others.
    zone: Option<Zone>,
}

fn attribute(key: &str, value: &str) -> Bytes {
    let value = Some(Text { string_value: Some(value.to_owned()) });
    KeyValue { key: key.to_owned(), value }.encode_to_vec().into()
}

impl Envelope {
    /// Makes it of a source with its zone, and the path of a file.
    pub(super) fn new(source: &FileSource, zone: Option<Zone>, host: &str, path: &Path) -> Self {
        let mut of_resource: BTreeMap<&str, &str> = BTreeMap::new();
        let own = [
            ("host.name", host),
            ("service.name", &source.service),
            ("deployment.environment.name", &source.environment),
        ];
        of_resource.extend(own.into_iter().filter(|(_, value)| !value.is_empty()));
        of_resource.extend(source.attributes.iter().map(|(key, value)| (&**key, &**value)));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self {
            resource: of_resource.iter().map(|(key, value)| attribute(key, value)).collect(),
            record: vec![
                attribute("log.file.path", &path.to_string_lossy()),
                attribute("log.file.name", &name),
            ],
            streams: ["stdout", "stderr"].map(|stream| attribute("log.iostream", stream)),
            zone,
        }
    }

    /// Writes a request of records that were read at a time, nanoseconds since the epoch.
    pub(super) fn request(&self, written: Vec<Written>, time: i64) -> Bytes {
        let nanos = |time: i64| u64::try_from(time).unwrap_or(0);
        let record = |written: Written| {
            let mut attributes = self.record.clone();
            attributes.extend(written.is_error.map(|is_error| self.streams[usize::from(is_error)].clone()));
            let in_line = self.zone.as_ref().and_then(|zone| zone.time_of(&written.body));
            LogRecord {
                time: nanos(in_line.unwrap_or(0)),
                body: Some(Text { string_value: Some(written.body) }),
                attributes,
                // The time that a line tells counts more than when somebody got it.
                observed_time: nanos(written.time.unwrap_or(time)),
            }
        };
        let scope_logs = vec![ScopeLogs { log_records: written.into_iter().map(record).collect() }];
        let resource = Some(Resource { attributes: self.resource.clone() });
        Request { resource_logs: vec![ResourceLogs { resource, scope_logs }] }.encode_to_vec().into()
    }
}
