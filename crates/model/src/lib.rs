//! The words of the domain: orgs, tenants, credentials, time ranges, kinds of failure and answers.
//!
//! *Invariant:* no I/O, no async and no clock. What another crate may do is decided here by which values it can build.

mod auth;
mod frame;
mod id;
mod kind;
pub mod language;
mod scope;
mod signal;
mod time;

pub use auth::{AuthError, Authenticator, Credential, Permission, Principal, Role};
pub use frame::{
    Body, Column, ColumnType, Exactness, Frame, Grid, Incomplete, Meta, RangeOut, Role as ColumnRole, Series,
    Stats, Values, Warning,
};
pub use id::{IdError, OrgId, SpanId, TenantId, TraceId};
pub use kind::Kind;
pub use scope::{IngestScope, TenantBinding, TenantScope, Tenants};
pub use signal::{RejectReason, Signal};
pub use time::{FUTURE_NS_MAX, Nanos, TimeRange};

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
