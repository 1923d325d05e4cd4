//! The ten demo services as processes, sending to a platform.

pub(crate) use test_kit::demo::Demo;

use crate::platform::Platform;

/// Starts the services; they send to the platform over OTLP/gRPC.
pub(crate) fn start(platform: &Platform) -> Demo {
    Demo::start(&format!("http://{}", platform.text("otlp_grpc")), platform.folder(), |_, _| {})
}
