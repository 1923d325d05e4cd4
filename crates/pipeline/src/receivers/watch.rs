//! Closes connections whose client dawdles: over its first byte, over a header, over reading an answer.
//!
//! Hyper's own header timer starts only when it knows the protocol and also runs between two requests, so it can be
//! neither short nor complete. This one sits under it and sees the bytes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// What a client of HTTP/2 sends first (RFC 9113 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long a client may dawdle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timings {
    /// Over the first byte of a connection, and over a header from its first byte on.
    pub(super) header: Duration,
    /// Over reading what we write.
    pub(super) write: Duration,
}

#[derive(Debug, Default)]
struct Counts {
    /// Requests whose header came whole.
    begun: AtomicUsize,
    /// Requests being handled.
    busy: AtomicUsize,
}

/// Tells a [`Watch`] which requests are handled.
#[derive(Debug, Clone)]
pub(super) struct Activity(Arc<Counts>);

/// A request being handled, until dropped.
#[derive(Debug)]
pub(super) struct Busy(Arc<Counts>);

impl Activity {
    /// Notes that a header came whole.
    pub(super) fn enter(&self) -> Busy {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        self.0.busy.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(&self.0))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream that ends itself when its client dawdles.
#[derive(Debug)]
pub(super) struct Watch<S> {
    inner: S,
    timings: Timings,
    counts: Arc<Counts>,
    /// How much of the preface has come; none when it is not HTTP/2.
    preface: Option<usize>,
    /// `begun` when the header timer was started; none while it rests.
    waiting: Option<usize>,
    header_timer: Pin<Box<Sleep>>,
    write_timer: Option<Pin<Box<Sleep>>>,
}

impl<S> Watch<S> {
    /// Watches a new connection: its first byte is awaited from now on.
    pub(super) fn new(inner: S, timings: Timings) -> Self {
        Self {
            inner,
            timings,
            counts: Arc::default(),
            preface: Some(0),
            waiting: Some(0),
            header_timer: Box::pin(tokio::time::sleep(timings.header)),
            write_timer: None,
        }
    }

    pub(super) fn activity(&self) -> Activity {
        Activity(Arc::clone(&self.counts))
    }

    fn is_http2(&self) -> bool {
        self.preface == Some(PREFACE.len())
    }

    /// Looks at bytes that came, and starts or stops the header timer.
    fn note(&mut self, bytes: &[u8]) {
        if let Some(seen) = self.preface.filter(|seen| *seen < PREFACE.len()) {
            let n = bytes.len().min(PREFACE.len() - seen);
            self.preface = (PREFACE[seen..seen + n] == bytes[..n]).then_some(seen + n);
        }
        if self.is_http2() {
            // From here on the ping of HTTP/2 finds a client that does not answer.
            self.waiting = None;
        } else if self.waiting.is_none() && self.counts.busy.load(Ordering::Relaxed) == 0 {
            self.waiting = Some(self.counts.begun.load(Ordering::Relaxed));
            let deadline = Instant::now() + self.timings.header;
            self.header_timer.as_mut().reset(deadline);
        }
    }

    fn poll_header_timer(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let Some(since) = self.waiting else { return Poll::Pending };
        if self.counts.begun.load(Ordering::Relaxed) != since {
            self.waiting = None;
            return Poll::Pending;
        }
        ready!(self.header_timer.as_mut().poll(cx));
        Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "the header did not come in time"))
    }

    fn poll_write_timer(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let timeout = self.timings.write;
        let timer = self.write_timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "the client does not read its answer"))
    }

    /// Passes a write on; one that waits too long is an error.
    fn timed<T>(&mut self, written: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_pending() {
            return self.poll_write_timer(cx).map(Err);
        }
        self.write_timer = None;
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watch<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match Pin::new(&mut self.inner).poll_read(cx, buf) {
            Poll::Ready(Ok(())) => {
                if buf.filled().len() > before {
                    self.note(&buf.filled()[before..]);
                }
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.poll_header_timer(cx).map(Err),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watch<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.timed(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.timed(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    const TIMINGS: Timings = Timings { header: Duration::from_secs(5), write: Duration::from_secs(30) };

    /// Sends `bytes`, one a second, and tells after how many seconds the watch gave up; none: not within a minute.
    async fn gave_up_after(bytes: &'static [u8], header_ends_at: Option<usize>) -> Option<u64> {
        let (mut client, server) = duplex(64);
        let mut watch = Watch::new(server, TIMINGS);
        let activity = watch.activity();
        let started = Instant::now();
        let writing = async {
            for byte in bytes {
                drop(client.write_all(&[*byte]).await);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            std::future::pending::<()>().await;
        };
        let reading = async {
            let mut busy = None;
            let mut n = 0;
            let error = loop {
                busy = busy.or_else(|| (Some(n) == header_ends_at).then(|| activity.enter()));
                match watch.read_u8().await {
                    Ok(_) => n += 1,
                    Err(error) => break error,
                }
            };
            drop(busy);
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            started.elapsed().as_secs()
        };
        tokio::select! {
            () = writing => None,
            after = reading => Some(after),
            () = tokio::time::sleep(Duration::from_mins(1)) => None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_header_that_does_not_come_whole_in_time_ends_the_connection() {
        assert_eq!(gave_up_after(b"", None).await, Some(5), "no byte at all");
        assert_eq!(gave_up_after(b"POST / HTTP/1.1", None).await, Some(5), "a byte a second");
        assert_eq!(gave_up_after(&PREFACE[..4], None).await, Some(5), "part of a preface");
        assert_eq!(gave_up_after(b"GET and a slow body", Some(3)).await, None, "the body has its own clock");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_ends_the_connection() {
        let (client, server) = duplex(4);
        let mut watch = Watch::new(server, TIMINGS);
        let error = watch.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(client);
    }

    #[tokio::test(start_paused = true)]
    async fn http2_is_left_to_its_ping() {
        let (mut client, server) = duplex(64);
        let mut watch = Watch::new(server, TIMINGS);
        client.write_all(PREFACE).await.unwrap();
        let mut got = [0; 24];
        watch.read_exact(&mut got).await.unwrap();
        let more = tokio::time::timeout(Duration::from_mins(1), watch.read_u8()).await;
        assert!(more.is_err(), "neither a byte nor an end");
    }
}
