//! A platform with two orgs, several tenants and everybody who may ask: what isolation is tested on.
//!
//! `tawny` and `canary` are tenants of the first org, `heron` is the second org. Whatever belongs to one of them has that
//! word in its name, and each has a count of spans that no other sum gives.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use test_kit::driver::unix_nanos;

use crate::answers::{APPEARS, ON_MAP};
use crate::asker::{Asker, Credential};
use crate::platform::Platform;
use crate::spans;

pub(crate) const OWL: &str = "tawny";
pub(crate) const CANARY: &str = "canary";
pub(crate) const HERON: &str = "heron";

/// Completion answers what it has when its time is over; here it shall have everything. A query that runs while others are
/// asked must not end by itself.
const SETTINGS: &[(&str, &str)] = &[
    ("SIGHTLINE__QUERY__COMPLETE_MS_MAX", "60000"),
    ("SIGHTLINE__QUERY__TIME_S_MAX", "600"),
    ("SIGHTLINE__API__LIMITS__REQUEST_TIMEOUT_MS", "600000"),
];

/// Spans of each.
const COUNTS: [(&str, u64); 3] = [(OWL, 5), (CANARY, 7919), (HERON, 6133)];

/// Trace of the first span of each; the other spans have traces of their own.
const TRACES: [(&str, u128); 3] = [(OWL, 0xaa << 120), (CANARY, 0xbb << 120), (HERON, 0xcc << 120)];

/// Somebody who asks for what is not theirs.
pub(crate) struct Viewer {
    pub(crate) name: &'static str,
    pub(crate) asker: Asker,
    /// Whose data is not theirs.
    pub(crate) foreign: &'static [&'static str],
    /// Counts, alone and in sum, that no answer may tell.
    pub(crate) secret_counts: BTreeSet<u64>,
}

/// The platform and who is on it.
pub(crate) struct Estate {
    pub(crate) platform: Platform,
    /// Every right in the first org.
    pub(crate) full: Asker,
    /// Every right of the platform's own administrators.
    pub(crate) platform_key: Asker,
    pub(crate) viewers: Vec<Viewer>,
    /// Names and ids of the canary, by their places in the probes.
    pub(crate) canary: BTreeMap<&'static str, String>,
    /// Names and ids in the same form that nothing has.
    pub(crate) nobody: BTreeMap<&'static str, String>,
}

/// Posts JSON and returns the answer, which must be a success.
async fn made(by: &Asker, path: &str, body: Value) -> Value {
    let answer = by.ask("POST", path, &body.to_string()).await.unwrap();
    assert!((200..300).contains(&answer.status), "{path} {body}: {answer:?}");
    answer.json()
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no `{field}` in {value}")).to_owned()
}

/// Somebody with a new key.
async fn with_key(api: &str, by: &Asker, key: Value) -> Asker {
    Asker::new(api, Credential::Key(text(&made(by, "/api/v1/org/keys", key).await, "key")))
}

/// Somebody who logs in for the first time.
async fn with_session(api: &str, by: &Asker, user: Value) -> Asker {
    Asker::log_in(api, &text(&made(by, "/api/v1/org/users", user).await, "login_token")).await
}

/// The spans of one of the three, as one request.
fn telemetry(of: &str) -> Vec<u8> {
    let count = COUNTS.iter().find(|(name, _)| *name == of).unwrap().1;
    let trace = TRACES.iter().find(|(name, _)| *name == of).unwrap().1;
    let named = |suffix: &str| format!("{of}-{suffix}");
    let span = |n: u64| {
        let mut span = spans::server_span(trace + u128::from(n), n + 1, &named("tenant"));
        span.name = format!("GET /{of}");
        let route = span.attributes.iter_mut().find(|attribute| attribute.key == "http.route").unwrap();
        *route = spans::attribute("http.route", &format!("/{of}"));
        span.attributes.push(spans::attribute(&format!("{of}.key"), &named("value")));
        span
    };
    let resource = vec![
        spans::attribute("service.name", &named("svc")),
        spans::attribute("deployment.environment.name", &named("env")),
    ];
    spans::request_of(resource, (0..count).map(span).collect())
}

