//! From a fresh clone to a running platform with demo data: fetch, build, start, wait, print the URL.

mod flows;
mod services;

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use indicatif::ProgressBar;
use serde_json::Value;

use crate::step::{self, Outcome, Steps};
use crate::{dev_down, engine, ui};

/// How to start.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Build optimised programs (slower to build, what users run).
    #[arg(long)]
    release: bool,
    /// Requests per second of the demo load; 0 starts no load.
    #[arg(long, default_value_t = 20)]
    rate: u32,
    /// Start empty: remove the data of an earlier run first.
    #[arg(long)]
    fresh: bool,
}

/// How long a program may take to answer after its start.
const READY_SECONDS: u64 = 60;

/// Starts the platform, the demo services and the load.
pub(crate) fn run(args: &Args) -> Outcome {
    let mut steps = Steps::default();
    steps.step("needed programs", check_programs)?;
    let library = steps.step("engine library", engine::run)?;
    if step::has("npm") {
        steps.step("web application", ui::run)?;
    } else {
        println!("\nnpm is not installed: pages show how to build them; the API and the command line work");
    }
    steps.step("programs", || build(args.release))?;
    dev_down::run()?;
    let home = home();
    if args.fresh && home.exists() {
        fs::remove_dir_all(&home).map_err(|e| format!("`{}`: {e}", home.display()))?;
    }
    fs::create_dir_all(home.join("logs")).map_err(|e| format!("`{}`: {e}", home.display()))?;
    let endpoints = steps.step("platform", || start_platform(args, &library))?;
    let grpc = format!("http://{}", endpoints["otlp_grpc"].as_str().unwrap_or("127.0.0.1:4317"));
    steps.step("demo services", || services::start(args.release, &grpc))?;
    if args.rate > 0 {
        steps.step("demo load", || start_load(args, &endpoints))?;
    }
    steps.summary();
    print_where(&endpoints, args.release);
    Ok(())
}

/// Returns the folder of the running demo: data, logs, process numbers.
pub(crate) fn home() -> PathBuf {
    step::root().join("target/dev")
}

fn check_programs() -> Outcome {
    for (program, remedy) in [("cc", "a C compiler (Debian: gcc)"), ("tar", "tar")] {
        if !step::has(program) {
            return Err(format!("`{program}` is missing: install {remedy}"));
        }
    }
    Ok(())
}

fn build(release: bool) -> Outcome {
    let mut args = vec!["build", "--locked", "--package", "sightline", "--package", "test-kit"];
    services::SERVICES.iter().for_each(|(name, ..)| args.extend(["--package", name]));
    if release {
        args.push("--release");
    }
    step::run(&mut step::command("cargo", args))
}

/// Returns the path of a built program.
fn program(release: bool, name: &str) -> PathBuf {
    let target = step::target();
    target.join(if release { "release" } else { "debug" }).join(name)
}

/// Starts a program in the background, its output in a log file, and notes its process number.
fn spawn(name: &str, program: &Path, configure: impl FnOnce(&mut Command)) -> Outcome {
    let log_path = home().join("logs").join(format!("{name}.log"));
    let log = File::create(&log_path).map_err(|e| format!("`{}`: {e}", log_path.display()))?;
    let errors = log.try_clone().map_err(|e| format!("`{}`: {e}", log_path.display()))?;
    let mut command = Command::new(program);
    command.current_dir(home()).stdin(Stdio::null()).stdout(log).stderr(errors);
    configure(&mut command);
    let child = command.spawn().map_err(|e| format!("cannot start `{name}`: {e}"))?;
    dev_down::note(name, child.id())
}

fn start_platform(args: &Args, library: &Path) -> Outcome<Value> {
    let data = home().join("data");
    let file = data.join("endpoints.json");
    if file.exists() {
        fs::remove_file(&file).map_err(|e| format!("`{}`: {e}", file.display()))?;
    }
    spawn("sightline", &program(args.release, "sightline"), |command| {
        command
            .args(["serve", "--profile", "dev", "--data-dir"])
            .arg(&data)
            .env("SIGHTLINE_ENGINE_LIB", library)
            // The machine is part of the demo.
            .envs([
                ("SIGHTLINE__PIPELINE__HOST__ENABLED", "true"),
                ("SIGHTLINE__PIPELINE__HOST__ENVIRONMENT", "demo"),
                ("SIGHTLINE__QUERY__FLOWS", flows::FLOWS),
            ]);
        if services::has_redis() {
            command.env("SIGHTLINE__PIPELINE__REDIS", services::redis_told());
        }
    })?;
    let endpoints: Value = wait_for("sightline", || {
        let text = fs::read_to_string(&file).ok()?;
        serde_json::from_str(&text).ok()
    })?;
    // The doors are open now; questions are answered when the schema is there.
    let api = endpoints["api"].as_str().unwrap_or_default().trim_start_matches("http://").to_owned();
    wait_for("sightline", || (read_ready(&api)?["parts"]["schema"] == "ready").then_some(()))?;
    Ok(endpoints)
}

/// Returns what `/readyz` says; none when nobody answers.
fn read_ready(api: &str) -> Option<Value> {
    let mut stream = TcpStream::connect(api).ok()?;
    write!(stream, "GET /readyz HTTP/1.1\r\nhost: {api}\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
}

fn start_load(args: &Args, endpoints: &Value) -> Outcome {
    let text = |name: &str| endpoints[name].as_str().unwrap_or_default();
    spawn("demo-load", &program(args.release, "demo-load"), |command| {
        command.env("SIGHTLINE_TOKEN", text("token")).args(["--platform", text("api")]);
        command.args([
            "--gateway",
            &services::url("api-gateway"),
            "--devtools",
            &services::url("devtools"),
            "--rate",
            &args.rate.to_string(),
            "--ledger",
            "ledger.jsonl",
        ]);
    })
}

fn wait_for<T>(name: &str, mut probe: impl FnMut() -> Option<T>) -> Outcome<T> {
    let progress = ProgressBar::new_spinner().with_message(format!("waiting for {name}"));
    progress.enable_steady_tick(Duration::from_millis(120));
    let started = step::now();
    while started.elapsed() < Duration::from_secs(READY_SECONDS) {
        if let Some(found) = probe() {
            progress.finish_and_clear();
            return Ok(found);
        }
        if !dev_down::is_running(name) {
            let log = home().join("logs").join(format!("{name}.log"));
            let text = fs::read_to_string(&log).unwrap_or_default();
            let tail: Vec<&str> = text.lines().rev().take(8).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            return Err(format!("`{name}` ended; the end of {}:\n{}", log.display(), tail.join("\n")));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(format!("`{name}` did not answer within {READY_SECONDS} s; see target/dev/logs/{name}.log"))
}

fn print_where(endpoints: &Value, release: bool) {
    let text = |key: &str| endpoints[key].as_str().unwrap_or("?").to_owned();
    println!("\nSightline is up.\n");
    println!("  open        {}   (works once, 15 minutes)", text("login"));
    println!("  API         {}/api/v1", text("api"));
    println!("  OTLP        gRPC {}   HTTP http://{}", text("otlp_grpc"), text("otlp_http"));
    println!("  terminal    export SIGHTLINE_URL={} SIGHTLINE_TOKEN={}", text("api"), text("token"));
    println!("              {} services", program(release, "sightline").display());
    println!("  logs        target/dev/logs/*.log");
    println!("  stop        cargo xtask dev-down\n");
}
