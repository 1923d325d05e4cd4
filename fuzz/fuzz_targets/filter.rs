//! Fuzzes the parser and printer of the filter language.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    sightline_model::language::fuzzing::filter(data);
});
