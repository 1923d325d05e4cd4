//! Fuzzes OTLP/JSON of log records, and lines of JSON in their bodies.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    sightline_otlp::fuzzing::logs_json(data);
});
