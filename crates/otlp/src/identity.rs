//! The identity of resources and series (schema.md D12, format 1, which never changes).

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::BadMessage;
use crate::value::{Any, Order, sort_last_wins, write_text};
use crate::wire::put_varint;

/// Version of the format; first byte of what is hashed.
const FORMAT: u8 = 1;

/// Attributes in the canonical form, ready to be hashed for any tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CanonicalAttributes(Vec<u8>);

fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    put_varint(out, text.len() as u64);
    out.extend_from_slice(text);
}

impl CanonicalAttributes {
    /// Encodes attributes: count, then key, type byte and value of each, sorted by key, of equal keys the last.
    /// An attribute without a value is as good as absent.
    ///
    /// # Errors
    /// [`BadMessage`] when an array or map in them cannot be read.
    pub(crate) fn new(attributes: &[(&[u8], Any<'_>)]) -> Result<Self, BadMessage> {
        let mut members = attributes.to_vec();
        sort_last_wins(&mut members);
        members.retain(|(_, value)| *value != Any::None);
        let mut out = Vec::new();
        put_varint(&mut out, members.len() as u64);
        for (key, value) in members {
            put_text(&mut out, key);
            put_value(&mut out, value)?;
        }
        Ok(Self(out))
    }

    /// Returns the identity of the resource for an org and tenant.
    pub(crate) fn resource_id(&self, org: u32, tenant: &[u8]) -> u64 {
        let mut bytes = Vec::with_capacity(self.0.len() + tenant.len() + 8);
        bytes.push(FORMAT);
        bytes.extend_from_slice(&org.to_le_bytes());
        put_text(&mut bytes, tenant);
        bytes.extend_from_slice(&self.0);
        xxh3_64(&bytes)
    }
}

/// What makes a series, besides the attributes of its points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeriesHead<'a> {
    pub(crate) org: u32,
    pub(crate) tenant: &'a [u8],
    /// As in [`crate::SeriesRow`].
    pub(crate) kind: u8,
    pub(crate) temporality: u8,
    pub(crate) is_monotonic: bool,
    pub(crate) metric: &'a [u8],
    pub(crate) unit: &'a [u8],
    pub(crate) scope_name: &'a [u8],
    pub(crate) scope_version: &'a [u8],
    pub(crate) resource: &'a CanonicalAttributes,
}

impl SeriesHead<'_> {
    /// Returns the identity of a series. Texts are UTF-8 behind their length (LEB128), numbers little-endian:
    ///
    /// * low 96 bits: those of XXH3-128 over `0x01`, org (`u32`), tenant, kind (`u8`), temporality (`u8`), monotonic
    ///   (`u8`), metric, unit, scope name, scope version, attributes of the resource, attributes of the point;
    /// * high 32 bits: those of XXH3-64 over `0x01`, org (`u32`), metric, so that the series of a metric are neighbours.
    ///
    /// Attributes are their count, then of each key, type byte and value, sorted by key, of equal keys the last: `1` text,
    /// `2` bool, `3` `i64`, `4` `f64`, `5` bytes, `6` array or map as canonical JSON. Name and unit are cut to the limit
    /// of texts before; attributes are not. Description, start time, bounds, flags and schema URL are not part of it.
    ///
    /// | org | tenant | kind, temporality, monotonic | metric | unit | scope | resource | point | series id |
    /// |---|---|---|---|---|---|---|---|---|
    /// | 1 | | 1 0 0 | `m` | | | | | `daf76afacf83f8084bcc9239d605abcf` |
    /// | 1 | | 2 2 1 | `http.requests` | `{request}` | `s` `1.0` | `service.name=cart` | `code=200` (int) | `b2bbc44f17f414bc5a84620e754067b8` |
    /// | 1 | `t1` | 2 2 1 | `http.requests` | `{request}` | `s` `1.0` | `service.name=cart` | `code=200` (int) | `b2bbc44f57219cd084cf239de57e9774` |
    /// | 2 | `t1` | 3 1 0 | `http.requests` | `s` | | | `ok=true` | `90f0087c0ff0d853a4ec77ae5a410f77` |
    pub(crate) fn series_id(&self, point: &CanonicalAttributes) -> u128 {
        let mut named = vec![FORMAT];
        named.extend_from_slice(&self.org.to_le_bytes());
        let mut bytes = Vec::with_capacity(128 + self.resource.0.len() + point.0.len());
        bytes.extend_from_slice(&named);
        put_text(&mut named, self.metric);
        put_text(&mut bytes, self.tenant);
        bytes.extend_from_slice(&[self.kind, self.temporality, u8::from(self.is_monotonic)]);
        for text in [self.metric, self.unit, self.scope_name, self.scope_version] {
            put_text(&mut bytes, text);
        }
        bytes.extend_from_slice(&self.resource.0);
        bytes.extend_from_slice(&point.0);
        let high = u128::from(xxh3_64(&named) >> 32);
        high << 96 | xxh3_128(&bytes) & (u128::MAX >> 32)
    }
}

