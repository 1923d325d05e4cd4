//! Whoever may see less sees less: of another org's data, and of a tenant that is not theirs, no name, no id and no
//! count comes through any route of the API, and nobody changes it. What somebody else owns looks like what does not
//! exist.
//!
//! The routes are those of the published document; one that is not in `routes.rs` fails the test.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use test_kit::ledger::Count;
use tokio::task::JoinSet;

use crate::asker::{Answer, Asker};
use crate::edges::shown;
use crate::estate::{CANARY, Estate, HERON, OWL, Viewer};
use crate::routes::{Full, Probe, READS, WRITES};

/// Puts names in the places of a text, and returns what was put there.
fn fill(text: &str, names: &BTreeMap<&'static str, String>) -> (String, Vec<String>) {
    let (mut filled, mut used) = (text.to_owned(), Vec::new());
    for (name, value) in names {
        let place = format!("<{name}>");
        if filled.contains(&place) {
            filled = filled.replace(&place, value);
            used.push(value.clone());
        }
    }
    assert!(!filled.contains('<'), "a place without a name in {filled}");
    (filled, used)
}

/// Asks a probe about somebody's data; what was asked is taken out of the answer, so that an echo shows nothing.
async fn ask(asker: &Asker, probe: &Probe, names: &BTreeMap<&'static str, String>) -> (Answer, Vec<String>) {
    let (path, mut used) = fill(probe.ask, names);
    let (body, more) = fill(probe.body, names);
    used.extend(more);
    let answer = asker.ask(probe.method(), &path, &body).await;
    (answer.unwrap_or_else(|e| panic!("{} {path}: {e}", probe.method())), used)
}

fn without_echo(text: &str, used: &[String]) -> String {
    used.iter().fold(text.to_owned(), |text, echo| text.replace(echo, ""))
}

/// The numbers of a text, in whatever format it is.
fn numbers(text: &str) -> BTreeSet<u64> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_'));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole and small")]
    let whole = |n: f64| (n.fract() == 0.0 && (0.0..1e15).contains(&n)).then_some(n as u64);
    words.filter_map(|word| whole(word.parse().ok()?)).collect()
}

/// What differs between two answers to the same question: ids and times of the request, and secrets made for it.
const OF_THE_REQUEST: &[&str] = &[
    "query_id",
    "elapsed_ms",
    "from",
    "to",
    "rows_read",
    "bytes_read",
    "rss_bytes",
    "uptime_s",
    "watermark",
    "next_cursor",
    "login_token",
    "key",
    "id",
    "created_at",
    "free_bytes",
    "wal_bytes",
    "last_used_at",
    "canonical",
    "x",
];

/// An answer without what differs from one time to the next.
fn essence(answer: &Answer, used: &[String]) -> (u16, String) {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.retain(|key, _| !OF_THE_REQUEST.contains(&key.as_str()));
                map.values_mut().for_each(strip);
            }
            Value::Array(list) => list.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let text = without_echo(&answer.text, used);
    let essence = serde_json::from_str(&text).map_or(text, |mut value: Value| {
        strip(&mut value);
        value.to_string()
    });
    (answer.status, essence)
}

/// Asks everything about the foreign data and about data that nobody has: nothing shows, and both look the same.
async fn sees_nothing(estate: &Estate, viewer: &Viewer, probes: &[Probe]) -> Vec<String> {
    let mut wrong = Vec::new();
    for probe in probes {
        let what = format!("{} {} by {}", probe.method(), probe.ask, viewer.name);
        let (seen, used) = ask(&viewer.asker, probe, &estate.canary).await;
        let shown = without_echo(&seen.text, &used);
        for mark in estate.marks(viewer) {
            if shown.contains(&mark) {
                wrong.push(format!("{what} shows `{mark}`: {shown}"));
            }
        }
        let told: Vec<_> = numbers(&shown).intersection(&viewer.secret_counts).copied().collect();
        if !told.is_empty() {
            wrong.push(format!("{what} tells {told:?}: {shown}"));
        }
        if seen.status >= 500 {
            wrong.push(format!("{what}: {seen:?}"));
        }
        if !used.is_empty() {
            let (other, used_other) = ask(&viewer.asker, probe, &estate.nobody).await;
            let (seen, other) = (essence(&seen, &used), essence(&other, &used_other));
            if seen != other {
                wrong.push(format!("{what}: what is foreign gives {seen:?}, what is not there {other:?}"));
            }
        }
    }
    wrong
}

/// The same walk with every right sees the marks: it can fail.
async fn sees_everything(estate: &Estate, probes: &[Probe]) -> Vec<String> {
    let mut wrong = Vec::new();
    for probe in probes {
        let asker = if probe.is_of_platform() { &estate.platform_key } else { &estate.full };
        let (answer, _) = ask(asker, probe, &estate.canary).await;
        let mark = if probe.is_of_platform() { HERON } else { CANARY };
        let is_right = match probe.full {
            Full::Shows(status) => answer.status == status && answer.text.contains(mark),
            Full::Says(status) => answer.status == status,
        };
        if !is_right {
            wrong.push(format!("{probe:?} with every right: {} {}", answer.status, answer.text));
        }
    }
    wrong
}

