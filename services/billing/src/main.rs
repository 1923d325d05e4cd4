//! Demo service `billing`.
fn main() {}
