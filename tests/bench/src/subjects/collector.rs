//! The OpenTelemetry Collector: its OTLP receiver with nothing behind it (`cargo xtask peers` builds it).

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use super::Process;
use crate::Error;

/// Starts it with a configuration of its own.
pub(super) fn start(program: &Path, folder: &Path) -> Result<(SocketAddr, Process), Error> {
    let address = free_address()?;
    let config = folder.join("collector.yaml");
    std::fs::write(&config, config_of(address)).map_err(Error::io(config.display().to_string()))?;
    let mut command = Command::new(program);
    command.arg("--config").arg(format!("file:{}", config.display())).stdout(Stdio::null());
    let mut process = Process::start("collector_drop", folder, command)?;
    process.until("listen", || TcpStream::connect(address).ok())?;
    Ok((address, process))
}

/// The Collector does not tell which port it got, so one is chosen for it.
fn free_address() -> Result<SocketAddr, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io("a free port"))?;
    listener.local_addr().map_err(Error::io("a free port"))
}

fn config_of(address: SocketAddr) -> String {
    format!(
        "receivers:\n  otlp:\n    protocols:\n      grpc:\n        endpoint: {address}\n\
         exporters:\n  nop:\n\
         service:\n  telemetry:\n    metrics:\n      level: none\n    logs:\n      level: warn\n  pipelines:\n    \
         traces:\n      receivers: [otlp]\n      exporters: [nop]\n"
    )
}
