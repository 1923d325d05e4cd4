//! Demo service `identity`.
fn main() {}
