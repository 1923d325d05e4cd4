//! The connection.

use std::sync::Arc;

use ::redis::aio::ConnectionLike;
use ::redis::{Arg, Cmd, Pipeline, RedisError, RedisFuture, Value};
use opentelemetry::KeyValue;
use opentelemetry::trace::{FutureExt, TraceContextExt};

use super::lookup::{found, is_lookup};
use crate::database_operation::{describe, open};
use crate::exchange::Call;
use crate::metrics::Counter;

static REQUESTS: Counter =
    Counter::new("dotmac.cache.requests", "{request}", "Lookups by what they found: hit, miss, error");

/// A connection with what its spans say of the server. The commands of `redis::AsyncCommands` work on it.
#[derive(Debug, Clone)]
pub struct Traced<C> {
    connection: C,
    about: Arc<[KeyValue]>,
    /// `dotmac.cache.name` and `db.system.name`.
    cache: [KeyValue; 2],
}

impl<C> Traced<C> {
    /// Wraps a connection. The cache's name is what it is for (`sessions`); the URL gives address and database, its
    /// password is not kept.
    #[must_use]
    pub fn new(connection: C, cache: &str, url: &str) -> Self {
        let cache =
            [KeyValue::new("dotmac.cache.name", cache.to_owned()), KeyValue::new("db.system.name", "redis")];
        Self { connection, about: describe(url).into(), cache }
    }

    /// Returns the connection, for work that needs no span.
    pub const fn inner(&mut self) -> &mut C {
        &mut self.connection
    }

    fn open(&self, operation: &str, text: String, batch: Option<usize>) -> Call {
        let mut labels = self.about.to_vec();
        labels.push(KeyValue::new("db.operation.name", operation.to_owned()));
        let mut more = vec![KeyValue::new("db.query.text", text), self.cache[0].clone()];
        let batch = batch.and_then(|n| i64::try_from(n).ok());
        more.extend(batch.map(|n| KeyValue::new("db.operation.batch.size", n)));
        open(operation.to_owned(), labels, more)
    }

    /// Counts what lookups found, and says it on the span.
    fn count(&self, call: &Call, result: &'static str, n: u64) {
        if n > 0 {
            let [name, system] = self.cache.clone();
            let outcome = KeyValue::new("dotmac.cache.result", result);
            call.context().span().set_attribute(outcome.clone());
            REQUESTS.add_in(call.context(), n, &[name, system, outcome]);
        }
    }

    /// Notes what the server answered; its own errors are answers at this level.
    fn settle_answer(&self, call: &mut Call, command: &str, answer: &Value) {
        match answer {
            Value::ServerError(error) => {
                self.count(call, "error", is_lookup(command).into());
                call.fail(error.code().to_owned(), error.details().unwrap_or_default().to_owned());
            }
            answer if is_lookup(command) => {
                let found = found(answer);
                self.count(call, "hit", found.hits);
                self.count(call, "miss", found.misses);
            }
            _ => {}
        }
    }

    fn settle_one(&self, call: &mut Call, command: &str, result: &Result<Value, RedisError>) {
        match result {
            Ok(answer) => self.settle_answer(call, command, answer),
            Err(error) => {
                self.count(call, "error", is_lookup(command).into());
                call.fail(error_type(error), error.to_string());
            }
        }
    }
}

/// The command in capitals, and the text with a placeholder for each argument.
fn describe_command(command: &Cmd) -> (String, String) {
    let mut words = command.args_iter();
    let operation = match words.next() {
        Some(Arg::Simple(name)) => String::from_utf8_lossy(name).to_ascii_uppercase(),
        _ => "UNKNOWN".to_owned(),
    };
    let arguments = words.len();
    // More than eight say nothing new.
    let text =
        format!("{operation}{}{}", " ?".repeat(arguments.min(8)), if arguments > 8 { " ..." } else { "" });
    (operation, text)
}

fn error_type(error: &RedisError) -> String {
    if error.is_timeout() {
        return "timeout".to_owned();
    }
    if error.is_io_error() {
        return "connection".to_owned();
    }
    error.code().unwrap_or("client").to_owned()
}

impl<C: ConnectionLike + Send> ConnectionLike for Traced<C> {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        let (operation, text) = describe_command(command);
        let mut call = self.open(&operation, text, None);
        Box::pin(async move {
            let work = self.connection.req_packed_command(command);
            let result = work.with_context(call.context().clone()).await;
            self.settle_one(&mut call, &operation, &result);
            result
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let commands: Vec<String> = pipeline.cmd_iter().map(|command| describe_command(command).0).collect();
        let mut call = self.open("PIPELINE", commands.join("; "), Some(commands.len()));
        Box::pin(async move {
            let work = self.connection.req_packed_commands(pipeline, offset, count);
            let result = work.with_context(call.context().clone()).await;
            match &result {
                // Inside a transaction the answers are one; then there is nothing to pair.
                Ok(answers) if answers.len() == commands.len() => {
                    for (command, answer) in commands.iter().zip(answers) {
                        self.settle_answer(&mut call, command, answer);
                    }
                }
                Ok(_) => {}
                Err(error) => call.fail(error_type(error), error.to_string()),
            }
            result
        })
    }

    fn get_db(&self) -> i64 {
        self.connection.get_db()
    }
}
