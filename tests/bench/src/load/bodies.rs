//! Encoded requests, and how one is made distinct from all others without encoding it again.

use bytes::{Bytes, BytesMut};

use super::Shape;
use super::frame::{PREFIX_BYTES, framed};
use super::spans::Requests;

/// An encoded request with the places of its ids.
#[derive(Debug, Clone)]
pub struct Body {
    framed: Bytes,
    /// Where eight bytes of an id are: of each trace id the second half, of each span and parent id all.
    ids: Vec<usize>,
    /// How many spans it has.
    pub(crate) spans: u64,
}

/// Encodes so many requests; times end shortly before `now` (Unix nanoseconds).
#[must_use]
pub fn bodies(shape: Shape, count: usize, now: u64) -> Vec<Body> {
    let encode = |request: opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest| {
        let framed = framed(&request);
        let mut ids = Vec::new();
        let mut from = PREFIX_BYTES;
        let groups = request.resource_spans.iter().flat_map(|r| &r.scope_spans);
        for span in groups.flat_map(|s| &s.spans) {
            for (id, skipped) in [(&span.trace_id, 8), (&span.span_id, 0), (&span.parent_span_id, 0)] {
                from = place_of(&framed, id, from);
                ids.push(from + skipped);
            }
        }
        let spans = u64::try_from(ids.len() / 3).unwrap_or(0);
        Body { framed, ids, spans }
    };
    Requests::new(shape, now).take(count).map(encode).collect()
}

/// The fields of a span are encoded in the order of their numbers, ids first, and an id is not there by chance.
fn place_of(framed: &[u8], id: &[u8], from: usize) -> usize {
    let found = framed[from..].windows(id.len()).position(|window| window == id);
    from + found.expect("every id was encoded behind the one before it")
}

impl Body {
    /// Returns the bytes on the wire, frame included: the same at every call.
    pub(crate) fn repeated(&self) -> Bytes {
        self.framed.clone()
    }

    /// Returns a copy whose ids are those of no other `nonce`; parents are still parents.
    ///
    /// The first five bytes are the frame of gRPC, the rest is the message.
    #[must_use]
    pub fn fresh(&self, nonce: u64) -> Bytes {
        let mut copy = BytesMut::from(&self.framed[..]);
        let mask = mix(nonce).to_be_bytes();
        for at in &self.ids {
            copy[*at..*at + 8].iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        }
        copy.freeze()
    }

    /// Returns the bytes of the message.
    pub(crate) fn len(&self) -> usize {
        self.framed.len() - PREFIX_BYTES
    }
}

/// SplitMix64: different for different numbers, and looks random.
const fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::trace::v1::Span;
    use prost::Message as _;

    use super::*;
    use crate::load::Preset;

    const NOW: u64 = 1_764_000_000_000_000_000;

    fn some(seed: u64, preset: Preset) -> Vec<Body> {
        bodies(Shape { seed, preset, spans: 512 }, 4, NOW)
    }

    fn spans(framed: &[u8]) -> Vec<Span> {
        let request = ExportTraceServiceRequest::decode(&framed[PREFIX_BYTES..]).unwrap();
        let scopes = request.resource_spans.into_iter().flat_map(|r| r.scope_spans);
        scopes.flat_map(|s| s.spans).collect()
    }

    #[test]
    fn a_seed_gives_the_same_bytes_for_ever() {
        let sum = |seed, preset| {
            let joined: Vec<u8> = some(seed, preset).iter().flat_map(Body::repeated).collect();
            joined.iter().fold(0_u64, |sum, byte| mix(sum ^ u64::from(*byte)))
        };
        // A change of the data makes figures before it worthless: write it into docs/benchmarks.md.
        assert_eq!(sum(7, Preset::Std), 8_047_637_833_773_215_022);
        assert_eq!(sum(7, Preset::Rich), 18_310_133_474_258_544_898);
        assert_ne!(sum(7, Preset::Std), sum(8, Preset::Std));
    }

    #[test]
    fn a_fresh_copy_has_new_ids_and_the_same_tree() {
        let body = &some(7, Preset::Std)[0];
        assert_eq!(body.spans, 512);
        let [old, one, two] = [&body.repeated(), &body.fresh(1), &body.fresh(2)].map(|b| spans(b));
        let ids = |spans: &[Span]| spans.iter().map(|s| s.span_id.clone()).collect::<BTreeSet<_>>();
        assert!(ids(&old).is_disjoint(&ids(&one)) && ids(&one).is_disjoint(&ids(&two)));
        assert_eq!(ids(&one).len(), 512);
        let renamed: BTreeMap<_, _> =
            old.iter().zip(&one).map(|(a, b)| (a.span_id.clone(), b.span_id.clone())).collect();
        for (a, b) in old.iter().zip(&one) {
            assert_ne!(a.trace_id, b.trace_id);
            if let Some(parent) = renamed.get(&a.parent_span_id) {
                assert_eq!(&b.parent_span_id, parent);
            }
            let without_ids = |span: &Span| Span {
                trace_id: Vec::new(),
                span_id: Vec::new(),
                parent_span_id: Vec::new(),
                ..span.clone()
            };
            assert_eq!(without_ids(a), without_ids(b));
        }
    }

    #[test]
    fn spans_are_as_heavy_as_the_goals_assume() {
        for (preset, attributes, bytes) in
            [(Preset::Std, 12.0..12.01, 500..600), (Preset::Rich, 15.0..17.0, 600..750)]
        {
            let body = &some(7, preset)[0];
            let all = spans(&body.repeated());
            let total: usize = all.iter().map(|s| s.attributes.len()).sum();
            let mean = f64::from(u32::try_from(total).unwrap()) / 512.0;
            assert!(attributes.contains(&mean), "{preset:?}: {mean} attributes");
            assert!(bytes.contains(&(body.len() / 512)), "{preset:?}: {} bytes", body.len() / 512);
        }
    }
}
