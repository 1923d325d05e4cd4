//! A machine with nothing on it, as a slim container is: no certificates, no folders of a user.

use sightline_model::Body;

use crate::answers::{column, frame_when};
use crate::platform::Platform;
use crate::spans;

/// Where the TLS library looks for certificates.
const NO_CERTIFICATES: &[(&str, &str)] = &[("SSL_CERT_FILE", "/nowhere"), ("SSL_CERT_DIR", "/nowhere")];

#[tokio::test]
async fn the_platform_runs_without_certificates() {
    let platform = Platform::start_with(NO_CERTIFICATES);
    let body = spans::request("hello", vec![spans::server_span(7, 7, "tenant-001")]);
    assert_eq!(spans::send(&platform.traces_url(), body, None).await.unwrap(), 200);
    let is_there = |frame: &sightline_model::Frame| matches!(&frame.body, Body::Table { rows: 1.., .. });
    let found = frame_when(&platform.client(), "/spans", &[("from", "now-15m")], is_there).await;
    assert_eq!(column(&found, "service"), ["hello"]);
    // The terminal client on such a machine too.
    let printed = platform.cli_with(&["services", "-o", "csv"], NO_CERTIFICATES);
    assert!(printed.contains("service"), "{printed}");
}
