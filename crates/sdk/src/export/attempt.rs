//! One attempt to deliver a request, and what its outcome means (OTLP specification, "Failures").

use std::error::Error as _;
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::uri::PathAndQuery;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use tonic::client::Grpc;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue, MetadataMap};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};

use crate::Error;

/// Longest answer that is read.
const RESPONSE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest pause that a receiver may ask for; a longer one is a mistake or an attack.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Longest `grpc-status-details-bin` that is looked at.
const DETAILS_BYTES_MAX: usize = 8 * 1024;

/// What an attempt came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Acknowledged; this many records were rejected for good.
    Accepted { rejected: u64 },
    /// May work later, not before the pause when one is given.
    Retry { pause: Option<Duration> },
    /// Will never work.
    Refused { why: String },
}

/// A request that is ready to be sent, as often as it takes.
#[derive(Debug)]
pub(super) struct Parcel {
    /// The gRPC method.
    pub(super) path: &'static str,
    /// The request, encoded.
    pub(super) body: Bytes,
    /// Records in it.
    pub(super) records: u64,
    /// Names the request, so that a receiver stores it once however often it is sent.
    pub(super) key: String,
}

/// The connection to a receiver.
#[derive(Debug, Clone)]
pub(super) struct Destination {
    channel: Channel,
    metadata: MetadataMap,
    timeout: Duration,
}

impl Destination {
    /// Prepares the connection; it is opened by the first request. Must be called inside the runtime that uses it.
    pub(super) fn new(url: &str, headers: &[(String, String)], timeout: Duration) -> Result<Self, Error> {
        let invalid =
            |e: &dyn std::fmt::Display| Error::Endpoint { endpoint: url.to_owned(), detail: e.to_string() };
        let endpoint = Endpoint::from_shared(url.to_owned()).map_err(|e| invalid(&e))?;
        let endpoint = if url.starts_with("https://") { secured(endpoint, url)? } else { endpoint };
        let mut metadata = MetadataMap::new();
        for (key, value) in headers {
            let key =
                AsciiMetadataKey::from_bytes(key.to_ascii_lowercase().as_bytes()).map_err(|e| invalid(&e))?;
            metadata.insert(key, AsciiMetadataValue::try_from(value.as_str()).map_err(|e| invalid(&e))?);
        }
        Ok(Self { channel: endpoint.connect_timeout(timeout).connect_lazy(), metadata, timeout })
    }

    /// Sends once.
    pub(super) async fn send(&self, parcel: &Parcel) -> Outcome {
        let mut request = Request::new(parcel.body.clone());
        *request.metadata_mut() = self.metadata.clone();
        if let Ok(key) = AsciiMetadataValue::try_from(parcel.key.as_str()) {
            request.metadata_mut().insert("x-batch-id", key);
        }
        let mut client = Grpc::new(self.channel.clone())
            .send_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(RESPONSE_BYTES_MAX);
        let exchange = async {
            let unready = |e: tonic::transport::Error| Status::unavailable(e.to_string());
            client.ready().await.map_err(unready)?;
            client.unary(request, PathAndQuery::from_static(parcel.path), Raw).await
        };
        match tokio::time::timeout(self.timeout, exchange).await {
            Err(_) => Outcome::Retry { pause: None },
            Ok(Ok(answer)) => Outcome::Accepted { rejected: rejected(answer.into_inner()) },
            Ok(Err(status)) => judge(&status),
        }
    }
}

#[cfg(feature = "tls")]
fn secured(endpoint: Endpoint, url: &str) -> Result<Endpoint, Error> {
    let invalid =
        |e: tonic::transport::Error| Error::Endpoint { endpoint: url.to_owned(), detail: e.to_string() };
    endpoint.tls_config(tonic::transport::ClientTlsConfig::new().with_native_roots()).map_err(invalid)
}

#[cfg(not(feature = "tls"))]
fn secured(_endpoint: Endpoint, url: &str) -> Result<Endpoint, Error> {
    let detail = "sightline-sdk was built without its feature `tls`".to_owned();
    Err(Error::Endpoint { endpoint: url.to_owned(), detail })
}

/// The three answers of OTLP have one shape on the wire: field 1 holds the number of rejected records in its field 1.
fn rejected(answer: Bytes) -> u64 {
    let partial = ExportTraceServiceResponse::decode(answer).ok().and_then(|answer| answer.partial_success);
    partial.and_then(|partial| u64::try_from(partial.rejected_spans).ok()).unwrap_or(0)
}

/// Sends bytes that are a message already, so that an attempt costs no encoding.
#[derive(Debug, Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put(out, item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, input: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(input.copy_to_bytes(input.remaining())))
    }
}

/// OTLP specification, "OTLP/gRPC Response", the table of retryable codes. A status with a source was made on this side,
/// because the connection broke: the receiver said nothing, so the batch must be sent again, whatever the code.
fn judge(status: &Status) -> Outcome {
    let pause = retry_delay(status.details());
    if status.source().is_some() {
        return Outcome::Retry { pause };
    }
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
    fn rejected_records_are_read_from_the_answers_of_all_signals() {
        use opentelemetry_proto::tonic::collector::logs::v1::{
            ExportLogsPartialSuccess, ExportLogsServiceResponse,
        };
        let partial =
            ExportLogsPartialSuccess { rejected_log_records: 7, error_message: "too old".to_owned() };
        let answer = ExportLogsServiceResponse { partial_success: Some(partial) };
        assert_eq!(rejected(answer.encode_to_vec().into()), 7);
        assert_eq!(rejected(Bytes::new()), 0);
        assert_eq!(rejected(Bytes::from_static(b"\xff")), 0);
    }

    #[test]
    fn a_broken_connection_is_no_refusal() {
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let status = Status::from_error(Box::new(broken));
        assert_eq!(status.code(), Code::Unknown);
        assert_eq!(judge(&status), Outcome::Retry { pause: None });
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
