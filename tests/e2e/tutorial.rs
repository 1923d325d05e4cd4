//! The ten-minute tutorial, done as written: every shell block of `docs/tutorial.md` in one shell, on ports that are free.

use std::fmt::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use test_kit::process::program;

/// The page.
const PAGE: &str = include_str!("../../docs/tutorial.md");
/// Ports of the page: platform, then services. Those behind the last two are never listened on.
const PORTS: &[&str] = &["4380", "4317", "4318", "8000", "8001", "8002", "8004", "8005", "8006"];
/// The lowest port that Linux hands out by itself (ip(7), `ip_local_port_range`).
const FIRST_HANDED_OUT: u16 = 32_768;
/// A page that waits for something that never comes is ended after this time.
const SECONDS_MAX: &str = "900";

/// Returns the shell blocks and, apart, how many are only to be read: what they do is done before tests run.
fn blocks(page: &str) -> (Vec<String>, usize) {
    let (mut blocks, mut prepared) = (Vec::new(), 0);
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match language {
            "sh" => blocks.push(block.join("\n")),
            "sh prepare" => prepared += 1,
            other => panic!("a block in `{other}`: the tutorial is shell only, so that it can be run"),
        }
    }
    (blocks, prepared)
}

/// Picks free ports for those of the page, held until all are picked. They are none of those that the system hands out
/// by itself: between here and their use it would hand them to another test.
fn with_free_ports(script: &str) -> String {
    let own = 10_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    let free =
        (own..FIRST_HANDED_OUT).filter_map(|port| std::net::TcpListener::bind(("127.0.0.1", port)).ok());
    let held: Vec<std::net::TcpListener> = free.take(PORTS.len()).collect();
    assert_eq!(held.len(), PORTS.len(), "free ports from {own} on");
    // By way of names that are no numbers: a free port may be another port of the page.
    let named = PORTS.iter().fold(script.to_owned(), |text, port| text.replace(port, &format!("<{port}>")));
    PORTS.iter().zip(&held).fold(named, |text, (port, listener)| {
        text.replace(&format!("<{port}>"), &listener.local_addr().unwrap().port().to_string())
    })
}

/// Runs a script in a process group of its own, which ends with it whatever it has started.
fn run(script: &str, folder: &Path) -> (bool, String) {
    let programs = program("sightline").parent().unwrap().to_path_buf();
    let path = format!("{}:{}", programs.display(), test_kit::process::variable("PATH").unwrap_or_default());
    let log = folder.join("tutorial.out");
    let out = std::fs::File::create(&log).unwrap();
    let mut command = Command::new("timeout");
    command.args(["--kill-after=10", SECONDS_MAX, "bash", "-euo", "pipefail", "-c", script]);
    command.current_dir(folder).env("PATH", path).env("HOME", folder);
    for name in ["SIGHTLINE_URL", "SIGHTLINE_TOKEN", "OTEL_SERVICE_NAME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"]
    {
        command.env_remove(name);
    }
    command.env("SIGHTLINE_ENGINE_LIB", engine_library());
    command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(out).process_group(0);
    let mut child = command.spawn().unwrap();
    let status = child.wait().unwrap();
    // `timeout` made the group; what a failed page left behind ends here.
    let group = format!("-{}", child.id());
    let _ended = Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status();
    (status.success(), std::fs::read_to_string(log).unwrap())
}

/// The page runs with a home of its own, so the engine is named as `cargo xtask engine` left it.
fn engine_library() -> std::ffi::OsString {
    let set = test_kit::process::variable;
    let home = || set("HOME").map(|home| format!("{home}/.cache"));
    let cached = || {
        let cache = set("XDG_CACHE_HOME").or_else(home).unwrap_or_default();
        let folder = Path::new(&cache).join("sightline/engine");
        let versions = std::fs::read_dir(folder).into_iter().flatten().flatten();
        versions.map(|version| version.path().join("libchdb.so")).find(|path| path.is_file())
    };
    let given = set("SIGHTLINE_ENGINE_LIB").map(std::path::PathBuf::from);
    given.or_else(cached).expect("run `cargo xtask engine` first").into_os_string()
}

#[test]
fn the_tutorial_works_as_written() {
    let (blocks, prepared) = blocks(PAGE);
    assert!(blocks.len() >= 8 && prepared == 1, "{} blocks, {prepared} to be read only", blocks.len());
    let mut script = String::new();
    for (number, block) in blocks.iter().enumerate() {
        writeln!(script, "echo '== block {number}'\n{block}").unwrap();
    }
    script.push_str("echo '== done'\n");
    let folder = tempfile::tempdir().unwrap();
    let (ok, printed) = run(&with_free_ports(&script), folder.path());
    let log = std::fs::read_to_string(folder.path().join("sightline.log")).unwrap_or_default();
    assert!(ok && printed.ends_with("== done\n"), "{printed}\nthe server's log:\n{log}");
    // What the page promises to show.
    for wanted in
        ["api-gateway", "POST /api/login", "login.verify", "POST /api/invoices", "GET /hello", "tenant-003"]
    {
        assert!(printed.contains(wanted), "`{wanted}` is not shown:\n{printed}");
    }
    assert!(folder.path().join("data/meta.db").is_file());
    // They ended in order: what they still held was taken.
    for service in ["identity.log", "gateway.log"] {
        let said = std::fs::read_to_string(folder.path().join(service)).unwrap();
        assert!(!said.contains("not acknowledged"), "{said}");
    }
}

#[test]
fn a_block_that_fails_fails_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let (ok, printed) = run("echo first\nfalse\necho second", folder.path());
    assert!(!ok && printed == "first\n", "{printed}");
}
