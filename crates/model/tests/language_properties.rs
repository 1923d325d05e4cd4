//! Promises of the filter language on texts that nobody would write.
//!
//! The random texts are the same on every run.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sightline_model::Signal;
use sightline_model::language::{fuzzing, limits, parse_filter};

const PIECES: &[&str] = &[
    "AND",
    "or",
    "NOT",
    "!",
    "&&",
    "||",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    ",",
    "|",
    "&",
    ";",
    "=",
    "==",
    "!=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "=~",
    "!~",
    "IN",
    "NOT IN",
    "BETWEEN",
    "LIKE",
    "ILIKE",
    "CONTAINS",
    "REGEXP",
    "EXISTS",
    "exist",
    "a",
    "b.c",
    "service",
    "status",
    "has_error",
    "severity",
    "level",
    "duration",
    "durationNano",
    "trace_id",
    "timestamp",
    "kind",
    "is_root",
    "tenant",
    "body",
    "body.items[*].id",
    "http.status_code",
    "net.peer.name",
    "attribute.x",
    "resource.service.name",
    "log.x",
    "span.name",
    "`weird key`",
    "resource.`a``b`",
    "x:number",
    "and:string",
    "trace.duration",
    "value",
    "error",
    "true",
    "FALSE",
    "server",
    "5",
    "-0.5",
    "5e1",
    "1e19",
    "007",
    "1e400",
    "5%",
    "250ms",
    "1000ms",
    "1h30m",
    "1.5GB",
    "10MiB",
    "now-15m",
    "now-1d/d",
    "1763805600",
    "'2026-11-22T10:00:00.5+02:00'",
    "'x'",
    "\"a phrase\"",
    "\"p\"*",
    "'it\\'s'",
    "'\\d\\\\'",
    "'a\nb'",
    "''",
    "word*",
    "*",
    "$v",
    "${w.x}",
    "$5",
    "has(",
    "hasAny(",
    "hasAll(",
    "hasToken(",
    "search(",
    "foo(",
    "// note\n",
    "'open",
    "`open",
    "4951DAC9073A8889D4507E6436345E2F",
    "ef558ac4ce1bd885",
    "http://x/y",
    "\u{540d}\u{524d}",
    "\u{1d11e}",
    "\u{1}",
    "'%\\_id'",
    "'(?=x)'",
    "'[a-'",
    "'^a.*$'",
    "-error",
    "status:error",
    " ",
    "\t",
    "\u{a0}",
    "",
    "$",
    "{",
    "}",
    "@",
    "#",
];

fn check(cases: u32, texts: impl Strategy<Value = String>) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let verdict = runner.run(&texts, |text| {
        fuzzing::filter(text.as_bytes());
        Ok(())
    });
    assert!(verdict.is_ok(), "{}", verdict.err().map(|e| e.to_string()).unwrap_or_default());
}

fn tokens(most: usize) -> impl Strategy<Value = String> {
    let piece = (prop::sample::select(PIECES), prop::bool::weighted(0.8));
    prop::collection::vec(piece, 0..most).prop_map(|pieces| {
        pieces.into_iter().map(|(piece, space)| format!("{piece}{}", if space { " " } else { "" })).collect()
    })
}

/// Texts that are mostly valid: conditions joined by connectives.
fn conditions() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(
        &[
            "a = 1",
            "a != 'x'",
            "a < 5",
            "a >= 250ms",
            "a NOT IN (1, 'x', $v)",
            "a BETWEEN 1 AND 5",
            "a EXISTS",
            "word",
            "\"a phrase\"*",
            "NOT a < 5",
            "level >= warn",
            "timestamp > now-1d/d",
            "has(a, 1)",
            "search(x*, a, b)",
            "*",
            "body REGEXP 'x.*'",
            "a LIKE 'b\\\\_%'",
            "trace_id IN $ids",
            "b = $v",
        ][..],
    );
    let leaf =
        (atom, any::<bool>()).prop_map(|(atom, not)| format!("{}{atom}", if not { "NOT " } else { "" }));
    leaf.prop_recursive(5, 24, 4, |inner| {
        let joined = (prop::collection::vec(inner, 1..4), prop::sample::select(&[" AND ", " OR ", " "][..]));
        (joined, any::<bool>())
            .prop_map(|((parts, with), not)| format!("{}({})", if not { "!" } else { "" }, parts.join(with)))
    })
}

#[test]
fn random_tokens_never_break_a_promise() {
    check(20_000, tokens(12));
}

#[test]
fn valid_filters_print_as_what_they_are() {
    check(2_000, conditions());
}

#[test]
fn random_characters_never_break_a_promise() {
    check(2_000, "\\PC{0,40}");
}

