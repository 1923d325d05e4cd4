//! The proof: the archive unpacked into an empty folder runs where nothing of ours was built, takes a trace and gives it back.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::wire;
use crate::step::{self, Outcome};

/// Where the archive is unpacked, seen from inside.
const PREFIX: &str = "/opt/sightline";
/// Where data is kept, seen from inside.
const DATA: &str = "/var/lib/sightline";
const TRACE: &str = "4951dac9073a8889d4507e6436345e2f";

/// Runs the whole proof; `library` is lent to an archive without the engine.
pub(super) fn run(archive: &Path, library: Option<&PathBuf>) -> Outcome {
    let root = archive.with_extension("").with_extension("proof");
    let failed = |e: std::io::Error| format!("`{}`: {e}", root.display());
    if root.exists() {
        fs::remove_dir_all(&root).map_err(failed)?;
    }
    let place = root.join(&PREFIX[1..]);
    fs::create_dir_all(&place).map_err(failed)?;
    for folder in ["var/lib", "tmp", "proc", "dev"] {
        fs::create_dir_all(root.join(folder)).map_err(failed)?;
    }
    let mut tar = Command::new("tar");
    step::run(
        tar.args(["--extract", "--strip-components=1", "--file"]).arg(archive).arg("--directory").arg(&place),
    )?;
    step::run(Command::new("sha256sum").args(["--quiet", "--check", "SHA256SUMS"]).current_dir(&place))?;
    if let Some(library) = library {
        fs::create_dir_all(place.join("lib")).map_err(failed)?;
        fs::copy(library, place.join("lib/libchdb.so")).map_err(failed)?;
    }
    the_image_has_what_it_copies(&place)?;
    names_no_folder_of_this_machine(&place.join("bin/sightline"))?;
    system_libraries(&root, &[place.join("bin/sightline"), place.join("lib/libchdb.so")])?;
    let sandbox = Sandbox::new(root.clone());
    println!(
        "    runs {}",
        if sandbox.is_apart {
            "in a file system of its own (chroot)"
        } else {
            "without chroot: this machine allows no user namespaces"
        }
    );
    let outcome = try_out(&sandbox);
    fs::remove_dir_all(&root).map_err(failed)?;
    outcome
}

/// Where programs of the archive are started: in a chroot of a new user namespace when the system allows that.
struct Sandbox {
    root: PathBuf,
    is_apart: bool,
}

impl Sandbox {
    fn new(root: PathBuf) -> Self {
        let mut sandbox = Self { root, is_apart: true };
        let works = sandbox.command(&["--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        sandbox.is_apart = works.is_ok_and(|status| status.success());
        sandbox
    }

    /// A command line of the packed program; nothing of this shell's environment reaches it.
    fn command(&self, args: &[&str]) -> Command {
        let inside = |path: &str| {
            if self.is_apart { path.to_owned() } else { format!("{}{path}", self.root.display()) }
        };
        let mut command = if self.is_apart {
            let mut command = Command::new("unshare");
            let enter = "mount --rbind /proc \"$0/proc\" && mount --rbind /dev \"$0/dev\" && exec chroot \"$0\" \"$@\"";
            command.args(["--user", "--map-root-user", "--mount", "sh", "-c", enter]).arg(&self.root);
            command.arg(inside("/opt/sightline/bin/sightline"));
            command
        } else {
            Command::new(inside("/opt/sightline/bin/sightline"))
        };
        command.env_clear().env("HOME", inside("/tmp")).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.args(
            args.iter().map(|arg| if arg.starts_with(['/']) { inside(arg) } else { (*arg).to_owned() }),
        );
        command.current_dir(&self.root).stdin(Stdio::null());
        command
    }
}

/// A server that is killed when the proof fails.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        if self.0.try_wait().is_ok_and(|status| status.is_none()) {
            self.0.kill().unwrap_or_default();
            self.0.wait().map(drop).unwrap_or_default();
        }
    }
}

fn try_out(sandbox: &Sandbox) -> Outcome {
    let started = step::now();
    let config = format!("{PREFIX}/etc/sightline.yaml");
    let any = "127.0.0.1:0";
    let mut command =
        sandbox.command(&["serve", "--profile", "dev", "--config", &config, "--data-dir", DATA]);
    command.args(["--listen", any, "--otlp-grpc", any, "--otlp-http", any]);
    let log = sandbox.root.join("server.log");
    let errors = fs::File::create(&log).map_err(|e| format!("`{}`: {e}", log.display()))?;
    let child = command.stdout(Stdio::null()).stderr(errors).spawn();
    let mut server = Server(child.map_err(|e| format!("cannot start the packed program: {e}"))?);
    let outcome = ask_it(sandbox, &mut server, started);
    outcome.map_err(|e| format!("{e}\nthe end of its log:\n{}", end_of(&log)))
}

