//! Reads a request's body within its limits of size and time, whatever the transport.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use sightline_model::RejectReason;

use super::{Permit, Refusal};

/// What a body may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyRules {
    /// Bytes on the wire.
    pub(crate) bytes_max: usize,
    /// Time for a body of no bytes.
    pub(crate) timeout: Duration,
    /// Every so many bytes give it one more second.
    pub(crate) bytes_per_s_min: u64,
}

impl BodyRules {
    /// Returns how long a body may have taken when so many bytes of it are there.
    fn allowance(&self, bytes: usize) -> Duration {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.timeout + Duration::from_millis(bytes.saturating_mul(1000) / self.bytes_per_s_min.max(1))
    }

    fn too_large(&self) -> Refusal {
        let max = self.bytes_max;
        Refusal::too_large(format!("the body is larger than {max} bytes; send smaller batches"))
    }
}

/// Reads the whole body. The permit grows with it; the body is read no further than its limit.
pub(crate) async fn read_body<B>(body: B, rules: &BodyRules, permit: &mut Permit) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |n| n > rules.bytes_max) {
        return Err(rules.too_large());
    }
    let mut body = std::pin::pin!(body);
    let mut parts = Parts::default();
    let started = tokio::time::Instant::now();
    loop {
        let deadline = started + rules.allowance(parts.bytes);
        let frame = match tokio::time::timeout_at(deadline, body.frame()).await {
            Err(_elapsed) => return Err(too_slow()),
            Ok(None) => return Ok(parts.join()),
            Ok(Some(Err(error))) => {
                return Err(Refusal::bad_message(format!("the body breaks off: {error}")));
            }
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        parts.push(data);
        if parts.bytes > rules.bytes_max {
            return Err(rules.too_large());
        }
        permit.grow_to(parts.bytes).map_err(|_| super::admission::overload())?;
    }
}

fn too_slow() -> Refusal {
    let message = "the body came too slowly; send smaller batches or compress them";
    Refusal::later(RejectReason::Overload, message, Duration::from_secs(1))
}

/// Pieces of a body; a body of one piece is not copied.
#[derive(Default)]
struct Parts {
    first: Bytes,
    joined: BytesMut,
    bytes: usize,
}

impl Parts {
    fn push(&mut self, data: Bytes) {
        if data.is_empty() {
            return;
        }
        self.bytes += data.len();
        if self.bytes == data.len() {
            self.first = data;
            return;
        }
        if self.first.has_remaining() {
            self.joined.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.joined.extend_from_slice(&data);
    }

    fn join(self) -> Bytes {
        if self.joined.is_empty() { self.first } else { self.joined.freeze() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::Permits;
    use futures_util::stream;
    use http_body::Frame;
    use http_body_util::StreamBody;
    use sightline_model::Kind;

    const RULES: BodyRules =
        BodyRules { bytes_max: 64 << 10, timeout: Duration::from_secs(10), bytes_per_s_min: 1024 };

    /// A body of `pieces` pieces of `bytes` bytes, one every `every`.
    async fn check(pieces: usize, bytes: usize, every: Duration) -> Result<usize, Kind> {
        let frames = stream::unfold(0, |n| async move {
            if n == pieces {
                return None;
            }
            tokio::time::sleep(every).await;
            Some((Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![1; bytes]))), n + 1))
        });
        let mut permit = Permits::new(1 << 20).open();
        read_body(StreamBody::new(frames), &RULES, &mut permit).await.map(|b| b.len()).map_err(|r| r.kind)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_may_take_the_time_that_its_bytes_need_and_no_more() {
        let second = Duration::from_secs(1);
        assert_eq!(check(0, 0, second).await, Ok(0));
        assert_eq!(check(60, 1024, second).await, Ok(60 << 10), "slow but over the least rate");
        assert_eq!(check(60, 1, second).await, Err(Kind::Unavailable), "one byte a second");
        assert_eq!(check(1, 1, 30 * second).await, Err(Kind::Unavailable), "silence");
        assert_eq!(check(64, 1024, Duration::ZERO).await, Ok(64 << 10), "exactly the limit");
        assert_eq!(check(65, 1024, Duration::ZERO).await, Err(Kind::TooLarge), "over the limit");
    }
}
