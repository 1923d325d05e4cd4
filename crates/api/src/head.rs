//! Whether the head of a request is on its way, so that it can have a shorter limit than a connection that is idle.
//!
//! hyper has one limit for both (HTTP/1): as long as browsers should keep connections, a head could be dripped in. The
//! stream sees when bytes arrive, the service when a request has begun, the body of the answer when it is over.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

/// No request.
const IDLE: u8 = 0;
/// A part of a head has arrived.
const HEAD: u8 = 1;
/// A request is being answered.
const BUSY: u8 = 2;
/// HTTP/2, where heads are not told apart here; its own limits apply.
const UNWATCHED: u8 = 3;

/// What every HTTP/2 connection begins with.
const PREFACE: &[u8] = b"PRI ";

/// The state of one connection. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeadWatch(Arc<AtomicU8>);

impl HeadWatch {
    /// Takes in bytes; tells whether a head is on its way.
    pub(crate) fn arrived(&self, bytes: &[u8]) -> bool {
        if !bytes.is_empty() && self.0.load(Ordering::Acquire) == IDLE {
            self.0.store(if bytes.starts_with(PREFACE) { UNWATCHED } else { HEAD }, Ordering::Release);
        }
        self.0.load(Ordering::Acquire) == HEAD
    }

    /// Notes that a head is complete.
    pub(crate) fn begun(&self) {
        self.change(HEAD, BUSY);
    }

    /// Returns the body with a note of its end.
    pub(crate) fn watch(&self, body: Body) -> Body {
        Body::new(Watched { body, head: self.clone() })
    }

    fn change(&self, from: u8, to: u8) {
        // It may be unwatched, which it stays.
        let _is_changed = self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
    }
}

/// A body that tells when it is over, sent or not.
struct Watched {
    body: Body,
    head: HeadWatch,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.head.change(BUSY, IDLE);
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_watched_from_its_first_byte_to_its_request() {
        let head = HeadWatch::default();
        assert!(!head.arrived(b""));
        assert!(head.arrived(b"GET / HT"));
        assert!(head.arrived(b"TP/1.1\r\n"));
        head.begun();
        assert!(!head.arrived(b"the body of the request"));
        drop(head.watch(Body::empty()));
        assert!(head.arrived(b"P"), "the next request");
        let second = HeadWatch::default();
        assert!(!second.arrived(b"PRI * HTTP/2.0\r\n"));
        second.begun();
        drop(second.watch(Body::empty()));
        assert!(!second.arrived(b"GET "));
    }
}
