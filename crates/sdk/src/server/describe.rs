//! What a request says: the span's name and attributes, and the labels of the metrics, which are fewer.

use http::Request;
use opentelemetry::KeyValue;

/// Names of a request.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) name: String,
    /// Of the span.
    pub(super) attributes: Vec<KeyValue>,
    /// Of the duration.
    pub(super) labels: Vec<KeyValue>,
    /// Of the number of active requests.
    pub(super) active_labels: Vec<KeyValue>,
}

/// Semantic conventions, HTTP server spans.
pub(super) fn http<B>(request: &Request<B>) -> Said {
    let method = match request.method().as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "CONNECT" | "TRACE"
        | "QUERY") => known,
        _ => "_OTHER",
    };
    let header =
        |name: http::HeaderName| request.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let active_labels = vec![
        KeyValue::new("http.request.method", method.to_owned()),
        KeyValue::new("url.scheme", request.uri().scheme_str().unwrap_or("http").to_owned()),
    ];
    let mut labels = active_labels.clone();
    let mut attributes = active_labels.clone();
    attributes.push(KeyValue::new("url.path", request.uri().path().to_owned()));
    attributes.extend(request.uri().query().map(|q| KeyValue::new("url.query", q.to_owned())));
    attributes
        .extend(header(http::header::USER_AGENT).map(|agent| KeyValue::new("user_agent.original", agent)));
    if let Some(host) = header(http::header::HOST) {
        let (address, port) = host.rsplit_once(':').unwrap_or((&host, ""));
        attributes.push(KeyValue::new("server.address", address.to_owned()));
        attributes.extend(port.parse::<i64>().ok().map(|port| KeyValue::new("server.port", port)));
    }
    let shown = if method == "_OTHER" { "HTTP" } else { method };
    let mut name = shown.to_owned();
    if let Some(route) = route(request) {
        name = format!("{shown} {route}");
        let route = KeyValue::new("http.route", route);
        labels.push(route.clone());
        attributes.push(route);
    }
    Said { name, attributes, labels, active_labels }
}

#[cfg(feature = "axum")]
fn route<B>(request: &Request<B>) -> Option<String> {
    request.extensions().get::<axum::extract::MatchedPath>().map(|path| path.as_str().to_owned())
}

#[cfg(not(feature = "axum"))]
fn route<B>(_request: &Request<B>) -> Option<String> {
    None
}

/// The path of a gRPC request is `/package.Service/Method` (semantic conventions, gRPC).
pub(super) fn grpc<B>(request: &Request<B>) -> Said {
    let method = request.uri().path().trim_start_matches('/').to_owned();
    let attributes =
        vec![KeyValue::new("rpc.system.name", "grpc"), KeyValue::new("rpc.method", method.clone())];
    Said { name: method, labels: attributes.clone(), attributes, active_labels: Vec::new() }
}
