//! A body that ends its call when it was passed on or given up.

use std::pin::Pin;
use std::task::{Context as Poller, Poll, ready};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};

use super::{Call, Side, note};

pin_project_lite::pin_project! {
    /// A response body that ends the span when it was sent (or received) to its end, or given up.
    #[derive(Debug)]
    pub struct Tracked<R> {
        #[pin]
        body: R,
        call: Call,
        grpc: Option<Side>,
    }
}

impl<R> Tracked<R> {
    /// Ties a body to its call; with `grpc` its trailers hold the outcome.
    pub(crate) const fn new(body: R, call: Call, grpc: Option<Side>) -> Self {
        Self { body, call, grpc }
    }
}

impl<R: Body> Body for Tracked<R>
where
    R::Data: Buf,
{
    type Data = R::Data;
    type Error = R::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Poller<'_>,
    ) -> Poll<Option<Result<Frame<R::Data>, R::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                if let (Some(side), Some(trailers)) = (*this.grpc, frame.trailers_ref()) {
                    note(this.call, side, trailers);
                }
            }
            Some(Err(_)) => this.call.fail("body".to_owned(), "the response body failed".to_owned()),
            None => this.call.end(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
