//! Fuzzes the walk over OTLP requests and the columns made of them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    sightline_otlp::fuzzing::protobuf(data);
});
