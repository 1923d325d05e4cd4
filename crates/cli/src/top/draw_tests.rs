//! Each page as text, on a terminal of memory.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;
use serde_json::{Value, json};
use sightline_model::{Frame, Meta};

use super::*;
use crate::graph::tests::graph;
use crate::top::Listening;
use crate::top::books::Books;
use crate::top::keys::Key;
use crate::top::load::{Answer, Trouble};
use crate::top::look::Look;
use crate::top::state::tests::{answered, lost, table};
use crate::top::view::Web;

fn terminal(state: &State, width: u16, height: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|screen| draw(screen, state)).unwrap();
    terminal
}

fn picture(state: &State, height: u16) -> String {
    terminal(state, 100, height).backend().to_string()
}

fn at(view: View, answer: Answer) -> State {
    let web = Web { url: "http://h:4380".to_owned(), tenants: vec![] };
    let mut state = State { view, web, ..State::default() };
    answered(&mut state, answer);
    state
}

fn frame(value: Value) -> Answer {
    let mut value = value;
    value["meta"] = serde_json::to_value(Meta::default()).unwrap();
    Answer::Frame(Box::new(serde_json::from_value::<Frame>(value).unwrap()))
}

#[test]
fn services_are_rows_and_trouble_is_a_banner_over_what_was_known() {
    let mut state = State::default();
    insta::assert_snapshot!("empty", picture(&state, 8));
    let services = table(&[
        ("service", &["billing", "identity\u{1b}[2J"]),
        ("rate", &["1.5", "20"]),
        ("error_rate", &["0.2", "0"]),
    ]);
    answered(&mut state, Answer::Frame(Box::new(services)));
    state.press(Key::Down);
    state.press(Key::Char('s'));
    insta::assert_snapshot!("services", picture(&state, 8));
    state.take(&state.ask(), Err(lost()));
    state.take(&state.ask(), Err(lost()));
    insta::assert_snapshot!("trouble", picture(&state, 8));
}

#[test]
fn nothing_received_yet_says_how_to_send() {
    let listening = Listening {
        grpc: "127.0.0.1:4317".to_owned(),
        http: "127.0.0.1:55001".to_owned(),
        login: "http://127.0.0.1:9/login?token=t".to_owned(),
        notes: vec![
            "Port 4318 is taken by another program, so HTTP is received on another port; see above."
                .to_owned(),
        ],
    };
    let mut state = State { listening: Some(listening), ..State::default() };
    let starting = Trouble { text: "the store is starting".to_owned(), is_passing: true };
    state.take(&state.ask(), Err(starting));
    insta::assert_snapshot!("listening", picture(&state, 20));
    answered(&mut state, Answer::Frame(Box::new(table(&[("service", &["billing"])]))));
    assert!(picture(&state, 20).contains("billing") && !picture(&state, 20).contains("Receiving"));
    state.press(Key::Char('e'));
    assert!(picture(&state, 20).contains("log in before, once: http://127.0.0.1:9/login?token=t"));
}

#[test]
fn a_trace_is_a_waterfall_and_a_span_has_everything() {
    let mut state = at(
        View::Trace("4951dac9073a8889".to_owned()),
        frame(json!({
            "kind": "trace", "trace_id": "4951dac9073a8889", "origin_ns": "0", "duration_ns": 100_000_000,
            "root": 0, "services": ["gateway", "billing"], "missing_parents": 1, "rows": 3, "columns": [
                {"name": "depth", "type": "int", "values": [0, 1, 2]},
                {"name": "service", "type": "int", "values": [0, 1, 1]},
                {"name": "name", "type": "string", "values": ["GET /pay", "charge", "insert"]},
                {"name": "span_id", "type": "id", "values": ["a1", "b2", "c3"]},
                {"name": "start", "type": "int", "values": [0, 50_000_000, 90_000_000]},
                {"name": "duration", "type": "int", "values": [100_000_000, 40_000_000, 10_000_000]},
                {"name": "is_error", "type": "bool", "values": [false, false, true]},
                {"name": "critical", "type": "bool", "values": [true, false, false]},
            ],
        })),
    );
    state.press(Key::Down);
    insta::assert_snapshot!("trace", picture(&state, 10));
    assert_eq!(state.press(Key::Char('y')), crate::top::state::Then::Copy("b2".to_owned()));
    state.press(Key::Enter);
    answered(
        &mut state,
        Answer::Detail(json!({
            "name": "charge", "service": "billing", "kind": "server", "status": "error", "status_message": "no\u{7}",
            "span_id": "b2", "parent_span_id": "a1", "trace_id": "4951dac9073a8889", "duration": 40_000_000,
            "attributes": {"http.route": "/pay", "n": 3}, "resource": {"service.version": "1.8"},
            "events": [{"name": "exception", "time": "1", "attributes": {"exception.type": "E"}}], "links": [],
        })),
    );
    insta::assert_snapshot!("span", picture(&state, 20));
}

