//! Asks a target for its page.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::lines::Format;

const WANTED: HeaderValue = HeaderValue::from_static(
    "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1",
);
const US: HeaderValue = HeaderValue::from_static("sightline");

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// No connection, or one that broke.
    #[error("the target does not answer: {0}")]
    Away(String),
    /// Longer than the job allows.
    #[error("the target did not answer in {0:?}")]
    Slow(Duration),
    /// Anything but 200; a redirection is not followed.
    #[error("the target answered {0}")]
    Status(StatusCode),
    /// Too many bytes, or fewer than were announced.
    #[error("the page cannot be read: {0}")]
    Body(String),
    /// Not what the format allows.
    #[error("the page is no metrics: {0}")]
    Malformed(String),
    /// A defect of ours.
    #[error("the page made the reader fail")]
    Defect,
}

/// A client that never goes elsewhere than where it is sent.
pub(super) type Http = Client<HttpConnector, Empty<Bytes>>;

/// Makes a client for one target.
pub(super) fn client() -> Http {
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(1).build_http()
}

/// Fetches a page of at most so many bytes.
pub(super) async fn page(
    http: &Http,
    uri: &Uri,
    bytes_max: usize,
    timeout: Duration,
) -> Result<(Bytes, Format), Failure> {
    let fetching = async {
        let mut request = Request::new(Empty::new());
        uri.clone_into(request.uri_mut());
        request.headers_mut().insert(ACCEPT, WANTED);
        request.headers_mut().insert(USER_AGENT, US);
        let answer = http.request(request).await.map_err(|error| Failure::Away(error.to_string()))?;
        if answer.status() != StatusCode::OK {
            return Err(Failure::Status(answer.status()));
        }
        let media_type = answer.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let is_open = media_type.trim_start().starts_with("application/openmetrics-text");
        let format = if is_open { Format::OpenMetrics } else { Format::Text };
        let body = Limited::new(answer.into_body(), bytes_max).collect().await;
        let body = body.map_err(|error| Failure::Body(error.to_string()))?;
        Ok((body.to_bytes(), format))
    };
    tokio::time::timeout(timeout, fetching).await.unwrap_or(Err(Failure::Slow(timeout)))
}
