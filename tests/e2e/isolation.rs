//! Keys that may see less see less, through every door that answers with telemetry.

use serde_json::Value;
use sightline_client::{ErrorKind, NewKey};
use sightline_model::Body;

use crate::answers::{column, frame_when};
use crate::platform::Platform;
use crate::spans;

const OWN: u128 = 0xaa00_0000_0000_0000_0000_0000_0000_0001;
const FOREIGN: u128 = 0xbb00_0000_0000_0000_0000_0000_0000_0002;

#[tokio::test]
async fn a_key_of_one_tenant_sees_nothing_of_another() {
    let platform = Platform::start();
    for (trace, tenant, service) in
        [(OWN, "tenant-own", "svc-own"), (FOREIGN, "canary-foreign", "canary-svc")]
    {
        let body = spans::request(service, vec![spans::server_span(trace, 1, tenant)]);
        assert_eq!(spans::send(&platform.traces_url(), body, None).await.unwrap(), 200);
    }
    let admin = platform.client();
    let both = |frame: &sightline_model::Frame| matches!(&frame.body, Body::Table { rows: 2, .. });
    frame_when(&admin, "/services", &[("from", "now-15m")], both).await;
    frame_when(&admin, "/spans", &[("from", "now-15m")], both).await;

    let new = NewKey {
        name: "limited".to_owned(),
        scopes: vec!["query:read".to_owned()],
        tenants: Some(vec!["tenant-own".to_owned()]),
        ..NewKey::default()
    };
    let limited = platform.client_with(&admin.create_key(&new).await.unwrap().key);
    for path in [
        "/services",
        "/spans",
        "/traces",
        "/fields",
        "/fields/service/values",
        "/fields/tenant/values",
        "/status",
        "/me",
    ] {
        let parameters: &[(&str, &str)] = match path {
            "/status" | "/me" => &[],
            path if path.starts_with("/fields") => &[("from", "now-15m"), ("signal", "traces")],
            _ => &[("from", "now-15m")],
        };
        let answer = limited.get::<Value>(path, parameters).await.unwrap().to_string();
        assert!(!answer.contains("canary"), "{path}: {answer}");
    }
    let seen = limited.frame("/spans", &[("from", "now-15m")]).await.unwrap();
    assert_eq!(column(&seen, "tenant"), ["tenant-own"]);
    for path in [format!("/traces/{FOREIGN:032x}"), format!("/traces/{FOREIGN:032x}/spans/0000000000000001")]
    {
        assert_eq!(limited.get::<Value>(&path, &[]).await.unwrap_err().kind(), ErrorKind::NotFound, "{path}");
    }
    // Asking for the other tenant narrows to nothing, and never widens.
    let asked = limited.frame("/spans", &[("from", "now-15m"), ("tenant", "canary-foreign")]).await.unwrap();
    assert!(matches!(asked.body, Body::Table { rows: 0, .. }), "{:?}", asked.body);
}
