//! Injected faults, switched on and off while the service runs: errors, latency and CPU per route and tenant; held
//! connections and burnt cores for the service as a whole.
//!
//! `POST /demo/faults` adds a rule, `DELETE /demo/faults/{id}` removes it, `GET /demo/faults` lists them. These doors
//! carry no span, so that the ledger of the generator and the platform count the same requests.

mod door;
mod luck;
mod pressure;
mod rule;

pub use door::Faults;
pub(crate) use door::strike_at_the_door;
pub use luck::of as luck;
pub use rule::Rule;
