//! Reads a request's body within its limits of size and time, whatever the transport.

use std::time::Duration;

use bytes::Bytes;
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

/// What a transport puts around what the limit of a body is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Framing {
    /// Bytes before the message.
    pub(crate) bytes: usize,
    /// Reads the bytes of the whole body from its first piece, when they are said there.
    pub(crate) told: fn(&[u8]) -> usize,
}

impl Framing {
    /// The body is the message.
    pub(crate) const NONE: Self = Self { bytes: 0, told: |_| 0 };
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
pub(crate) async fn read_body<B>(
    body: B,
    rules: &BodyRules,
    framing: Framing,
    permit: &mut Permit,
) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let bytes_max = rules.bytes_max + framing.bytes;
    let told = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if told > bytes_max {
        return Err(rules.too_large());
    }
    let mut body = std::pin::pin!(body);
    let mut parts = Parts { told, ..Parts::default() };
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
        if parts.bytes == 0 {
            parts.told = parts.told.max((framing.told)(&data)).min(bytes_max);
        }
        parts.push(data);
        if parts.bytes > bytes_max {
            return Err(rules.too_large());
        }
        permit.grow_to(parts.bytes).map_err(|_| super::admission::overload())?;
    }
}

fn too_slow() -> Refusal {
    let message = "the body came too slowly; send smaller batches or compress them";
    Refusal::later(RejectReason::Overload, message, Duration::from_secs(1))
}

/// Room for a body whose length is told is made at once, up to so much; from there on it doubles as bytes come, so that
/// whoever tells much and sends little takes little.
const ROOM_AT_ONCE: usize = 1 << 20;

/// Pieces of a body; a body of one piece is not copied.
#[derive(Default)]
struct Parts {
    first: Bytes,
    joined: Vec<u8>,
    bytes: usize,
    /// How many will come, as far as somebody said.
    told: usize,
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
        let first = std::mem::take(&mut self.first);
        self.make_room();
        self.joined.extend_from_slice(&first);
        self.joined.extend_from_slice(&data);
    }

    fn make_room(&mut self) {
        let room = self.joined.capacity();
        if self.bytes <= room {
            return;
        }
        let doubled = 2 * room;
        let is_told = self.told >= self.bytes;
        let wanted = if is_told { self.told.min(doubled.max(ROOM_AT_ONCE)) } else { doubled };
        self.joined.reserve_exact(wanted.max(self.bytes) - self.joined.len());
    }

    fn join(self) -> Bytes {
        if self.joined.is_empty() { self.first } else { self.joined.into() }
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
        let body = read_body(StreamBody::new(frames), &RULES, Framing::NONE, &mut permit).await;
        body.map(|b| b.len()).map_err(|r| r.kind)
    }

    #[test]
    fn room_is_made_once_for_what_is_told_and_never_much_more_than_what_came() {
        const KIB: usize = 1 << 10;
        // Told, sent in pieces of 64 KiB: how often room was made, and how much there is at the end.
        for (told, sent, times, room) in [
            (256 * KIB, 256 * KIB, 1, 256 * KIB),
            (4096 * KIB, 128 * KIB, 1, 1024 * KIB),
            (4096 * KIB, 4096 * KIB, 3, 4096 * KIB),
            (0, 1024 * KIB, 4, 1024 * KIB),
            (64 * KIB, 256 * KIB, 2, 256 * KIB),
        ] {
            let mut parts = Parts { told, ..Parts::default() };
            let mut rooms = Vec::new();
            for _ in 0..sent / (64 * KIB) {
                parts.push(Bytes::from(vec![7; 64 * KIB]));
                rooms.push(parts.joined.capacity());
            }
            rooms.retain(|room| *room > 0);
            rooms.dedup();
            assert_eq!((rooms.len(), rooms.last()), (times, Some(&room)), "{told} told, {sent} sent");
            assert_eq!(parts.join().len(), sent);
        }
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
