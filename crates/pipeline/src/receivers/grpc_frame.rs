//! The length-prefixed message of gRPC (PROTOCOL-HTTP2 of gRPC): one flag, four bytes of length, the message.
//!
//! Read by hand instead of through a `tonic` codec, because that decompresses before we are asked: without the ratio
//! guard, the byte permits and the window limit that the door applies to every receiver.

use bytes::{BufMut, Bytes, BytesMut};

use crate::door::{Framing, Refusal};

/// Bytes before the message.
const PREFIX_BYTES: usize = 5;

/// What the door has to know of the prefix.
pub(super) const FRAMING: Framing = Framing { bytes: PREFIX_BYTES, told };

/// Reads the bytes of a body from its beginning.
fn told(beginning: &[u8]) -> usize {
    let Some([_, a, b, c, d]) = beginning.first_chunk() else { return 0 };
    (u32::from_be_bytes([*a, *b, *c, *d]) as usize).saturating_add(PREFIX_BYTES)
}

/// Takes the one message out of a request's body; tells whether it is compressed.
pub(super) fn unframe(body: &Bytes) -> Result<(bool, Bytes), Refusal> {
    let Some((prefix, message)) = body.split_first_chunk::<PREFIX_BYTES>() else {
        return Err(Refusal::bad_message("the request has no message"));
    };
    let [flag, a, b, c, d] = *prefix;
    let length = u32::from_be_bytes([a, b, c, d]);
    if flag > 1 {
        return Err(Refusal::bad_message(format!("compressed flag `{flag}` is neither 0 nor 1")));
    }
    if usize::try_from(length) != Ok(message.len()) {
        let there = message.len();
        let text = format!("the message is said to have {length} bytes but {there} came; send exactly one");
        return Err(Refusal::bad_message(text));
    }
    Ok((flag == 1, body.slice(PREFIX_BYTES..)))
}

/// Puts a small message into a frame.
pub(super) fn frame(message: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(PREFIX_BYTES + message.len());
    out.put_u8(0);
    out.put_u32(u32::try_from(message.len()).expect("answers are a few hundred bytes"));
    out.put_slice(message);
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_message_is_taken() {
        for (body, expected) in [
            (&b"\0\0\0\0\x02ab"[..], Some((false, &b"ab"[..]))),
            (b"\x01\0\0\0\x02ab", Some((true, b"ab"))),
            (b"\0\0\0\0\0", Some((false, b""))),
            (b"", None),
            (b"\0\0\0\0", None),
            (b"\0\0\0\0\x03ab", None),
            (b"\0\0\0\0\x01ab", None),
            (b"\0\xff\xff\xff\xffab", None),
            (b"\x02\0\0\0\x02ab", None),
        ] {
            let got = unframe(&Bytes::from_static(body)).ok();
            assert_eq!(got.as_ref().map(|(flag, m)| (*flag, &m[..])), expected, "{body:?}");
        }
        assert_eq!(unframe(&frame(b"xyz")).unwrap(), (false, Bytes::from_static(b"xyz")));
        assert_eq!((told(&frame(b"xyz")), told(b"\0\0")), (8, 0));
    }
}
