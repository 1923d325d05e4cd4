//! Real files under rotation: which records are read, in which order, and that none is read twice.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use sightline_otlp::Limits;

use super::settings::{FileSource, StartAt};
use super::tailer::Tailer;
use super::wrapping::Wrapping;

/// A folder whose `*.log*` is tailed, at a time that the test moves.
struct Folder {
    dir: tempfile::TempDir,
    source: FileSource,
    tailer: Option<Tailer>,
    now: Duration,
    /// Ranges that the log has: under the same name it takes nothing again.
    logged: BTreeSet<String>,
}

impl Folder {
    fn new(change: impl FnOnce(&mut FileSource)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("logs")).unwrap();
        let include = vec![dir.path().join("logs/*.log*").display().to_string()];
        let mut source = FileSource { include, ..FileSource::default() };
        change(&mut source);
        source.check().unwrap();
        Self { dir, source, tailer: None, now: Duration::ZERO, logged: BTreeSet::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("logs").join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// Appends lines with these numbers; each is as long as lines are.
    fn lines(&self, name: &str, numbers: std::ops::Range<u32>) {
        self.append(name, &numbers.map(line).collect::<String>());
    }

    fn tailer(&mut self) -> Tailer {
        let checkpoint = self.dir.path().join("checkpoint");
        self.tailer.take().unwrap_or_else(|| {
            Tailer::open(
                std::slice::from_ref(&self.source),
                checkpoint,
                "node-1".to_owned(),
                &Limits::default(),
            )
            .unwrap()
        })
    }

    /// What a crash leaves: the checkpoint.
    fn crash(&mut self) {
        self.tailer = None;
    }

    /// Lets time pass and reads what there is; returns the batches, by id and records.
    fn read(&mut self, seconds: u64) -> Vec<(String, Vec<String>)> {
        let mut tailer = self.tailer();
        self.now += Duration::from_secs(seconds);
        let mut all = Vec::new();
        loop {
            let batches = tailer.round(self.now, 1);
            if batches.is_empty() {
                break;
            }
            for batch in batches {
                all.push((String::from_utf8(batch.id.to_vec()).unwrap(), bodies(&batch.body)));
                tailer.sent(batch.file, batch.after);
            }
        }
        self.tailer = Some(tailer);
        all
    }

    /// The same, as the log takes it.
    fn records(&mut self, seconds: u64) -> Vec<String> {
        let mut batches = self.read(seconds);
        batches.retain(|(id, _)| self.logged.insert(id.clone()));
        batches.into_iter().flat_map(|(_, records)| records).collect()
    }

    /// Checks that reading gives the lines of these numbers, once each.
    fn check(&mut self, seconds: u64, numbers: impl Iterator<Item = u32>, what: &str) {
        let expected: Vec<String> = numbers.map(|number| line(number).trim_end().to_owned()).collect();
        let mut records = self.records(seconds);
        records.sort();
        assert_eq!(records, expected, "{what}");
    }
}

fn line(number: u32) -> String {
    format!("{number:06} a line of a program that tells what it does\n")
}

/// Reads the bodies of a request with another reader than ours.
fn bodies(request: &[u8]) -> Vec<String> {
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    let request: ExportLogsServiceRequest = prost::Message::decode(request).unwrap();
    let records =
        request.resource_logs.into_iter().flat_map(|r| r.scope_logs).flat_map(|scope| scope.log_records);
    records
        .map(|record| {
            assert!(record.attributes.iter().any(|own| own.key == "log.file.path"));
            match record.body.unwrap().value.unwrap() {
                Value::StringValue(text) => text,
                other => panic!("{other:?}"),
            }
        })
        .collect()
}

#[test]
fn lines_are_read_as_files_come_and_grow() {
    let mut folder = Folder::new(|_| {});
    folder.lines("a.log", 0..3);
    folder.check(0, 0..3, "what is there");
    folder.lines("a.log", 3..5);
    folder.lines("b.log", 5..7);
    folder.check(1, 3..7, "what was added, and a file that came");
    folder.append("a.log", "no end");
    assert!(folder.records(1).is_empty(), "a line without an end waits");
    folder.append("a.log", " yet\n");
    assert_eq!(folder.records(1), ["no end yet"]);
    folder.append("a.log", "never");
    assert!(folder.records(1).is_empty());
    assert_eq!(folder.records(4), ["never"], "not for ever");
}

#[test]
fn what_is_no_text_is_kept_as_far_as_it_is() {
    let mut folder = Folder::new(|source| source.line_bytes_max = 1024);
    fs::write(folder.path("a.log"), b"caf\xe9\n\xef\xbb\xbfx\n").unwrap();
    assert_eq!(folder.records(0), ["caf\u{fffd}", "\u{feff}x"]);
    folder.append("a.log", &format!("{}\nnext\n", "x".repeat(5000)));
    assert_eq!(folder.records(1), ["x".repeat(1024), "next".to_owned()]);
}

#[test]
fn a_file_that_is_renamed_is_read_to_its_end_and_not_again() {
    let mut folder = Folder::new(|_| {});
    folder.lines("a.log", 0..100);
    folder.check(0, 0..100, "before");
    let mut writer = OpenOptions::new().append(true).open(folder.path("a.log")).unwrap();
    folder.rename("a.log", "a.log.1");
    writer.write_all(line(100).as_bytes()).unwrap();
    folder.lines("a.log", 101..150);
    folder.check(1, 100..150, "the writer still has the old one");
    for turn in 2..5 {
        folder.rename("a.log.1", &format!("a.log.{turn}"));
        folder.rename("a.log", "a.log.1");
        folder.lines("a.log", turn * 100..turn * 100 + 100);
        folder.check(20, turn * 100..turn * 100 + 100, "the next turns");
    }
    folder.crash();
    folder.check(1, 0..0, "nothing after a start");
}

#[test]
fn a_file_that_is_renamed_out_of_sight_or_deleted_is_read_to_its_end() {
    let mut folder = Folder::new(|source| source.include[0] = source.include[0].replace(".log*", ".log"));
    folder.lines("a.log", 0..100);
    folder.check(0, 0..100, "before");
    folder.lines("a.log", 100..150);
    folder.rename("a.log", "a.old");
    folder.lines("a.log", 150..200);
    folder.check(1, 100..200, "renamed before it was read");
    folder.lines("a.log", 200..250);
    fs::remove_file(folder.path("a.log")).unwrap();
    folder.check(1, 200..250, "deleted before it was read");
    folder.lines("a.log", 300..350);
    folder.check(20, 300..350, "and the next of that name");
    folder.lines("a.log", 350..400);
    folder.crash();
    folder.rename("a.log", "a.old");
    folder.lines("a.log", 400..450);
    folder.check(1, 350..450, "renamed while nobody looked");
    folder.check(20, 0..0, "once");
}

#[test]
fn a_file_that_is_copied_and_emptied_is_read_once() {
    for (what, is_slow) in [("copied and emptied at once", false), ("seen between copy and emptying", true)] {
        let mut folder = Folder::new(|_| {});
        folder.lines("a.log", 0..100);
        folder.check(0, 0..100, "before");
        folder.lines("a.log", 100..120);
        let copied = folder.path("a.log.1");
        fs::copy(folder.path("a.log"), copied).unwrap();
        let mut read = if is_slow { folder.records(1) } else { Vec::new() };
        File::options().write(true).open(folder.path("a.log")).unwrap().set_len(0).unwrap();
        folder.lines("a.log", 120..400);
        read.extend(folder.records(1));
        read.extend(folder.records(1));
        read.sort();
        let expected: Vec<String> = (100..400).map(|number| line(number).trim_end().to_owned()).collect();
        assert_eq!(read, expected, "{what}");
        folder.check(30, 0..0, "nothing is left");
    }
}

#[test]
fn a_copy_that_stays_is_not_read_again() {
    let mut folder = Folder::new(|_| {});
    folder.lines("a.log", 0..100);
    folder.check(0, 0..100, "before");
    fs::copy(folder.path("a.log"), folder.path("backup.log")).unwrap();
    folder.lines("a.log", 100..110);
    folder.check(1, 100..110, "the original goes on");
    folder.check(20, 0..0, "the copy says nothing new");
    folder.lines("backup.log", 200..210);
    folder.check(1, 200..210, "until it does");
}

#[test]
fn a_copy_and_its_original_both_grow() {
    let mut folder = Folder::new(|_| {});
    folder.lines("a.log", 0..100);
    folder.check(0, 0..100, "before");
    folder.rename("a.log", "away");
    folder.check(20, 0..0, "out of sight");
    folder.check(20, 0..0, "and let go of");
    for copy in ["b.log", "c.log"] {
        fs::copy(folder.path("away"), folder.path(copy)).unwrap();
    }
    folder.check(1, 0..0, "copies say nothing new");
    folder.rename("away", "a.log");
    folder.check(1, 0..0, "nor does the original");
    // As many bytes of each, from the same place on.
    for (name, numbers) in [("a.log", 200..250), ("b.log", 250..300), ("c.log", 300..350)] {
        folder.lines(name, numbers);
    }
    folder.check(1, 200..350, "each says what it says");
    folder.crash();
    folder.lines("b.log", 350..360);
    folder.check(1, 350..360, "also after a start");
}

#[test]
fn a_copy_of_what_was_being_sent_in_a_crash_is_sent_once() {
    let mut folder = Folder::new(|_| {});
    folder.lines("a.log", 0..100);
    folder.check(0, 0..100, "before");
    folder.lines("a.log", 100..150);
    let mut tailer = folder.tailer();
    folder.now += Duration::from_secs(1);
    let lost = tailer.round(folder.now, 1);
    folder.logged.extend(lost.iter().map(|batch| String::from_utf8(batch.id.to_vec()).unwrap()));
    drop(tailer);
    fs::copy(folder.path("a.log"), folder.path("a.log.1")).unwrap();
    File::options().write(true).open(folder.path("a.log")).unwrap().set_len(0).unwrap();
    folder.lines("a.log", 150..160);
    folder.check(1, 150..160, "the log has the range under its name");
}

#[test]
fn what_was_being_sent_in_a_crash_is_sent_again_as_it_was() {
    let mut folder = Folder::new(|_| {});
    folder.lines("a.log", 0..100);
    folder.check(0, 0..100, "before");
    folder.lines("a.log", 100..150);
    let mut tailer = folder.tailer();
    folder.now += Duration::from_secs(1);
    let lost = tailer.round(folder.now, 1);
    drop(tailer);
    folder.lines("a.log", 150..200);
    let again = folder.read(1);
    assert_eq!(again[0].0.as_bytes(), &*lost[0].id, "the log knows it by this");
    assert_eq!(again[0].1, bodies(&lost[0].body));
    let all: Vec<&String> = again.iter().flat_map(|(_, records)| records).collect();
    assert_eq!(all.len(), 100, "and what came after, once");
}

#[test]
fn only_new_lines_are_read_when_that_is_wanted() {
    let mut folder = Folder::new(|source| source.start_at = StartAt::End);
    folder.lines("a.log", 0..100);
    folder.check(0, 0..0, "what was there before");
    folder.lines("a.log", 100..110);
    folder.lines("b.log", 110..120);
    folder.check(1, 100..120, "what came after, and a file that came after");
    folder.crash();
    folder.lines("c.log", 120..130);
    folder.check(1, 120..130, "a file that came while nobody looked");
}

#[test]
fn compressed_files_folders_and_too_many_are_left_alone() {
    let mut folder = Folder::new(|source| {
        source.files_max = 2;
        source.exclude = vec![source.include[0].replace("*.log*", "no*")];
    });
    fs::write(folder.path("a.log.2.gz"), [0x1f, 0x8b, 8, 0, 10]).unwrap();
    fs::create_dir(folder.path("dir.log")).unwrap();
    folder.lines("a.log", 0..1);
    folder.lines("b.log", 1..2);
    folder.lines("c.log", 2..3);
    folder.lines("no.log", 3..4);
    folder.check(0, 0..2, "two files");
    fs::remove_file(folder.path("a.log")).unwrap();
    folder.check(1, 0..0, "its writer may still have it");
    folder.check(20, 2..3, "the third");
}

#[test]
fn a_stack_trace_is_one_record() {
    let mut folder = Folder::new(|source| source.multiline_start = "^[0-9]{4}-".to_owned());
    folder.append("a.log", "2026-01-01 failed\n  at one\n  at two\n2026-01-01 went on\n");
    assert_eq!(folder.records(0), ["2026-01-01 failed\n  at one\n  at two"]);
    assert_eq!(folder.records(5), ["2026-01-01 went on"]);
}

#[test]
fn lines_of_a_container_are_what_its_program_wrote() {
    let mut folder = Folder::new(|source| source.wrapping = Wrapping::Cri);
    let time = "2026-01-20T10:30:45.123456789Z";
    folder.append(
        "a.log",
        &format!("{time} stdout P one \n{time} stderr F two\n{time} stdout F line\nnot wrapped\n"),
    );
    assert_eq!(folder.records(0), ["one line", "two", "not wrapped"]);
}
