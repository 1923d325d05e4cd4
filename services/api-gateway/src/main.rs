//! Demo service `api-gateway`.
fn main() {}
