//! Asks a Redis again and again, and puts what it says through the door like any other request.

use std::sync::Arc;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, RedisError, RedisResult};
use sightline_runtime::{Scope, Stop};
use tokio::time::Instant;

use super::info::Info;
use super::settings::RedisServer;
use crate::config::ms;
use crate::door::Door;
use crate::receivers::metrics_message::{
    Request, Resource, ResourceMetrics, Scope as Library, ScopeMetrics, attributes,
};
use crate::receivers::metrics_sending::send;

/// Longest answer that is read; a real one has some kilobytes.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Starts a task for each server.
pub(crate) fn start(servers: &[RedisServer], door: &Arc<Door>, scope: &Scope) {
    for server in servers {
        let Some(client) = server.client() else { continue };
        let agent = Agent {
            server: server.clone(),
            client,
            door: Arc::clone(door),
            connection: None,
            life: Life::default(),
            answers: None,
        };
        scope.spawn("redis", |stop| agent.run(stop));
    }
}

/// Since when a process of the server counts. Its uptime is in whole seconds: computed anew each time, the start would
/// move.
#[derive(Debug, Default)]
struct Life {
    run_id: String,
    start: u64,
}

struct Agent {
    server: RedisServer,
    client: Client,
    door: Arc<Door>,
    connection: Option<MultiplexedConnection>,
    life: Life,
    answers: Option<bool>,
}

impl Agent {
    async fn run(mut self, stop: Stop) {
        let mut next = Instant::now();
        while stop.run_until_cancelled(tokio::time::sleep_until(next)).await.is_some() {
            next = (next + ms(self.server.interval_ms)).max(Instant::now());
            // An answer that was awaited is nobody's loss; what went through the door is finished by it.
            let Some(answer) = stop.run_until_cancelled(self.ask()).await else { return };
            self.tell(answer.as_ref().err());
            match answer {
                Ok(text) => self.send(&text).await,
                Err(_) => self.connection = None,
            }
        }
    }

    /// Asks by the connection of before, or a new one.
    async fn ask(&mut self) -> RedisResult<String> {
        let timeout = Some(ms(self.server.timeout_ms));
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(timeout)
                    .set_response_timeout(timeout);
                self.client.get_multiplexed_async_connection_with_config(&config).await?
            }
        };
        let text: String = redis::cmd("INFO").query_async(&mut connection).await?;
        if text.len() > ANSWER_BYTES_MAX {
            let detail = (ErrorKind::Client, "the answer is longer than a mebibyte");
            return Err(RedisError::from(detail));
        }
        self.connection = Some(connection);
        Ok(text)
    }

    async fn send(&mut self, text: &str) {
        let time = self.door.clock().unix_nanos();
        let request = self.request(text, u64::try_from(time).unwrap_or(0));
        let name = format!("redis {} {time}", self.server.url);
        if let Err(refusal) = send(&self.door, self.server.owner(), name, &request).await {
            tracing::debug!(message = refusal.message, "metrics of redis were refused");
        }
    }

    fn request(&mut self, text: &str, time: u64) -> Request {
        let info = Info::parse(text);
        let run_id = info.text("run_id");
        if self.life.run_id != run_id || self.life.start == 0 {
            self.life = Life { run_id: run_id.to_owned(), start: info.start(time) };
        }
        let metrics = info.metrics(self.life.start, time);
        let scope = Some(Library { name: "sightline.redis".to_owned() });
        let resource = Some(self.resource(info.text("redis_version")));
        let of_server = ResourceMetrics { resource, scope_metrics: vec![ScopeMetrics { scope, metrics }] };
        Request { resource_metrics: vec![of_server] }
    }

    fn resource(&self, version: &str) -> Resource {
        let (host, port) = self.place();
        let labels = [
            ("service.name", self.server.service.clone()),
            ("service.instance.id", format!("{host}:{port}")),
            ("service.version", version.to_owned()),
            ("redis.version", version.to_owned()),
            ("server.address", host),
            ("server.port", port),
            ("deployment.environment.name", self.server.environment.clone()),
        ];
        let said = labels.into_iter().filter(|(_, value)| !value.is_empty());
        let labels: Vec<_> = said.map(|(key, value)| (key.to_owned(), value)).collect();
        Resource { attributes: attributes(&labels) }
    }

    fn place(&self) -> (String, String) {
        match self.client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) => (host.clone(), port.to_string()),
            // The settings let no other through.
            other => (other.to_string(), String::new()),
        }
    }

    /// Logs when the server goes away or comes back.
    fn tell(&mut self, failure: Option<&RedisError>) {
        let answers = failure.is_none();
        if self.answers.replace(answers) == Some(answers) {
            return;
        }
        let url = &*self.server.url;
        match failure {
            Some(error) => tracing::warn!(url, %error, "a redis does not tell how it is"),
            None => tracing::info!(url, "a redis tells how it is"),
        }
    }
}
