//! Fuzzes the walk over requests of log records, and the columns made of them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    sightline_otlp::fuzzing::logs_protobuf(data);
});
