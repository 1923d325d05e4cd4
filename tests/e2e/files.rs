//! A file that a real server tails while it is written, rotated, copied and emptied, and the server killed and stopped:
//! every line is there once at the end, and found by its attributes.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use sightline_model::{Body, Frame};
use test_kit::driver::unix_nanos;

use crate::answers::{APPEARS, frame_when};
use crate::platform::Platform;

/// Lines between two events.
const STEP: u32 = 400;

/// What writes the file, as programs do: it keeps it open until it is told that it was rotated.
struct Program {
    folder: PathBuf,
    file: File,
    written: u32,
}

impl Program {
    fn start(folder: PathBuf) -> Self {
        let file = open(&folder);
        Self { folder, file, written: 0 }
    }

    /// Writes the platform's line of nine keys, in pieces that do not end where lines do.
    fn write(&mut self, count: u32) {
        let millis = unix_nanos() / 1_000_000;
        let lines: String = (self.written..self.written + count)
            .map(|n| {
                format!(
                    r#"{{"timestamp":{millis},"level":"INFO","service":"dotmac_ledger","trace_id":"4bf92f3577b34da6a3ce929d{n:08x}","span_id":"00f067aa0ba902b7","tenant_id":"tenant-001","user_id":"user-789","message":"line {n}","attributes":{{"invoice_id":"INV-{n}","amount":{n}}}}}"#
                ) + "\n"
            })
            .collect();
        for piece in lines.as_bytes().chunks(4096) {
            self.file.write_all(piece).unwrap();
        }
        self.written += count;
    }

    /// Renames the file; the program writes on into the old one, then opens the new one.
    fn rotate(&mut self, number: u32) {
        fs::rename(self.folder.join("app.log"), self.folder.join(format!("app.log.{number}"))).unwrap();
        self.write(STEP);
        self.file = open(&self.folder);
    }

    /// Copies the file and empties it.
    fn copy_and_empty(&self, number: u32) {
        fs::copy(self.folder.join("app.log"), self.folder.join(format!("app.log.{number}"))).unwrap();
        self.file.set_len(0).unwrap();
    }
}

fn open(folder: &std::path::Path) -> File {
    OpenOptions::new().create(true).append(true).open(folder.join("app.log")).unwrap()
}

/// Waits until so many lines are stored and returns how often each is; when the time is over, with what there is. The last
/// line may be there before others: those of a file that was rotated are read apart.
async fn all_stored(platform: &Platform, count: u32) -> BTreeMap<String, u32> {
    let arrived = async {
        while stored(platform).await.len() < count as usize {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let _late = tokio::time::timeout(APPEARS, arrived).await;
    stored(platform).await
}

/// Reads how often each line is stored.
async fn stored(platform: &Platform) -> BTreeMap<String, u32> {
    let client = platform.client();
    let (mut found, mut cursor) = (BTreeMap::new(), None::<String>);
    loop {
        let mut parameters = vec![("filter", "service = ledger"), ("from", "now-1h"), ("limit", "1000")];
        if let Some(cursor) = &cursor {
            parameters.push(("cursor", cursor));
        }
        let frame = client.frame("/logs", &parameters).await.unwrap();
        for body in bodies(&frame) {
            *found.entry(body).or_default() += 1;
        }
        cursor = frame.meta.next_cursor;
        if cursor.is_none() {
            return found;
        }
    }
}

fn bodies(frame: &Frame) -> Vec<String> {
    let Body::Logs { columns, .. } = &frame.body else { panic!("no lines: {:?}", frame.body) };
    let column = columns.iter().find(|column| column.name == "body").unwrap();
    column.values.iter().map(|body| body.as_str().unwrap().to_owned()).collect()
}

/// Waits until a line is stored.
async fn wait_for(platform: &Platform, number: u32) {
    let filter = format!("service = ledger and invoice_id = 'INV-{number}'");
    let parameters = [("filter", filter.as_str()), ("from", "now-1h")];
    let frame = frame_when(&platform.client(), "/logs", &parameters, |frame| !bodies(frame).is_empty()).await;
    assert_eq!(bodies(&frame), [format!("line {number}")], "an exact lookup finds one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tailed_file_is_stored_line_by_line_once_whatever_happens() {
    let logs = tempfile::tempdir().unwrap();
    let source = format!("[{{include: ['{}/app.log*'], environment: e2e}}]", logs.path().display());
    let settings: &'static [(&str, &str)] =
        Vec::leak(vec![("SIGHTLINE__PIPELINE__FILES", &*String::leak(source))]);
    let mut program = Program::start(logs.path().to_owned());
    program.write(STEP);
    let mut platform = Platform::start_with(settings);
    wait_for(&platform, STEP - 1).await;
    program.write(STEP);
    program.rotate(1);
    program.write(STEP);
    wait_for(&platform, program.written - 1).await;
    for round in 2..6 {
        program.write(STEP);
        if round % 2 == 0 {
            program.rotate(round);
        }
        // In the middle of what was just written, and more comes while it is away.
        platform = tokio::task::spawn_blocking(move || {
            platform.kill_and_restart();
            platform
        })
        .await
        .unwrap();
        program.write(STEP);
    }
    wait_for(&platform, program.written - 1).await;
    program.copy_and_empty(6);
    program.write(STEP);
    wait_for(&platform, program.written - 1).await;
    program.write(STEP);
    platform = tokio::task::spawn_blocking(move || {
        platform.stop_and_restart();
        platform
    })
    .await
    .unwrap();
    program.write(STEP);
    wait_for(&platform, program.written - 1).await;
    let found = all_stored(&platform, program.written).await;
    let lost: Vec<u32> = (0..program.written).filter(|n| !found.contains_key(&format!("line {n}"))).collect();
    let doubled: Vec<_> = found.iter().filter(|(_, n)| **n > 1).collect();
    assert!(lost.is_empty() && doubled.is_empty(), "lost {lost:?}, double {doubled:?}\n{}", platform.log());
    assert_eq!(found.len(), program.written as usize);
    let filter = format!("service = ledger and amount > {}", program.written - 6);
    let parameters = [("filter", filter.as_str()), ("from", "now-1h")];
    let frame = platform.client().frame("/logs", &parameters).await.unwrap();
    assert_eq!(bodies(&frame).len(), 5, "amounts are numbers");
}
