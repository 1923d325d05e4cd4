//! Events through the API: what was posted comes back once, and who is limited to tenants writes for these only, whatever
//! the words of the event say.

use serde_json::{Value, json};
use test_kit::process::{PATIENCE, until};

use crate::asker::{Asker, Credential};
use crate::platform::Platform;

/// Events and log records, each with its tenant.
fn tenants_of(platform: &Platform, command: &str) -> Vec<(String, String)> {
    let listed = platform.cli(&[command, "-o", "jsonl"]);
    let cell = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = listed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = if command == "events" { "title" } else { "body" };
    let mut pairs: Vec<_> = rows.map(|row| (cell(&row, text), cell(&row, "tenant"))).collect();
    pairs.sort();
    pairs
}

#[tokio::test(flavor = "multi_thread")]
async fn a_posted_event_comes_back_once_and_only_for_a_tenant_of_the_poster() {
    let platform = Platform::start();
    let make = [
        "keys",
        "create",
        "poster",
        "--scope",
        "events:write",
        "--scope",
        "query:read",
        "--read-tenant",
        "a",
    ];
    let key = platform.cli(&make).trim().to_owned();
    let poster = Asker::new(&platform.text("api"), Credential::Key(key));
    for (event, status) in [
        (json!({"type": "deployment.finished", "title": "plain", "tenant": "a"}), 201),
        (
            json!({"type": "deployment.finished", "title": "attribute", "tenant": "a", "attributes": {"tenant_id": "b"}}),
            201,
        ),
        (
            json!({"type": "deployment.finished", "title": "alias", "tenant": "a", "attributes": {"tenant": "b"}}),
            201,
        ),
        (json!({"type": "deployment.finished", "title": "foreign", "tenant": "b"}), 400),
        (json!({"type": "deployment.finished", "title": "none"}), 400),
        (
            json!({"type": "deployment.finished", "tenant": "a",
            "title": r#"{"message":"line","level":"info","tenant_id":"b","service":"c"}"#}),
            400,
        ),
    ] {
        let answer = poster.ask("POST", "/api/v1/events", &event.to_string()).await.unwrap();
        assert_eq!(answer.status, status, "{event}: {}", answer.text);
    }
    let expected: Vec<_> =
        ["alias", "attribute", "plain"].map(|title| (title.to_owned(), "a".to_owned())).into();
    // Two tables, written one after the other: each is waited for by itself.
    for table in ["events", "logs"] {
        let listed = until(PATIENCE, &format!("three {table}"), || {
            let listed = tenants_of(&platform, table);
            (listed.len() >= 3).then_some(listed)
        });
        assert_eq!(listed, expected, "{table}: each once, none of another tenant");
    }
}
