//! Requests as anybody could send them: any method, with a key, a session or nothing, and the whole answer.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use serde_json::Value;

/// How somebody proves who they are.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// Not at all.
    None,
    /// By an API key.
    Key(String),
    /// By the cookie of a browser.
    Session(String),
}

/// Somebody who sends requests.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    http: Client,
    base: String,
    credential: Credential,
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// Returns a header, or nothing when it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

impl Asker {
    /// Asks the API at a URL.
    pub(crate) fn new(base: &str, credential: Credential) -> Self {
        Self { http: Client::new(), base: base.to_owned(), credential }
    }

    /// Uses up a one-time token and asks as the browser that it let in.
    pub(crate) async fn log_in(base: &str, token: &str) -> Self {
        let nobody = Self::new(base, Credential::None);
        let body = serde_json::json!({ "token": token }).to_string();
        let answer = nobody.ask("POST", "/api/v1/session", &body).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        let (_, cookie) = answer.header("set-cookie").split_once("sightline_session=").expect("a cookie");
        let session = cookie.split(';').next().unwrap().to_owned();
        Self { credential: Credential::Session(session), ..nobody }
    }

    /// Returns the text of the key.
    pub(crate) fn key(&self) -> &str {
        let Credential::Key(key) = &self.credential else { panic!("not a key: {self:?}") };
        key
    }

    /// Sends a request; no body when the text is empty.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: &str) -> reqwest::Result<Answer> {
        self.ask_named(method, path, body, "").await
    }

    /// Sends a request whose query has an id of the asker's choice, unless that is empty.
    pub(crate) async fn ask_named(
        &self,
        method: &str,
        path: &str,
        body: &str,
        query_id: &str,
    ) -> reqwest::Result<Answer> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        match &self.credential {
            Credential::None => {}
            Credential::Key(key) => request = request.bearer_auth(key),
            // A page of the server: what is sent from elsewhere with this cookie is refused.
            Credential::Session(session) => {
                request = request.header("cookie", format!("sightline_session={session}"));
                request = request.header("origin", &self.base);
            }
        }
        if !query_id.is_empty() {
            request = request.header("sightline-query-id", query_id);
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Answer { status, headers, text: answer.text().await? })
    }
}
