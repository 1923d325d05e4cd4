//! What a service adds to be observable.
