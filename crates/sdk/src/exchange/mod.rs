//! A request and its answer: the span and the measurement that all integrations have in common.

#[cfg(any(feature = "server", feature = "grpc"))]
mod body;
mod call;
#[cfg(any(feature = "server", feature = "grpc"))]
mod grpc_status;

#[cfg(any(feature = "server", feature = "grpc"))]
pub use body::Tracked;
pub(crate) use call::Call;
#[cfg(any(feature = "server", feature = "grpc"))]
pub(crate) use grpc_status::{Side, note};
