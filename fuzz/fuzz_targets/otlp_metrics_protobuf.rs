//! Fuzzes the walk over requests of metric points, and the rows made of them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    sightline_otlp::fuzzing::metrics_protobuf(data);
});