const READ: &[&str] = &["query:read"];
const ALL: &[&str] = &["ingest:traces", "query:read", "admin:read", "admin:write"];

impl Estate {
    /// Starts a platform, makes the second org the way an operator does, and fills both.
    pub(crate) async fn build() -> Self {
        let platform = Platform::start_with(SETTINGS);
        let api = platform.text("api");
        let full = Asker::new(&api, Credential::Key(platform.text("token")));
        let platform_owner = Asker::log_in(&api, &platform.login("platform")).await;
        let all = json!({ "name": "platform-key", "scopes": ALL });
        let platform_key = with_key(&api, &platform_owner, all).await;
        made(&platform_key, "/api/v1/admin/orgs", json!({ "slug": "heron-org" })).await;
        let heron_owner = Asker::log_in(&api, &platform.login("heron-org")).await;
        let all = json!({ "name": "heron-key", "scopes": ALL });
        let heron_text = text(&made(&heron_owner, "/api/v1/org/keys", all).await, "key");

        let url = platform.traces_url();
        assert_eq!(spans::send(&url, telemetry(OWL), None).await.unwrap(), 200);
        assert_eq!(spans::send(&url, telemetry(CANARY), None).await.unwrap(), 200);
        assert_eq!(spans::send(&url, telemetry(HERON), Some(&heron_text)).await.unwrap(), 200);
        let heron_key = Asker::new(&api, Credential::Key(heron_text));
        let canary = canary(&full).await;
        let viewers = viewers(&api, &full, heron_key.clone(), heron_owner).await;
        let mut estate = Self { platform, full, platform_key, viewers, canary, nobody: nobody() };
        estate.has_arrived(&estate.full, OWL).await;
        estate.has_arrived(&estate.full, CANARY).await;
        estate.has_arrived(&heron_key, HERON).await;
        let page = estate.full.ask("GET", "/api/v1/spans?from=now-15m&limit=20", "").await.unwrap().json();
        estate.canary.insert("cursor", text(&page["meta"], "next_cursor"));
        estate
    }

