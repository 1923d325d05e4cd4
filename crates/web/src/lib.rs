//! The built web application as static assets.
