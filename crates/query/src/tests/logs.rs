//! Log records: what filters select, pages, surroundings, counts, live tails.

use serde_json::json;
use sightline_model::{Body, Frame, Kind, Signal, TenantScope};

use super::cells;
use super::lines::{Line, line, trace_of};
use super::world::{BASE, HOUR, SECOND, World, ask, span};
use crate::{
    Bin, ContextQuery, FieldsQuery, HistogramBy, HistogramQuery, LogId, LogQuery, LogsQuery, Near, TailQuery,
    TraceLogsQuery, ValuesQuery,
};

fn logs(filter: &str, limit: u32, after: Option<String>) -> LogsQuery {
    LogsQuery { ask: ask(), filter: filter.to_owned(), limit: Some(limit), after }
}

async fn bodies(world: &World, scope: &TenantScope, filter: &str) -> Result<String, String> {
    let frame = world.service.logs(scope, &logs(filter, 1_000, None)).await;
    Ok(cells(&frame.map_err(|error| error.to_string())?, "body").join(" | "))
}

/// Each has its own first word.
fn varied() -> Vec<Line> {
    vec![
        line(1, "one connection refused by peer").with(|l| l.severity = 17),
        line(2, "two Connection-Refused").with(|l| l.severity = 18),
        line(3, "three refused connection").with(|l| l.severity = 13),
        line(4, "four unrefused").with(|l| l.severity = 0),
        line(
            5,
            r#"{"msg":"five","user":{"id":7,"name":"ada"},"tags":["a","b"],"items":[{"id":1},{"id":2}]}"#,
        ),
        line(6, "six caf\u{e9}\u{2014}closed").with(|l| l.severity = 5),
        line(7, "seven").with(|l| {
            l.attributes = json!({"amount": 50, "http.status_code": 500, "color": "red", "tags": ["x", "y"]});
            l.trace = 3;
            l.span = 4;
        }),
        line(8, "eight").with(|l| {
            l.attributes = json!({"http.response.status_code": 200, "color": "blue"});
            l.host = "h2";
            l.service = "till";
            l.tenant = "t1";
        }),
    ]
}

/// Filters and the first words of the lines of [`varied`] that each selects.
const CASES: &[(&str, &str)] = &[
    ("refused", "three two one"),
    ("\"connection refused\"", "two one"),
    ("connection refused", "three two one"),
    ("refus*", "three two one"),
    ("fused", ""),
    ("body CONTAINS 'FUSED'", "four three two one"),
    ("NOT refused AND severity EXISTS AND body NOT CONTAINS 'seven'", "eight six five"),
    ("caf\u{e9}*", "six"),
    ("closed", ""),
    ("caf\u{e9}\u{2014}closed", "six"),
    ("severity >= warn", "three two one"),
    ("severity > warn", "two one"),
    ("severity = error", "two one"),
    ("severity <= debug", "six"),
    ("severity < info", "six"),
    ("severity NOT EXISTS", "four"),
    ("severity != info", "six four three two one"),
    ("severity BETWEEN warn AND fatal", "three two one"),
    ("level IN (error, 'WARNING')", "three two one"),
    ("severity_number = 18", "two"),
    ("severity_text = 'AS SENT' AND service = till", "eight"),
    ("body.msg = five", "five"),
    ("body.user.id = 7", "five"),
    ("body.user.id > 6.5", "five"),
    ("body.user.name EXISTS", "five"),
    ("body.items[].id = 2", "five"),
    ("body.tags[] = b", "five"),
    ("has(body.tags, 'a')", "five"),
    ("has(tags, 'y')", "seven"),
    ("amount = 50", "seven"),
    ("amount >= 49.5 OR color = blue", "eight seven"),
    ("http.response.status_code >= 200", "eight seven"),
    ("`http.status_code` = 500", "seven"),
    ("trace_id = 00000000000000000000000000000003", "seven"),
    ("span_id = 0000000000000004", "seven"),
    ("trace_id EXISTS", "seven"),
    ("host.name = h2", "eight"),
    ("resource.host.name = h1 AND amount EXISTS", "seven"),
    ("tenant = t1", "eight"),
    ("tenant NOT EXISTS AND color EXISTS", "seven"),
    ("environment = test AND service = dotmac_till", "eight"),
    ("scope.name = test-logger AND color = red", "seven"),
    ("timestamp >= '2026-11-20T10:00:07Z'", "eight seven"),
    ("observed_timestamp > '2026-11-20T10:00:08.001Z'", "eight"),
    ("search('ada', body.user.name)", "five"),
    ("hasToken(body, 'peer')", "one"),
    ("event_name EXISTS", ""),
];

