//! Crash points: the process dies at the k-th rename, fsync or unlink of an ingest cycle (promise.md 3, fault A.1).
//!
//! `strace` strikes as the call begins, so the state before it is what the next start finds. The k-th call is counted
//! for each thread on its own: that is how strace counts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use test_kit::process::{PATIENCE, until, variable};

use crate::answers::{APPEARS, column, sum};
use crate::load::{deliver, stored};
use crate::platform::Platform;
use crate::{beside, spans};

/// What makes a cycle short: small log files, so that they rotate and are deleted, and everything soon.
const SETTINGS: &[(&str, &str)] = &[
    ("SIGHTLINE__WAL__SEGMENT_BYTES", "8192"),
    ("SIGHTLINE__PIPELINE__FLUSH__FRESHNESS_MS", "100"),
    ("SIGHTLINE__PIPELINE__FLUSH__RED_MS", "200"),
    ("SIGHTLINE__PIPELINE__FLUSH__SEAL_MS", "300"),
];

/// The calls that change what a crash leaves behind.
const CALLS: &str = "fdatasync,fsync,syncfs,rename,renameat,renameat2,unlink,unlinkat";

/// Turns of a cycle: in each a span, a log line and a metric point, each a request of its own.
const TURNS: u64 = 8;

/// How long a cycle goes on after its last acknowledgement: inserts, counts, seal, deletion of old log files.
const SETTLE: Duration = Duration::from_secs(2);

/// Between two looks at what is stored.
const PAUSE: Duration = Duration::from_millis(50);

/// Points worked on at the same time, each with a platform of its own; much of the time is waiting.
const LANES: usize = 2;

/// Points in the gate.
const GATE: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Victim {
    Server,
    Engine,
}

/// The `k`-th call of a name in a thread of a process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    victim: Victim,
    call: String,
    k: u32,
}

/// What was found after a kill.
#[derive(Debug)]
struct Found {
    struck: bool,
    /// Turns whose three requests were acknowledged.
    acknowledged: usize,
    /// Spans and lines that are not stored.
    lost: usize,
    /// Spans and lines that are stored more than once.
    double: usize,
    /// Spans, by the counts of RED.
    counted: u64,
    /// What the metric points add up to.
    points: u64,
}

impl Found {
    fn is_right(&self) -> bool {
        let goal = self.acknowledged as u64;
        self.lost == 0 && self.double == 0 && self.counted == goal && self.points == goal
    }
}

/// strace on a process and all its threads.
struct Tracer {
    strace: Child,
    output: PathBuf,
}

