//! Prometheus' remote write 1.0: `prometheus.WriteRequest` in a snappy block.
//!
//! The block holds literals only, which every decoder must take; it spares the peers the work of decompressing.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use prost::encoding::{WireType, encode_key, encode_varint};

use crate::Error;
use crate::load::{COUNTER, GAUGE, Kind, SERVICES, Sample, labels};

/// Bytes of one literal: their number fits three bytes behind the tag.
const LITERAL: usize = 1 << 16;

/// A connection that is kept.
pub(super) struct Writer {
    stream: TcpStream,
}

impl Writer {
    pub(super) fn connect(address: SocketAddr) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).map_err(Error::io(format!("`{address}`")))?;
        stream.set_nodelay(true).map_err(Error::io("nodelay"))?;
        Ok(Self { stream })
    }

    /// Sends samples of one time (Unix nanoseconds).
    pub(super) fn write(&mut self, samples: &[Sample], time: u64) -> Result<(), Error> {
        let body = block(&request(samples, time / 1_000_000));
        let head = format!(
            "POST /api/v1/write HTTP/1.1\r\nhost: peer\r\ncontent-encoding: snappy\r\ncontent-type: application/x-protobuf\r\n\
             x-prometheus-remote-write-version: 0.1.0\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let failed = |e| Error::io("remote write")(e);
        self.stream.write_all(head.as_bytes()).and_then(|()| self.stream.write_all(&body)).map_err(failed)?;
        let answer = self.answer().map_err(failed)?;
        if answer.starts_with("HTTP/1.1 204") || answer.starts_with("HTTP/1.1 200") {
            return Ok(());
        }
        Err(Error::Refused(format!("remote write: {answer}")))
    }

    /// Reads an answer whole, so that the next one begins where it ends.
    fn answer(&mut self) -> std::io::Result<String> {
        let (mut answer, mut chunk) = (Vec::new(), [0_u8; 4096]);
        loop {
            let read = self.stream.read(&mut chunk)?;
            answer.extend_from_slice(&chunk[..read]);
            let text = String::from_utf8_lossy(&answer).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                if read == 0 {
                    return Ok(text);
                }
                continue;
            };
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if read == 0 || body.len() >= length.unwrap_or(0) {
                return Ok(text);
            }
        }
    }
}

/// `WriteRequest { repeated TimeSeries timeseries = 1 }`, `TimeSeries { repeated Label labels = 1; repeated Sample samples
/// = 2 }`, `Label { string name = 1; string value = 2 }`, `Sample { double value = 1; int64 timestamp = 2 }`.
fn request(samples: &[Sample], time_ms: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(samples.len() * 256);
    let mut series = Vec::with_capacity(256);
    for sample in samples {
        series.clear();
        for (name, value) in series_labels(sample) {
            let mut label = Vec::with_capacity(name.len() + value.len() + 4);
            bytes_field(&mut label, 1, name.as_bytes());
            bytes_field(&mut label, 2, value.as_bytes());
            bytes_field(&mut series, 1, &label);
        }
        let mut point = Vec::with_capacity(20);
        encode_key(1, WireType::SixtyFourBit, &mut point);
        point.extend_from_slice(&f64::from(sample.value).to_le_bytes());
        encode_key(2, WireType::Varint, &mut point);
        encode_varint(time_ms, &mut point);
        bytes_field(&mut series, 2, &point);
        bytes_field(&mut out, 1, &series);
    }
    out
}

fn bytes_field(out: &mut Vec<u8>, tag: u32, bytes: &[u8]) {
    encode_key(tag, WireType::LengthDelimited, out);
    encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// The labels that Prometheus would have, in the order of their names, which remote write demands.
fn series_labels(sample: &Sample) -> Vec<(String, String)> {
    let name = match sample.kind {
        Kind::Counter { .. } => format!("{}_total", COUNTER.replace('.', "_")),
        Kind::Gauge { .. } => GAUGE.replace('.', "_"),
    };
    let service = SERVICES[sample.service];
    let mut all = vec![
        ("__name__".to_owned(), name),
        ("deployment_environment_name".to_owned(), "production".to_owned()),
        ("instance".to_owned(), format!("{service}-{}", sample.instance)),
        ("job".to_owned(), service.to_owned()),
        ("service_version".to_owned(), "4.2.1".to_owned()),
    ];
    all.extend(labels(sample).into_iter().map(|(key, value)| (key.replace('.', "_"), value)));
    all.sort();
    all
}

/// A snappy block of literals (format description: the length as a varint, then elements).
fn block(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    encode_varint(bytes.len() as u64, &mut out);
    for literal in bytes.chunks(LITERAL) {
        // Tag 62 << 2: the length less one follows in three bytes.
        let length = u32::try_from(literal.len() - 1).unwrap_or(0).to_le_bytes();
        out.push(62 << 2);
        out.extend_from_slice(&length[..3]);
        out.extend_from_slice(literal);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_says_how_long_it_is_and_holds_the_bytes() {
        let bytes = vec![7_u8; LITERAL + 3];
        let block = block(&bytes);
        assert_eq!(block[..3], [0x83, 0x80, 0x04], "65,539 as a varint");
        assert_eq!(block[3..7], [0xf8, 0xff, 0xff, 0x00]);
        assert_eq!(block.len(), 3 + 4 + LITERAL + 4 + 3);
    }

    #[test]
    fn a_request_has_a_series_with_sorted_labels_for_each_sample() {
        let sample =
            Sample { service: 2, instance: 4, kind: Kind::Counter { route: 3, status: 0 }, value: 9 };
        let bytes = request(&[sample], 1_000);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let places: Vec<_> =
            ["__name__", "http_server_requests_total", "http_response_status_code", "instance", "job"]
                .iter()
                .map(|part| text.find(part))
                .collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
        assert!(bytes.windows(8).any(|w| w == 9.0_f64.to_le_bytes()));
    }
}
