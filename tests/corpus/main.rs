//! Replays the stored fuzz corpus on stable: what once was interesting stays answered without a panic.
//!
//! `cargo xtask fuzz` grows a corpus; a finding is minimised and stored under `tests/cases/fuzz/<target>`.
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic; helpers outside `#[test]` functions are tests too"
)]

use std::path::Path;

fn replay(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/fuzz").join(target);
    let mut inputs = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let input = std::fs::read(&path).unwrap();
        // Cut at every byte: a stored input stands for its neighbours too.
        for end in 0..=input.len().min(2_000) {
            run(&input[..end]);
        }
        run(&input);
        inputs += 1;
    }
    assert!(inputs > 0, "no input in `{}`", folder.display());
}

#[test]
fn otlp_requests_are_walked_without_a_panic() {
    replay("otlp_protobuf", sightline_otlp::fuzzing::protobuf);
}

#[test]
fn otlp_json_is_transcoded_without_a_panic() {
    replay("otlp_json", sightline_otlp::fuzzing::json);
}

#[test]
fn requests_of_logs_are_walked_without_a_panic() {
    replay("otlp_logs_protobuf", sightline_otlp::fuzzing::logs_protobuf);
}

#[test]
fn logs_in_json_are_transcoded_without_a_panic() {
    replay("otlp_logs_json", sightline_otlp::fuzzing::logs_json);
}

#[test]
fn requests_of_metrics_are_walked_without_a_panic() {
    replay("otlp_metrics_protobuf", sightline_otlp::fuzzing::metrics_protobuf);
}

#[test]
fn metrics_in_json_are_transcoded_without_a_panic() {
    replay("otlp_metrics_json", sightline_otlp::fuzzing::metrics_json);
}

#[test]
fn segments_are_read_without_a_panic() {
    replay("wal_segment", |data| {
        sightline_wal::fuzzing::walk_segment(data);
    });
}

#[test]
fn filters_are_parsed_and_printed_without_a_panic() {
    replay("filter", sightline_model::language::fuzzing::filter);
}
