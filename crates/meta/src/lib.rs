//! Settings at rest: orgs, users, tenants, keys, sessions.
