//! The demo services as processes, sending to a platform.

use std::process::Command;

use test_kit::driver::Driver;
use test_kit::process::Process;

use crate::platform::Platform;

/// The three services.
pub(crate) struct Demo {
    services: Vec<Process>,
    /// URL of billing, for faults.
    pub(crate) billing: String,
    /// URL of the gateway.
    pub(crate) gateway: String,
}

impl Demo {
    /// Starts the services; they send to the platform over OTLP/gRPC.
    pub(crate) fn start(platform: &Platform) -> Self {
        let grpc = format!("http://{}", platform.text("otlp_grpc"));
        let start = |name: &str, more: &[&str]| {
            Process::start_listening(
                name,
                &platform.folder().join(format!("{name}.log")),
                |command: &mut Command| {
                    command.args(["--listen", "127.0.0.1:0"]).args(more).current_dir(platform.folder());
                    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &grpc).env("OTEL_BSP_SCHEDULE_DELAY", "100");
                    command.env_remove("OTEL_SERVICE_NAME");
                },
            )
        };
        let identity = start("identity", &[]);
        let billing = start("billing", &[]);
        let url = |process: &Process| format!("http://{}", process.address());
        let (identity_url, billing_url) = (url(&identity), url(&billing));
        let gateway = start("api-gateway", &["--identity", &identity_url, "--billing", &billing_url]);
        let gateway_url = url(&gateway);
        Self { services: vec![gateway, billing, identity], billing: billing_url, gateway: gateway_url }
    }

    /// Returns a driver of the gateway.
    pub(crate) fn driver(&self) -> Driver {
        Driver::new(&self.gateway)
    }

    /// Ends the services; each sends its last spans first.
    pub(crate) fn stop(&mut self) {
        for service in &mut self.services {
            service.stop(std::time::Duration::from_secs(20));
        }
    }
}
