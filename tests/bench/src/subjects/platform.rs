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
    pub(crate) grpc: SocketAddr,
    api: String,
    token: String,
}

impl Platform {
    pub(crate) fn start(programs: &Programs, folder: &Path) -> Result<Self, Error> {
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
            let ready: Value = serde_json::from_str(&get(&api, "/readyz", "")?.1).ok()?;
            (ready["parts"]["schema"] == "ready").then_some(())
        })?;
        let pid = process.id();
        let engine = process.until("start its engine", || cpu::child_of(pid))?;
        let grpc = text("otlp_grpc").parse();
        let grpc = grpc.map_err(|_| process.failed("does not tell where it receives gRPC".to_owned()))?;
        Ok(Self { process, engine, grpc, api, token: text("token") })
    }

    pub(crate) fn server(&self) -> u32 {
        self.process.id()
    }

    pub(crate) const fn engine(&self) -> u32 {
        self.engine
    }

    /// Returns one of the server's own counters, of all its labels together.
    pub(super) fn counter(&self, name: &str) -> Result<u64, Error> {
        Ok(sum_of(&self.metrics()?, name, ""))
    }

    /// Returns one of the server's own counters of one signal.
    pub(crate) fn counter_of(&self, name: &str, signal: &str) -> Result<u64, Error> {
        Ok(sum_of(&self.metrics()?, name, &format!("signal=\"{signal}\"")))
    }

    fn metrics(&self) -> Result<String, Error> {
        let text = get(&self.api, "/metrics", &self.token);
        text.map(|(_, body)| body).ok_or_else(|| self.process.failed("does not answer `/metrics`".to_owned()))
    }

    /// Returns how to ask its API.
    pub(crate) fn asker(&self) -> Asker {
        Asker { api: self.api.clone(), token: self.token.clone() }
    }
}

/// Asks the API of a platform, from any thread.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    api: String,
    token: String,
}

impl Asker {
    /// Asks a route under `/api/v1`; blocks. An answer that is not 200 is an error with its text.
    pub(crate) fn ask(&self, route: &str, parameters: &[(&str, &str)]) -> Result<Value, Error> {
        let separated = |(at, (key, value)): (usize, &(&str, &str))| {
            format!("{}{key}={}", if at == 0 { '?' } else { '&' }, encoded(value))
        };
        let query: String = parameters.iter().enumerate().map(separated).collect();
        let path = format!("/api/v1{route}{query}");
        let (status, body) = get(&self.api, &path, &self.token)
            .ok_or_else(|| Error::Refused(format!("nobody answers `{path}`")))?;
        if status != 200 {
            return Err(Error::Refused(format!("`{path}`: {status} {body}")));
        }
        serde_json::from_str(&body).map_err(|e| Error::Refused(format!("`{path}`: {e}")))
    }
}

/// Percent-encodes what is not a letter, a digit or one of `-._~`.
fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(one).collect()
}

fn sum_of(text: &str, name: &str, label: &str) -> u64 {
    let of_name = |line: &&str| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']) && rest.contains(label))
    };
    let values = text.lines().filter(of_name).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counters of some millions")]
    values.map(|value| value as u64).sum()
}

/// Returns status and body of an answer; none when nobody answers.
pub(super) fn get(address: &str, path: &str, token: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let credential =
        if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
    // HTTP/1.0, so that the body comes in one piece.
    write!(stream, "GET {path} HTTP/1.0\r\nhost: {address}\r\n{credential}\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_summed_over_its_labels_and_no_other() {
        let text = "# TYPE a counter\na_total{org=\"1\"} 5\na_total{org=\"2\"} 7\na_total_x 9\nab_total 3\n";
        assert_eq!(sum_of(text, "a_total", ""), 12);
        assert_eq!(sum_of(text, "a_total", "org=\"2\""), 7);
        assert_eq!(sum_of(text, "ab_total", ""), 3);
        assert_eq!(sum_of(text, "none", ""), 0);
    }
}
