//! `sightline top --listen` as a newcomer meets it: on a terminal, with nothing else running.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use test_kit::process::{PATIENCE, program, until};

use crate::spans::{request, send, server_span};

/// The size of the terminal.
const ROWS: usize = 40;
const COLUMNS: usize = 140;

/// The program on a terminal that `script` (util-linux) makes.
struct OnTerminal {
    script: Child,
    keys: Option<ChildStdin>,
    screen: Arc<Mutex<Vec<u8>>>,
    folder: tempfile::TempDir,
}

impl OnTerminal {
    fn start(arguments: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let line = format!(
            "stty rows {ROWS} cols {COLUMNS}; exec '{}' top {arguments}",
            program("sightline").display()
        );
        let mut command = Command::new("script");
        command.args(["-q", "-e", "-f", "-c", &line, "/dev/null"]);
        command.env("TERM", "xterm-256color").env("TMPDIR", folder.path().join("tmp"));
        command.env("XDG_CONFIG_HOME", folder.path()).env_remove("NO_COLOR");
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        let mut script =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (mut output, seen) = (script.stdout.take().unwrap(), Arc::clone(&screen));
        // Ends with the terminal.
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(n @ 1..) = output.read(&mut piece) {
                seen.lock().unwrap().extend_from_slice(&piece[..n]);
            }
        });
        let keys = script.stdin.take();
        Self { script, keys, screen, folder }
    }

    fn press(&mut self, keys: &str) {
        let stdin = self.keys.as_mut().unwrap();
        stdin.write_all(keys.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// What stands on the terminal now.
    fn text(&self) -> String {
        let bytes = self.screen.lock().unwrap().clone();
        picture(&String::from_utf8_lossy(&bytes))
    }

    fn wait_for(&self, wanted: &str) -> String {
        until(PATIENCE, &format!("`{wanted}` on the terminal"), || {
            let text = self.text();
            text.contains(wanted).then_some(text)
        })
    }

    /// The folders that the program has made for itself.
    fn left(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("tmp")).unwrap();
        entries.flatten().map(|entry| entry.path()).collect()
    }

    /// Waits for the end and returns the exit code, which `script -e` hands on.
    fn ended(&mut self) -> Option<i32> {
        let status = until(PATIENCE, "the end of the program", || self.script.try_wait().unwrap());
        status.code()
    }

    /// The program itself: the one process that was started with `top` and has that folder as its own.
    fn id(&self) -> u32 {
        let wanted = self.folder.path().join("tmp");
        until(PATIENCE, "the program to run", || processes_of(&wanted, "\0top\0").first().copied())
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        // The terminal goes with `script`, and the program with its terminal.
        self.script.kill().unwrap_or_default();
        self.script.wait().map(drop).unwrap_or_default();
    }
}

/// What a terminal of that size shows after this text: of the control sequences (ECMA-48) those that place the cursor and
/// clear the screen matter, and every character is one cell wide.
fn picture(text: &str) -> String {
    let mut cells = vec![vec![' '; COLUMNS]; ROWS];
    let (mut row, mut column) = (0, 0);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => match rest.next() {
                Some('[') => match sequence(&mut rest) {
                    (at, 'H') => (row, column) = at,
                    (_, 'J') => cells.iter_mut().for_each(|row| row.fill(' ')),
                    _ => {}
                },
                Some(']') => drop(rest.by_ref().find(|c| *c == '\u{7}')),
                _ => {}
            },
            '\r' => column = 0,
            '\n' => row += 1,
            c => {
                if let Some(cell) = cells.get_mut(row).and_then(|row| row.get_mut(column)) {
                    *cell = c;
                }
                column += 1;
            }
        }
    }
    cells.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned() + "\n").collect()
}

