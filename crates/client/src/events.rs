//! Server-sent events (WHATWG HTML 9.2): what the live routes answer.

use serde::de::DeserializeOwned;

use crate::Error;

/// Longest event that is read: a frame of 500 rows.
const EVENT_BYTES_MAX: usize = 16 << 20;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Its type; `message` when the server named none.
    pub name: String,
    /// Its data, lines joined.
    pub data: String,
    /// Its id, if any: send it as `Last-Event-ID` to go on behind it.
    pub id: Option<String>,
}

impl Event {
    /// Reads the data as JSON.
    ///
    /// # Errors
    /// [`Error::Answer`] when it is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.data)
            .map_err(|e| Error::Answer { url: format!("event `{}`", self.name), detail: e.to_string() })
    }
}

/// An open stream of events. Dropping it ends the query on the server.
#[derive(Debug)]
pub struct Events {
    response: reqwest::Response,
    path: String,
    reader: Reader,
}

impl Events {
    pub(crate) fn new(response: reqwest::Response) -> Self {
        let path = response.url().path().to_owned();
        Self { response, path, reader: Reader::default() }
    }

    /// Waits for the next event; none when the server has ended the stream. Cancel-safe.
    ///
    /// # Errors
    /// [`Error::Answer`] when the stream breaks or an event is too long.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        let broken = |detail: String| Error::Answer { url: self.path.clone(), detail };
        loop {
            if let Some(event) = self.reader.next() {
                return Ok(Some(event));
            }
            let chunk = self.response.chunk().await.map_err(|e| broken(e.without_url().to_string()))?;
            let Some(chunk) = chunk else { return Ok(None) };
            if !self.reader.push(&chunk) {
                return Err(broken(format!("an event is longer than {EVENT_BYTES_MAX} bytes")));
            }
        }
    }
}

/// Cuts bytes into lines, and lines into events.
#[derive(Debug, Default)]
struct Reader {
    bytes: Vec<u8>,
    event: Event,
    has_data: bool,
}

impl Reader {
    /// Takes bytes; false when an event is too long.
    fn push(&mut self, chunk: &[u8]) -> bool {
        self.bytes.extend_from_slice(chunk);
        self.bytes.len() + self.event.data.len() <= EVENT_BYTES_MAX
    }

    fn next(&mut self) -> Option<Event> {
        while let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\n', '\r']);
            if !line.is_empty() {
                self.field(line);
                continue;
            }
            let event = std::mem::take(&mut self.event);
            if std::mem::take(&mut self.has_data) {
                let name = if event.name.is_empty() { "message".to_owned() } else { event.name };
                return Some(Event { name, ..event });
            }
        }
        None
    }

    fn field(&mut self, line: &str) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            "id" => self.event.id = Some(value.to_owned()),
            // A comment (empty field name) keeps the connection alive; anything else is ignored, as the standard says.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_cut_at_blank_lines_however_the_bytes_arrive() {
        let check = |stream: &str, want: &[(&str, &str, Option<&str>)]| {
            for size in [1, 3, stream.len()] {
                let mut reader = Reader::default();
                let mut got = Vec::new();
                for chunk in stream.as_bytes().chunks(size) {
                    assert!(reader.push(chunk));
                    got.extend(std::iter::from_fn(|| reader.next()));
                }
                let got: Vec<_> =
                    got.iter().map(|e| (e.name.as_str(), e.data.as_str(), e.id.as_deref())).collect();
                assert_eq!(got, want, "{stream:?} in pieces of {size}");
            }
        };
        check("event: rows\nid: 7\ndata: {}\n\n", &[("rows", "{}", Some("7"))]);
        check(": hb\n\ndata:a\r\ndata: b\r\n\r\n", &[("message", "a\nb", None)]);
        check("event: open\n\ndata: x\n\ndata: cut", &[("message", "x", None)]);
    }
}
