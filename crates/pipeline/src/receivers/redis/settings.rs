//! Which Redis is asked, and what its metrics are called by.

use redis::{Client, ConnectionAddr};
use serde::{Deserialize, Serialize};
use sightline_model::{IngestScope, OrgId};
use sightline_runtime::Secret;

use crate::Error;
use crate::receivers::owner::{self, check_tenant};

/// Shortest time between two questions, ms.
const INTERVAL_MS_MIN: u64 = 1000;

/// A Redis server that is asked how it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedisServer {
    /// Where it is: `redis://127.0.0.1:6379`.
    pub url: String,
    /// Who asks; empty: the default user.
    pub username: String,
    /// With which password; empty: none.
    pub password: Secret<String>,
    /// Milliseconds from one question to the next.
    pub interval_ms: u64,
    /// Milliseconds that it may take to answer; at most the interval.
    pub timeout_ms: u64,
    /// Becomes `service.name`.
    pub service: String,
    /// Becomes `deployment.environment.name`; empty: none.
    pub environment: String,
    /// Who owns the metrics.
    pub org: u32,
    /// The tenant of all of them; empty: none.
    pub tenant: String,
}

impl Default for RedisServer {
    fn default() -> Self {
        Self {
            url: String::new(),
            username: String::new(),
            password: Secret::default(),
            interval_ms: 10_000,
            timeout_ms: 5_000,
            service: "redis".to_owned(),
            environment: String::new(),
            org: OrgId::DEFAULT.0,
            tenant: String::new(),
        }
    }
}

impl RedisServer {
    /// Refuses values with which nothing could be asked.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let bad = |setting, detail: String| Err(Error::Setting { setting, detail });
        if self.url.contains('@') {
            let detail = "holds a user or a password; use `redis.username` and `redis.password`";
            return bad("redis.url", detail.to_owned());
        }
        if self.client().is_none() {
            let detail = format!("`{}` is no address; use for example `redis://127.0.0.1:6379`", self.url);
            return bad("redis.url", detail);
        }
        if self.interval_ms < INTERVAL_MS_MIN {
            let detail = format!("`{}` is too small; use at least {INTERVAL_MS_MIN}", self.interval_ms);
            return bad("redis.interval_ms", detail);
        }
        if self.timeout_ms == 0 || self.timeout_ms > self.interval_ms {
            let (timeout, interval) = (self.timeout_ms, self.interval_ms);
            let detail = format!("`{timeout}` is not between 1 and the interval of {interval}");
            return bad("redis.timeout_ms", detail);
        }
        if self.service.is_empty() {
            return bad("redis.service", "is empty; use for example `redis`".to_owned());
        }
        check_tenant("redis.tenant", &self.tenant)
    }

    /// Returns what connects to it; none when the URL is no address of a host.
    pub(super) fn client(&self) -> Option<Client> {
        let client = Client::open(self.url.as_str()).ok()?;
        let info = client.get_connection_info();
        let mut access = info.redis_settings().clone();
        if !self.username.is_empty() {
            access = access.set_username(&self.username);
        }
        if !self.password.expose().is_empty() {
            access = access.set_password(self.password.expose());
        }
        let client = Client::open(info.clone().set_redis_settings(access)).ok()?;
        matches!(client.get_connection_info().addr(), ConnectionAddr::Tcp(..)).then_some(client)
    }

    /// Returns whose the metrics are.
    pub(super) fn owner(&self) -> IngestScope {
        owner::owner(self.org, &self.tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut RedisServer), setting: Option<&str>) {
        let mut server = RedisServer { url: "redis://10.0.0.7:6379/0".to_owned(), ..RedisServer::default() };
        change(&mut server);
        match (server.check(), setting) {
            (Ok(()), None) => {}
            (Err(Error::Setting { setting: named, detail }), Some(setting)) => {
                assert_eq!(named, setting);
                assert!(!detail.contains("hush"), "{detail}");
            }
            (other, _) => panic!("{server:?}: {other:?}"),
        }
    }

    #[test]
    fn servers_that_cannot_be_asked_name_their_setting_and_no_password() {
        check(|_| {}, None);
        check(|server| server.url = "redis://localhost".to_owned(), None);
        check(|server| server.password = Secret::new("hush".to_owned()), None);
        for url in ["", "10.0.0.7:6379", "unix:///tmp/redis.sock", "http://a:1", "redis://u:hush@a:6379"] {
            check(|server| server.url = url.to_owned(), Some("redis.url"));
        }
        check(|server| server.interval_ms = 10, Some("redis.interval_ms"));
        check(|server| server.timeout_ms = 10_001, Some("redis.timeout_ms"));
        check(|server| server.timeout_ms = 0, Some("redis.timeout_ms"));
        check(|server| server.service.clear(), Some("redis.service"));
        check(|server| server.tenant = "\n".to_owned(), Some("redis.tenant"));
    }

    #[test]
    fn a_password_is_not_shown() {
        let server = RedisServer { password: Secret::new("hush".to_owned()), ..RedisServer::default() };
        assert!(!format!("{server:?}").contains("hush"));
    }
}
