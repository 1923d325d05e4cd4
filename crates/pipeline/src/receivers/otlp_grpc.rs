//! OTLP over gRPC, and `grpc.health.v1`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::{BodyExt, Full};
use sightline_model::OrgId;
use sightline_otlp::reply;
use tonic::{Code, Status};
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use super::grpc_frame::{FRAMING, frame, unframe};
use crate::door::{BATCH_ID_HEADER, Door, Encoding, Format, Parts, Receipt, Refusal};
use crate::signals::{SIGNALS, Spec};

const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const ENCODINGS: HeaderValue = HeaderValue::from_static("identity,gzip,zstd");
const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");

/// What `grpc.health.v1` says. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Readiness(HealthReporter);

impl Readiness {
    pub(crate) fn new() -> Self {
        Self(HealthReporter::new())
    }

    /// Says whether requests are taken: for the whole server and for the service of each signal.
    pub(crate) async fn set(&self, serving: bool) {
        let status = if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
        self.0.set_service_status("", status).await;
        for spec in &SIGNALS {
            self.0.set_service_status(spec.service, status).await;
        }
    }
}

/// Returns what the receiver answers.
pub(super) fn routes(door: &Arc<Door>, readiness: &Readiness) -> Router {
    let health = tonic_health::pb::health_server::HealthServer::new(
        tonic_health::server::HealthService::from_health_reporter(readiness.0.clone()),
    );
    // The router of `tonic` answers UNIMPLEMENTED for every other path.
    let mut router = tonic::service::Routes::new(health).into_axum_router();
    for spec in &SIGNALS {
        let here = Here { door: Arc::clone(door), spec };
        router = router.route(&format!("/{}/Export", spec.service), post(export).with_state(here));
    }
    router
}

/// The service of a signal.
#[derive(Clone)]
struct Here {
    door: Arc<Door>,
    spec: &'static Spec,
}

async fn export(State(here): State<Here>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if !is_grpc(&parts.headers) {
        // The gRPC protocol asks for the HTTP status here, since such a client cannot read trailers.
        let refusal = Refusal::unsupported("the content type is not `application/grpc`");
        here.door.count_refusal(here.spec.signal, None, &refusal);
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let mut org = None;
    match receive(&here, &parts.headers, peer, body, &mut org).await {
        Ok(receipt) => accepted(here.spec, &receipt),
        Err(refusal) => {
            here.door.count_refusal(here.spec.signal, org, &refusal);
            refused(&refusal)
        }
    }
}

async fn receive(
    Here { door, spec }: &Here,
    headers: &HeaderMap,
    peer: Option<SocketAddr>,
    body: Body,
    org: &mut Option<OrgId>,
) -> Result<Receipt, Refusal> {
    let mut visit = door.enter(headers, peer, spec)?;
    *org = Some(visit.org());
    let encoding = match headers.get(GRPC_ENCODING) {
        Some(value) => Encoding::parse(value.to_str().unwrap_or("?"))?,
        None => Encoding::Identity,
    };
    let framed = door.read(&mut visit, body, FRAMING).await?;
    let (is_compressed, message) = unframe(&framed)?;
    if is_compressed && encoding == Encoding::Identity {
        return Err(Refusal::bad_message("the message is compressed but `grpc-encoding` does not say how"));
    }
    let encoding = if is_compressed { encoding } else { Encoding::Identity };
    let batch_id = headers.get(BATCH_ID_HEADER).map(|v| Bytes::copy_from_slice(v.as_bytes()));
    door.take(visit, Parts { encoding, format: Format::Protobuf, batch_id, body: message }).await
}

/// `application/grpc` and its subtypes with protobuf.
fn is_grpc(headers: &HeaderMap) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media_type = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(media_type.as_str(), "application/grpc" | "application/grpc+proto")
}

fn accepted(spec: &Spec, receipt: &Receipt) -> Response {
    let message = (spec.response)(receipt.rejected, receipt.message.as_deref(), false);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body = Full::new(frame(&message)).with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(CONTENT_TYPE, GRPC);
    response.headers_mut().insert(ACCEPT_ENCODING, ENCODINGS);
    response
}

/// Headers only, with a `google.rpc.Status` in the details: when to retry is said there (OTLP 1.11, throttling).
fn refused(refusal: &Refusal) -> Response {
    let code = refusal.kind.grpc();
    let details = reply::status(code, &refusal.message, refusal.retry_after, false);
    let status = Status::with_details(Code::from_i32(code), &refusal.message, details.into());
    let mut response = status.into_http::<Body>();
    response.headers_mut().insert(ACCEPT_ENCODING, ENCODINGS);
    response
}