#[test]
fn texts_over_a_limit_are_refused_by_the_name_of_the_limit() {
    let check = |text: String, code: &str, name: &str| {
        let errors = parse_filter(&text, Signal::Logs).expect_err("over a limit");
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].code.as_str(), code);
        assert!(errors[0].message.contains(name), "{}", errors[0].message);
        assert_eq!(errors[0].kind().http(), 422);
    };
    let numbers = |count: usize| vec!["1"; count].join(",");
    check("x".repeat(limits::TEXT_BYTES_MAX + 1), "text_too_long", "TEXT_BYTES_MAX");
    check(
        format!("a = '{}'", "\\z".repeat(limits::STRING_BYTES_MAX / 2 + 1)),
        "string_too_long",
        "STRING_BYTES_MAX",
    );
    check(format!("a IN ('{0}', '{0}')", "\\z".repeat(4_000)), "text_too_long", "TEXT_BYTES_MAX");
    check("(".repeat(16_000), "nesting_too_deep", "NESTING_MAX");
    check("!(".repeat(8_000), "nesting_too_deep", "NESTING_MAX");
    check(
        format!("x {}a b OR c{}", "(d OR NOT ".repeat(32), ")".repeat(32)),
        "nesting_too_deep",
        "NESTING_MAX",
    );
    check("a ".repeat(limits::CONDITIONS_MAX + 1), "too_many_conditions", "CONDITIONS_MAX");
    check(format!("a IN ({})", numbers(limits::LIST_ITEMS_MAX + 1)), "list_too_long", "LIST_ITEMS_MAX");
    check(format!("{} = 1", "k".repeat(limits::KEY_BYTES_MAX + 1)), "key_too_long", "KEY_BYTES_MAX");
    check(format!("a REGEXP '{}'", "x".repeat(1_001)), "regex_too_large", "REGEX_CHARS_MAX");
    check(r"a REGEXP '(\w{100}){100}'".to_owned(), "regex_too_large", "REGEX_COMPILED_BYTES_MAX");
    check("a =~ x ".repeat(limits::REGEXES_MAX + 1), "too_many_conditions", "REGEXES_MAX");
    let variables: Vec<String> = (0..=limits::VARIABLES_MAX).map(|n| format!("a = $v{n}")).collect();
    check(variables.join(" "), "too_many_variables", "VARIABLES_MAX");
}

#[test]
fn texts_at_a_limit_are_read() {
    let nested = format!("{}a = 1{}", "(b OR (c ".repeat(16), "))".repeat(16));
    for text in [
        "a ".repeat(limits::CONDITIONS_MAX),
        format!("a IN ({})", vec!["1"; limits::LIST_ITEMS_MAX].join(",")),
        format!("{} = 1", "k".repeat(limits::KEY_BYTES_MAX)),
        format!("{}a = 1{}", "(".repeat(limits::NESTING_MAX), ")".repeat(limits::NESTING_MAX)),
        nested,
        "NOT ".repeat(4_000) + "a",
    ] {
        assert_eq!(parse_filter(&text, Signal::Logs).err(), None, "{text}");
    }
}

#[test]
fn every_fault_of_a_text_is_told_in_order_and_at_most_ten() {
    let check = |text: &str, expected: &str| {
        let errors = parse_filter(text, Signal::Traces).expect_err("faults");
        let found: Vec<String> = errors.iter().map(|e| format!("{}@{}", e.code, e.column)).collect();
        assert_eq!(found.join(" "), expected, "{text}");
    };
    check("a = AND b = 1 OR status = eror", "keyword_as_value@5 bad_enum@27");
    check("(a = ) AND duration > 5 AND trace_id = x", "expected_value@6 unit_missing@23 bad_id@40");
    check("a IN (1 2) AND b = ", "unexpected_token@9 expected_value@20");
    check("has(a) OR foo(1, (2)) OR a = 1)", "bad_arity@6 unknown_function@11 unbalanced@31");
    check("a AND", "unexpected_end@6");
    check("OR a", "unexpected_token@1");
    check("a AND OR b", "unexpected_token@7");
    check("a = 1, b = 2", "unexpected_token@6");
    check("a & b", "unexpected_token@3");
    check("`k`", "expected_operator@4");
    check("a = `b`", "expected_value@5");
    check("()", "unexpected_token@2");
    check("...", "empty_text@1");
    check("a = \u{1}x", "control_character@5");
    check("service = $a-b", "bad_variable@11");
    check("a BETWEEN 1 5", "unexpected_token@13");
    check("has_error > true", "bad_operator@13");
    check("status:error = 1 x = 'a'*", "unexpected_token@25");
    let ten: Vec<String> = (0..10).map(|at| format!("expected_value@{}", 6 + at * 11)).collect();
    check(&"(a = ) AND ".repeat(30), &ten.join(" "));
}
