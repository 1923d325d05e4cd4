//! Terminal client; sees only the public API.