/// Compares the walk with the document that the server publishes.
async fn every_route_is_walked(asker: &Asker) {
    let document = asker.ask("GET", "/api/openapi.json", "").await.unwrap().json();
    let published: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let walked: BTreeSet<String> = READS.iter().chain(WRITES).map(|probe| probe.route.to_owned()).collect();
    assert_eq!(walked, published, "routes of this test (left) and of the server");
}

/// Starts a query that runs until it is ended: the engine holds still meanwhile.
async fn begin_query(estate: &Estate) -> JoinSet<Answer> {
    let mut running: JoinSet<Answer> = JoinSet::new();
    while !query_runs(estate).await {
        // None yet, or the look had the id just when it came.
        if let Some(refused) = running.try_join_next() {
            assert_eq!(refused.unwrap().status, 409);
        }
        if running.is_empty() {
            let (asker, id) = (estate.full.clone(), estate.canary["query"].clone());
            running.spawn(async move {
                asker.ask_named("GET", "/api/v1/spans?from=now-15m", "", &id).await.unwrap()
            });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running
}

/// A second query cannot take the id of one that runs. This one is refused either way, without the engine.
async fn query_runs(estate: &Estate) -> bool {
    let path = "/api/v1/spans?from=now-15m&filter=(";
    let answer = estate.full.ask_named("GET", path, "", &estate.canary["query"]).await.unwrap();
    assert!(matches!(answer.status, 400 | 409), "{answer:?}");
    answer.status == 409
}

/// Who sees one tenant sees all of it; asking for another narrows to nothing.
async fn narrowing_never_widens(estate: &Estate) {
    let one = estate.viewers.iter().find(|viewer| viewer.name == "a key of one tenant").unwrap();
    let tenants = async |query: &str| {
        let answer = one.asker.ask("GET", &format!("/api/v1/spans?from=now-15m{query}"), "").await.unwrap();
        assert_eq!(answer.status, 200, "{query}: {answer:?}");
        let columns = answer.json()["columns"].as_array().cloned().unwrap_or_default();
        let of_tenants = columns.iter().find(|column| column["name"] == "tenant");
        let values = of_tenants.and_then(|column| column["values"].as_array()).cloned().unwrap_or_default();
        values.iter().map(|tenant| tenant.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let own = BTreeSet::from([format!("{OWL}-tenant")]);
    assert_eq!(tenants("").await, own);
    assert_eq!(tenants(&format!("&tenant={OWL}-tenant")).await, own);
    assert_eq!(tenants(&format!("&tenant={OWL}-tenant&tenant={CANARY}-tenant")).await, own);
    assert_eq!(tenants(&format!("&tenant={CANARY}-tenant")).await, BTreeSet::new());
    let whose = one.asker.ask("GET", "/api/v1/me", "").await.unwrap().json();
    assert_eq!(whose["tenants"], json!([format!("{OWL}-tenant")]));
}

/// Who sees one tenant has a map of its requests alone, whichever other tenant they ask for beside it.
async fn the_map_is_of_the_own_tenant(estate: &Estate) {
    let of = async |viewer: &Viewer, query: &str| {
        let path = format!("/api/v1/service_map?from=now-15m{query}");
        let answer = viewer.asker.ask("GET", &path, "").await.unwrap();
        assert_eq!(answer.status, 200, "{query} by {}: {answer:?}", viewer.name);
        shown(&serde_json::from_str(&answer.text).unwrap())
    };
    let own = ("(user)".to_owned(), "entry".to_owned(), format!("service:{OWL}-svc"));
    for viewer in estate.viewers.iter().filter(|viewer| viewer.name.contains("one tenant")) {
        for query in ["", "&tenant=tawny-tenant", "&tenant=tawny-tenant&tenant=canary-tenant"] {
            let edges: Vec<_> =
                of(viewer, query).await.into_iter().map(|(ends, edge)| (ends, edge.count)).collect();
            let count = Count { requests: 5, errors: 0 };
            assert_eq!(edges, [(own.clone(), count)], "{query} by {}", viewer.name);
        }
        assert!(of(viewer, "&tenant=canary-tenant").await.is_empty(), "{}", viewer.name);
    }
}

#[tokio::test]
async fn nobody_sees_or_changes_what_is_not_theirs_through_any_route() {
    let estate = Estate::build().await;
    every_route_is_walked(&estate.full).await;
    let mut wrong = sees_everything(&estate, READS).await;
    narrowing_never_widens(&estate).await;
    the_map_is_of_the_own_tenant(&estate).await;
    for viewer in &estate.viewers {
        wrong.extend(sees_nothing(&estate, viewer, READS).await);
    }

    let held = estate.platform.hold_engine();
    let mut running = begin_query(&estate).await;
    let before = estate.settings().await;
    for viewer in &estate.viewers {
        wrong.extend(sees_nothing(&estate, viewer, WRITES).await);
    }
    assert!(query_runs(&estate).await, "a query was ended by somebody else");
    assert_eq!(estate.settings().await, before, "keys, users and tenants of the org");
    wrong.extend(sees_everything(&estate, WRITES).await);
    assert_eq!(running.join_next().await.unwrap().unwrap().json()["code"], "cancelled");
    drop(held);

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    estate.naming_a_foreign_tenant_opens_nothing().await;
    estate.spans_of_others_stay_where_they_belong().await;
}
