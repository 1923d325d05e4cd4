//! The real engine: start, doors, users, death and end.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sightline_engine::{Access, Engine, Error, User, engine_host, testing};
use sightline_runtime::{Scope, SystemClock};

engine_host!();

/// Asked of this binary, it starts an engine in the folder behind it, tells the child's pid and waits to be killed.
const PARENT: &str = "engine-parent-folder";

async fn start(folder: &Path, scope: &Scope) -> Result<Engine, Error> {
    Engine::start(testing::config(folder, false), scope, Arc::new(SystemClock)).await
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Returns the HTTP status and the code of the exception, or the text.
async fn ask(access: &Access, user: Option<&User>, sql: &str) -> (u16, String) {
    let door = (access.door_header.0.as_str(), access.door_header.1.expose());
    let mut request = client().post(&access.url).header(door.0, door.1).body(sql.to_owned());
    if let Some(user) = user {
        let headers = [("x-clickhouse-user", &user.name), ("x-clickhouse-key", user.password.expose())];
        request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    }
    let response = request.send().await.unwrap();
    let code = response.headers().get("x-clickhouse-exception-code").map(|c| c.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, code.unwrap_or_else(|| text.trim().to_owned()))
}

fn is_alive(pid: u32) -> bool {
    // A child of a dead parent may stay a zombie where no init collects it.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let is_zombie = stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'));
    test_kill_process(pid_of(pid)).is_ok() && !is_zombie
}

fn pid_of(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(3), waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test]
async fn it_answers_in_utc_and_a_killed_child_comes_back_with_the_same_access_and_data() {
    let folder = tempfile::tempdir().unwrap();
    let scope = Scope::new();
    let engine = start(folder.path(), &scope).await.unwrap();
    let access = engine.access();
    let mut status = engine.status();
    let admin = Some(&access.admin);
    assert_eq!(ask(&access, admin, "SELECT timezone()").await, (200, "UTC".to_owned()));
    let sqls = [
        "CREATE DATABASE kept",
        "CREATE TABLE kept.t (x UInt8) ENGINE = MergeTree ORDER BY x",
        "INSERT INTO kept.t VALUES (7)",
        "SYSTEM FLUSH LOGS",
    ];
    for sql in sqls {
        assert_eq!(ask(&access, admin, sql).await, (200, String::new()), "{sql}");
    }
    for _ in 0..2 {
        let pid = status.borrow().pid.unwrap();
        kill_process(pid_of(pid), Signal::KILL).unwrap();
        status.wait_for(|s| s.up && s.pid.is_some_and(|new| new != pid)).await.unwrap();
        assert_eq!(ask(&access, admin, "SELECT sum(x) FROM kept.t").await, (200, "7".to_owned()));
        assert_eq!(ask(&access, admin, "SYSTEM FLUSH LOGS").await, (200, String::new()));
        assert_eq!(ask(&access, admin, "SELECT count() > 0 FROM system.query_log").await.1, "1");
    }
    assert_eq!(status.borrow().restarts, 2);
    let pid = status.borrow().pid.unwrap();
    engine.stop().await;
    assert!(!is_alive(pid), "the child has ended");
    scope.close(Duration::from_mins(1)).await.unwrap();
    let again = Scope::new();
    let engine = start(folder.path(), &again).await.unwrap();
    let access = engine.access();
    assert_eq!(ask(&access, Some(&access.admin), "SELECT sum(x) FROM kept.t").await.1, "7");
    again.close(Duration::from_mins(1)).await.unwrap();
}

#[tokio::test]
async fn without_the_door_key_there_is_nothing_but_ping() {
    let access = &testing::shared().access;
    let get = |path: &str| client().get(format!("{}{path}", access.url)).send();
    for (path, status) in [("/ping", 200), ("/", 404), ("/?query=SELECT%201", 404), ("/play", 404)] {
        assert_eq!(get(path).await.unwrap().status().as_u16(), status, "{path}");
    }
    let wrong = client().post(&access.url).header(&access.door_header.0, "wrong").body("SELECT 1");
    assert_eq!(wrong.send().await.unwrap().status().as_u16(), 404);
}

#[tokio::test]
async fn each_user_can_do_what_it_is_for_and_no_more() {
    let access = &testing::shared().access;
    let admin = Some(&access.admin);
    for sql in [
        "CREATE DATABASE IF NOT EXISTS sightline",
        "CREATE TABLE IF NOT EXISTS sightline.t (x UInt8) ENGINE = MergeTree ORDER BY x",
    ] {
        assert_eq!(ask(access, admin, sql).await.0, 200, "{sql}");
    }
    let stranger = User { name: "query".to_owned(), password: access.ingest.password.clone() };
    let (ingest, query) = (Some(&access.ingest), Some(&access.query));
    for (user, sql, wanted) in [
        (ingest, "INSERT INTO sightline.t VALUES (1)", ""),
        (query, "SELECT max(x) >= 0 FROM sightline.t", "1"),
        (query, "INSERT INTO sightline.t VALUES (1)", "497"),
        (query, "SELECT * FROM file('/etc/hostname', 'LineAsString')", "497"),
        (query, "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')", "497"),
        (query, "SELECT * FROM remote('127.0.0.1', system.one)", "497"),
        (query, "SELECT * FROM executable('ls', 'LineAsString', 'x String')", "497"),
        (query, "CREATE TEMPORARY TABLE x (y UInt8)", "497"),
        (query, "SELECT * FROM system.processes", "497"),
        (query, "SELECT 1 SETTINGS max_execution_time = 6000", "452"),
        (query, "KILL QUERY WHERE 1", "497"),
        (ingest, "DROP TABLE sightline.t", "497"),
        (ingest, "SELECT * FROM file('/etc/hostname', 'LineAsString')", "497"),
        (None, "SELECT * FROM sightline.t", "497"),
        (None, "CREATE TABLE sightline.u (x UInt8) ENGINE = Memory", "497"),
        (Some(&stranger), "SELECT 1", "516"),
    ] {
        let (_, got) = ask(access, user, sql).await;
        assert_eq!(got, wanted, "{:?}: {sql}", user.map(|user| &user.name));
    }
}

#[tokio::test]
async fn a_second_start_on_the_same_folder_is_refused_and_the_first_is_unharmed() {
    let folder = tempfile::tempdir().unwrap();
    let scope = Scope::new();
    let engine = start(folder.path(), &scope).await.unwrap();
    let error = start(folder.path(), &Scope::new()).await.unwrap_err();
    assert!(matches!(error, Error::Locked(_)) && error.to_string().contains("in use"), "{error}");
    let access = engine.access();
    assert_eq!(ask(&access, Some(&access.admin), "SELECT 1").await.1, "1");
    scope.close(Duration::from_mins(1)).await.unwrap();
}

#[tokio::test]
async fn a_library_that_is_none_is_an_error_with_the_last_words() {
    let folder = tempfile::tempdir().unwrap();
    let fake = folder.path().join("libchdb.so");
    std::fs::write(&fake, "no library").unwrap();
    let mut config = testing::config(folder.path(), false);
    config.library = fake;
    let scope = Scope::new();
    let error = Engine::start(config, &scope, Arc::new(SystemClock)).await.unwrap_err();
    assert!(error.to_string().contains("cannot load"), "{error}");
    scope.close(Duration::from_mins(1)).await.unwrap();
}

/// Not a test of its own: the parent that is killed in the test below.
#[tokio::test]
async fn parent_for_the_test_of_its_death() {
    let mut arguments = std::env::args().skip_while(|argument| argument != PARENT).skip(1);
    let Some(folder) = arguments.next() else { return };
    let engine = start(Path::new(&folder), &Scope::new()).await.unwrap();
    let pid = engine.status().borrow().pid.unwrap();
    std::fs::write(Path::new(&folder).join("pid.new"), pid.to_string()).unwrap();
    std::fs::rename(Path::new(&folder).join("pid.new"), Path::new(&folder).join("pid")).unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn the_child_ends_when_its_parent_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let fixed = ["--exact", "parent_for_the_test_of_its_death", "--nocapture", "--", PARENT];
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(fixed)
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let file = folder.path().join("pid");
    until("the child is up", || file.exists()).await;
    let pid: u32 = std::fs::read_to_string(&file).unwrap().parse().unwrap();
    assert!(is_alive(pid));
    parent.kill().unwrap();
    parent.wait().unwrap();
    until("the child has ended", || !is_alive(pid)).await;
    let scope = Scope::new();
    start(folder.path(), &scope).await.unwrap();
    scope.close(Duration::from_mins(1)).await.unwrap();
}
