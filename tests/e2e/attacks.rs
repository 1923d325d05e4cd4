//! The attacks of the abuse test as data: what is sent, what may be answered, and by how much the server may grow.

use std::io::Write as _;

use opentelemetry_proto::tonic::trace::v1::span::Event;
use test_kit::driver::unix_nanos;

use crate::{frames, heaps, spans};

pub(crate) const MIB: u64 = 1 << 20;

/// Small limits, so that their sum is small: the bound is made of them.
pub(crate) const SETTINGS: &[(&str, &str)] = &[
    ("SIGHTLINE__PIPELINE__LIMITS__BODY_BYTES_MAX", "4194304"),
    ("SIGHTLINE__PIPELINE__LIMITS__DECOMPRESSED_BYTES_MAX", "16777216"),
    ("SIGHTLINE__PIPELINE__LIMITS__IN_FLIGHT_BYTES_MAX", "33554432"),
    ("SIGHTLINE__PIPELINE__FLUSH__BYTES_MAX", "8388608"),
    ("SIGHTLINE__PIPELINE__CONNECTIONS__BODY_TIMEOUT_MS", "2000"),
    ("SIGHTLINE__PIPELINE__CONNECTIONS__BODY_BYTES_PER_S_MIN", "1048576"),
];
const BODY: usize = 4 << 20;
const DECOMPRESSED: usize = 16 << 20;
const IN_FLIGHT: u64 = 32 * MIB;
const FLUSH: u64 = 8 * MIB;

/// A quiet connection (fault 61: 10,000 in 200 MiB).
const CONNECTION: u64 = 24 << 10;
/// A header that is being received: its limit, once in the buffer and once as fields.
const HEADER: u64 = 2 * (16 << 10);
/// All bodies between arrival and acknowledgement: the budget counts a byte once, a buffer has room for up to twice
/// that, and is there another time while it grows.
const BODIES: u64 = 3 * IN_FLIGHT;
/// Both consumers' batches while they are made, and as blocks on their way to the store.
const BATCHES: u64 = 4 * FLUSH;
/// What the allocator and the good sender need (fault 63: nothing else may grow by more).
const SLACK: u64 = 16 * MIB;
/// The same of rows that are as large as what was sent, as those of spans are not, which are cut: a batch on the desk, one
/// that waits and one that is inserted, each full but for a byte when the last request came, with room for twice that.
const WIDE: u64 = 3 * 2 * (FLUSH + BODY as u64);
/// What 100,000 new series take, the most of one metric, besides their points: the row while its batch is made, its place in
/// the block (384 bytes), and what the door, the decoder and the writer remember of it.
const SERIES: u64 = 100_000 * 640;
/// What an answer of the API may have in buffers.
const ANSWER: u64 = 256 << 10;
/// By how much all attacks together may make the server grow.
pub(crate) const ALL: u64 = 5_000 * CONNECTION + BODIES + WIDE + SERIES + SLACK;

/// Where to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Port {
    Http,
    Grpc,
    Api,
}

/// What attackers do, all at the same time, each on a connection of its own.
pub(crate) enum Run {
    /// Say the opening, then drip until the server closes.
    Dawdle { ports: &'static [Port], clients: fn() -> usize, opening: fn() -> Vec<u8>, drip: &'static [u8] },
    /// Send a whole request, these in turn, and read the status.
    Send { clients: usize, requests: fn() -> Vec<Vec<u8>> },
    /// Write frames of HTTP/2 without end after an opening.
    Flood { opening: fn() -> Vec<u8>, next: fn(u32) -> Vec<u8> },
    /// Ask and read nothing.
    TakeNothing { clients: usize, request: fn() -> Vec<u8> },
}

/// An attack.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    /// Number in promise.md.
    pub(crate) fault: &'static str,
    /// By how many bytes the server may grow meanwhile.
    pub(crate) grows: u64,
    /// Whether others may be told to come back meanwhile: the budget of bytes is used up.
    pub(crate) fills: bool,
    /// The statuses that may be answered.
    pub(crate) says: &'static [u16],
    pub(crate) run: Run,
}