#[test]
fn a_map_is_a_tree_and_red_where_calls_fail() {
    let calls = [("(user)", "gateway", 9.5, 0), ("gateway", "billing", 2.0, 7), ("billing", "db:x", 0.2, 0)];
    let mut state = at(View::Map, Answer::Frame(Box::new(graph(&calls))));
    state.look = Look { has_colour: true };
    insta::assert_snapshot!("map", picture(&state, 9));
    let colour = |state: &State| terminal(state, 100, 9).backend().buffer()[(6, 5)].fg;
    assert_eq!(colour(&state), Color::Red);
    state.look = Look { has_colour: false };
    assert_eq!(colour(&state), Color::Reset);
    state.search = "db".to_owned();
    answered(&mut state, Answer::Frame(Box::new(graph(&calls))));
    insta::assert_snapshot!("map_searched", picture(&state, 6));
}

#[test]
fn names_of_metrics_are_whole_and_descriptions_give_way() {
    let metrics = table(&[
        ("name", &["http.server.request.duration", "dotmac.provisioning.queue.wait.duration", "up"]),
        ("type", &["histogram", "exponential_histogram", "gauge"]),
        ("unit", &["s", "s", "{target}"]),
        ("series", &["1240", "8", "3"]),
        ("description", &["Duration of HTTP server requests, from the first byte to the last.", "", ""]),
    ]);
    let state = at(View::Metrics, Answer::Frame(Box::new(metrics)));
    for width in [80, 120] {
        insta::assert_snapshot!(format!("metrics_{width}"), terminal(&state, width, 9).backend());
    }
}

#[test]
fn a_metric_is_a_chart_also_below_zero() {
    let mut state = at(
        View::Metric("cpu".to_owned()),
        frame(json!({
            "kind": "series", "bin_ms": 60_000, "keys": ["service"], "x": [0, 60_000, 120_000, 180_000],
            "columns": [{"name": "avg", "type": "float", "unit": "s"}],
            "series": [
                {"labels": {"service": "billing"}, "column": "avg", "values": [-1.0, 0.5, 1.0, 0.25]},
                {"labels": {"service": "identity"}, "column": "avg", "values": [null, 0.1, null, 0.1]},
            ],
        })),
    );
    let first = picture(&state, 16);
    let legend = |wanted: &str| assert!(first.contains(wanted), "{first}");
    legend("avg service=billing  last 250 ms  min -1.00 s  max 1.00 s");
    legend("avg service=identity  last 100 ms  min 100 ms  max 100 ms");
    assert!(first.chars().filter(|c| ('\u{2801}'..='\u{28ff}').contains(c)).count() > 50, "{first}");
    state.press(Key::Char('b'));
    let bars = picture(&state, 16);
    assert!(bars.contains(['\u{2580}', '\u{2584}', '\u{2588}']) && !bars.contains('\u{28ff}'), "{bars}");
}

#[test]
fn the_pipeline_shows_its_books() {
    let status = json!({"version": "0.1.0", "engine": {"state": "up", "version": "26.7", "restarts": 0, "rss_bytes": 1 << 29},
        "disk": {"free_bytes": 1u64 << 30, "total_bytes": 1u64 << 36, "wal_bytes": 1},
        "endpoints": {"otlp_grpc": "127.0.0.1:4317", "otlp_http": "127.0.0.1:4318"}, "uptime_s": 61});
    let text = |n: u32| {
        format!(
            "sightline_pipeline_received_total{{signal=\"traces\"}} {n}\nsightline_pipeline_stored_total{{signal=\"traces\"}} 10\n\
             sightline_pipeline_rejected_total{{signal=\"logs\",reason=\"too_old\"}} 2\nsightline_pipeline_in_wal{{signal=\"traces\"}} 5\n\
             sightline_pipeline_watermark_lag{{signal=\"traces\"}} 45\nsightline_wal_size 1048576\nsightline_wal_segments 1\n\
             sightline_wal_backlog 5\nsightline_wal_oldest_age 45\n"
        )
    };
    let mut state = at(View::Pipeline, Answer::Books(Box::new(Books::read(status.clone(), &text(11), 0.0))));
    answered(&mut state, Answer::Books(Box::new(Books::read(status, &text(15), 2.0))));
    insta::assert_snapshot!("pipeline", picture(&state, 18));
}

#[test]
fn what_is_typed_and_what_is_said_stand_at_the_bottom() {
    let mut state =
        at(View::Metrics, Answer::Frame(Box::new(table(&[("name", &["cpu"]), ("series", &["3"])]))));
    for key in [':', 't', 'r'] {
        state.press(Key::Char(key));
    }
    insta::assert_snapshot!("typing", picture(&state, 6));
    state.press(Key::Back);
    state.press(Key::Char('e'));
    insta::assert_snapshot!("link", picture(&state, 9));
    state.press(Key::Char('x'));
    state.press(Key::Char('?'));
    insta::assert_snapshot!("help", picture(&state, 22));
}

#[test]
fn every_page_fits_any_terminal() {
    for view in View::TABS.map(|(_, view)| view) {
        let mut state = State { view, ..State::default() };
        state.is_help = true;
        for (width, height) in [(1, 1), (3, 2), (20, 5), (300, 90)] {
            terminal(&state, width, height);
        }
    }
}
