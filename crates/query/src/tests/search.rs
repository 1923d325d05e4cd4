//! Lists of spans and traces, page by page.

use serde_json::json;
use sightline_model::{Body, Frame, Kind, TenantScope};

use super::cells;
use super::world::{BASE, HOUR, SECOND, Spec, World, ask, span};
use crate::{Sort, SpansQuery, TracesQuery};

fn traces(filter: &str, sort: Sort, limit: u32, after: Option<String>) -> TracesQuery {
    TracesQuery { ask: ask(), filter: filter.to_owned(), sort, limit: Some(limit), after }
}

/// Twelve traces of two spans; trace n starts n minutes after the base and lasts n * 100 ms; every third fails.
fn twelve() -> Vec<Spec> {
    (1..=12)
        .flat_map(|n: u64| {
            let at = i64::try_from(n).unwrap();
            let root = span(n, n * 10).with(|s| {
                s.start = at * 60 * SECOND;
                s.duration = at * 100_000_000;
                s.name = format!("root-{n}");
                s.attributes = json!({"tenant.id": if n.is_multiple_of(2) { "even" } else { "odd" }});
            });
            let child = span(n, n * 10 + 1).with(|s| {
                s.parent = n * 10;
                s.kind = 3;
                s.service = "db";
                s.start = at * 60 * SECOND + 1_000_000;
                s.status = if n.is_multiple_of(3) { 2 } else { 0 };
                s.attributes =
                    json!({"tenant.id": if n.is_multiple_of(2) { "even" } else { "odd" }, "number": n});
            });
            [root, child]
        })
        .collect()
}

async fn walk(
    world: &World,
    scope: &TenantScope,
    filter: &str,
    sort: Sort,
    limit: u32,
) -> (Vec<String>, Vec<Frame>) {
    let (mut names, mut pages, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = world.service.traces(scope, &traces(filter, sort, limit, after)).await.unwrap();
        names.extend(cells(&page, "root_name"));
        after = page.meta.next_cursor.clone();
        pages.push(page);
        if after.is_none() {
            return (names, pages);
        }
    }
}

#[tokio::test]
async fn traces_are_listed_newest_or_longest_first_each_once() {
    let world = World::of(121).await;
    world.write(&twelve()).await;
    let newest: Vec<String> = (1..=12).rev().map(|n| format!("root-{n}")).collect();
    for limit in [1, 5, 12, 100] {
        for sort in [Sort::Start, Sort::Duration] {
            let (names, _) = walk(&world, &world.scope, "", sort, limit).await;
            assert_eq!(names, newest, "{limit} {sort:?}");
        }
    }
    let (failed, pages) = walk(&world, &world.scope, "status = error", Sort::Start, 3).await;
    assert_eq!(failed, ["root-12", "root-9", "root-6", "root-3"]);
    // The row is that of the whole trace, not of the span that matched.
    assert_eq!(cells(&pages[0], "root_service"), ["shop", "shop", "shop"]);
    assert_eq!(cells(&pages[0], "spans"), ["2", "2", "2"]);
    assert_eq!(cells(&pages[0], "errors"), ["1", "1", "1"]);
    assert_eq!(cells(&pages[0], "status"), ["error", "error", "error"]);
    assert_eq!(cells(&pages[0], "services")[0], r#"["db","shop"]"#);
    assert_eq!(cells(&pages[0], "duration"), ["1200000000", "900000000", "600000000"]);
    let (one, _) = walk(&world, &world.scope, "number = 7", Sort::Start, 10).await;
    assert_eq!(one, ["root-7"]);
    let (odd, _) = walk(&world, &world.limited_to(&["odd"]), "", Sort::Duration, 2).await;
    assert_eq!(odd, ["root-11", "root-9", "root-7", "root-5", "root-3", "root-1"]);
    let (none, _) = walk(&world, &world.limited_to(&[]), "", Sort::Start, 2).await;
    assert!(none.is_empty());
}

#[tokio::test]
async fn spans_are_listed_newest_first_each_once_even_at_one_instant() {
    let world = World::of(122).await;
    let specs: Vec<Spec> = (1..=9)
        .map(|n| span(n % 2 + 1, n).with(|s| s.start = i64::try_from(n / 3).unwrap() * SECOND))
        .collect();
    world.write(&specs).await;
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let query = SpansQuery { ask: ask(), filter: String::new(), limit: Some(2), after };
        let page = world.service.spans(&world.scope, &query).await.unwrap();
        ids.extend(cells(&page, "span_id"));
        after = page.meta.next_cursor;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(ids.len(), 9);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 9);
}

#[tokio::test]
async fn an_answer_without_rows_has_its_columns_and_says_up_to_when_it_is_whole() {
    let world = World::of(124).await;
    world.write(&twelve()).await;
    let nobody = world.limited_to(&[]);
    let names = |frame: &Frame| {
        let Body::Table { rows: 0, columns } = &frame.body else { panic!("{:?}", frame.body) };
        columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>()
    };
    let spans = SpansQuery { ask: ask(), filter: String::new(), limit: None, after: None };
    let empty = world.service.spans(&nobody, &spans).await.unwrap();
    let Body::Table { columns, .. } = world.service.spans(&world.scope, &spans).await.unwrap().body else {
        panic!()
    };
    let full: Vec<String> = columns.into_iter().map(|column| column.name).collect();
    assert_eq!(names(&empty), full);
    let traces = world.service.traces(&nobody, &traces("", Sort::Start, 5, None)).await.unwrap();
    assert!(names(&traces).contains(&"root_service".to_owned()));
    assert_eq!((empty.meta.watermark, empty.meta.complete), (None, true));

    let at = |watermark: i64| {
        let service = world.service.clone().with_watermark(std::sync::Arc::new(move || Some(watermark)));
        let (scope, query) = (world.scope.clone(), spans.clone());
        async move { service.spans(&scope, &query).await.unwrap().meta }
    };
    // It is an hour after the base; ten seconds behind is what counting takes, an hour is not.
    let current = at(BASE + HOUR - 10 * SECOND).await;
    assert_eq!(current.watermark, Some((BASE + HOUR - 10 * SECOND).to_string()));
    assert!(current.complete);
    let late = at(BASE).await;
    assert_eq!((late.complete, late.incomplete[0].reason.as_str()), (false, "late_data"));
}

#[tokio::test]
async fn wrong_questions_are_refused_before_anything_runs() {
    let world = World::of(123).await;
    let kind =
        async |query: TracesQuery| world.service.traces(&world.scope, &query).await.unwrap_err().kind();
    assert_eq!(kind(traces("a = ", Sort::Start, 1, None)).await, Kind::Invalid);
    assert_eq!(kind(traces("", Sort::Start, 0, None)).await, Kind::Unprocessable);
    assert_eq!(kind(traces("", Sort::Start, 2_000, None)).await, Kind::Unprocessable);
    assert_eq!(kind(traces("", Sort::Start, 1, Some("x".to_owned()))).await, Kind::Invalid);
    let long = vec!["a = 1"; 10_000].join(" OR ");
    assert_eq!(kind(traces(&long, Sort::Start, 1, None)).await, Kind::Unprocessable);
    let problem =
        world.service.traces(&world.scope, &traces("level = ", Sort::Start, 1, None)).await.unwrap_err();
    assert!(problem.problems()[0].start.is_some());
}
