//! End-to-end tests: real processes, from outside.
