//! A question becomes a frame: bind org and tenants, compile, run, shape.
