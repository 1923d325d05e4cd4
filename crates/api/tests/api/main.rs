//! The API as its callers see it: the whole router over real settings and the real query service. The engine is away in these
//! tests (its address leads nowhere), so what is let through to a query answers 503; answers with data are tested end to end.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

mod access;
mod callers;
mod fixture;
mod org;
mod params;
mod serve;
mod session;
mod surface;