/// The word by which the cases name a line.
fn first_word(body: &str) -> String {
    let start = body.find(|c: char| c.is_ascii_alphabetic()).unwrap();
    match body[start..].split([' ', '"']).next().unwrap() {
        "msg" => "five".to_owned(),
        word => word.to_owned(),
    }
}

#[tokio::test]
async fn filters_select_lines_by_what_they_mean() {
    let world = World::of(171).await;
    world.log(&varied()).await;
    let mut wrong = Vec::new();
    for (filter, expected) in CASES {
        let got = world.service.logs(&world.scope, &logs(filter, 100, None)).await;
        let got = got.map(|frame| {
            cells(&frame, "body").iter().map(|body| first_word(body)).collect::<Vec<_>>().join(" ")
        });
        if got.as_deref().ok() != Some(*expected) {
            wrong.push(format!("{filter}: {got:?}, expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let refused = world.service.logs(&world.scope, &logs("pattern = 'x'", 1, None)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.problems()[0].code), (Kind::Invalid, "unknown_key"));
}

#[tokio::test]
async fn every_line_is_on_one_page_even_if_lines_cannot_be_told_apart() {
    let world = World::of(172).await;
    // At one instant: three alike, and two others.
    let same = || line(10, "again");
    let all = [same(), same(), same(), line(10, "x"), line(10, "y"), line(9, "older"), line(4_000, "late")];
    world.log(&all).await;
    for limit in [1, 2, 3, 4, 100] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = world.service.logs(&world.scope, &logs("", limit, after)).await.unwrap();
            seen.extend(cells(&page, "body"));
            after = page.meta.next_cursor;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(
            (seen.len(), seen[0].as_str(), seen[6].as_str()),
            (7, "late", "older"),
            "{limit}: {seen:?}"
        );
        seen.sort();
        assert_eq!(seen, ["again", "again", "again", "late", "older", "x", "y"], "{limit}");
    }
    let wrong = world.service.logs(&world.scope, &logs("", 1, Some("5-zz".to_owned()))).await.unwrap_err();
    assert_eq!(wrong.problems()[0].code, "cursor_mismatch");
}

#[tokio::test]
async fn a_line_comes_back_as_it_was_sent_to_those_who_may_see_it() {
    let world = World::of(173).await;
    world.log(&varied()).await;
    let page = world.service.logs(&world.scope, &logs("color EXISTS", 10, None)).await.unwrap();
    assert_eq!(cells(&page, "severity"), ["info", "info"]);
    assert_eq!(cells(&page, "trace_id"), ["", "00000000000000000000000000000003"]);
    assert_eq!(cells(&page, "span_id"), ["", "0000000000000004"]);
    assert_eq!(cells(&page, "timestamp")[0], (BASE + 8 * SECOND).to_string());
    assert_eq!(cells(&page, "attributes")[0], r#"{"color":"blue","http.response.status_code":200}"#);
    let Body::Logs { resources, rows: 2, .. } = &page.body else { panic!("{:?}", page.body) };
    assert_eq!(cells(&page, "resource"), ["0", "1"]);
    assert_eq!((&resources[0]["host.name"], &resources[1]["host.name"]), (&json!("h2"), &json!("h1")));

    let id = LogId::parse(&cells(&page, "id")[1]).unwrap();
    let record = world.service.log(&world.scope, &LogQuery { ask: ask(), id }).await.unwrap();
    assert_eq!(
        (record.body.as_str(), record.severity.as_str(), record.severity_number),
        ("seven", "info", 9)
    );
    assert_eq!((record.scope.as_str(), record.trace_id.len()), ("test-logger", 32));
    assert_eq!(record.attributes["amount"], 50);
    assert_eq!(record.resource["host.name"], "h1");
    assert_eq!(record.observed_timestamp, (BASE + 7 * SECOND + 1_500_000).to_string());
    for scope in [world.limited_to(&["t1"]), World::of(174).await.scope] {
        let hidden = world.service.log(&scope, &LogQuery { ask: ask(), id }).await.unwrap_err();
        assert_eq!(hidden.kind(), Kind::NotFound);
    }
    assert_eq!(bodies(&world, &world.limited_to(&["t1"]), "").await.unwrap(), "eight");
    let nobody = world.service.logs(&world.limited_to(&[]), &logs("", 10, None)).await.unwrap();
    assert!(cells(&nobody, "body").is_empty());
}

#[tokio::test]
async fn the_lines_of_a_trace_are_told_in_their_order() {
    let world = World::of(175).await;
    world.write(&[span(3, 1)]).await;
    let of = |second: i64, body: &str, span: u8| {
        line(second, body).with(|l| {
            l.trace = 3;
            l.span = span;
        })
    };
    world.log(&[of(2, "second", 1), of(1, "first", 1), of(3, "third", 2), line(2, "other")]).await;
    let query = |span: Option<&str>, limit: u32, after: Option<String>| TraceLogsQuery {
        ask: ask(),
        trace_id: trace_of(3),
        span_id: span.map(|id| sightline_model::SpanId::parse(id).unwrap()),
        limit: Some(limit),
        after,
    };
    let all = world.service.trace_logs(&world.scope, &query(None, 2, None)).await.unwrap();
    assert_eq!(cells(&all, "body"), ["first", "second"]);
    let rest = world.service.trace_logs(&world.scope, &query(None, 2, all.meta.next_cursor)).await.unwrap();
    assert_eq!((cells(&rest, "body"), rest.meta.next_cursor), (vec!["third".to_owned()], None));
    let own =
        world.service.trace_logs(&world.scope, &query(Some("0000000000000002"), 9, None)).await.unwrap();
    assert_eq!(cells(&own, "body"), ["third"]);
    // A trace whose spans were not sent.
    world.log(&[line(5, "alone").with(|l| l.trace = 9)]).await;
    let alone = TraceLogsQuery { trace_id: trace_of(9), ..query(None, 9, None) };
    assert_eq!(cells(&world.service.trace_logs(&world.scope, &alone).await.unwrap(), "body"), ["alone"]);
}

#[tokio::test]
async fn a_line_is_seen_among_its_neighbours() {
    let world = World::of(176).await;
    let mut lines: Vec<Line> = (1..=9).map(|n| line(n, &format!("n{n}"))).collect();
    lines.push(line(5, "beside").with(|l| l.service = "till"));
    lines.push(line(4_000, "far"));
    lines.push(line(6, "elsewhere").with(|l| l.host = "h2"));
    world.log(&lines).await;
    let page = world.service.logs(&world.scope, &logs("body = 'n5'", 1, None)).await.unwrap();
    let id = LogId::parse(&cells(&page, "id")[0]).unwrap();
    let around = async |near: Near, before: u32, after: u32| {
        let query = ContextQuery { ask: ask(), id, before, after, near };
        cells(&world.service.log_context(&world.scope, &query).await.unwrap(), "body").join(" ")
    };
    let either = around(Near::Service, 2, 2).await;
    assert!(either == "n3 n4 n5 n6 elsewhere" || either == "n3 n4 n5 elsewhere n6", "{either}");
    assert_eq!(around(Near::Service, 1, 0).await, "n4 n5");
    assert_eq!(around(Near::Service, 0, 0).await, "n5");
    let host = around(Near::Host, 2, 3).await;
    let has = |word: &str| host.split(' ').any(|other| other == word);
    assert!(has("beside") && has("n5") && has("n6") && !has("elsewhere"), "{host}");
    assert!(around(Near::Service, 50, 50).await.ends_with("n9 far"));
    let hidden = ContextQuery { ask: ask(), id, before: 1, after: 1, near: Near::Service };
    let hidden = world.service.log_context(&world.limited_to(&["t1"]), &hidden).await.unwrap_err();
    assert_eq!(hidden.kind(), Kind::NotFound);
}

#[tokio::test]
async fn lines_are_counted_by_level_and_bin() {
    let world = World::of(177).await;
    world.log(&varied()).await;
    let count = async |filter: &str, by: HistogramBy| {
        let query = HistogramQuery { ask: ask(), filter: filter.to_owned(), bin: Bin::Fixed(4), by };
        let frame = world.service.log_histogram(&world.scope, &query).await.unwrap();
        let Body::Series { series, x, bin_ms: 4_000, .. } = frame.body else { panic!("{:?}", frame.body) };
        let first = x.iter().position(|start| *start == BASE / 1_000_000).unwrap();
        let mut lines: Vec<String> = series
            .iter()
            .map(|line| {
                let label = line.labels.values().next().map_or("-", |label| label.as_str().unwrap());
                let sum: i64 = line.values.iter().filter_map(serde_json::Value::as_i64).sum();
                format!("{label}:{}+{}={sum}", line.values[first], line.values[first + 1])
            })
            .collect();
        lines.sort();
        lines.join(" ")
    };
    let all = count("", HistogramBy::Severity).await;
    assert_eq!(all, ":0+1=1 debug:0+1=1 error:2+0=2 info:0+2=3 warn:1+0=1");
    assert_eq!(count("refused", HistogramBy::Nothing).await, "-:3+0=3");
    assert_eq!(count("color EXISTS", HistogramBy::Service).await, "shop:0+1=1 till:0+0=1");
    assert_eq!(count("absent", HistogramBy::Severity).await, "");
}

#[tokio::test]
async fn fields_and_facets_of_lines_are_those_of_lines() {
    let world = World::of(178).await;
    world.log(&varied()).await;
    world.write(&[span(1, 1).with(|s| s.attributes = json!({"of.spans": "x"}))]).await;
    let query = FieldsQuery { ask: ask(), signal: Signal::Logs, prefix: String::new() };
    let fields = world.service.fields(&world.scope, &query).await.unwrap();
    let keys: Vec<&str> = fields.fields.iter().map(|field| field.key.as_str()).collect();
    assert!(keys.contains(&"severity") && keys.contains(&"color") && keys.contains(&"body"), "{keys:?}");
    assert!(!keys.contains(&"of.spans") && !keys.contains(&"duration"), "{keys:?}");
    let values = async |key: &str, filter: &str| {
        let (key, filter) = (key.to_owned(), filter.to_owned());
        let prefix = String::new();
        let query = ValuesQuery { ask: ask(), signal: Signal::Logs, key, prefix, filter, limit: None };
        let found = world.service.field_values(&world.scope, &query).await.unwrap();
        let all: Vec<String> = found.values.iter().map(|v| format!("{}:{}", v.value, v.count)).collect();
        all.join(" ")
    };
    assert_eq!(values("severity", "").await, "info:3 error:2 debug:1 warn:1 trace:0 fatal:0");
    assert_eq!(values("level", "refused").await, "error:2 warn:1 trace:0 debug:0 info:0 fatal:0");
    assert_eq!(values("service", "").await, "shop:7 till:1");
    assert_eq!(values("service", "refused").await, "shop:3");
    assert_eq!(values("color", "").await, "blue:1 red:1");
    assert_eq!(values("color", "tenant = t1").await, "blue:1");
}

fn told(frames: &[Frame]) -> String {
    frames.iter().map(|frame| cells(frame, "body").join(" ")).collect::<Vec<_>>().join(" / ")
}

#[tokio::test]
async fn a_tail_shows_what_arrives_once_and_counts_what_it_leaves_out() {
    let world = World::of(179).await;
    let at = |n: i64, body: &str| line(3_000 + n, body);
    world.log(&[at(0, "before it began")]).await;
    let query = |filter: &str, after| TailQuery { ask: ask(), filter: filter.to_owned(), after };
    let mut all = world.service.tail(&world.scope, query("", None)).await.unwrap();
    let mut some = world.service.tail(&world.scope, query("refused", None)).await.unwrap();
    let mut limited = world.service.tail(&world.limited_to(&["t1"]), query("", None)).await.unwrap();
    assert_eq!(all.look().await.unwrap().frames.len(), 0);
    let own = at(3, "own refused").with(|l| l.tenant = "t1");
    // Written in another order than they happened, one of them long before.
    world.log(&[at(2, "b"), own, at(1, "a"), at(-2_000, "late")]).await;
    let look = all.look().await.unwrap();
    assert_eq!((told(&look.frames).as_str(), look.dropped), ("late a b own refused", None));
    assert_eq!(told(&some.look().await.unwrap().frames), "own refused");
    assert_eq!(told(&limited.look().await.unwrap().frames), "own refused");
    for tail in [&mut all, &mut some, &mut limited] {
        assert!(tail.look().await.unwrap().frames.is_empty());
    }
    let resume = look.resume;
    let many: Vec<Line> = (0..2_600).map(|n| at(10, &format!("m{n}")).with(|l| l.at += n)).collect();
    world.log(&many).await;
    let look = all.look().await.unwrap();
    let sizes: Vec<usize> = look.frames.iter().map(|frame| cells(frame, "body").len()).collect();
    assert_eq!(sizes, [500, 500, 500, 500]);
    assert_eq!(cells(&look.frames[3], "body")[499], "m2599");
    let dropped = look.dropped.unwrap();
    assert_eq!((dropped.count, dropped.from_ns), (600, BASE + 3_010 * SECOND));
    assert_eq!(dropped.to_ns, BASE + 3_010 * SECOND + 599);
    // Who comes back sees what was missed.
    let mut back = world.service.tail(&world.scope, query("m2599", Some(resume))).await.unwrap();
    assert_eq!(told(&back.look().await.unwrap().frames), "m2599");
    let wrong = world.service.tail(&world.scope, query("a = ", None)).await.unwrap_err();
    assert_eq!(wrong.kind(), Kind::Invalid);
}

#[tokio::test]
async fn a_rare_word_is_found_without_reading_every_line() {
    let world = World::of(180).await;
    // Ten granules of 8,192 rows; the engine skips those whose tokens do not have the word.
    let lines: Vec<Line> = (0..81_920_i64)
        .map(|n| line(0, &format!("order {n} was paid")).with(|l| l.at = n * 1_000_000))
        .collect();
    world.log(&lines).await;
    let query = |filter: &str| HistogramQuery {
        ask: ask(),
        filter: filter.to_owned(),
        bin: Bin::Auto,
        by: HistogramBy::Nothing,
    };
    let read = async |filter: &str| {
        let frame = world.service.log_histogram(&world.scope, &query(filter)).await.unwrap();
        let Body::Series { series, .. } = &frame.body else { panic!() };
        let sum: i64 = series.iter().flat_map(|s| &s.values).filter_map(serde_json::Value::as_i64).sum();
        (sum, frame.meta.stats.rows_read)
    };
    let (found, rows) = read("40000").await;
    assert_eq!(found, 1);
    assert!(rows <= 3 * 8_192, "{rows} of 81920");
    assert_eq!(read("\"order 40000\" paid").await.0, 1);
    assert_eq!(read("4000*").await.0, 11);
    let newest = world.service.logs(&world.scope, &logs("paid", 10, None)).await.unwrap();
    assert_eq!(cells(&newest, "body")[0], "order 81919 was paid");
    assert!(world.service.clock.unix_nanos() == BASE + HOUR);
}
