//! One request to the store over HTTP: settings and identity in the URL, typed parameters as form fields.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use sightline_runtime::Secret;

use crate::{Endpoint, Error, Rows, User, native};

/// Answers larger than this are refused: the limits of a query should have stopped it before.
const ANSWER_BYTES_MAX: usize = 512 << 20;

/// The largest part of an error text that is kept.
const ERROR_BYTES_MAX: usize = 2048;

/// A user's way to the store. Clones share connections.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    client: reqwest::Client,
    url: String,
    user: String,
    password: Secret<String>,
    headers: Vec<(String, Secret<String>)>,
}

/// What to ask.
#[derive(Debug, Default)]
pub(crate) struct Call<'a> {
    pub(crate) sql: &'a str,
    pub(crate) parameters: &'a [(String, String)],
    pub(crate) settings: &'a [(&'a str, String)],
    pub(crate) query_id: Option<&'a str>,
    /// Data that follows the statement (INSERT).
    pub(crate) body: Option<Bytes>,
    pub(crate) deadline: Duration,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    pub(crate) rows_read: u64,
    pub(crate) bytes_read: u64,
}

impl Connection {
    pub(crate) fn new(endpoint: &Endpoint, user: &User) -> Self {
        // A proxy from the environment must never see the door key or the data.
        let client = reqwest::Client::builder()
            .no_proxy()
            .tcp_nodelay(true)
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client without files or environment can be built");
        Self {
            client,
            url: endpoint.url.clone(),
            user: user.name.clone(),
            password: user.password.clone(),
            headers: endpoint.headers.clone(),
        }
    }

    /// Sends the call and waits for the whole answer, or the first error.
    pub(crate) async fn run(&self, call: Call<'_>) -> Result<Answer, Error> {
        let mut query: Vec<(&str, &str)> = vec![("wait_end_of_query", "1"), ("default_format", "Native")];
        query.extend(call.settings.iter().map(|(name, value)| (*name, value.as_str())));
        query.extend(call.query_id.map(|id| ("query_id", id)));
        let (body, content_type) = match call.body {
            Some(body) => {
                query.push(("query", call.sql));
                (body, "application/octet-stream".to_owned())
            }
            None => form(call.sql, call.parameters),
        };
        let request = self
            .client
            .post(&self.url)
            .query(&query)
            .headers(self.identity()?)
            .header(CONTENT_TYPE, content_type)
            .timeout(call.deadline)
            .body(body);
        let away = |e: reqwest::Error| Error::Away { detail: e.without_url().to_string() };
        let response = request.send().await.map_err(away)?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let summary = header_text(response.headers(), "x-clickhouse-summary");
        let body = collect(response).await?;
        Ok(Answer {
            body,
            rows_read: summary_number(&summary, "read_rows"),
            bytes_read: summary_number(&summary, "read_bytes"),
        })
    }

    /// Runs a SELECT of our own and decodes its answer.
    pub(crate) async fn read(
        &self,
        sql: &str,
        parameters: &[(String, String)],
        deadline: Duration,
    ) -> Result<Rows, Error> {
        native::decode(&self.run(Call { sql, parameters, deadline, ..Call::default() }).await?.body)
    }

    fn identity(&self) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        let own = [("x-clickhouse-user", self.user.as_str()), ("x-clickhouse-key", self.password.expose())];
        let door = self.headers.iter().map(|(name, value)| (name.as_str(), value.expose().as_str()));
        for (name, value) in own.into_iter().chain(door) {
            let bad = || Error::Statement { reason: "a header of the store's endpoint is not valid" };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(headers)
    }
}

/// Writes a form (RFC 7578). The separator is chosen so that no value contains it: nothing can leave its field.
fn form(sql: &str, parameters: &[(String, String)]) -> (Bytes, String) {
    let taken =
        |b: &String| sql.contains(b.as_str()) || parameters.iter().any(|(_, v)| v.contains(b.as_str()));
    let boundary = (0u64..)
        .map(|n| format!("sightline-{n:016x}"))
        .find(|b| !taken(b))
        .expect("finite texts cannot contain every separator");
    let mut body = String::with_capacity(sql.len() + 256);
    let fields = std::iter::once(("query", sql))
        .chain(parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    for (name, value) in fields {
        let prefix = if name == "query" { "" } else { "param_" };
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{prefix}{name}\"\r\n\r\n");
        body.push_str(&head);
        body.push_str(value);
        body.push_str("\r\n");
    }
    body.push_str(&format!("--{boundary}--\r\n"));
    (Bytes::from(body), format!("multipart/form-data; boundary={boundary}"))
}

async fn collect(mut response: reqwest::Response) -> Result<Bytes, Error> {
    let away = |e: reqwest::Error| Error::Away { detail: e.without_url().to_string() };
    let size = response.content_length().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let mut body = Vec::with_capacity(size.min(ANSWER_BYTES_MAX));
    while let Some(chunk) = response.chunk().await.map_err(away)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            let detail = format!("the answer is larger than {ANSWER_BYTES_MAX} bytes");
            return Err(Error::Budget { code: 396, detail });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Bytes::from(body))
}

/// Maps by code, not by text: texts may hold raw column bytes.
async fn refusal(response: reqwest::Response) -> Error {
    let status = response.status();
    let code = header_text(response.headers(), "x-clickhouse-exception-code").parse().ok();
    let body = response.bytes().await.unwrap_or_default();
    let text = String::from_utf8_lossy(&body[..body.len().min(ERROR_BYTES_MAX)]).into_owned();
    match code {
        Some(code) => Error::from_code(code, text),
        None => Error::Away { detail: format!("HTTP {status}: {text}") },
    }
}

fn header_text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
}

/// Finds `"name":"123"` in the flat JSON object that the engine sends.
fn summary_number(summary: &str, name: &str) -> u64 {
    let rest = summary.split_once(&format!("\"{name}\":\"")).map_or("", |(_, rest)| rest);
    rest.split('"').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_contains_the_separator_gets_another_separator() {
        let evil =
            "x\r\n--sightline-0000000000000000\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nDROP";
        let (body, kind) = form("SELECT 1", &[("a".to_owned(), evil.to_owned())]);
        assert!(kind.ends_with("sightline-0000000000000001"), "{kind}");
        assert_eq!(String::from_utf8_lossy(&body).matches("--sightline-0000000000000001").count(), 3);
    }

    #[test]
    fn the_summary_is_read() {
        let text = r#"{"read_rows":"12","read_bytes":"345","elapsed_ns":"1"}"#;
        assert_eq!((summary_number(text, "read_rows"), summary_number(text, "read_bytes")), (12, 345));
        assert_eq!(summary_number("", "read_rows"), 0);
    }
}