impl Tracer {
    /// Attaches and, with a point, kills the process there.
    fn attach(pid: u32, folder: &Path, point: Option<&Point>) -> Self {
        let output = folder.join(format!("strace-{pid}"));
        let errors = folder.join(format!("strace-{pid}-errors"));
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-p", &pid.to_string(), "-o"]).arg(&output);
        command.args(["-e", &format!("trace={}", point.map_or(CALLS, |p| &p.call))]);
        if let Some(Point { call, k, .. }) = point {
            command.args(["-e", &format!("inject={call}:signal=KILL:when={k}")]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(std::fs::File::create(&errors).unwrap());
        let strace = command.spawn();
        let mut strace =
            strace.unwrap_or_else(|e| panic!("crash points need `strace` ({e}): install strace"));
        until(PATIENCE, "strace to attach", || {
            if let Some(status) = strace.try_wait().unwrap() {
                let detail = std::fs::read_to_string(&errors).unwrap_or_default();
                panic!(
                    "strace cannot trace ({status}); allow ptrace, in a container with SYS_PTRACE: {detail}"
                );
            }
            is_traced(pid).then_some(())
        });
        Self { strace, output }
    }

    fn has_ended(&mut self) -> bool {
        self.strace.try_wait().unwrap().is_some()
    }

    /// Lets the process go.
    fn detach(mut self) -> String {
        if !self.has_ended() {
            let pid = self.strace.id().to_string();
            assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        }
        self.strace.wait().unwrap();
        std::fs::read_to_string(&self.output).unwrap()
    }
}

/// Tells whether every thread has a tracer.
fn is_traced(pid: u32) -> bool {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let status = |task: &Path| std::fs::read_to_string(task.join("status")).unwrap_or_default();
    tasks.flatten().all(|task| !status(&task.path()).contains("\nTracerPid:\t0\n"))
}

/// Takes the turns of a cycle, one after the other.
struct Script {
    sent: Arc<Mutex<Vec<u64>>>,
    wanted: Arc<AtomicU32>,
    tasks: tokio::task::JoinSet<()>,
}

impl Script {
    fn start(url: String) -> Self {
        let sent = Arc::<Mutex<Vec<u64>>>::default();
        let wanted = Arc::new(AtomicU32::new(u32::try_from(TURNS).unwrap()));
        let (log, goal) = (Arc::clone(&sent), Arc::clone(&wanted));
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move {
            let (refused, http) = (AtomicU64::new(0), spans::sender());
            for id in 1.. {
                while id > u64::from(goal.load(Ordering::SeqCst)) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                deliver(&http, &url, id, &refused).await;
                beside::deliver(&http, &url, id, &refused).await;
                log.lock().unwrap().push(id);
            }
        });
        Self { sent, wanted, tasks }
    }

    fn is_done(&self) -> bool {
        self.sent.lock().unwrap().len() >= self.wanted.load(Ordering::SeqCst) as usize
    }

    /// Takes one more turn.
    fn more(&self) {
        self.wanted.fetch_add(1, Ordering::SeqCst);
    }

    /// Takes a last turn, so that everything before it was recovered when it is stored; returns what was acknowledged.
    async fn end(mut self) -> Vec<u64> {
        self.more();
        let done = async {
            while !self.is_done() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, done).await.expect("acknowledgements come back");
        self.tasks.abort_all();
        let sent = self.sent.lock().unwrap();
        sent.clone()
    }
}

/// Counts the calls of a cycle: points, and all calls of all threads.
fn count() -> (Vec<Point>, usize) {
    let platform = Platform::start_with(SETTINGS);
    let attach = |pid| Tracer::attach(pid, platform.folder(), None);
    let tracers =
        [(Victim::Server, attach(platform.server_pid())), (Victim::Engine, attach(platform.engine_pid()))];
    let script = Script::start(platform.traces_url());
    until(PATIENCE, "the cycle", || script.is_done().then_some(()));
    std::thread::sleep(SETTLE);
    drop(script);
    let (mut points, mut all) = (Vec::new(), 0);
    for (victim, tracer) in tracers {
        let most = calls(&tracer.detach(), &mut all);
        let each = |(call, n): (String, u32)| (1..=n).map(move |k| Point { victim, call: call.clone(), k });
        points.extend(most.into_iter().flat_map(each));
    }
    (points, all)
}

/// Reads strace's lines (`THREAD NAME(ARGUMENTS...`): for each name the most calls of one thread.
fn calls(lines: &str, all: &mut usize) -> BTreeMap<String, u32> {
    let mut threads = BTreeMap::<(&str, &str), u32>::new();
    for (thread, call) in lines.lines().filter_map(|line| line.split_once(' ')) {
        let name = call.trim_start().split('(').next().unwrap_or_default();
        if CALLS.split(',').any(|known| known == name) {
            *threads.entry((thread, name)).or_default() += 1;
            *all += 1;
        }
    }
    let mut most = BTreeMap::new();
    for ((_, name), n) in threads {
        let best: &mut u32 = most.entry(name.to_owned()).or_default();
        *best = n.max(*best);
    }
    most
}

/// Chooses points of every kind, spread over the list.
fn spread(points: &[Point], n: usize) -> Vec<Point> {
    let mut kinds = BTreeMap::<(Victim, &str), Vec<&Point>>::new();
    for point in points {
        kinds.entry((point.victim, &point.call)).or_default().push(point);
    }
    let mut chosen: Vec<Point> = kinds.values().map(|of| of[of.len() / 2].clone()).collect();
    let rest: Vec<&Point> = points.iter().filter(|point| !chosen.contains(point)).collect();
    let more = n.saturating_sub(chosen.len()).min(rest.len());
    chosen.extend((0..more).map(|i| rest[i * rest.len() / more].clone()));
    chosen.sort();
    chosen
}

async fn ends_within(tracer: &mut Tracer, time: Duration) -> bool {
    let ended = async {
        while !tracer.has_ended() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(time, ended).await.is_ok()
}

/// Runs a cycle on a new folder with a kill at the point; restarts what does not restart by itself.
async fn strike(point: &Point) -> (Found, String) {
    let mut platform = Platform::start_with(SETTINGS);
    let pid = match point.victim {
        Victim::Server => platform.server_pid(),
        Victim::Engine => platform.engine_pid(),
    };
    let mut tracer = Tracer::attach(pid, platform.folder(), Some(point));
    let script = Script::start(platform.traces_url());
    // Threads share the calls anew in each run: go on with more turns until one of them is there.
    let mut extra = 0;
    while !tracer.has_ended() && extra < TURNS {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if script.is_done() && !ends_within(&mut tracer, if extra == 0 { SETTLE } else { SETTLE / 8 }).await {
            script.more();
            extra += 1;
        }
    }
    let struck = tracer.has_ended();
    tracer.detach();
    if !platform.is_running() {
        platform.kill_and_restart();
    }
    let acknowledged = script.end().await;
    let found = audit(&platform, struck, &acknowledged).await;
    (found, platform.log())
}

/// Waits until everything is there, and says what is when the time is over.
async fn audit(platform: &Platform, struck: bool, acknowledged: &[u64]) -> Found {
    let mut tries = 0;
    loop {
        let found = look(platform, struck, acknowledged).await;
        let is_late = tries >= APPEARS.as_millis() / PAUSE.as_millis();
        match found {
            Some(found) if found.is_right() || is_late => return found,
            None if is_late => panic!("questions are answered again\n{}", platform.log()),
            _ => {}
        }
        tries += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Compares what is there with what was acknowledged; nothing while questions are not answered.
async fn look(platform: &Platform, struck: bool, acknowledged: &[u64]) -> Option<Found> {
    let services = platform.client().frame("/services", &[("from", "now-1h")]).await.ok()?;
    let (spans, lines) = (stored(platform).await.ok()?, beside::lines(platform).await.ok()?);
    let lost = |rows: &BTreeMap<u64, u32>| acknowledged.iter().filter(|id| !rows.contains_key(id)).count();
    let double = |rows: &BTreeMap<u64, u32>| rows.values().filter(|n| **n > 1).count();
    Some(Found {
        struck,
        acknowledged: acknowledged.len(),
        lost: lost(&spans) + lost(&lines),
        double: double(&spans) + double(&lines),
        counted: sum(column(&services, "count")),
        points: beside::points(platform).await,
    })
}

/// Prints a row of the table; tells what is wrong, if anything is.
#[expect(clippy::print_stdout, reason = "the table is what `cargo xtask crashpoints` is for")]
fn report(point: &Point, found: &Found, log: &str) -> Option<String> {
    let Point { victim, call, k } = point;
    let Found { struck, acknowledged, lost, double, counted, points } = found;
    println!(
        "{call:<9} {k:>4}  {:<7}  {:<6}  {acknowledged:>12}  {lost:>4}  {double:>6}  {counted:>7}  {points:>6}",
        format!("{victim:?}").to_lowercase(),
        if *struck { "yes" } else { "no" },
    );
    (!found.is_right()).then(|| format!("{point:?}: {found:?}\n{log}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_kill_at_any_durable_step_loses_nothing_and_doubles_nothing() {
    let (all, calls) = count();
    for victim in [Victim::Server, Victim::Engine] {
        assert!(all.iter().any(|point| point.victim == victim), "strace saw no call of the {victim:?}");
    }
    let does_all = variable("SIGHTLINE_CRASHPOINTS").is_some_and(|value| value == "all");
    let points = if does_all { all.clone() } else { spread(&all, GATE) };
    let n = points.len();
    println!("{calls} calls in one cycle, {} points, {n} of them now", all.len());
    println!("call         k  process  struck  acknowledged  lost  double  counted  points");
    let queue = Arc::new(Mutex::new(points.into_iter()));
    let mut lanes = tokio::task::JoinSet::new();
    for _ in 0..LANES {
        let queue = Arc::clone(&queue);
        lanes.spawn(async move {
            let (mut wrong, mut missed) = (Vec::new(), 0);
            let next = || queue.lock().unwrap().next();
            while let Some(point) = next() {
                let (found, log) = strike(&point).await;
                missed += usize::from(!found.struck);
                wrong.extend(report(&point, &found, &log));
            }
            (wrong, missed)
        });
    }
    let (mut wrong, mut missed) = (Vec::new(), 0);
    while let Some(lane) = lanes.join_next().await {
        let (more, unreached) = lane.unwrap();
        wrong.extend(more);
        missed += unreached;
    }
    println!("{n} points, {missed} not reached, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(missed * 4 <= n, "{missed} of {n} points were not reached");
}
