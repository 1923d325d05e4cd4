//! Decompresses bodies in a stream that stops at a limit, however small a bomb is (promise.md 2.3.1).

use std::io::Read;

use flate2::bufread::GzDecoder;

use super::{Permit, Refusal};

/// Output below this is never taken for a bomb.
const RATIO_FREE_BYTES: usize = 1 << 20;
/// Members of one gzip stream.
const MEMBERS_MAX: usize = 1024;
/// Base-2 logarithm of the largest window: 8 MiB (RFC 9659).
const WINDOW_LOG_MAX: u32 = 23;
/// Output is taken in steps of this size.
const STEP: usize = 64 << 10;

/// How a body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    Zstd,
}

impl Encoding {
    /// Reads a `content-encoding` or `grpc-encoding`. More than one encoding is not understood: nobody sends it honestly.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("identity") {
            Ok(Self::Identity)
        } else if text.eq_ignore_ascii_case("gzip") || text.eq_ignore_ascii_case("x-gzip") {
            Ok(Self::Gzip)
        } else if text.eq_ignore_ascii_case("zstd") {
            Ok(Self::Zstd)
        } else {
            let shown: String = text.chars().take(32).collect();
            Err(Refusal::unsupported(format!(
                "content encoding `{shown}` is not supported; use gzip, zstd or none"
            )))
        }
    }
}

/// Limits of a body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimits {
    /// Bytes after decompression.
    pub(crate) bytes_max: usize,
    /// Output over input.
    pub(crate) ratio_max: usize,
}

struct Sink<'a> {
    out: Vec<u8>,
    /// Bytes that came out so far.
    bytes: usize,
    /// Nothing is kept of what cannot end well: it is only looked at for what to answer.
    is_kept: bool,
    input_bytes: usize,
    limits: BodyLimits,
    permit: &'a mut Permit,
}

/// Returns the decompressed body. The permit, which holds `body` already, grows with the output.
pub(crate) fn decompress(
    encoding: Encoding,
    body: &[u8],
    limits: BodyLimits,
    permit: &mut Permit,
) -> Result<Vec<u8>, Refusal> {
    let told = told_bytes(encoding, body);
    let is_kept = limits.check(told, body.len()).is_ok();
    let out = if is_kept { Vec::with_capacity(told) } else { Vec::new() };
    let mut sink = Sink { out, bytes: 0, is_kept, input_bytes: body.len(), limits, permit };
    match encoding {
        Encoding::Identity => sink.take(&mut &*body)?,
        Encoding::Gzip => gunzip(body, &mut sink)?,
        Encoding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(|e| broken(&e))?;
            decoder.window_log_max(WINDOW_LOG_MAX).map_err(|e| broken(&e))?;
            sink.take(&mut decoder)?;
        }
    }
    sink.end()
}

/// Returns how many bytes the body says to hold: what its last gzip member does (RFC 1952 2.3.1, ISIZE), or its first
/// zstd frame (RFC 8878 3.1.1.1). Zero when it does not say. Of a body that is whole it is never too much.
fn told_bytes(encoding: Encoding, body: &[u8]) -> usize {
    match encoding {
        Encoding::Identity => body.len(),
        Encoding::Gzip => body.last_chunk().map_or(0, |size| u32::from_le_bytes(*size) as usize),
        Encoding::Zstd => {
            let size = zstd::zstd_safe::get_frame_content_size(body).ok().flatten();
            size.map_or(0, |size| usize::try_from(size).unwrap_or(usize::MAX))
        }
    }
}

/// A gzip stream may have several members (RFC 1952 2.2), which follow each other without a gap.
fn gunzip(body: &[u8], sink: &mut Sink<'_>) -> Result<(), Refusal> {
    let mut rest = body;
    for _ in 0..MEMBERS_MAX {
        let mut member = GzDecoder::new(rest);
        sink.take(&mut member)?;
        rest = member.into_inner();
        if rest.is_empty() {
            return Ok(());
        }
    }
    Err(Refusal::too_large(format!("the gzip stream has more than {MEMBERS_MAX} members; send one")))
}

impl BodyLimits {
    /// Refuses so many bytes of output when they are too many.
    fn check(self, bytes: usize, input_bytes: usize) -> Result<(), Refusal> {
        let Self { bytes_max, ratio_max } = self;
        if bytes > bytes_max {
            return Err(Refusal::too_large(format!(
                "the body is larger than {bytes_max} bytes after decompression; send smaller batches"
            )));
        }
        if bytes > RATIO_FREE_BYTES && bytes / ratio_max > input_bytes {
            return Err(Refusal::too_large(format!(
                "the body grows more than {ratio_max} times by decompression; send smaller batches"
            )));
        }
        Ok(())
    }
}

impl Sink<'_> {
    fn take(&mut self, from: &mut impl Read) -> Result<(), Refusal> {
        loop {
            let start = if self.is_kept { self.bytes } else { 0 };
            // One byte more than is allowed is enough to know that it is too much.
            let room = STEP.min(self.limits.bytes_max - self.bytes + 1);
            self.out.resize(start + room, 0);
            let n = from.read(&mut self.out[start..]).map_err(|e| broken(&e))?;
            self.out.truncate(start + n);
            if n == 0 {
                return Ok(());
            }
            self.bytes += n;
            self.limits.check(self.bytes, self.input_bytes)?;
            if self.is_kept {
                let held = self.input_bytes + self.bytes;
                self.permit.grow_to(held).map_err(|_| super::admission::overload())?;
            }
        }
    }

    fn end(self) -> Result<Vec<u8>, Refusal> {
        if !self.is_kept {
            return Err(Refusal::bad_message("the body holds less than it says; compress it again"));
        }
        Ok(self.out)
    }
}

