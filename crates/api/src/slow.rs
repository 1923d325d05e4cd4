//! A stream that gives up on a peer who takes no bytes, or who drips the head of a request.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use crate::head::HeadWatch;

/// Fails a write that makes no progress for the given time, so that slow readers do not hold answers in memory; and a
/// read when the head of a request is not there in time.
#[derive(Debug)]
pub(crate) struct Patient<S> {
    stream: S,
    patience: Duration,
    /// Runs while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
    head: HeadWatch,
    head_time: Duration,
    /// Runs while a head is on its way.
    head_due: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    pub(crate) const fn new(stream: S, patience: Duration, head: HeadWatch, head_time: Duration) -> Self {
        Self { stream, patience, waiting: None, head, head_time, head_due: None }
    }

    /// Passes progress on; of a write that waits, watches the time.
    fn watch<T>(&mut self, cx: &mut Context<'_>, progress: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if progress.is_ready() {
            self.waiting = None;
            return progress;
        }
        let patience = self.patience;
        let until = || Box::pin(tokio::time::sleep_until(Instant::now() + patience));
        let waiting = self.waiting.get_or_insert_with(until);
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer takes no bytes")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let progress = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let arrived = buffer.filled().get(before..).unwrap_or_default();
        if !self.head.arrived(arrived) {
            self.head_due = None;
            return progress;
        }
        let until = Instant::now() + self.head_time;
        let due = self.head_due.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if due.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the head of a request is late",
            )));
        }
        progress
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.watch(cx, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let progress = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch(cx, progress)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let progress = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watch(cx, progress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    const HEAD_TIME: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn a_head_that_drips_is_given_up_and_an_idle_connection_is_not() {
        let (near, mut far) = tokio::io::duplex(64);
        let head = HeadWatch::default();
        let mut stream = Patient::new(near, Duration::from_secs(30), head.clone(), HEAD_TIME);
        let idle = tokio::time::timeout(Duration::from_secs(60), stream.read_u8()).await;
        assert!(idle.is_err(), "an idle connection is none of its business");
        far.write_all(b"G").await.unwrap();
        stream.read_u8().await.unwrap();
        let drip = async {
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_secs(2)).await;
                far.write_all(b"E").await.unwrap();
            }
        };
        let read = async {
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await.unwrap_err()
        };
        let (error, ()) = tokio::join!(read, drip);
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_nothing_is_given_up_and_a_slow_one_is_not() {
        let (near, mut far) = tokio::io::duplex(4);
        let mut stream = Patient::new(near, Duration::from_secs(30), HeadWatch::default(), HEAD_TIME);
        stream.write_all(b"1234").await.unwrap();
        let slow = async {
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_secs(29)).await;
                far.read_u8().await.unwrap();
            }
        };
        let (written, ()) = tokio::join!(stream.write_all(b"5678"), slow);
        written.unwrap();
        let error = stream.write_all(b"9").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
