//! Fuzzes the reader of the log's segments.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    sightline_wal::fuzzing::walk_segment(data);
});
