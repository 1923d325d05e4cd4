//! Keys that may see less see less, through every door that answers with telemetry.

use serde_json::Value;
use sightline_client::{Client, ErrorKind, NewKey};
use sightline_model::Body;

use crate::answers::{column, frame_when};
use crate::platform::Platform;
use crate::spans;

const OWN: u128 = 0xaa00_0000_0000_0000_0000_0000_0000_0001;
const FOREIGN: u128 = 0xbb00_0000_0000_0000_0000_0000_0000_0002;

/// Every route of the API that reads, and how the walk asks it. A route that is missing here fails the test.
const READS: &[(&str, &str)] = &[
    ("/services", "from=now-15m"),
    ("/services/{service}/red", "from=now-15m&by=tenant"),
    ("/services/{service}/operations", "from=now-15m"),
    ("/traces", "from=now-15m"),
    ("/traces/{id}", "include=attributes"),
    ("/traces/{id}/spans/{span}", ""),
    ("/spans", "from=now-15m"),
    ("/fields", "from=now-15m&signal=traces"),
    ("/fields/{key}/values", "from=now-15m&signal=traces"),
    ("/me", ""),
    ("/status", ""),
    ("/org/tenants", ""),
    ("/org/users", ""),
    ("/org/keys", ""),
    ("/admin/orgs", ""),
];

/// Asks every route with parts that name the foreign data, and shows what comes back without what was asked.
async fn walk(client: &Client, see: impl Fn(&str, &str)) -> Vec<String> {
    let foreign = format!("{FOREIGN:032x}");
    for (template, query) in READS {
        for key in ["service", "tenant"] {
            let path = template
                .replace("{service}", "canary-svc")
                .replace("{id}", &foreign)
                .replace("{span}", "0000000000000001")
                .replace("{key}", key);
            let parameters: Vec<(&str, &str)> =
                query.split('&').filter_map(|pair| pair.split_once('=')).collect();
            let answer = match client.get::<Value>(&path, &parameters).await {
                Ok(answer) => answer.to_string(),
                Err(error) => error.to_string(),
            };
            // The service is part of the question, so it may be repeated; its tenant and spans may not.
            let shown = if path.contains("canary-svc") { answer.replace("canary-svc", "") } else { answer };
            see(&path, &shown);
        }
    }
    READS.iter().map(|(template, _)| (*template).to_owned()).collect()
}

/// Compares the walk with the route table that the server publishes.
async fn every_reading_route_was_walked(client: &Client, walked: &[String]) {
    let (_, text) = client.plain("/api/openapi.json").await.unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let reads =
        paths.iter().filter(|(path, methods)| path.starts_with("/api/v1/") && methods.get("get").is_some());
    for (path, _) in reads {
        let path = path.trim_start_matches("/api/v1");
        assert!(
            walked.iter().any(|w| shape(w) == shape(path)),
            "route `{path}` is not in the walk of this test"
        );
    }
}

/// A path with its parameters unnamed.
fn shape(path: &str) -> String {
    let part = |p: &str| if p.starts_with('{') { "{}".to_owned() } else { p.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

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
    let walked = walk(&limited, |path, answer| assert!(!answer.contains("canary"), "{path}: {answer}")).await;
    // The admin key does see the other tenant through most of these doors: the walk can fail.
    let foreign = std::cell::Cell::new(0);
    walk(&admin, |_, answer| foreign.set(foreign.get() + u32::from(answer.contains("canary")))).await;
    assert!(foreign.get() >= 5, "{} doors show the other tenant to the admin", foreign.get());
    every_reading_route_was_walked(&admin, &walked).await;
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