fn ask_it(sandbox: &Sandbox, server: &mut Server, started: Instant) -> Outcome {
    let seconds = || started.elapsed().as_secs_f64();
    let file = sandbox.root.join(&DATA[1..]).join("endpoints.json");
    let endpoints: Value = wire::until(60, "the packed server to listen", || {
        if let Ok(Some(status)) = server.0.try_wait() {
            return Err(format!("the packed server ended with {status}"));
        }
        Ok(fs::read_to_string(&file).ok().and_then(|text| serde_json::from_str(&text).ok()))
    })?;
    let text = |key: &str| endpoints[key].as_str().unwrap_or_default().to_owned();
    let api = text("api").trim_start_matches("http://").to_owned();
    println!("    listens after {:.1} s", seconds());
    let request = trace()?.to_string();
    let head = "POST /v1/traces HTTP/1.1\r\ncontent-type: application/json";
    match wire::ask(&text("otlp_http"), head, &request) {
        Some((200, _)) => println!("    acknowledged a trace after {:.1} s", seconds()),
        other => return Err(format!("a trace was not acknowledged: {other:?}")),
    }
    let printed = wire::until(60, "the trace to come back", || {
        let mut ask = sandbox.command(&["trace", TRACE]);
        let ask = ask.env("SIGHTLINE_URL", text("api")).env("SIGHTLINE_TOKEN", text("token"));
        let output = ask.output().map_err(|e| format!("cannot start the packed client: {e}"))?;
        Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned()))
    })?;
    if !printed.contains("GET /proof") {
        return Err(format!("the trace that came back is another: {printed}"));
    }
    println!("    gave it back on the command line after {:.1} s", seconds());
    match wire::ask(&api, "GET /traces HTTP/1.1", "") {
        Some((200, page)) if page.contains("assets/") => {}
        other => return Err(format!("the pages are not those of the application: {other:?}")),
    }
    let asked = Command::new("kill").args(["-TERM", &server.0.id().to_string()]).status();
    asked.map_err(|e| format!("cannot start `kill`: {e}"))?;
    let status =
        wire::until(30, "the packed server to end", || server.0.try_wait().map_err(|e| e.to_string()))?;
    if status.success() { Ok(()) } else { Err(format!("the packed server ended with {status}")) }
}

/// A trace of one span that has just ended.
fn trace() -> Outcome<Value> {
    let now = wall_clock().duration_since(UNIX_EPOCH).map_err(|e| e.to_string())?.as_nanos();
    let span = json!({
        "traceId": TRACE, "spanId": "ef558ac4ce1bd885", "name": "GET /proof", "kind": 2,
        "startTimeUnixNano": (now - 1_000_000).to_string(), "endTimeUnixNano": now.to_string(),
    });
    let name = json!([{ "key": "service.name", "value": { "stringValue": "proof" } }]);
    Ok(
        json!({ "resourceSpans": [{ "resource": { "attributes": name }, "scopeSpans": [{ "spans": [span] }] }] }),
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "the span must have ended just now, by the clock of this machine"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}

fn end_of(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

/// An image is built from the unpacked archive: what it copies must be in it.
fn the_image_has_what_it_copies(place: &Path) -> Outcome {
    let text = fs::read_to_string(place.join("Containerfile")).map_err(|e| format!("Containerfile: {e}"))?;
    let copied =
        text.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|rest| !rest.starts_with('-'));
    let sources = copied.filter_map(|rest| rest.split_whitespace().next());
    let missing: Vec<&str> = sources.filter(|source| !place.join(source).exists()).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("Containerfile copies what is not packed: {missing:?}"))
    }
}

/// A program that tells where it was built tells about its builder, and differs from machine to machine.
fn names_no_folder_of_this_machine(program: &Path) -> Outcome {
    let bytes = fs::read(program).map_err(|e| format!("`{}`: {e}", program.display()))?;
    let root = step::root().display().to_string();
    if bytes.windows(root.len()).any(|window| window == root.as_bytes()) {
        return Err(format!(
            "the program names `{root}`, where it was built; build it by `cargo xtask dist`"
        ));
    }
    Ok(())
}

/// Copies what the dynamic linker needs: the C library is the only thing expected of a machine.
fn system_libraries(root: &Path, programs: &[PathBuf]) -> Outcome {
    for program in programs {
        let listed = step::output(Command::new("ldd").arg(program))?;
        let paths =
            listed.lines().filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')));
        for path in paths {
            let to = root.join(&path[1..]);
            fs::create_dir_all(to.parent().unwrap_or(root))
                .map_err(|e| format!("`{}`: {e}", to.display()))?;
            fs::copy(path, &to).map_err(|e| format!("`{path}`: {e}"))?;
        }
    }
    Ok(())
}
