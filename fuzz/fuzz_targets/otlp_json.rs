//! Fuzzes the transcoder of OTLP/JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    sightline_otlp::fuzzing::json(data);
});
