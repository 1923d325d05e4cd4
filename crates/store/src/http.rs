//! One request to the store, through the `clickhouse` client: settings and identity, typed parameters, a deadline.

use std::time::Duration;

use bytes::Bytes;
use clickhouse::{Client, Compression};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;

use crate::{Endpoint, Error, Rows, User, native};

/// Answers larger than this are refused: the limits of a query should have stopped it before.
const ANSWER_BYTES_MAX: usize = 512 << 20;

/// The largest part of an error text that is kept.
const ERROR_BYTES_MAX: usize = 2048;

/// A user's way to the store. Clones share connections.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) client: Client,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The client's own form would print password and door key.
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// Times of the `clickhouse` crate's own client.
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);
const IDLE_TIMEOUT: Duration = Duration::from_secs(2);

/// A client without TLS where the URL needs none: the other one panics on a machine without CA certificates, such as a
/// slim container.
fn client_for(url: &str) -> Client {
    if !url.starts_with("http://") {
        return Client::default();
    }
    let mut connector = HttpConnector::new();
    connector.set_keepalive(Some(TCP_KEEPALIVE));
    let http = legacy::Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE_TIMEOUT).build(connector);
    Client::with_http_client(http)
}

/// What to ask.
#[derive(Debug, Default)]
pub(crate) struct Call<'a> {
    pub(crate) sql: &'a str,
    /// Values of `{name:Type}`, written as the engine reads them; they travel as fields of a form.
    pub(crate) parameters: &'a [(String, String)],
    pub(crate) settings: &'a [(&'a str, String)],
    pub(crate) query_id: Option<&'a str>,
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
    /// Without compression: on the loopback interface it costs both sides more than it saves (see the measurement in
    /// `tests/cost.rs`).
    pub(crate) fn new(endpoint: &Endpoint, user: &User) -> Self {
        let client = client_for(&endpoint.url)
            .with_url(&endpoint.url)
            .with_user(&user.name)
            .with_password(user.password.expose())
            .with_compression(Compression::None);
        let headers = endpoint.headers.iter();
        let client = headers.fold(client, |client, (name, value)| client.with_header(name, value.expose()));
        Self { client }
    }

    /// Sends the call and waits for the whole answer, or the first error.
    pub(crate) async fn run(&self, call: Call<'_>) -> Result<Answer, Error> {
        within(call.deadline, self.answer(&call)).await
    }

    async fn answer(&self, call: &Call<'_>) -> Result<Answer, Error> {
        let query = self.client.query_raw(call.sql);
        // The engine answers when it has ended, so that a failure is an error and never a cut answer.
        let query = query.with_setting("wait_end_of_query", "1");
        let settings = call.settings.iter().map(|(name, value)| ((*name).to_owned(), value.as_str()));
        let parameters =
            call.parameters.iter().map(|(name, value)| (format!("param_{name}"), value.as_str()));
        let named = call.query_id.map(|id| ("query_id".to_owned(), id));
        let query = settings
            .chain(parameters)
            .chain(named)
            .fold(query, |query, (name, value)| query.with_setting(name, value));
        let mut cursor = query.fetch_bytes("Native").map_err(failure)?;
        let mut body = Vec::new();
        while let Some(chunk) = cursor.next().await.map_err(failure)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                let detail = format!("the answer is larger than {ANSWER_BYTES_MAX} bytes");
                return Err(Error::Budget { code: 396, detail });
            }
            body.extend_from_slice(&chunk);
        }
        let summary = cursor.summary();
        Ok(Answer {
            rows_read: summary.and_then(|summary| summary.read_rows()).unwrap_or(0),
            bytes_read: summary.and_then(|summary| summary.read_bytes()).unwrap_or(0),
            body: Bytes::from(body),
        })
    }

    /// Sends an INSERT with its block.
    pub(crate) async fn insert(&self, call: Call<'_>, block: Bytes) -> Result<(), Error> {
        let insert = self.client.insert_formatted_with(call.sql).with_setting("wait_end_of_query", "1");
        let named = call.query_id.map(|id| ("query_id", id));
        let settings = call.settings.iter().map(|(name, value)| (*name, value.as_str()));
        let mut insert =
            settings.chain(named).fold(insert, |insert, (name, value)| insert.with_setting(name, value));
        let sent = async {
            insert.send(block).await.map_err(failure)?;
            insert.end().await.map_err(failure)
        };
        within(call.deadline, sent).await
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
}

async fn within<T>(deadline: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let late = |_| Err(Error::Away { detail: format!("no answer within {} ms", deadline.as_millis()) });
    tokio::time::timeout(deadline, work).await.unwrap_or_else(late)
}

/// Maps by code, not by text: texts may hold raw column bytes, and then only the code is there.
fn failure(error: clickhouse::error::Error) -> Error {
    use clickhouse::error::Error as E;
    match error {
        E::BadResponse(text) => match code(&text) {
            Some(code) => Error::from_code(code, text.chars().take(ERROR_BYTES_MAX).collect()),
            None => Error::Away { detail: text.chars().take(ERROR_BYTES_MAX).collect() },
        },
        E::Network(_) | E::TimedOut => Error::Away { detail: chain(&error) },
        error => Error::answer(chain(&error)),
    }
}

/// The error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// Reads the number behind `Code: `.
fn code(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("Code: ")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_from_whole_and_from_bare_texts() {
        for (text, wanted) in [
            ("Code: 60. DB::Exception: Unknown table (UNKNOWN_TABLE)", Some(60)),
            ("Code: 395", Some(395)),
            ("Poco::Exception. Code: 1000, e.code() = 0, HTML Form Exception", Some(1000)),
            ("404 Not Found", None),
        ] {
            assert_eq!(code(text), wanted, "{text}");
        }
    }
}