/// Every attack.
pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "idle connections, both ports",
        fault: "61",
        grows: 5_000 * CONNECTION,
        fills: false,
        says: &[],
        run: Run::Dawdle { ports: &[Port::Http, Port::Grpc], clients: idle, opening: Vec::new, drip: b"" },
    },
    Attack {
        name: "500 headers that drip",
        fault: "61",
        grows: 500 * (CONNECTION + HEADER) + SLACK,
        fills: false,
        says: &[400, 408, 431],
        run: Run::Dawdle {
            ports: &[Port::Http],
            clients: || 500,
            opening: || format!("POST / HTTP/1.1\r\nhost: x\r\nx-a: {}", "a".repeat(15 << 10)).into_bytes(),
            drip: b"a",
        },
    },
    Attack {
        name: "100 bodies of 100 KiB that drip",
        fault: "61",
        grows: BODIES + SLACK,
        fills: false,
        says: &[503],
        run: Run::Dawdle {
            ports: &[Port::Http],
            clients: || 100,
            opening: || post("4000000", &vec![0; 100 << 10]),
            drip: b"0",
        },
    },
    Attack {
        name: "100 bodies of 3 MiB that stop, over the budget",
        fault: "61",
        grows: BODIES + SLACK,
        fills: true,
        says: &[503],
        run: Run::Dawdle {
            ports: &[Port::Http],
            clients: || 100,
            opening: || post("4000000", &vec![0; 3 << 20]),
            drip: b"",
        },
    },
    Attack {
        name: "declared lengths of 1 TiB and 2^63",
        fault: "47",
        grows: SLACK,
        fills: false,
        says: &[400, 413],
        run: Run::Send { clients: 200, requests: lengths },
    },
    Attack {
        name: "100 bombs: gzip and zstd of zeros",
        fault: "48",
        grows: BODIES + SLACK,
        fills: true,
        says: &[413, 503],
        run: Run::Send { clients: 100, requests: bombs },
    },
    Attack {
        name: "100 bombs below the ratio",
        fault: "48",
        grows: BODIES + SLACK,
        fills: true,
        says: &[400, 413, 503],
        run: Run::Send { clients: 100, requests: quiet_bombs },
    },
    Attack {
        name: "30 spans of 10,000 attributes, 1 MiB values, 10,000 events",
        fault: "51",
        grows: BODIES + BATCHES + SLACK,
        fills: true,
        says: &[200, 503],
        run: Run::Send { clients: 30, requests: || (0..30).map(monster).collect() },
    },
    Attack {
        name: "the same 500 spans from 300 clients at once",
        fault: "28",
        grows: BODIES + BATCHES + SLACK,
        fills: false,
        says: &[200, 503],
        run: Run::Send { clients: 300, requests: again },
    },
    Attack {
        name: "10,000 header fields, and one of 1 MiB",
        fault: "64",
        grows: SLACK,
        fills: false,
        says: &[400, 431],
        run: Run::Send { clients: 100, requests: long_headers },
    },
    flood("rapid reset", "62", frames::opening, frames::rapid_reset),
    flood("CONTINUATION flood", "63", || frames::open_stream(0), frames::continuation),
    flood("HPACK bombs", "63", frames::opening, frames::hpack_bomb),
    flood("PING flood", "63", frames::opening, frames::pings),
    flood("SETTINGS flood", "63", frames::opening, frames::settings),
    flood("empty DATA flood", "63", || frames::open_stream(frames::END_HEADERS), frames::empty_data),
    flood("window overflow", "63", frames::opening, frames::window_overflow),
    Attack {
        name: "10 clients that read no answer of the API",
        fault: "61",
        grows: 10 * (CONNECTION + ANSWER) + SLACK,
        fills: false,
        says: &[],
        run: Run::TakeNothing {
            clients: 10,
            request: || b"GET /api/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(60),
        },
    },
    // Last: what they leave is still being stored afterwards.
    Attack {
        name: "20 requests with a million values of a label",
        fault: "56",
        grows: BODIES + WIDE + SERIES + SLACK,
        fills: true,
        says: &[200, 503],
        run: Run::Send {
            clients: 20,
            requests: || (0..20).map(|at| measured(&heaps::series(at * 50_000, 50_000))).collect(),
        },
    },
    Attack {
        name: "20 times 20 histograms of 10,000 buckets",
        fault: "53",
        grows: BODIES + WIDE + SLACK,
        fills: true,
        says: &[200, 503],
        run: Run::Send {
            clients: 20,
            requests: || (0..20).map(|at| measured(&heaps::buckets(at))).collect(),
        },
    },
    Attack {
        name: "30 lines of 10 MiB, compressed",
        fault: "51",
        grows: BODIES + WIDE + SLACK,
        fills: true,
        says: &[200, 503],
        run: Run::Send { clients: 30, requests: long_lines },
    },
    Attack {
        name: "20 records of 10,000 attributes and members, 1 MiB texts",
        fault: "51",
        grows: BODIES + WIDE + SLACK,
        fills: true,
        says: &[200, 503],
        run: Run::Send { clients: 20, requests: || (0..20).map(|at| logged(&heaps::record(at))).collect() },
    },
];

