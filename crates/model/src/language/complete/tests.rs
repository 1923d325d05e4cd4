//! Completion at a cursor, which the cases write as `^`.

use super::*;

#[track_caller]
fn check(marked: &str, signal: Signal, context: &str, replaced: &str, first: &[&str]) {
    let (before, after) = marked.split_once('^').expect("a cursor");
    let text = format!("{before}{after}");
    let cursor = u32::try_from(before.encode_utf16().count()).unwrap();
    let found = complete(&text, cursor, signal);
    let (start, end) = (byte_of_utf16(&text, found.start), byte_of_utf16(&text, found.end));
    assert_eq!(found.context.as_str(), context, "{marked}");
    assert_eq!(&text[start..end], replaced, "{marked}");
    let labels: Vec<&str> = found.items.iter().map(|item| item.label.as_str()).take(first.len()).collect();
    assert_eq!(labels, first, "{marked}");
}

#[test]
fn the_place_decides_what_is_offered() {
    let traces = Signal::Traces;
    check("^", traces, "key", "", &["timestamp", "service"]);
    check("serv^", traces, "key", "serv", &["service"]);
    check("ser^vice = x", traces, "key", "service", &["service"]);
    check("a = 1 AND ^", traces, "key", "", &["timestamp"]);
    check("a = 1 OR NOT (^", traces, "key", "", &["timestamp"]);
    check("status ^", traces, "operator", "", &["=", "!=", "IN", "NOT IN", "EXISTS"]);
    check("status i^", traces, "operator", "i", &["IN"]);
    check("endpoint not ^", traces, "operator", "", &["IN", "CONTAINS", "LIKE", "EXISTS"]);
    check("status = ^", traces, "value", "", &["unset", "ok", "error"]);
    check("status = e^", traces, "value", "e", &["error"]);
    check("status != 'e^", traces, "value", "'e", &["error"]);
    check("status in (^", traces, "value", "", &["unset", "ok", "error"]);
    check("status in (ok^, error)", traces, "value", "ok", &["ok"]);
    check("status in (ok ^", traces, "connective", "", &[",", ")"]);
    check("status in (ok, ^", traces, "value", "", &["unset"]);
    check("status in (ok) ^", traces, "connective", "", &["AND", "OR"]);
    check("is_root = ^", traces, "value", "", &["false", "true"]);
    check("duration > 5^", traces, "unit", "5", &["5ms", "5s"]);
    check("duration > 5m^", traces, "unit", "5m", &["5ms", "5m"]);
    check("http.response.body.size > 5^", traces, "unit", "5", &["5B", "5kB"]);
    check("duration between 1s ^", traces, "connective", "", &["AND"]);
    check("duration between 1s and ^", traces, "value", "", &[]);
    check("duration between 1s and 2s ^", traces, "connective", "", &["AND", "OR"]);
    check("service = $^", traces, "variable", "$", &[]);
    check("service = $sv^", traces, "variable", "$sv", &[]);
    check("timestamp > ^", traces, "value", "", &["now-15m"]);
    check("a = 1 ^", traces, "connective", "", &["AND", "OR"]);
    check("a = 1 o^", traces, "connective", "o", &["OR"]);
    check("a = 1 serv^", traces, "key", "serv", &["service"]);
    check("timeout serv^", traces, "key", "serv", &["service"]);
    check("\"a phrase\" ^", traces, "connective", "", &["AND", "OR"]);
    check("has(^", traces, "key", "", &["timestamp"]);
    check("has(status ^", traces, "connective", "", &[",", ")"]);
    check("has(status, ^", traces, "value", "", &["unset"]);
    check("hasAny(status, (ok, ^", traces, "value", "", &["unset"]);
    check("has(a, 1) ^", traces, "connective", "", &["AND", "OR"]);
    check("search(\"x\", ^", traces, "key", "", &["timestamp"]);
    check("level >= ^", Signal::Logs, "value", "", &["trace", "debug", "info", "warn", "error", "fatal"]);
    check("a = '\u{1d11e}' AND lev^", Signal::Logs, "key", "lev", &["severity"]);
    check("http.status_code^", traces, "key", "http.status_code", &["http.response.status_code"]);
}

#[test]
fn a_pasted_trace_id_becomes_a_condition() {
    let id = "4951DAC9073A8889D4507E6436345E2F";
    let found = complete(id, 32, Signal::Logs);
    assert_eq!(found.items[0].insert, "trace_id = 4951dac9073a8889d4507e6436345e2f");
}

#[test]
fn any_cursor_in_any_text_has_an_answer() {
    let text =
        "a = '\u{1d11e}' AND (b in ($x, 'y') or not has(c, [1, 2]) `k` between 1 and 2s \"p\"* !~ | ; &";
    for cursor in 0..200 {
        for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
            let found = complete(text, cursor, signal);
            assert!(found.start <= found.end && found.items.len() <= ITEMS_MAX);
        }
    }
}

#[test]
fn names_of_the_catalogue_are_written_so_that_they_read_back() {
    for (name, text) in [
        ("http.route", "http.route"),
        ("http.status_code", "http.response.status_code"),
        ("weird key", "`weird key`"),
        ("a`b", "`a``b`"),
        ("in", "`in`"),
        ("service", "`service`"),
        ("a.b:number", "`a.b:number`"),
    ] {
        assert_eq!(key_text(name, Signal::Traces), text);
    }
}
