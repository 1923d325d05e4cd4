//! What the demo services share.
