//! A collector that lies to a service: the service goes on serving, its memory stays bounded, and it ends when it is asked
//! to (promise.md, fault 67). That a bogus time to come back is clamped is a test of the SDK itself.

use std::process::Command;

use test_kit::memory::{forget_peak, memory};
use test_kit::process::{PATIENCE, Process};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::frames::{DATA, END_HEADERS, HEADERS, SETTINGS, frame};

/// By how much a lying collector may make a service grow (fault 67), in bytes.
const GROWS: u64 = 8 << 20;
/// Requests that the service answers, each with a span to send, while it is lied to.
const REQUESTS: u32 = 200;
/// What a client of HTTP/2 sends first (RFC 9113 3.4).
const PREFACE_BYTES: usize = 24;
/// Indexed field `:status: 200`, and `content-type: application/grpc` without indexing.
const HEAD: &[u8] = b"\x88\x00\x0ccontent-type\x10application/grpc";

/// A lie, as the frames of the answer on a stream: first these, then the others without end.
struct Lie {
    name: &'static str,
    first: fn(u32) -> Vec<u8>,
    then: Option<fn(u32) -> Vec<u8>>,
}

const LIES: &[Lie] = &[
    Lie {
        name: "a message of 1 GiB",
        first: |stream| {
            let prefix = [0, 0x40, 0, 0, 0];
            [frame(HEADERS, END_HEADERS, stream, HEAD), frame(DATA, 0, stream, &prefix)].concat()
        },
        then: Some(|stream| frame(DATA, 0, stream, &[0; 16 << 10])),
    },
    Lie {
        name: "messages without end",
        first: |stream| frame(HEADERS, END_HEADERS, stream, HEAD),
        then: Some(|stream| frame(DATA, 0, stream, &[0; 5].repeat(1000))),
    },
    Lie {
        name: "details of 1 MiB",
        // A field that goes on in CONTINUATION frames: name `grpc-status-details-bin`, value of 1 MiB.
        first: |stream| {
            let name = b"grpc-status-details-bin";
            let mut block = HEAD.to_vec();
            block.extend_from_slice(&[0x00, 23]);
            block.extend_from_slice(name);
            // 1 MiB in HPACK's integers of 7 bits (RFC 7541 5.1): 127, then 1,048,449 in groups of 7 bits.
            block.extend_from_slice(&[0x7f, 0x81, 0xff, 0x3f]);
            frame(HEADERS, 0, stream, &block)
        },
        then: Some(|stream| frame(9, 0, stream, &[b'A'; 16 << 10])),
    },
    Lie {
        name: "an answer elsewhere",
        // Literal `:status: 302` by the name of the static table, and a place to go.
        first: |stream| {
            let block = b"\x08\x03302\x00\x08location\x11http://127.0.0.1/";
            frame(HEADERS, END_HEADERS | 1, stream, block)
        },
        then: None,
    },
];

/// Answers every stream of a connection with the lie, until the client has enough.
async fn lie_to(stream: TcpStream, lie: &'static Lie) -> std::io::Result<()> {
    let (mut reader, mut writer) = stream.into_split();
    reader.read_exact(&mut [0; PREFACE_BYTES]).await?;
    writer.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
    loop {
        let mut head = [0; 9];
        reader.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        reader.read_exact(&mut payload).await?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        match (head[3], head[4]) {
            (HEADERS, _) => {
                writer.write_all(&(lie.first)(stream)).await?;
                while let Some(then) = lie.then {
                    writer.write_all(&then(stream)).await?;
                }
            }
            (SETTINGS, 0) => writer.write_all(&frame(SETTINGS, 1, 0, &[])).await?,
            _ => {}
        }
    }
}

/// A collector that tells one lie; it ends with the value.
struct Liar {
    url: String,
    /// How many connections came.
    connections: watch::Receiver<u32>,
    _tasks: JoinSet<()>,
}

impl Liar {
    async fn start(lie: &'static Lie) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (came, connections) = watch::channel(0);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                came.send_modify(|n| *n += 1);
                clients.spawn(lie_to(stream, lie));
            }
        });
        Self { url, connections, _tasks: tasks }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lying_collector_neither_fills_nor_stops_a_service() {
    let folder = tempfile::tempdir().unwrap();
    let http = reqwest::Client::new();
    for lie in LIES {
        let mut liar = Liar::start(lie).await;
        let log = folder.path().join("identity.log");
        let mut service = Process::start_listening("identity", &log, |command: &mut Command| {
            command.args(["--listen", "127.0.0.1:0"]).current_dir(folder.path());
            command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &liar.url).env("OTEL_BSP_SCHEDULE_DELAY", "50");
            command.env_remove("OTEL_SERVICE_NAME");
        });
        let ask = async || {
            let url = format!("http://{}/sessions/none", service.address());
            let status = http.get(url).send().await.unwrap().status().as_u16();
            assert!((400..500).contains(&status), "{}: {status}", lie.name);
        };
        ask().await;
        let asked = tokio::time::timeout(PATIENCE, liar.connections.wait_for(|n| *n > 0)).await;
        assert!(asked.is_ok_and(|asked| asked.is_ok()), "{}: the collector was not asked", lie.name);
        let rest = memory(service.id()).now;
        forget_peak(service.id());
        for _ in 0..REQUESTS {
            ask().await;
        }
        let grown = memory(service.id()).peak.saturating_sub(rest);
        println!("{}: grew by {} KiB, {} connections", lie.name, grown >> 10, *liar.connections.borrow());
        assert!(grown <= GROWS, "{}: grew by {} KiB", lie.name, grown >> 10);
        service.stop(PATIENCE);
    }
}