fn put_value(out: &mut Vec<u8>, value: Any<'_>) -> Result<(), BadMessage> {
    match value {
        Any::None => {}
        Any::Text(text) => {
            out.push(1);
            put_text(out, text);
        }
        Any::Bool(flag) => out.extend_from_slice(&[2, u8::from(flag)]),
        Any::Int(number) => {
            out.push(3);
            out.extend_from_slice(&number.to_le_bytes());
        }
        Any::Double(number) => {
            out.push(4);
            out.extend_from_slice(&number.to_bits().to_le_bytes());
        }
        Any::Bytes(bytes) => {
            out.push(5);
            put_text(out, bytes);
        }
        Any::Array(_) | Any::KvList(_) => {
            let mut json = Vec::new();
            write_text(&mut json, value, Order::Canonical)?;
            out.push(6);
            put_text(out, &json);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    fn id(org: u32, tenant: &str, attributes: &[(&[u8], Any<'_>)]) -> (u64, Vec<u8>) {
        let canonical = CanonicalAttributes::new(attributes).unwrap();
        (canonical.resource_id(org, tenant.as_bytes()), canonical.0)
    }

    /// The vectors of the format: whoever writes another implementation compares with these.
    #[test]
    fn the_format_is_frozen() {
        let service: &[(&[u8], Any<'_>)] = &[(b"service.name", Any::Text(b"cart"))];
        let (_, bytes) = id(1, "", service);
        assert_eq!(bytes, b"\x01\x0cservice.name\x01\x04cart");
        let kinds: &[(&[u8], Any<'_>)] = &[
            (b"i", Any::Int(-2)),
            (b"b", Any::Bool(true)),
            (b"d", Any::Double(1.5)),
            (b"x", Any::Bytes(b"\x00\xff")),
            (b"a", Any::Array(b"\x0a\x02\x18\x07")),
        ];
        let (_, bytes) = id(1, "", kinds);
        let expected = [
            b"\x05".as_slice(),
            b"\x01a\x06\x03[7]",
            b"\x01b\x02\x01",
            b"\x01d\x04\0\0\0\0\0\0\xf8\x3f",
            b"\x01i\x03\xfe\xff\xff\xff\xff\xff\xff\xff",
            b"\x01x\x05\x02\0\xff",
        ];
        assert_eq!(bytes, expected.concat());
        let vectors = [
            (1, "", &[][..], 1_877_032_367_759_810_856),
            (1, "", service, 12_641_477_086_622_592_142),
            (1, "tenant-001", service, 497_322_306_827_808_964),
            (2, "tenant-001", service, 14_958_730_782_065_434_477),
            (1, "", kinds, 5_280_158_668_406_873_632),
        ];
        for (org, tenant, attributes, expected) in vectors {
            assert_eq!(id(org, tenant, attributes).0, expected, "org {org}, tenant `{tenant}`");
        }
    }

    fn series(org: u32, tenant: &str, is_rich: bool, kind: [u8; 3]) -> SeriesHead<'static> {
        static RESOURCE: LazyLock<[CanonicalAttributes; 2]> = LazyLock::new(|| {
            let service: &[(&[u8], Any<'_>)] = &[(b"service.name", Any::Text(b"cart"))];
            [&[], service].map(|attributes| CanonicalAttributes::new(attributes).unwrap())
        });
        let [kind, temporality, monotonic] = kind;
        SeriesHead {
            org,
            tenant: if tenant.is_empty() { b"" } else { b"t1" },
            kind,
            temporality,
            is_monotonic: monotonic == 1,
            metric: if kind == 1 { b"m" } else { b"http.requests" },
            unit: match kind {
                1 => b"",
                2 => b"{request}",
                _ => b"s",
            },
            scope_name: if is_rich { b"s" } else { b"" },
            scope_version: if is_rich { b"1.0" } else { b"" },
            resource: &RESOURCE[usize::from(is_rich)],
        }
    }

    /// The vectors in the documentation of [`SeriesHead::series_id`].
    #[test]
    fn the_identity_of_a_series_is_frozen() {
        let code: &[(&[u8], Any<'_>)] = &[(b"code", Any::Int(200))];
        let vectors = [
            (series(1, "", false, [1, 0, 0]), &[][..], 0xdaf7_6afa_cf83_f808_4bcc_9239_d605_abcf),
            (series(1, "", true, [2, 2, 1]), code, 0xb2bb_c44f_17f4_14bc_5a84_620e_7540_67b8),
            (series(1, "t1", true, [2, 2, 1]), code, 0xb2bb_c44f_5721_9cd0_84cf_239d_e57e_9774),
            (
                series(2, "t1", false, [3, 1, 0]),
                &[(b"ok", Any::Bool(true))],
                0x90f0_087c_0ff0_d853_a4ec_77ae_5a41_0f77,
            ),
        ];
        for (head, point, expected) in vectors {
            let id = head.series_id(&CanonicalAttributes::new(point).unwrap());
            assert_eq!(id, expected, "{head:?}: {id:032x}");
        }
    }

    #[test]
    fn whatever_makes_a_series_changes_its_identity() {
        let none = CanonicalAttributes::new(&[]).unwrap();
        let base = series(1, "", true, [2, 2, 1]);
        let others = [
            SeriesHead { org: 2, ..base },
            SeriesHead { tenant: b"t", ..base },
            SeriesHead { kind: 3, ..base },
            SeriesHead { temporality: 1, ..base },
            SeriesHead { is_monotonic: false, ..base },
            SeriesHead { metric: b"m", ..base },
            SeriesHead { unit: b"", ..base },
            SeriesHead { scope_name: b"", ..base },
            SeriesHead { scope_version: b"", ..base },
            SeriesHead { resource: &none, ..base },
            // Texts are behind their length, so nothing runs over into its neighbour.
            SeriesHead { metric: b"http.requests{", unit: b"request}", ..base },
        ];
        for other in others {
            assert_ne!(other.series_id(&none), base.series_id(&none), "{other:?}");
        }
        let same_metric = SeriesHead { unit: b"x", tenant: b"t", ..base };
        assert_eq!(
            same_metric.series_id(&none) >> 96,
            base.series_id(&none) >> 96,
            "neighbours in the store"
        );
    }

    #[test]
    fn order_and_repetition_do_not_matter() {
        let a: &[(&[u8], Any<'_>)] = &[(b"k", Any::Int(1)), (b"j", Any::Text(b"x")), (b"n", Any::None)];
        let b: &[(&[u8], Any<'_>)] =
            &[(b"j", Any::Text(b"old")), (b"j", Any::Text(b"x")), (b"k", Any::Int(1))];
        assert_eq!(id(1, "t", a), id(1, "t", b));
        let text: &[(&[u8], Any<'_>)] = &[(b"k", Any::Text(b"1")), (b"j", Any::Text(b"x"))];
        assert_ne!(id(1, "t", a), id(1, "t", text), "another type is another resource");
    }
}
