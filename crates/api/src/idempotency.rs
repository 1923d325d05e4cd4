//! `Idempotency-Key`: a request that creates, sent again, gets the answer of the first one (language.md 6).
//!
//! Answers are kept in memory only, because they may hold a secret that is stored nowhere: after a restart of the server
//! the key is new again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};
use sightline_model::{Kind, OrgId, Principal};

use crate::ApiError;

const NAME: HeaderName = HeaderName::from_static("idempotency-key");

/// For how long an answer is kept.
const LIFE: Duration = Duration::from_secs(24 * 3600);

/// Most answers that are kept; the oldest goes first.
const ANSWERS_MAX: usize = 10_000;

/// Largest answer that is kept. Those that create are far smaller.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Who asked for what, under which key.
type Name = (OrgId, String, String, String);

/// The answers by key. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<Name, Entry>,
    /// Oldest first.
    order: VecDeque<(Duration, Name)>,
}

#[derive(Debug)]
struct Entry {
    request: [u8; 32],
    /// None while the first request runs.
    answer: Option<(StatusCode, Bytes)>,
}

/// A key that is in use; dropped without an answer it is free again.
struct Claim {
    answers: Answers,
    name: Name,
    is_kept: bool,
}

impl Answers {
    /// Runs the request, or repeats what it was answered before.
    pub(crate) async fn once(
        &self,
        principal: &Principal,
        now: Duration,
        body_bytes_max: usize,
        request: Request,
        next: Next,
    ) -> Response {
        let Some(key) = request.headers().get(NAME).cloned() else { return next.run(request).await };
        match self.answer(principal, &key, now, body_bytes_max, request, next).await {
            Ok(response) => response,
            Err(error) => error.into_response(),
        }
    }

    async fn answer(
        &self,
        principal: &Principal,
        key: &HeaderValue,
        now: Duration,
        body_bytes_max: usize,
        request: Request,
        next: Next,
    ) -> Result<Response, ApiError> {
        let key = key.to_str().ok().filter(|key| (1..=128).contains(&key.len())).ok_or_else(|| {
            let remedy = "write 1 to 128 printable characters, such as a UUID";
            ApiError::field(NAME.as_str(), "bad_value", "the key is not usable", remedy)
        })?;
        let path = request.uri().path().to_owned();
        let name = (principal.scope.org(), principal.name.clone(), path, key.to_owned());
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, body_bytes_max).await.map_err(|_| {
            ApiError::new(Kind::TooLarge, "the body is too large for this route; send less at a time")
        })?;
        let claim = match self.claim(name, Sha256::digest(&body).into(), now)? {
            Claimed::New(claim) => claim,
            Claimed::Answered(status, body) => return Ok(json(status, body)),
        };
        let response = next.run(Request::from_parts(parts, Body::from(body))).await;
        if !response.status().is_success() {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, ANSWER_BYTES_MAX).await.map_err(|error| ApiError::internal(&error))?;
        claim.keep(parts.status, body.clone());
        Ok(Response::from_parts(parts, Body::from(body)))
    }

    fn claim(&self, name: Name, request: [u8; 32], now: Duration) -> Result<Claimed, ApiError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget(now);
        match kept.entries.get(&name) {
            Some(entry) if entry.request != request => {
                let text = "this idempotency key was sent with another body; take a new key";
                Err(ApiError::new(Kind::Conflict, text).with_code("idempotency_mismatch"))
            }
            Some(Entry { answer: Some((status, body)), .. }) => Ok(Claimed::Answered(*status, body.clone())),
            Some(_) => {
                let text =
                    "the first request with this idempotency key still runs; try again when it has ended";
                Err(ApiError::new(Kind::Conflict, text).with_code("idempotency_in_progress"))
            }
            None => {
                kept.entries.insert(name.clone(), Entry { request, answer: None });
                kept.order.push_back((now, name.clone()));
                Ok(Claimed::New(Claim { answers: self.clone(), name, is_kept: false }))
            }
        }
    }
}

enum Claimed {
    New(Claim),
    Answered(StatusCode, Bytes),
}

impl Kept {
    fn forget(&mut self, now: Duration) {
        let is_old = |at: Duration| now.saturating_sub(at) >= LIFE;
        while self.order.front().is_some_and(|(at, _)| is_old(*at) || self.order.len() >= ANSWERS_MAX) {
            if let Some((_, name)) = self.order.pop_front() {
                self.entries.remove(&name);
            }
        }
    }
}

impl Claim {
    fn keep(mut self, status: StatusCode, body: Bytes) {
        self.is_kept = true;
        let mut kept = self.answers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = kept.entries.get_mut(&self.name) {
            entry.answer = Some((status, body));
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.is_kept {
            let mut kept = self.answers.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.entries.remove(&self.name);
            kept.order.retain(|(_, name)| *name != self.name);
        }
    }
}

fn json(status: StatusCode, body: Bytes) -> Response {
    let headers =
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    (status, headers, body).into_response()
}
