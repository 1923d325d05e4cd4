//! Keys and answers in, what is shown and asked out.

use serde_json::json;
use sightline_model::{ColumnType, Meta};

use super::*;
use crate::graph::tests::graph;

/// An answer with a table; numbers where all values of a column are numbers.
pub(in crate::top) fn table(columns: &[(&str, &[&str])]) -> Frame {
    let column = |(name, values): &(&str, &[&str])| {
        let numbers: Vec<_> = values.iter().filter_map(|value| value.parse::<f64>().ok()).collect();
        let is_number = numbers.len() == values.len();
        Column {
            name: (*name).to_owned(),
            kind: if is_number { ColumnType::Float } else { ColumnType::String },
            unit: None,
            role: None,
            exactness: None,
            values: if is_number {
                numbers.iter().map(|number| json!(number)).collect()
            } else {
                values.iter().map(|value| json!(value)).collect()
            },
        }
    };
    let columns: Vec<Column> = columns.iter().map(column).collect();
    let rows = columns.first().map_or(0, |column| column.values.len() as u64);
    Frame { meta: Meta::default(), body: Body::Table { rows, columns } }
}

pub(in crate::top) fn answered(state: &mut State, answer: Answer) {
    state.take(&state.ask(), Ok(answer));
}

pub(in crate::top) fn lost() -> Trouble {
    Trouble { text: "cannot reach http://h:4380: connection refused".to_owned(), is_passing: false }
}

fn after(keys: &[Key]) -> (State, Then) {
    let mut state = State { web: Web { url: "http://h:1".to_owned(), tenants: vec![] }, ..State::default() };
    let known = || {
        table(&[
            ("service", &["billing", "it's"]),
            ("trace_id", &["aa", "bb"]),
            ("span_id", &["s1", "s2"]),
            ("name", &["cpu.time", "memory"]),
            ("rate", &["1", "20"]),
        ])
    };
    let mut then = Then::Draw;
    for key in keys {
        match state.view {
            View::Map => answered(
                &mut state,
                Answer::Frame(Box::new(graph(&[("a", "b", 1.0, 0), ("a", "db:x", 1.0, 0)]))),
            ),
            _ => answered(&mut state, Answer::Frame(Box::new(known()))),
        }
        then = state.press(*key);
    }
    (state, then)
}

fn typed(text: &str) -> Vec<Key> {
    text.chars().map(|c| if c == '\n' { Key::Enter } else { Key::Char(c) }).collect()
}

fn check(keys: &[Key], view: &View, filter: &str, last: &Then) {
    let (state, then) = after(keys);
    assert_eq!((&state.view, state.filter.as_str(), &then), (view, filter, last), "{keys:?}");
}

#[test]
fn keys_travel_between_pages_and_back() {
    use Key::{Back, Char, Down, Enter, Erase};
    check(&[Enter], &View::Traces, "service = 'billing'", &Then::Ask);
    check(&[Down, Down, Enter], &View::Traces, r"service = 'it\'s'", &Then::Ask);
    check(&[Enter, Down, Enter], &View::Trace("bb".to_owned()), "service = 'billing'", &Then::Ask);
    let span = View::Span("aa".to_owned(), "s2".to_owned());
    check(&[Enter, Enter, Down, Enter], &span, "service = 'billing'", &Then::Ask);
    check(&[Enter, Enter, Back, Back], &View::Services, "", &Then::Ask);
    check(&[Char('3')], &View::Logs, "", &Then::Ask);
    check(&[Char('4'), Enter], &View::Traces, "service = 'a'", &Then::Ask);
    check(&[Char('4'), Key::Last, Enter], &View::Map, "", &Then::Draw);
    check(&[Char('5'), Down, Enter], &View::Metric("memory".to_owned()), "", &Then::Ask);
    check(&[Char('/'), Char('q'), Char('x'), Erase, Enter], &View::Services, "q", &Then::Ask);
    check(&[Char('/'), Char('q'), Back], &View::Services, "", &Then::Draw);
    check(&[Char('?'), Char('q')], &View::Services, "", &Then::Draw);
    check(&[Char('q')], &View::Services, "", &Then::Quit);
}

#[test]
fn a_command_goes_anywhere() {
    check(&typed(":traces status = error\n"), &View::Traces, "status = error", &Then::Ask);
    check(&typed(":metric cpu\n"), &View::Metric("cpu".to_owned()), "", &Then::Ask);
    check(&typed(":quit\n"), &View::Services, "", &Then::Quit);
    let (state, then) = after(&typed(":nowhere\n"));
    assert_eq!((then, state.view), (Then::Draw, View::Services));
    assert!(state.said.unwrap().starts_with("there is no `:nowhere`"));
    let (state, _) = after(&typed(":map b\n5"));
    assert_eq!((state.search.as_str(), state.before.len()), ("", 0), "a search stays on its page");
    assert_eq!(after(&typed(":since 6h\n")).0.range(), "6h");
}

