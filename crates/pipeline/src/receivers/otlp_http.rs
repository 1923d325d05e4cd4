//! OTLP over HTTP: protobuf and JSON, from programs and browsers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use http::header::{ALLOW, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use sightline_model::{Kind, OrgId};
use sightline_otlp::reply;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::Cors;
use crate::door::{BATCH_ID_HEADER, Door, Encoding, Format, Framing, Parts, Receipt, Refusal};
use crate::signals::{SIGNALS, Spec};

/// How long a browser may remember that it may send.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_hours(2);

/// Returns what the receiver answers; also mounted on the port of the API.
pub(crate) fn routes(door: &Arc<Door>, cors: &Cors) -> Router {
    let mut router = Router::new();
    for spec in &SIGNALS {
        let here = Here { door: Arc::clone(door), spec };
        router = router.route(spec.path, post(export).fallback(wrong_method).with_state(here));
    }
    router.layer(cors_layer(cors))
}

/// What a port of its own answers on every other path.
pub(super) async fn unknown_path(uri: Uri, headers: HeaderMap) -> Response {
    let path: String = uri.path().chars().take(64).collect();
    let message = format!("there is nothing at `{path}`; send to `/v1/traces`, `/v1/logs` or `/v1/metrics`");
    refused(&Refusal::not_built(message), answer_format(&headers))
}

async fn wrong_method(method: Method, headers: HeaderMap) -> Response {
    let message = format!("method `{method}` is not supported; use POST");
    let mut response = refused(&Refusal::unsupported(message), answer_format(&headers));
    // The one code without a kind: no client of OTLP meets it, only people who look at the address in a browser.
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    response
}

/// A path of a signal.
#[derive(Clone)]
struct Here {
    door: Arc<Door>,
    spec: &'static Spec,
}

async fn export(State(here): State<Here>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let mut org = None;
    match receive(&here, &parts.headers, peer, body, &mut org).await {
        Ok((receipt, format)) => accepted(here.spec, &receipt, format),
        Err(refusal) => {
            here.door.count_refusal(here.spec.signal, org, &refusal);
            refused(&refusal, answer_format(&parts.headers))
        }
    }
}

async fn receive(
    Here { door, spec }: &Here,
    headers: &HeaderMap,
    peer: Option<SocketAddr>,
    body: Body,
    org: &mut Option<OrgId>,
) -> Result<(Receipt, Format), Refusal> {
    let mut visit = door.enter(headers, peer, spec)?;
    *org = Some(visit.org());
    let format = format_of(headers).ok_or_else(|| {
        Refusal::unsupported(
            "the content type is not supported; use `application/x-protobuf` or `application/json`",
        )
    })?;
    let encoding = encoding_of(headers)?;
    let body = door.read(&mut visit, body, Framing::NONE).await?;
    let batch_id = headers.get(BATCH_ID_HEADER).map(|v| Bytes::copy_from_slice(v.as_bytes()));
    let receipt = door.take(visit, Parts { encoding, format, batch_id, body }).await?;
    Ok((receipt, format))
}

/// Two fields of one encoding each mean two encodings, as RFC 9110 5.3 has it.
fn encoding_of(headers: &HeaderMap) -> Result<Encoding, Refusal> {
    let mut values = headers.get_all(CONTENT_ENCODING).iter();
    let encoding = match values.next() {
        Some(value) => Encoding::parse(value.to_str().unwrap_or("?"))?,
        None => Encoding::Identity,
    };
    if values.next().is_some() {
        return Err(Refusal::unsupported("more than one content encoding is not supported; use one"));
    }
    Ok(encoding)
}

/// The media type in any case; parameters such as a charset are ignored, since both formats fix theirs.
fn format_of(headers: &HeaderMap) -> Option<Format> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/x-protobuf" | "application/protobuf" => Some(Format::Protobuf),
        "application/json" => Some(Format::Json),
        _ => None,
    }
}

/// The format of an answer is that of the request; JSON, which people can read, when that is not known.
fn answer_format(headers: &HeaderMap) -> Format {
    format_of(headers).unwrap_or(Format::Json)
}

fn accepted(spec: &Spec, receipt: &Receipt, format: Format) -> Response {
    let json = format == Format::Json;
    let body = (spec.response)(receipt.rejected, receipt.message.as_deref(), json);
    answer(StatusCode::OK, body, format)
}

fn refused(refusal: &Refusal, format: Format) -> Response {
    let json = format == Format::Json;
    let body = reply::status(refusal.kind.grpc(), &refusal.message, refusal.retry_after, json);
    let status = StatusCode::from_u16(refusal.kind.http()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = answer(status, body, format);
    if let Some(seconds) = refusal.retry_after_s() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if refusal.kind == Kind::Unauthenticated {
        let challenge = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(http::header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn answer(status: StatusCode, body: Vec<u8>, format: Format) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let media_type = match format {
        Format::Protobuf => HeaderValue::from_static("application/x-protobuf"),
        Format::Json => HeaderValue::from_static("application/json"),
    };
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// Lets pages of the configured origins send. None is the default: then a browser refuses on its own.
fn cors_layer(cors: &Cors) -> CorsLayer {
    let any = cors.origins.iter().any(|origin| origin == "*");
    let listed = cors.origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    let origins = if any { AllowOrigin::any() } else { AllowOrigin::list(listed) };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::POST])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            CONTENT_ENCODING,
            HeaderName::from_static("signoz-ingestion-key"),
            HeaderName::from_static("signoz-access-token"),
            HeaderName::from_static(BATCH_ID_HEADER),
            HeaderName::from_static("traceparent"),
            HeaderName::from_static("tracestate"),
            HeaderName::from_static("baggage"),
        ])
        .expose_headers([RETRY_AFTER])
        .max_age(PREFLIGHT_MAX_AGE)
}
