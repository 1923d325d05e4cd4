//! VictoriaMetrics and Prometheus as processes of their own, on free ports and folders of their own.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::remote_write::Writer;
use crate::Error;
use crate::subjects::Process;

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Brand {
    Victoria,
    Prometheus,
}

/// A running peer.
pub(super) struct Peer {
    pub(super) brand: Brand,
    process: Process,
    pub(super) address: SocketAddr,
    data: PathBuf,
    writer: Writer,
}

impl Peer {
    pub(super) fn start(brand: Brand, program: &Path, folder: &Path) -> Result<Self, Error> {
        // Neither tells which port it got, so one is chosen for it.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io("a free port"))?;
        let address = listener.local_addr().map_err(Error::io("a free port"))?;
        drop(listener);
        let name = match brand {
            Brand::Victoria => "victoria-metrics",
            Brand::Prometheus => "prometheus",
        };
        let data = folder.join(name);
        std::fs::create_dir_all(&data).map_err(Error::io(data.display().to_string()))?;
        let mut command = Command::new(program);
        command.args(arguments(brand, address, &data, folder)?).stdout(Stdio::null());
        let mut process = Process::start(name, folder, command)?;
        process.until("listen", || TcpStream::connect(address).ok())?;
        process.until("be ready", || matches!(get(address, ready(brand)), Some((200, _))).then_some(()))?;
        let writer = Writer::connect(address)?;
        Ok(Self { brand, process, address, data, writer })
    }

    /// Opens another connection: a peer closes one that rests for some seconds.
    pub(super) fn connect(&mut self) -> Result<(), Error> {
        self.writer = Writer::connect(self.address)?;
        Ok(())
    }

    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn write(&mut self, samples: &[crate::load::Sample], time: u64) -> Result<(), Error> {
        self.writer.write(samples, time)
    }

    /// Merges or snapshots, and returns the bytes of data and index on disk.
    pub(super) fn bytes(&self) -> Result<u64, Error> {
        match self.brand {
            Brand::Victoria => {
                self.must(get(self.address, "/internal/force_flush"), "force_flush")?;
                self.must(get(self.address, "/internal/force_merge"), "force_merge")?;
                settled(&self.data)
            }
            Brand::Prometheus => {
                self.must(post(self.address, "/api/v1/admin/tsdb/snapshot"), "snapshot")?;
                settled(&self.data.join("snapshots"))
            }
        }
    }

    fn must(&self, answer: Option<(u16, String)>, what: &str) -> Result<(), Error> {
        match answer {
            Some((200, _)) => Ok(()),
            other => Err(self.process.failed(format!("answers `{what}` with {other:?}"))),
        }
    }
}

const fn ready(brand: Brand) -> &'static str {
    match brand {
        Brand::Victoria => "/health",
        Brand::Prometheus => "/-/ready",
    }
}

fn arguments(brand: Brand, address: SocketAddr, data: &Path, folder: &Path) -> Result<Vec<String>, Error> {
    let data = data.display();
    Ok(match brand {
        Brand::Victoria => vec![
            format!("-storageDataPath={data}"),
            format!("-httpListenAddr={address}"),
            "-retentionPeriod=1".to_owned(),
        ],
        Brand::Prometheus => {
            let config = folder.join("prometheus.yml");
            std::fs::write(&config, "global: {}\n").map_err(Error::io(config.display().to_string()))?;
            vec![
                format!("--config.file={}", config.display()),
                format!("--storage.tsdb.path={data}"),
                format!("--web.listen-address={address}"),
                "--web.enable-remote-write-receiver".to_owned(),
                "--web.enable-admin-api".to_owned(),
            ]
        }
    })
}

/// Returns the bytes of a folder once they no longer change.
fn settled(folder: &Path) -> Result<u64, Error> {
    let mut before = 0;
    for _ in 0..60 {
        std::thread::sleep(std::time::Duration::from_secs(2));
        let now = bytes_of(folder).map_err(Error::io(folder.display().to_string()))?;
        if now == before && now > 0 {
            break;
        }
        before = now;
    }
    Ok(before)
}

fn bytes_of(folder: &Path) -> std::io::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // A merge may remove what was just listed.
        let Ok(kind) = entry.metadata() else { continue };
        sum += if kind.is_dir() { bytes_of(&entry.path()).unwrap_or(0) } else { kind.len() };
    }
    Ok(sum)
}

/// Asks and returns status and body; none when nobody answers.
pub(super) fn get(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    call(address, &format!("GET {path} HTTP/1.0\r\nhost: {address}\r\n\r\n"))
}

fn post(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    call(address, &format!("POST {path} HTTP/1.0\r\nhost: {address}\r\ncontent-length: 0\r\n\r\n"))
}

fn call(address: SocketAddr, request: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}
