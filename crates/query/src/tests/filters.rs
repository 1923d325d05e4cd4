//! What conditions select: the shared row cases, and what spans add to them.

use serde_json::{Value, json};
use sightline_model::Signal;
use sightline_model::language::{cases, parse_filter};

use super::cells;
use super::world::{SECOND, Spec, World, ask, span};
use crate::{SpansQuery, Variable};

const FILTERS: &str = include_str!("../../../../tests/cases/language/filters.txt");
const ROWS: &str = include_str!("../../../../tests/cases/language/rows.txt");

async fn names(world: &World, filter: &str) -> Result<String, String> {
    let query = SpansQuery { ask: ask(), filter: filter.to_owned(), limit: Some(1000), after: None };
    let frame = world.service.spans(&world.scope, &query).await.map_err(|error| error.to_string())?;
    let mut names = cells(&frame, "name");
    names.sort();
    Ok(names.join(" "))
}

async fn check_all(world: &World, cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (filter, expected) in cases {
        let mut expected: Vec<&str> = expected.split_whitespace().collect();
        expected.sort_unstable();
        let got = names(world, filter).await;
        if got.as_deref() != Ok(expected.join(" ").as_str()) {
            wrong.push(format!("{filter}: {got:?}, expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn conditions_select_the_rows_of_the_shared_cases() {
    let world = World::of(101).await;
    let shared = cases::rows(ROWS).unwrap();
    let specs: Vec<Spec> = shared
        .rows
        .iter()
        .zip(1..)
        .map(|((name, attributes), id)| {
            span(1, id).with(|s| {
                name.clone_into(&mut s.name);
                s.attributes = Value::Object(attributes.clone());
            })
        })
        .collect();
    world.write(&specs).await;
    let expected: Vec<(String, String)> =
        shared.cases.iter().map(|(filter, names)| (filter.clone(), names.join(" "))).collect();
    let expected: Vec<(&str, &str)> = expected.iter().map(|(f, n)| (f.as_str(), n.as_str())).collect();
    check_all(&world, &expected).await;
}

fn named(id: u64, name: &str, attributes: Value) -> Spec {
    span(1, id).with(|s| {
        name.clone_into(&mut s.name);
        s.attributes = attributes;
    })
}

/// Filters and the names of the spans of [`varied`] that each selects.
const FIELDS_AND_FAMILIES: &[(&str, &str)] = &[
    ("http.request.method = GET", "new old"),
    ("http.method = GET", "new old"),
    ("http.request.method != GET", "both db slow child region shadow words grpc"),
    ("`http.method` = GET", "old both"),
    ("`http.request.method` = GET", "new"),
    ("`http.request.method` EXISTS", "new both"),
    ("attribute.`http.response.status_code` = 200", "new"),
    ("http.status_code >= 500", "old"),
    ("http.response.status_code = '500'", "old"),
    ("http.response.status_code BETWEEN 200 AND 299", "new"),
    ("http.route IN ('/a', '/b')", "new old"),
    ("http.route LIKE '/_'", "new old"),
    ("http.route NOT EXISTS AND http.request.method EXISTS", "both"),
    ("db.system = 'microsoft.sql_server'", "db"),
    ("db.operation.name = 'SELECT'", "db"),
    ("db.operation.name = 'INSERT'", "child"),
    ("duration > 1s", "slow"),
    ("duration BETWEEN 1s AND 2s", "slow"),
    ("status = error", "slow"),
    ("status != error AND kind = client", "db child"),
    ("kind IN (client, producer)", "db child"),
    ("tenant = tenant-001", "slow"),
    ("tenant NOT EXISTS AND kind = client", "db child"),
    ("is_root = false", "child"),
    ("parent_span_id EXISTS", "child"),
    ("parent_span_id = 0000000000000001", "child"),
    ("span_id IN ('0000000000000001', '0000000000000002')", "new old"),
    ("trace_id = 00000000000000000000000000000001 AND name = 'new'", "new"),
    ("server.address = 'db.example'", "child"),
    ("net.peer.name = 'db.example'", "child"),
    ("client.address EXISTS", ""),
    ("region = eu", "region"),
    ("resource.region = eu", "region shadow"),
    ("attribute.region = us", "shadow"),
    ("region EXISTS", "region shadow"),
    ("region != eu AND region EXISTS", "shadow"),
    ("k8s.pod.name = p1", "region"),
    ("refused", "words"),
    ("\"connection REFUSED\"", "words"),
    ("\"refused connection\"", ""),
    ("refuse*", "words"),
    ("efused", ""),
    ("exception.message CONTAINS 'REFUSED'", "words"),
    ("exception.type = Boom", "words"),
    ("event.name = exception", "words"),
    ("event.exception.type = Boom", "words"),
    ("rpc.status_code = UNAVAILABLE", "grpc"),
    ("rpc.method = 'a.B/C'", "grpc"),
    ("req_class = serve AND is_error = true", "old slow grpc"),
    ("dep_type = db", "db"),
    ("dep_type IN ('db', 'http', 'other')", "db child"),
    ("dep_type NOT EXISTS AND kind = client", ""),
    ("dep_type EXISTS AND dep_type != 'db'", "child"),
    ("service = dotmac_shop AND name = 'new'", "new"),
    ("resource.`service.name` = shop AND name = 'new'", "new"),
    ("scope.name = 'test-scope' AND name = 'new'", "new"),
    ("hasToken(exception.message, 'peer')", "words"),
    ("search('refused', exception.message)", "words"),
    ("timestamp >= '2026-11-20T10:00:09Z'", "words grpc"),
    ("timestamp < '2026-11-20T10:00:02Z'", "new"),
    ("trace.spans > 5 AND name = 'new'", "new"),
    ("trace.errors < 1", ""),
    ("trace.root_name EXISTS AND name = 'new'", "new"),
    ("trace.duration > 1s AND name = 'new'", "new"),
    ("name = 'new' OR (name = 'old' AND NOT duration > 1s)", "new old"),
];

/// Spans that differ in what their senders know of conventions.
fn varied() -> Vec<Spec> {
    vec![
            named(1, "new", json!({"http.request.method": "GET", "http.route": "/a", "http.response.status_code": 200})),
            named(2, "old", json!({"http.method": "GET", "http.route": "/b", "http.status_code": 500})),
            named(3, "both", json!({"http.request.method": "POST", "http.method": "GET"})),
            named(4, "db", json!({"db.system": "mssql", "db.statement": "SELECT 1"})).with(|s| s.kind = 3),
            named(5, "slow", json!({"tenant.id": "tenant-001"})).with(|s| {
                s.duration = 2 * SECOND;
                s.status = 2;
            }),
            named(6, "child", json!({"net.peer.name": "db.example", "db.operation": "INSERT shop.db"})).with(|s| {
                s.parent = 1;
                s.kind = 3;
            }),
            named(7, "region", json!({})).with(|s| s.resource = json!({"region": "eu", "k8s.pod.name": "p1"})),
            named(8, "shadow", json!({"region": "us"})).with(|s| s.resource = json!({"region": "eu"})),
            named(9, "words", json!({})).with(|s| {
                s.events = json!([{"name": "exception", "attributes": {"exception.type": "Boom", "exception.message": "Connection refused by peer"}}]);
            }),
            named(10, "grpc", json!({"rpc.grpc.status_code": 14, "rpc.system": "grpc", "rpc.service": "a.B", "rpc.method": "C"})),
]
}

#[tokio::test]
async fn fields_and_families_select_by_what_they_mean() {
    let world = World::of(102).await;
    world.write(&varied()).await;
    check_all(&world, FIELDS_AND_FAMILIES).await;
}

#[tokio::test]
async fn values_keep_their_types_and_exactness() {
    let world = World::of(103).await;
    world
        .write(&[
            named(1, "big", json!({"n": 9_007_199_254_740_993_i64})),
            named(2, "near", json!({"n": 9_007_199_254_740_992_i64})),
            named(3, "half", json!({"n": 0.5, "size": 2048})),
            named(4, "list", json!({"tags": ["a", "b"], "items": [{"id": 7}, {"id": 8}]})),
            named(5, "text", json!({"n": "abc", "path": "50%_done", "u": "\u{e9}"})),
            named(6, "minus", json!({"n": -3})),
        ])
        .await;
    check_all(
        &world,
        &[
            ("n = 9007199254740993", "big"),
            ("n = 9007199254740992", "near"),
            ("n = 50%", "half"),
            ("n < 0", "minus"),
            ("n >= -3 AND n <= 1", "half minus"),
            ("n = 'abc'", "text"),
            ("n != 'abc'", "big near half list minus"),
            ("n NOT IN (0.5, 'abc')", "big near list minus"),
            ("n LIKE '0.%'", "half"),
            ("hasAny(tags, ('b', 'z'))", "list"),
            ("hasAll(tags, ('a', 'b'))", "list"),
            ("hasAll(tags, ('a', 'z'))", ""),
            ("tags[] = b", "list"),
            ("items[].id = 8", "list"),
            ("items[].id > 8", ""),
            ("path LIKE '50\\%\\_%'", "text"),
            ("path ILIKE '50\\%\\_D%'", "text"),
            ("path REGEXP '^5.%'", "text"),
            ("path =~ '50.*'", "text"),
            ("u LIKE '_'", "text"),
        ],
    )
    .await;
}

/// Every filter that the language accepts is one that the engine can run, and the parts of the tenants are the whole.
#[tokio::test]
async fn accepted_filters_run_and_tenants_add_up() {
    let world = World::of(105).await;
    let specs = varied().into_iter().zip(0..).map(|(spec, at): (Spec, usize)| {
        spec.with(|s| s.attributes["tenant.id"] = json!(["a", "b"][at % 2]))
    });
    world.write(&specs.collect::<Vec<_>>()).await;
    let shared = cases::filters(FILTERS).unwrap();
    let accepted = shared.iter().map(|case| case.input.as_str());
    let own = FIELDS_AND_FAMILIES.iter().map(|(filter, _)| *filter);
    // What a trace as a whole is depends on how much of it is seen.
    let runnable = |filter: &&str| {
        parse_filter(&format!("({filter}\n)"), Signal::Traces).is_ok() && !filter.contains("trace.")
    };
    let filters: Vec<&str> = accepted.chain(own).filter(runnable).collect();
    let scopes = [world.limited_to(&["a", "b"]), world.limited_to(&["a"]), world.limited_to(&["b"])];
    // A few in one statement: what holds of each holds of all together, and the engine is asked less often.
    for some in filters.chunks(6) {
        let joined = some.iter().map(|filter| format!("({filter}\n)")).collect::<Vec<_>>().join(" OR ");
        let mut ask = ask();
        for name in ["v", "w", "svc", "regions", "k8s.pod.name"] {
            ask.vars.insert(name.to_owned(), Variable::Values(vec![json!("x")]));
        }
        let query = SpansQuery { ask, filter: joined.clone(), limit: Some(1000), after: None };
        let mut seen = Vec::new();
        for scope in &scopes {
            let frame = world.service.spans(scope, &query).await;
            let frame = frame.unwrap_or_else(|error| panic!("{joined}: {error}"));
            seen.push(cells(&frame, "name"));
        }
        let mut together: Vec<String> = seen[1..].concat();
        let mut all = seen[0].clone();
        together.sort();
        all.sort();
        assert_eq!(all, together, "{joined}");
    }
}

#[tokio::test]
async fn keys_that_nobody_sent_and_keys_in_two_places_are_warned_of() {
    let world = World::of(106).await;
    world.write(&varied()).await;
    let warnings = async |filter: &str| {
        let query = SpansQuery { ask: ask(), filter: filter.to_owned(), limit: None, after: None };
        let frame = world.service.spans(&world.scope, &query).await.unwrap();
        let text = frame.meta.warnings.iter().map(|w| format!("{}@{:?} {}", w.code, w.start, w.message));
        text.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(warnings("http.route = '/a' AND duration > 1s").await, "");
    assert!(warnings("region = eu").await.starts_with("ambiguous_key@Some(0)"));
    assert_eq!(warnings("resource.region = eu").await, "");
    let unknown = warnings("error AND http.ruote = '/a'").await;
    assert!(unknown.starts_with("unknown_key@Some(10)") && unknown.contains("`http.route`"), "{unknown}");
}

#[tokio::test]
async fn variables_are_values() {
    let world = World::of(104).await;
    world
        .write(&[named(1, "a", json!({"v": "x"})), named(2, "b", json!({"v": 5})), named(3, "c", json!({}))])
        .await;
    let select = async |filter: &str, value: Variable| {
        let mut ask = ask();
        ask.vars.insert("v".to_owned(), value);
        let query = SpansQuery { ask, filter: filter.to_owned(), limit: None, after: None };
        match world.service.spans(&world.scope, &query).await {
            Ok(frame) => {
                let mut names = cells(&frame, "name");
                names.sort();
                names.join(" ")
            }
            Err(error) => error.problems()[0].code.to_owned(),
        }
    };
    let of = |values: &[Value]| Variable::Values(values.to_vec());
    assert_eq!(select("v = $v", of(&[json!("x")])).await, "a");
    assert_eq!(select("v = $v", of(&[json!(5)])).await, "b");
    assert_eq!(select("v IN $v", of(&[json!("x"), json!(5)])).await, "a b");
    assert_eq!(select("v IN $v", of(&[])).await, "");
    assert_eq!(select("v != $v", Variable::All).await, "a b c");
    assert_eq!(select("v = $v", of(&[json!("x"), json!("y")])).await, "list_variable");
    assert_eq!(select("v = $w", Variable::All).await, "unbound_variable");
    assert_eq!(select("kind = $v", of(&[json!("server")])).await, "a b c");
    assert_eq!(select("duration < $v", of(&[json!("1s")])).await, "a b c");
    assert_eq!(select("kind = $v", of(&[json!("servant")])).await, "bad_variable");
}