#[test]
fn rows_are_chosen_in_the_order_they_are_shown() {
    // service, environment, rate: the third column that `s` comes to.
    let keys = typed("sss");
    let (mut state, _) = after(&keys);
    assert_eq!(state.by, Some(By { column: "rate", is_rising: false }));
    assert_eq!(state.press(Key::Char('y')), Then::Copy("it's".to_owned()));
    state.press(Key::Char('S'));
    assert_eq!(state.press(Key::Char('y')), Then::Copy("billing".to_owned()));
}

#[test]
fn a_page_tells_its_address_and_its_ids() {
    let copied = |keys: &str, want: &str| assert_eq!(after(&typed(keys)).1, Then::Copy(want.to_owned()));
    copied("e", "http://h:1/services?from=now-15m&to=now");
    copied("2y", "aa");
    copied("4y", "a");
    copied("5\ny", "cpu.time");
    assert_eq!(after(&typed("6y")).1, Then::Draw);
}

#[test]
fn an_answer_to_an_earlier_question_is_dropped() {
    let mut state = State::default();
    let early = state.ask();
    state.press(Key::Char('2'));
    state.take(&early, Ok(Answer::Frame(Box::new(table(&[("service", &["a"])])))));
    assert!(state.answer.is_none());
    state.take(&state.ask(), Err(lost()));
    state.take(&state.ask(), Err(lost()));
    assert_eq!(state.trouble, Some((lost(), 2)));
}

#[test]
fn an_order_outlives_the_next_answer_and_the_choice_stays_inside() {
    let mut state = State::default();
    answered(
        &mut state,
        Answer::Frame(Box::new(table(&[("service", &["a", "b", "c"]), ("rate", &["1", "3", "2"])]))),
    );
    state.press(Key::Char('s'));
    state.press(Key::Char('S'));
    state.press(Key::Last);
    answered(&mut state, Answer::Frame(Box::new(table(&[("service", &["a", "b"]), ("rate", &["1", "3"])]))));
    assert_eq!((state.order.as_slice(), state.selected), (&[1, 0][..], 1));
}

#[test]
fn live_records_of_another_filter_are_forgotten() {
    let records = |state: &mut State| {
        let columns = json!([{"name": "timestamp", "type": "time_ns", "values": ["1"]},
            {"name": "trace_id", "type": "id", "values": ["ab"]},
            {"name": "body", "type": "string", "values": ["x"]}]);
        let frame =
            json!({"kind": "logs", "rows": 1, "resources": [], "columns": columns, "meta": Meta::default()});
        state.logs.take(&sightline_client::Event {
            name: "rows".to_owned(),
            data: frame.to_string(),
            ..Default::default()
        });
        assert_eq!(state.logs.len(), 1);
    };
    let press =
        |state: &mut State, text: &str| typed(text).into_iter().for_each(|key| drop(state.press(key)));
    let mut state = State::default();
    press(&mut state, "3");
    records(&mut state);
    press(&mut state, "3");
    assert_eq!(state.logs.len(), 1, "the same filter");
    press(&mut state, ":logs severity = error\n");
    assert_eq!(state.logs.len(), 0, "another filter");
    records(&mut state);
    // From the record to its trace and back: nothing changed.
    press(&mut state, "\n");
    state.press(Key::Back);
    assert_eq!((&state.view, state.logs.len()), (&View::Logs, 1));
    press(&mut state, "1");
    answered(&mut state, Answer::Frame(Box::new(table(&[("service", &["billing"])]))));
    press(&mut state, "\n");
    assert_eq!((state.filter.as_str(), state.logs.len()), ("service = 'billing'", 0), "opened with another");
    records(&mut state);
    state.press(Key::Back);
    assert_eq!((state.filter.as_str(), state.logs.len()), ("severity = error", 0), "back to another");
}

#[test]
fn the_pipeline_is_not_narrowed() {
    let (state, then) = after(&typed("6/"));
    assert_eq!((state.prompt, then), (None, Then::Draw));
    assert_eq!(state.said.as_deref(), Some("there is nothing to filter here"));
    let (state, _) = after(&typed("6:filter service = a\n2"));
    assert_eq!((state.filter.as_str(), state.search.as_str()), ("service = a", ""));
}
