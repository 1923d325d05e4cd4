//! The server as users run it, with its engine, on free ports and a folder of its own.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::Process;
use crate::{Error, Programs, cpu};

/// A running server.
pub(crate) struct Platform {
    process: Process,
    engine: u32,
    /// Where OTLP over gRPC is received.
    pub(super) grpc: SocketAddr,
    api: String,
    token: String,
}

impl Platform {
    pub(super) fn start(programs: &Programs, folder: &Path) -> Result<Self, Error> {
        let data = folder.join("data");
        let file = data.join("endpoints.json");
        let any = "127.0.0.1:0";
        let mut command = Command::new(&programs.sightline);
        command.args(["serve", "--profile", "dev", "--listen", any, "--otlp-grpc", any, "--otlp-http", any]);
        command.arg("--data-dir").arg(&data).stdout(Stdio::null());
        let mut process = Process::start("sightline", folder, command)?;
        let endpoints: Value =
            process.until("listen", || serde_json::from_str(&std::fs::read_to_string(&file).ok()?).ok())?;
        let text = |key: &str| endpoints[key].as_str().unwrap_or_default().to_owned();
        let api = text("api").trim_start_matches("http://").to_owned();
        process.until("start its engine", || {
            let ready: Value = serde_json::from_str(&get(&api, "/readyz", "")?).ok()?;
            (ready["parts"]["schema"] == "ready").then_some(())
        })?;
        let pid = process.id();
        let engine = process.until("start its engine", || cpu::child_of(pid))?;
        let grpc = text("otlp_grpc").parse();
        let grpc = grpc.map_err(|_| process.failed("does not tell where it receives gRPC".to_owned()))?;
        Ok(Self { process, engine, grpc, api, token: text("token") })
    }

    pub(super) fn server(&self) -> u32 {
        self.process.id()
    }

    pub(super) const fn engine(&self) -> u32 {
        self.engine
    }

    /// Returns one of the server's own counters, of all its labels together.
    pub(super) fn counter(&self, name: &str) -> Result<u64, Error> {
        let text = get(&self.api, "/metrics", &self.token);
        let text = text.ok_or_else(|| self.process.failed("does not answer `/metrics`".to_owned()))?;
        Ok(sum_of(&text, name))
    }
}

fn sum_of(text: &str, name: &str) -> u64 {
    let of_name = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
    let values = text.lines().filter(of_name).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counters of some millions")]
    values.map(|value| value as u64).sum()
}

/// Returns the body of an answer, whatever its code; none when nobody answers.
fn get(address: &str, path: &str, token: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    let credential =
        if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\n{credential}connection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_summed_over_its_labels_and_no_other() {
        let text = "# TYPE a counter\na_total{org=\"1\"} 5\na_total{org=\"2\"} 7\na_total_x 9\nab_total 3\n";
        assert_eq!(sum_of(text, "a_total"), 12);
        assert_eq!(sum_of(text, "ab_total"), 3);
        assert_eq!(sum_of(text, "none"), 0);
    }
}
