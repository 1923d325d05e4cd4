//! One attempt to deliver a request, and what its outcome means (OTLP specification, "Failures").

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue, MetadataMap};
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Status};

use crate::{Config, Error};

/// Longest answer that is read.
const RESPONSE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest pause that a receiver may ask for; a longer one is a mistake or an attack.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Longest `grpc-status-details-bin` that is looked at.
const DETAILS_BYTES_MAX: usize = 8 * 1024;

/// What an attempt came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Acknowledged; this many spans were rejected for good.
    Accepted { rejected: u64 },
    /// May work later, not before the pause when one is given.
    Retry { pause: Option<Duration> },
    /// Will never work.
    Refused { why: String },
}

/// The connection to a receiver.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    client: TraceServiceClient<Channel>,
    metadata: MetadataMap,
    timeout: Duration,
}

impl Destination {
    /// Prepares the connection; it is opened by the first request. Must be called inside the runtime that uses it.
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let invalid = |e: &dyn std::fmt::Display| Error::Endpoint {
            endpoint: config.endpoint.clone(),
            detail: e.to_string(),
        };
        let mut endpoint = Endpoint::from_shared(config.endpoint.clone()).map_err(|e| invalid(&e))?;
        if config.endpoint.starts_with("https://") {
            endpoint =
                endpoint.tls_config(ClientTlsConfig::new().with_native_roots()).map_err(|e| invalid(&e))?;
        }
        let channel = endpoint.connect_timeout(config.attempt_timeout).connect_lazy();
        let client = TraceServiceClient::new(channel)
            .send_compressed(tonic::codec::CompressionEncoding::Gzip)
            .max_decoding_message_size(RESPONSE_BYTES_MAX);
        let mut metadata = MetadataMap::new();
        for (key, value) in &config.headers {
            let key =
                AsciiMetadataKey::from_bytes(key.to_ascii_lowercase().as_bytes()).map_err(|e| invalid(&e))?;
            metadata.insert(key, AsciiMetadataValue::try_from(value.as_str()).map_err(|e| invalid(&e))?);
        }
        Ok(Self { client, metadata, timeout: config.attempt_timeout })
    }

    /// Sends once. `key` names the request, so that a receiver stores it once however often it is sent.
    pub(crate) async fn send(&mut self, body: &ExportTraceServiceRequest, key: &str) -> Outcome {
        let mut request = Request::new(body.clone());
        *request.metadata_mut() = self.metadata.clone();
        if let Ok(key) = AsciiMetadataValue::try_from(key) {
            request.metadata_mut().insert("x-batch-id", key);
        }
        match tokio::time::timeout(self.timeout, self.client.export(request)).await {
            Err(_) => Outcome::Retry { pause: None },
            Ok(Ok(answer)) => {
                let partial = answer.into_inner().partial_success.unwrap_or_default();
                Outcome::Accepted { rejected: u64::try_from(partial.rejected_spans).unwrap_or(0) }
            }
            Ok(Err(status)) => judge(&status),
        }
    }
}

/// OTLP specification, "OTLP/gRPC Response", the table of retryable codes.
fn judge(status: &Status) -> Outcome {
    let pause = retry_delay(status.details());
    match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Outcome::Retry { pause },
        Code::ResourceExhausted if pause.is_some() => Outcome::Retry { pause },
        _ => Outcome::Refused { why: format!("{:?}: {}", status.code(), status.message()) },
    }
}

/// `google.rpc.Status` with a `google.rpc.RetryInfo` among its details.
fn retry_delay(details: &[u8]) -> Option<Duration> {
    #[derive(Message)]
    struct Any {
        #[prost(string, tag = "1")]
        type_url: String,
        #[prost(bytes = "vec", tag = "2")]
        value: Vec<u8>,
    }
    #[derive(Message)]
    struct RpcStatus {
        #[prost(message, repeated, tag = "3")]
        details: Vec<Any>,
    }
    #[derive(Message)]
    struct ProtoDuration {
        #[prost(int64, tag = "1")]
        seconds: i64,
        #[prost(int32, tag = "2")]
        nanos: i32,
    }
    #[derive(Message)]
    struct RetryInfo {
        #[prost(message, optional, tag = "1")]
        retry_delay: Option<ProtoDuration>,
    }
    if details.len() > DETAILS_BYTES_MAX {
        return None;
    }
    let status = RpcStatus::decode(details).ok()?;
    let info = status.details.iter().find(|any| any.type_url.ends_with("google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(info.value.as_slice()).ok()?.retry_delay.unwrap_or_default();
    let (seconds, nanos) = (u64::try_from(delay.seconds).ok()?, u32::try_from(delay.nanos).ok()?);
    Some(Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanos.into())).min(PAUSE_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A status whose RetryInfo asks for 10 years: `details` = Any { RetryInfo { retry_delay { seconds } } }.
    fn status_with_delay(seconds: u64) -> Vec<u8> {
        let mut duration = vec![0x08];
        prost::encoding::encode_varint(seconds, &mut duration);
        let mut info = vec![0x0a, u8::try_from(duration.len()).unwrap()];
        info.extend(duration);
        let url = b"type.googleapis.com/google.rpc.RetryInfo";
        let mut any = vec![0x0a, u8::try_from(url.len()).unwrap()];
        any.extend(url);
        any.extend([0x12, u8::try_from(info.len()).unwrap()]);
        any.extend(info);
        let mut status = vec![0x1a, u8::try_from(any.len()).unwrap()];
        status.extend(any);
        status
    }

    #[test]
    fn a_receiver_may_ask_for_a_pause_but_not_for_years() {
        assert_eq!(retry_delay(&status_with_delay(3)), Some(Duration::from_secs(3)));
        assert_eq!(retry_delay(&status_with_delay(315_360_000)), Some(PAUSE_MAX));
        assert_eq!(retry_delay(&vec![0; DETAILS_BYTES_MAX + 1]), None);
        assert_eq!(retry_delay(b"\xff\xff"), None);
    }

    #[test]
    fn codes_follow_the_table_of_the_specification() {
        for (code, retries) in [
            (Code::Unavailable, true),
            (Code::DeadlineExceeded, true),
            (Code::ResourceExhausted, false),
            (Code::Unknown, false),
            (Code::Internal, false),
            (Code::Unauthenticated, false),
            (Code::InvalidArgument, false),
        ] {
            let outcome = judge(&Status::new(code, ""));
            assert_eq!(matches!(outcome, Outcome::Retry { .. }), retries, "{code:?}");
        }
    }
}
