//! The public HTTP surface.
