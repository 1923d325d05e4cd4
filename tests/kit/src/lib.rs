//! The seeded data generator with its ledger, and helpers that drive real processes.
