//! The cache in front of the sessions: Redis, or the stand-in when there is none. Each command is a CLIENT span.
//!
//! The cache may fail at any time: then it knows nothing, and the database is asked.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, Client, RedisResult};
use sightline_sdk::redis::Traced;

use crate::{metrics, stand_in};

/// How long Redis may take to accept a connection, and to answer.
const TIMEOUT: Duration = Duration::from_secs(1);
/// `dotmac.cache.name`
const NAME: &str = "sessions";

/// A cache of texts; clones share the connection.
#[derive(Clone)]
pub(crate) struct Cache {
    connection: Traced<ConnectionManager>,
    description: String,
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("description", &self.description).finish_non_exhaustive()
    }
}

impl Cache {
    /// Connects to Redis at the URL; without one, or when it cannot be reached, the stand-in is started.
    pub(crate) async fn open(url: Option<&str>) -> Result<Self, Box<dyn std::error::Error>> {
        if let Some(url) = url {
            match Self::connect(url).await {
                Ok(cache) => return Ok(cache),
                Err(error) => tracing::warn!(%error, "redis cannot be reached"),
            }
        }
        let address = stand_in::start().await?;
        tracing::warn!(%address, "no redis: sessions are cached in the built-in stand-in, which forgets them at the end");
        metrics::stand_in(NAME);
        let url = format!("redis://{address}/0");
        let connection = ConnectionManager::new_lazy_with_config(Client::open(url.as_str())?, config())?;
        Ok(Self {
            connection: Traced::new(connection, NAME, &url),
            description: "built-in stand-in, no redis".to_owned(),
        })
    }

    async fn connect(url: &str) -> RedisResult<Self> {
        let client = Client::open(url)?;
        let address = client.get_connection_info().addr().to_string();
        let connection =
            ConnectionManager::new_with_config(client, config().set_number_of_retries(1)).await?;
        tracing::info!(address, "sessions are cached in redis");
        let connection = Traced::new(connection, NAME, url);
        Ok(Self { connection, description: format!("redis at {address}") })
    }

    /// Tells what the cache is.
    pub(crate) fn description(&self) -> String {
        self.description.clone()
    }

    /// Returns a text; none when the cache does not have it, or failed.
    pub(crate) async fn get(&self, key: &str) -> Option<String> {
        told(self.connection.clone().get(key).await).flatten()
    }

    /// Keeps a text for a time.
    pub(crate) async fn set(&self, key: &str, text: &str, time: Duration) {
        let mut command = redis::cmd("SET");
        command.arg(key).arg(text).arg("EX").arg(time.as_secs());
        told::<()>(command.query_async(&mut self.connection.clone()).await);
    }
}

fn config() -> ConnectionManagerConfig {
    ConnectionManagerConfig::new().set_connection_timeout(Some(TIMEOUT)).set_response_timeout(Some(TIMEOUT))
}

/// A failure is told and then forgotten.
fn told<T>(result: RedisResult<T>) -> Option<T> {
    result.inspect_err(|error| tracing::warn!(%error, "the cache failed; the database is asked")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_redis_the_stand_in_keeps_texts_for_their_time_and_says_so() {
        let cache = Cache::open(Some("redis://127.0.0.1:1")).await.unwrap();
        assert!(cache.description().contains("stand-in"), "{}", cache.description());
        assert_eq!(cache.get("a").await, None);
        cache.set("a", "text of a", Duration::from_secs(60)).await;
        cache.set("b", "text of b", Duration::ZERO).await;
        cache.set("a b", "", Duration::from_secs(60)).await;
        assert_eq!(cache.get("a").await.as_deref(), Some("text of a"));
        assert_eq!(cache.get("a b").await.as_deref(), Some(""));
        assert_eq!(cache.get("b").await, None, "a time of zero is refused, as redis does");
    }
}
