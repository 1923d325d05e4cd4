//! Bytes that found faults, or might: replayed on every run.

use proptest::prelude::*;
use sightline_otlp::fuzzing;

/// Protobuf requests that are odd in one way each.
const PROTOBUF: &[&[u8]] = &[
    b"",
    b"\x0a\x00",
    b"\x0a\x02\x12\x00",
    b"\x0a\x04\x12\x02\x12\x00",
    b"\x0a\x06\x12\x04\x12\x02\x4a\x00",
    b"\x0a\x0c\x12\x0a\x12\x08\x0a\x01\x00\x6a\x03\x0a\x01\x00",
    b"\x0a\x80\x00",
    b"\x0a\xff\xff\xff\xff\x7f",
    b"\x0b\x0b\x0b\x0c\x0c\x0c",
    b"\x12\x00\x0a\x04\x0a\x02\x0a\x00",
];

/// JSON requests that are odd in one way each.
const JSON: &[&[u8]] = &[
    b"",
    b"{}",
    b"null",
    b"[]",
    b"{\"resourceSpans\":null}",
    b"{\"resourceSpans\":[null,{}]}",
    b"{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"zz\",\"spanId\":\"\"}]}]}]}",
    b"{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"\\ud800\"}]}}]}",
];

/// Lines that are odd in one way each.
const LINES: &[&[u8]] = &[
    b"{\"message\":\"m\",\"level\":\"INFO\"}",
    b"{\"message\":{\"a\":{\"b\":1}},\"time\":1e308,\"attributes\":{\"\":{\"\":[]}}}",
    b"{\"msg\":\"\",\"ts\":18446744073709551615,\"trace_id\":7,\"exception\":\": \"}",
    b"{\"message\":1,\"levelno\":\"20\",\"name\":null,\"exc_info\":true}",
    b"{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"traceId\":\"zz\",\"body\":null}]}]}]}",
];

/// Metrics in protobuf that are odd in one way each.
const METRICS: &[&[u8]] = &[
    b"\x0a\x06\x12\x04\x12\x02\x2a\x00",
    b"\x0a\x08\x12\x06\x12\x04\x3a\x02\x0a\x00",
    b"\x0a\x0b\x12\x09\x12\x07\x0a\x01m\x2a\x02\x0a\x00",
    b"\x0a\x0d\x12\x0b\x12\x09\x0a\x01m\x2a\x04\x0a\x02\x40\x01",
    b"\x0a\x0f\x12\x0d\x12\x0b\x0a\x01m\x4a\x06\x0a\x04\x32\x00\x3a\x00",
    b"\x0a\x10\x12\x0e\x12\x0c\x0a\x01m\x52\x07\x0a\x05\x42\x03\x12\x01\x00",
    b"\x0a\x0f\x12\x0d\x12\x0b\x0a\x01m\x5a\x06\x0a\x04\x32\x00\x40\x01",
    b"\x0a\x0d\x12\x0b\x12\x09\x0a\x01m\x22\x04\x0a\x00\x0a\x00",
];

/// Metrics in JSON that are odd in one way each.
const METRICS_JSON: &[&[u8]] = &[
    b"{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"m\",\"gauge\":null,\"sum\":{}}]}]}]}",
    b"{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"m\",\"gauge\":{\"dataPoints\":[{\"asInt\":\"-1\"},{\"asDouble\":\"NaN\"},null]}}]}]}]}",
    b"{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"histogram\":{\"dataPoints\":[{\"bucketCounts\":[\"1\",2],\"explicitBounds\":[\"Infinity\"]}]}}]}]}]}",
    b"{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"exponentialHistogram\":{\"dataPoints\":[{\"scale\":-2147483648,\"positive\":{\"offset\":2147483647,\"bucketCounts\":[\"18446744073709551615\"]}}]}}]}]}]}",
];

#[test]
fn stored_inputs_do_no_harm() {
    for input in PROTOBUF.iter().chain(METRICS) {
        fuzzing::metrics_protobuf(input);
    }
    for input in JSON.iter().chain(METRICS_JSON) {
        fuzzing::metrics_json(input);
    }
    for input in PROTOBUF {
        fuzzing::logs_protobuf(input);
    }
    for input in JSON.iter().chain(LINES) {
        fuzzing::logs_json(input);
    }

    PROTOBUF.iter().for_each(|input| fuzzing::protobuf(input));
    JSON.iter().for_each(|input| fuzzing::json(input));
}

proptest! {
    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzzing::protobuf(&bytes);
        fuzzing::json(&bytes);
        fuzzing::logs_protobuf(&bytes);
        fuzzing::logs_json(&bytes);
        fuzzing::metrics_protobuf(&bytes);
        fuzzing::metrics_json(&bytes);
    }

    /// Bytes that look like fields get deeper than random ones.
    #[test]
    fn field_like_bytes_do_no_harm(
        bytes in prop::collection::vec(prop::sample::select(&[
            0x0A_u8, 0x12, 0x1A, 0x22, 0x2A, 0x32, 0x3A, 0x39, 0x41, 0x4A, 0x5A, 0x6A, 0x7A, 0x0B, 0x0C, 0x08, 0x10,
            0, 1, 2, 3, 4, 8, 16, 0x80, 0xFF,
        ][..]), 0..120)
    ) {
        fuzzing::metrics_protobuf(&bytes);
        fuzzing::protobuf(&bytes);
        fuzzing::logs_protobuf(&bytes);
    }

    /// Points of each kind in the middle of good messages, so that what is odd lies deep.
    #[test]
    fn point_like_bytes_do_no_harm(
        kind in prop::sample::select(&[0x2A_u8, 0x3A, 0x4A, 0x52, 0x5A][..]),
        fields in prop::collection::vec((0x08..0x78_u8, prop::collection::vec(any::<u8>(), 0..10)), 0..8),
    ) {
        let mut point = vec![0x11, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x19, 0, 0, 0, 0, 1, 0, 0, 0x10];
        for (tag, content) in fields {
            point.push(tag);
            if tag & 7 == 2 {
                point.push(u8::try_from(content.len()).unwrap());
            }
            point.extend(content);
        }
        let framed = |tag: u8, message: &[u8]| [&[tag, u8::try_from(message.len()).unwrap()], message].concat();
        let data = framed(kind, &framed(0x0A, &point));
        let metric = framed(0x12, &[b"\x0a\x01m".as_slice(), &data].concat());
        fuzzing::metrics_protobuf(&framed(0x0A, &framed(0x12, &metric)));
    }

    /// Texts that look like lines.
    #[test]
    fn line_like_texts_do_no_harm(parts in prop::collection::vec(prop::sample::select(&[
        "{", "}", "[", "]", ",", ":", "\"message\"", "\"level\"", "\"time\"", "\"attributes\"", "\"trace_id\"", "1",
        "\"INFO\"", "null", "-0.5", "true", "\"\\u00e9\"",
    ][..]), 0..40)) {
        fuzzing::logs_json(parts.concat().as_bytes());
    }
}
