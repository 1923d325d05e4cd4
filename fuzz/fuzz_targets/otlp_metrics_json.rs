//! Fuzzes OTLP/JSON of metric points.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    sightline_otlp::fuzzing::metrics_json(data);
});