const fn flood(
    name: &'static str,
    fault: &'static str,
    opening: fn() -> Vec<u8>,
    next: fn(u32) -> Vec<u8>,
) -> Attack {
    Attack { name, fault, grows: SLACK, fills: false, says: &[], run: Run::Flood { opening, next } }
}

/// Idle connections of each port, as far as this machine lets a process open files.
fn idle() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let soft = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let soft: usize = soft.split_whitespace().nth(3).unwrap().parse().unwrap_or(usize::MAX);
    // Two ports, and some files for everything else.
    (soft.saturating_sub(300) / 2).min(2_500)
}

/// A request of OTLP over HTTP that announces a length.
fn post(length: &str, body: &[u8]) -> Vec<u8> {
    encoded("identity", length, body)
}

fn encoded(encoding: &str, length: &str, body: &[u8]) -> Vec<u8> {
    sent_to("/v1/traces", encoding, length, body)
}

fn sent_to(path: &str, encoding: &str, length: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n");
    let head = format!("{head}content-encoding: {encoding}\r\ncontent-length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn measured(body: &[u8]) -> Vec<u8> {
    assert!(body.len() <= BODY, "{} bytes", body.len());
    sent_to("/v1/metrics", "identity", &body.len().to_string(), body)
}

fn logged(body: &[u8]) -> Vec<u8> {
    assert!(body.len() <= BODY, "{} bytes", body.len());
    sent_to("/v1/logs", "identity", &body.len().to_string(), body)
}

fn long_lines() -> Vec<Vec<u8>> {
    let packed = heaps::long_lines().into_iter().map(|body| zstd::encode_all(&*body, 1).unwrap());
    packed
        .map(|body| {
            assert!(body.len() <= BODY, "{} bytes", body.len());
            sent_to("/v1/logs", "zstd", &body.len().to_string(), &body)
        })
        .collect()
}

fn whole(body: &[u8]) -> Vec<u8> {
    post(&body.len().to_string(), body)
}

fn lengths() -> Vec<Vec<u8>> {
    // Field 1 with the length 2^63.
    let field = [0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
    vec![post("1099511627776", b"x"), whole(&field)]
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn bombs() -> Vec<Vec<u8>> {
    let zeros = vec![0; 4 * DECOMPRESSED];
    let zstd = zstd::encode_all(&*zeros, 1).unwrap();
    [("gzip", gzip(&zeros)), ("zstd", zstd)]
        .map(|(encoding, bomb)| encoded(encoding, &bomb.len().to_string(), &bomb))
        .to_vec()
}

/// Bytes that shrink by about a hundred times: bombs that no ratio gives away, within and above the limit.
fn quiet_bombs() -> Vec<Vec<u8>> {
    let bomb = |bytes: usize| {
        let mut state = 1_u64;
        let mut data = vec![0; bytes];
        for byte in data.chunks_mut(64 << 10).flat_map(|block| block.iter_mut().take(512)) {
            // Marsaglia's xorshift.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *byte = state.to_le_bytes()[0];
        }
        gzip(&data)
    };
    let bombs = [bomb(DECOMPRESSED - 1), bomb(2 * DECOMPRESSED)];
    assert!(bombs.iter().all(|bomb| bomb.len() < BODY));
    bombs.map(|bomb| encoded("gzip", &bomb.len().to_string(), &bomb)).to_vec()
}

/// A span that is too much in every way: attributes, a long value, a long name, events. All of it is cut.
fn monster(at: u64) -> Vec<u8> {
    let mut span = spans::server_span(u128::from(unix_nanos()), at + 1, "t");
    span.attributes.extend((0..10_000).map(|n| spans::attribute(&format!("monster.{at}.{n}"), "x")));
    span.attributes.push(spans::attribute("monster.long", &"x".repeat(1 << 20)));
    span.name = "n".repeat(1 << 20);
    span.events = (0..10_000).map(|_| Event { name: "e".to_owned(), ..Event::default() }).collect();
    whole(&spans::request("monster", vec![span]))
}

/// One request that many send again and again, as after an outage.
fn again() -> Vec<Vec<u8>> {
    let span = |n: u64| spans::server_span(u128::from(n) << 64, n, "t");
    vec![whole(&spans::request("storm", (1..=500).map(span).collect()))]
}

fn long_headers() -> Vec<Vec<u8>> {
    let head = "GET / HTTP/1.1\r\nhost: x\r\n";
    let many = format!("{head}{}\r\n", "a: b\r\n".repeat(10_000));
    let long = format!("{head}baggage: {}\r\n\r\n", "b".repeat(1 << 20));
    vec![many.into_bytes(), long.into_bytes()]
}
