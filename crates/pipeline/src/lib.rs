//! Received telemetry becomes stored telemetry.