/// Reads a control sequence: its two numbers as a place counted from zero, and its last character.
fn sequence(rest: &mut std::str::Chars<'_>) -> ((usize, usize), char) {
    let mut numbers = String::new();
    for c in rest.by_ref() {
        if ('@'..='~').contains(&c) {
            let (row, column) = numbers.split_once(';').unwrap_or((&numbers, ""));
            let from_zero = |text: &str| text.parse::<usize>().unwrap_or(1).saturating_sub(1);
            return ((from_zero(row), from_zero(column)), c);
        }
        numbers.push(c);
    }
    ((0, 0), ' ')
}

/// Processes whose environment has that temporary folder and whose command line holds the text.
fn processes_of(folder: &Path, wanted: &str) -> Vec<u32> {
    let variable = format!("TMPDIR={}\0", folder.display());
    let fits = |id: &u32| {
        let read = |name: &str| std::fs::read(format!("/proc/{id}/{name}")).unwrap_or_default();
        let has = |bytes: Vec<u8>, text: &str| String::from_utf8_lossy(&bytes).contains(text);
        has(read("environ"), &variable) && has(read("cmdline"), wanted)
    };
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(fits).collect()
}

/// Waits until no process has that temporary folder: the last ones may end a little after the program.
fn all_are_gone(folder: &Path) {
    let what = format!("the end of {:?}", processes_of(folder, ""));
    until(PATIENCE, &what, || processes_of(folder, "").is_empty().then_some(()));
}

/// Returns what stands behind a text, up to a space or comma.
fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    let (_, rest) = text.split_once(mark).unwrap();
    rest.split([' ', ',', '\r', '\n']).next().unwrap().trim_end_matches('.')
}

#[test]
fn listening_shows_what_arrives_and_leaves_nothing_behind() {
    let mut top = OnTerminal::start("--listen --port 0");
    let text = top.wait_for("No key is needed.");
    let address = after(&text, "HTTP on ").to_owned();
    let folders = top.left();
    assert_eq!(folders.len(), 1, "{folders:?}");

    let body = request("top-shop", vec![server_span(0x7071, 0x71, "tenant-001")]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let status = runtime.block_on(send(&format!("http://{address}/v1/traces"), body, None)).unwrap();
    assert_eq!(status, 200);
    top.wait_for("top-shop");
    top.press("\r");
    top.wait_for("services > traces");
    top.wait_for("GET /hello");
    top.press("6");
    top.wait_for("RECEIVED");

    top.press("q");
    assert_eq!(top.ended(), Some(0));
    assert_eq!(top.left(), Vec::<PathBuf>::new());
    all_are_gone(&top.folder.path().join("tmp"));
    let bytes = top.screen.lock().unwrap().clone();
    let end = String::from_utf8_lossy(&bytes).into_owned();
    assert!(end.contains("\u{1b}[?1049l"), "the terminal is given back");
}

#[test]
fn asking_to_end_from_outside_ends_everything() {
    for signal in ["-TERM", "-INT"] {
        let mut top = OnTerminal::start("--listen --port 0");
        top.wait_for("No key is needed.");
        let id = top.id();
        assert!(Command::new("kill").args([signal, &id.to_string()]).status().unwrap().success());
        assert_eq!(top.ended(), Some(0), "{signal}");
        assert_eq!(top.left(), Vec::<PathBuf>::new(), "{signal}");
        all_are_gone(&top.folder.path().join("tmp"));
    }
}

#[test]
fn a_taken_port_is_named_and_another_one_is_used() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut top = OnTerminal::start(&format!("--listen --port {port}"));
    let text = top.wait_for("No key is needed.");
    top.wait_for(&format!("Port {port} is taken by another program, so gRPC is received on another port"));
    let grpc = after(&text, "gRPC on ").to_owned();
    assert!(std::net::TcpStream::connect(&grpc).is_ok() && !grpc.ends_with(&format!(":{port}")), "{grpc}");
    top.press("q");
    assert_eq!(top.ended(), Some(0));
}

#[test]
fn a_pipe_is_no_terminal() {
    let output = Command::new(program("sightline")).args(["top", "--listen"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`top` needs a terminal"));
}
