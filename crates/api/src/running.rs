//! Queries that run now, so that their asker can end them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use sightline_model::{Kind, OrgId, Permission, Principal};
use sightline_runtime::Stop;

use crate::ApiError;

/// Longest id that a caller may choose.
const ID_CHARS: std::ops::RangeInclusive<usize> = 8..=64;

/// The running queries by org and id. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Running {
    queries: Arc<Mutex<BTreeMap<(OrgId, String), Entry>>>,
}

#[derive(Debug)]
struct Entry {
    asker: String,
    stop: Stop,
}

/// A query that runs; dropping it takes it off the list.
#[derive(Debug)]
pub(crate) struct RunningQuery {
    running: Running,
    key: (OrgId, String),
    stop: Stop,
}

impl Running {
    /// Notes a query. The id of an org's query is unknown to other orgs and may be the same there.
    pub(crate) fn begin(&self, principal: &Principal, id: &str) -> Result<RunningQuery, ApiError> {
        let key = (principal.scope.org(), id.to_owned());
        let stop = Stop::new();
        let entry = Entry { asker: principal.name.clone(), stop: stop.clone() };
        let mut queries = self.queries.lock().unwrap_or_else(PoisonError::into_inner);
        if queries.contains_key(&key) {
            let detail = format!("a query with the id `{id}` runs already; choose another id");
            return Err(ApiError::new(Kind::Conflict, detail));
        }
        queries.insert(key.clone(), entry);
        Ok(RunningQuery { running: self.clone(), key, stop })
    }

    /// Ends the asker's own query; who may change the org ends everybody's in it.
    pub(crate) fn cancel(&self, principal: &Principal, id: &str) -> Result<(), ApiError> {
        let queries = self.queries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = queries.get(&(principal.scope.org(), id.to_owned()));
        match entry {
            Some(entry) if entry.asker == principal.name || principal.may(Permission::AdminWrite) => {
                entry.stop.cancel();
                Ok(())
            }
            _ => {
                let detail = format!("no query `{id}` of yours runs; it may have ended already");
                Err(ApiError::new(Kind::NotFound, detail))
            }
        }
    }
}

impl RunningQuery {
    /// Runs the query until it answers or is ended; an ended one is dropped, which kills it in the engine.
    pub(crate) async fn until_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, ApiError> {
        self.stop.run_until_cancelled(work).await.ok_or_else(|| {
            ApiError::new(Kind::Conflict, "the query was ended by request").with_code("cancelled")
        })
    }
}

impl Drop for RunningQuery {
    fn drop(&mut self) {
        self.running.queries.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// Tells whether a caller may choose the text as id of a query.
pub(crate) fn is_query_id(text: &str) -> bool {
    ID_CHARS.contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_model::{TenantScope, Tenants};

    fn principal(org: u32, name: &str, permissions: &[Permission]) -> Principal {
        Principal {
            name: name.to_owned(),
            org_slug: "x".to_owned(),
            scope: TenantScope::new(OrgId(org), Tenants::All),
            permissions: permissions.into(),
            role: None,
        }
    }

    #[tokio::test]
    async fn a_query_is_ended_by_its_asker_or_an_administrator_of_the_org() {
        let check = async |by: Principal, ends: bool| {
            let running = Running::default();
            let query = running.begin(&principal(1, "ada", &[]), "q_12345678").unwrap();
            assert_eq!(running.cancel(&by, "q_12345678").is_ok(), ends, "{by:?}");
            let outcome = query.until_cancelled(std::future::ready(())).await;
            assert!(outcome.is_ok() || ends);
        };
        check(principal(1, "ada", &[]), true).await;
        check(principal(1, "eve", &[]), false).await;
        check(principal(1, "adm", &[Permission::AdminWrite]), true).await;
        check(principal(2, "ada", &[Permission::AdminWrite]), false).await;
    }

    #[tokio::test]
    async fn an_ended_query_answers_at_once() {
        let running = Running::default();
        let ada = principal(1, "ada", &[]);
        let query = running.begin(&ada, "q_12345678").unwrap();
        running.cancel(&ada, "q_12345678").unwrap();
        let error = query.until_cancelled(std::future::pending::<()>()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Conflict);
    }

    #[test]
    fn an_id_is_taken_while_its_query_runs() {
        let running = Running::default();
        let ada = principal(1, "ada", &[]);
        let query = running.begin(&ada, "q_12345678").unwrap();
        assert_eq!(running.begin(&ada, "q_12345678").unwrap_err().kind(), Kind::Conflict);
        assert!(running.begin(&principal(2, "eve", &[]), "q_12345678").is_ok());
        drop(query);
        assert!(running.begin(&ada, "q_12345678").is_ok());
    }

    #[test]
    fn ids_are_short_and_plain() {
        for (text, ok) in [("q_0123456789", true), ("short", false), ("q_01234567'--", false), ("", false)] {
            assert_eq!(is_query_id(text), ok, "{text}");
        }
    }
}