    /// Waits until the spans are counted, are on the map, and their keys can be completed.
    async fn has_arrived(&self, by: &Asker, of: &str) {
        let count = COUNTS.iter().find(|(name, _)| *name == of).unwrap().1;
        let counts = format!("/api/v1/services?from=now-15m&filter=service = '{of}-svc'");
        let keys = format!("/api/v1/fields/{of}.key/values?from=now-15m");
        let map = format!("/api/v1/service_map?from=now-15m&environment={of}-env");
        let calls = format!("[{count}.0]");
        for (path, want) in [(counts, calls.clone()), (keys, format!("{of}-value")), (map, calls)] {
            let is_there = async || by.ask("GET", &path, "").await.unwrap().text.contains(&want);
            let arrived = async {
                let mut pulse = 1;
                while !is_there().await {
                    self.pulse(pulse).await;
                    pulse += 1;
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            };
            let waited = tokio::time::timeout(ON_MAP, arrived).await;
            assert!(waited.is_ok(), "{path}: no {want}: {:?}", by.ask("GET", &path, "").await);
        }
    }

    /// Sends a span of the platform's own org: keys that were seen are written when more comes.
    async fn pulse(&self, n: u64) {
        let body = spans::request("pulse", vec![spans::server_span(u128::from(unix_nanos()), n, "pulse")]);
        let key = Some(self.platform_key.key());
        assert_eq!(spans::send(&self.platform.traces_url(), body, key).await.unwrap(), 200);
    }

    /// Words and ids that no answer to the viewer may hold.
    pub(crate) fn marks(&self, viewer: &Viewer) -> Vec<String> {
        let is_foreign = |of: &&str| viewer.foreign.contains(of);
        let mut marks: Vec<String> = viewer.foreign.iter().map(ToString::to_string).collect();
        // All traces of one of the three begin alike.
        let traces = TRACES.iter().filter(|(of, _)| is_foreign(of));
        marks.extend(traces.map(|(_, trace)| format!("{trace:032x}")[..20].to_owned()));
        if is_foreign(&CANARY) {
            marks.extend(["user", "key"].map(|id| self.canary[id].clone()));
        }
        marks
    }

    /// What the first org's administrator sees of its keys, users and tenants, without times of use.
    pub(crate) async fn settings(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for path in ["/api/v1/org/keys", "/api/v1/org/users", "/api/v1/org/tenants"] {
            let mut list = self.full.ask("GET", path, "").await.unwrap().json();
            for item in list["items"].as_array_mut().unwrap() {
                item.as_object_mut().unwrap().remove("last_used_at");
            }
            all.push(list);
        }
        all
    }

    fn viewer(&self, name: &str) -> &Viewer {
        self.viewers.iter().find(|viewer| viewer.name == name).unwrap()
    }

    /// A key that is made in one org for a tenant of another sees nothing of it.
    pub(crate) async fn naming_a_foreign_tenant_opens_nothing(&self) {
        let key = json!({ "name": "heron-made", "scopes": READ, "tenants": ["canary-tenant"] });
        let by = &self.viewer("a key of another org").asker;
        let made = with_key(&self.platform.text("api"), by, key).await;
        let spans = made.ask("GET", "/api/v1/spans?from=now-15m", "").await.unwrap();
        assert_eq!((spans.status, &spans.json()["rows"]), (200, &json!(0)), "{spans:?}");
        let trace = format!("/api/v1/traces/{}", self.canary["trace"]);
        assert_eq!(made.ask("GET", &trace, "").await.unwrap().status, 404);
    }

    /// Telemetry that names a foreign tenant and service lands with who sent it.
    pub(crate) async fn spans_of_others_stay_where_they_belong(&self) {
        let lying = |trace: u128| {
            let span = spans::server_span(trace, 1, &format!("{CANARY}-tenant"));
            spans::request(&format!("{CANARY}-svc"), vec![span])
        };
        let (other, bound) = (self.viewer("a key of another org"), self.viewer("a key bound to one tenant"));
        for (trace, viewer) in [(0xee, other), (0xef, bound)] {
            let key = viewer.asker.key();
            assert_eq!(spans::send(&self.platform.traces_url(), lying(trace), Some(key)).await.unwrap(), 200);
            let path = format!("/api/v1/traces/{trace:032x}");
            let stored = async {
                while viewer.asker.ask("GET", &path, "").await.unwrap().status != 200 {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            };
            tokio::time::timeout(APPEARS, stored).await.expect("the span is stored with its sender");
        }
        let canary = "/api/v1/spans?from=now-15m&limit=10000&tenant=canary-tenant";
        let rows = self.full.ask("GET", canary, "").await.unwrap().json()["rows"].clone();
        assert_eq!(rows, 7919, "spans of the canary");
    }
}

/// Registers what belongs to the canary and returns its names and ids.
async fn canary(full: &Asker) -> BTreeMap<&'static str, String> {
    for of in [OWL, CANARY] {
        let tenant = json!({ "id": format!("{of}-tenant"), "name": format!("{of}-name") });
        made(full, "/api/v1/org/tenants", tenant).await;
    }
    let user = json!({ "name": "canary-user", "role": "viewer", "tenants": ["canary-tenant"] });
    let user = made(full, "/api/v1/org/users", user).await;
    let key = json!({ "name": "canary-key", "scopes": READ, "tenants": ["canary-tenant"] });
    let key = made(full, "/api/v1/org/keys", key).await;
    names([
        ("service", "canary-svc"),
        ("tenant", "canary-tenant"),
        ("environment", "canary-env"),
        ("attribute", "canary.key"),
        ("user_name", "canary-user"),
        ("org", "heron-org"),
        ("query", "canary-query"),
        ("trace", &format!("{:032x}", TRACES[1].1)),
        ("span", "0000000000000001"),
        ("user", &text(&user, "id")),
        ("key", &text(&key, "id")),
    ])
}

fn nobody() -> BTreeMap<&'static str, String> {
    names([
        ("service", "nobody-svc"),
        ("tenant", "nobody-tenant"),
        ("environment", "nobody-env"),
        ("attribute", "nobody.key"),
        ("user_name", "nobody-user"),
        ("org", "nobody-org"),
        ("query", "nobody-query"),
        ("trace", &format!("{:032x}", 0xdd_u128 << 120)),
        ("span", "0000000000000009"),
        ("user", "01234567-89ab-7def-8123-456789abcdef"),
        ("key", "0123456789abcdef"),
        ("cursor", "nobody"),
    ])
}

