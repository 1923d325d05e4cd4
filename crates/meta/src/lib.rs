//! Settings at rest: orgs, users, tenants, API keys, logins and sessions, in SQLite or PostgreSQL.
//!
//! *Invariant:* no secret is stored, only its SHA-256; what a credential opens is answered from memory by
//! [`Meta::authenticator`], at most five seconds behind the database and at once after a change of our own.

mod authenticator;
mod database;
mod error;
mod key_text;
mod keys;
mod migrate;
mod orgs;
mod refresh;
mod rows;
mod secret;
mod sessions;
mod snapshot;
mod tenants;
mod users;
mod writers;

pub use authenticator::{DevAccess, permissions_of};
pub use database::Meta;
pub use error::Error;
pub use key_text::{KeyText, KeyTextError};
pub use keys::{CreatedKey, Key, Keys, NewKey};
pub use orgs::{Org, Orgs};
pub use sessions::{LoggedIn, Sessions};
pub use tenants::{Tenant, TenantsOf};
pub use users::{NewUser, User, Users};
