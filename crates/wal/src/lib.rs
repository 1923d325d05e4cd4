//! A durable, bounded log of opaque records with group commit and the commit protocol's markers.
