//! The public HTTP surface: authentication, authorisation, routes, and the document that describes them.
//!
//! *Invariant:* a handler is reached through a row of the route table only, and each row says who may use it; org and tenants
//! come from the credential, never from the request.

mod ask;
mod call;
mod credential;
mod cursor;
mod error;
mod events;
mod guard;
mod head;
mod hmac;
mod idempotency;
mod layers;
mod names;
mod openapi;
mod params;
mod rate;
mod router;
mod routes;
mod running;
mod serve;
mod slow;
mod state;
mod status;
mod time;

pub use cursor::CursorKey;
pub use error::{ApiError, FieldError, Problem};
pub use openapi::{document as openapi_document, document_text as openapi_text};
pub use router::{Doors, router};
pub use routes::{Access, RouteInfo, route_table};
pub use serve::{ServeLimits, serve};
pub use state::{ApiConfig, ApiParts, ApiState, NotTaken, Posting, StatusSource};
pub use status::{DiskStatus, Endpoints, EngineStatus, IngestStatus, Status};