fn names<const N: usize>(pairs: [(&'static str, &str); N]) -> BTreeMap<&'static str, String> {
    pairs.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
}

async fn viewers(api: &str, full: &Asker, heron_key: Asker, heron_owner: Asker) -> Vec<Viewer> {
    let own = ["tawny-tenant"];
    let limited = json!({ "name": "limited", "scopes": READ, "tenants": own });
    let bound = json!({ "name": "bound", "scopes": ["ingest:traces", "query:read"], "tenant": own[0] });
    let user = |name: &str, role: &str| json!({ "name": name, "role": role, "tenants": own });
    let heron_user = json!({ "name": "heron-user", "role": "admin" });
    let heron_user = with_session(api, &heron_owner, heron_user).await;
    let limited = with_key(api, full, limited).await;
    let bound = with_key(api, full, bound).await;
    let one_tenant = with_session(api, full, user("tawny-user", "viewer")).await;
    // Who sees one tenant does not manage the org, so neither of these is made.
    let every_scope = json!({ "name": "every-scope", "scopes": ALL, "tenants": own });
    for (path, body) in
        [("/api/v1/org/users", user("tawny-admin", "admin")), ("/api/v1/org/keys", every_scope)]
    {
        let answer = full.ask("POST", path, &body.to_string()).await.unwrap();
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (400, Some("invalid")),
            "{path}: {answer:?}"
        );
    }
    let nobody = Asker::new(api, Credential::None);
    vec![
        viewer("a key of another org", heron_key, &[OWL, CANARY]),
        viewer("the owner of another org", heron_owner, &[OWL, CANARY]),
        viewer("an administrator of another org", heron_user, &[OWL, CANARY]),
        viewer("a key of one tenant", limited, &[CANARY, HERON]),
        viewer("a key bound to one tenant", bound, &[CANARY, HERON]),
        viewer("a user of one tenant", one_tenant, &[CANARY, HERON]),
        viewer("nobody", nobody, &[OWL, CANARY, HERON]),
    ]
}

/// The counts that tell of others are all sums with one of theirs in it. The sum of everything is not secret: the
/// platform shows its own totals to everybody, without saying whose they are.
fn viewer(name: &'static str, asker: Asker, foreign: &'static [&'static str]) -> Viewer {
    let is_foreign = |of: &str| foreign.contains(&of);
    let mut secret_counts = BTreeSet::new();
    for chosen in 1..(1_u32 << COUNTS.len()) - 1 {
        let parts = COUNTS.iter().enumerate().filter(|(at, _)| chosen & (1 << at) != 0);
        let (of, counts): (Vec<&str>, Vec<u64>) = parts.map(|(_, part)| *part).unzip();
        if of.into_iter().any(is_foreign) {
            secret_counts.insert(counts.into_iter().sum());
        }
    }
    // Five is in many an answer that tells of nobody's spans.
    secret_counts.remove(&COUNTS[0].1);
    Viewer { name, asker, foreign, secret_counts }
}