fn broken(error: &std::io::Error) -> Refusal {
    let text = error.to_string();
    if text.contains("too much memory") {
        let mib = (1_u32 << WINDOW_LOG_MAX) >> 20;
        return Refusal::too_large(format!("the zstd window is larger than {mib} MiB; use a smaller one"));
    }
    Refusal::bad_message(format!("the body cannot be decompressed: {}", text.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::Permits;
    use sightline_model::Kind;
    use std::io::Write;

    const LIMITS: BodyLimits = BodyLimits { bytes_max: 4 << 20, ratio_max: 200 };

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd_window(data: &[u8], window_log: u32) -> Vec<u8> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(window_log).unwrap();
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn check(encoding: Encoding, body: &[u8], budget: usize) -> Result<usize, Kind> {
        let mut permit = Permits::new(budget).open();
        decompress(encoding, body, LIMITS, &mut permit).map(|out| out.len()).map_err(|r| r.kind)
    }

    /// Says another size: the header of the frame becomes one with the smallest window and eight bytes of size.
    fn zstd_of_size(size: u64, frame: &[u8]) -> Vec<u8> {
        let (magic, rest) = frame.split_at(4);
        // The frame is one segment with a size of one byte.
        assert_eq!(rest[0], 0b0010_0000);
        [magic, &[0b1100_0000, 0], &size.to_le_bytes(), &rest[2..]].concat()
    }

    /// Bytes that hardly compress.
    fn noise(n: usize) -> Vec<u8> {
        (0..n as u64)
            .map(|i| u8::try_from(xxhash_rust::xxh3::xxh3_64(&i.to_le_bytes()) & 0xff).unwrap())
            .collect()
    }

    #[test]
    fn honest_bodies_pass_and_bombs_stop_at_the_limit() {
        let two_members = [gzip(b"ab"), gzip(b"cde")].concat();
        let many_members = gzip(b"").repeat(MEMBERS_MAX + 1);
        let garbage_after = [gzip(b"ab"), b"xx".to_vec()].concat();
        let half = gzip(&noise(4096))[..2000].to_vec();
        let says_too_much = [&gzip(b"ab")[..gzip(b"ab").len() - 4], &[0xff; 4]].concat();
        let zstd_says_its_size = zstd::bulk::compress(&[7; 100], 1).unwrap();
        let zstd_says_too_much = zstd_of_size(u64::MAX - 2, &zstd_says_its_size);
        let big = 64 << 20;
        type Case = (&'static str, Encoding, Vec<u8>, usize, Result<usize, Kind>);
        let cases: Vec<Case> = vec![
            ("identity", Encoding::Identity, vec![7; 100], big, Ok(100)),
            ("gzip", Encoding::Gzip, gzip(&[7; 100]), big, Ok(100)),
            ("zstd", Encoding::Zstd, zstd_window(&[7; 100], 20), big, Ok(100)),
            ("two gzip members", Encoding::Gzip, two_members, big, Ok(5)),
            ("more members than allowed", Encoding::Gzip, many_members, big, Err(Kind::TooLarge)),
            ("gzip then garbage", Encoding::Gzip, garbage_after, big, Err(Kind::Invalid)),
            ("half a gzip stream", Encoding::Gzip, half, big, Err(Kind::Invalid)),
            ("gzip said, zstd sent", Encoding::Gzip, zstd_window(b"ab", 20), big, Err(Kind::Invalid)),
            ("exactly the limit", Encoding::Gzip, gzip(&noise(4 << 20)), big, Ok(4 << 20)),
            ("one byte more", Encoding::Gzip, gzip(&noise((4 << 20) + 1)), big, Err(Kind::TooLarge)),
            ("gzip bomb", Encoding::Gzip, gzip(&vec![0; 3 << 20]), big, Err(Kind::TooLarge)),
            ("zstd bomb", Encoding::Zstd, zstd_window(&vec![0; 3 << 20], 20), big, Err(Kind::TooLarge)),
            ("zstd window", Encoding::Zstd, zstd_window(&noise(100), 27), big, Err(Kind::TooLarge)),
            ("no bytes left", Encoding::Gzip, gzip(&noise(1 << 20)), 1 << 16, Err(Kind::Unavailable)),
            ("gzip that says too much", Encoding::Gzip, says_too_much, big, Err(Kind::Invalid)),
            ("zstd that says too much", Encoding::Zstd, zstd_says_too_much, big, Err(Kind::Invalid)),
            ("zstd that says its size", Encoding::Zstd, zstd_says_its_size, big, Ok(100)),
            ("empty", Encoding::Identity, vec![], big, Ok(0)),
        ];
        for (name, encoding, body, budget, expected) in cases {
            assert_eq!(check(encoding, &body, budget), expected, "{name}");
        }
    }

    #[test]
    fn encodings_are_read_in_any_case_and_nesting_is_refused() {
        for (text, expected) in [
            ("", Some(Encoding::Identity)),
            ("GZIP", Some(Encoding::Gzip)),
            (" zstd ", Some(Encoding::Zstd)),
            ("identity", Some(Encoding::Identity)),
            ("gzip, gzip", None),
            ("deflate", None),
            ("snappy", None),
            ("br", None),
        ] {
            assert_eq!(Encoding::parse(text).ok(), expected, "{text}");
        }
    }
}
