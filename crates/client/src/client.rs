//! Requests to the API with credential, scope, limit and deadline.

use std::time::Duration;

use reqwest::{Method, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sightline_model::Frame;

use crate::{Error, Events};

/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 256 << 20;
/// Longest time for one request.
const DEADLINE: Duration = Duration::from_secs(60);
/// Longest time for a stream that only its reader ends.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Where the server is and who asks.
#[derive(Clone)]
pub struct Settings {
    url: String,
    token: Option<String>,
    org: Option<String>,
    tenants: Vec<String>,
}

impl Settings {
    /// Starts with the URL of the server (without `/api/v1`).
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), token: None, org: None, tenants: Vec::new() }
    }

    /// Sends this API key.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Names the org, for users of several.
    #[must_use]
    pub fn with_org(mut self, org: impl Into<String>) -> Self {
        self.org = Some(org.into());
        self
    }

    /// Narrows every question to these tenants.
    #[must_use]
    pub fn with_tenants(mut self, tenants: Vec<String>) -> Self {
        self.tenants = tenants;
        self
    }
}

/// Never prints the key.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("url", &self.url)
            .field("tenants", &self.tenants)
            .finish_non_exhaustive()
    }
}

/// A client; clones share connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    settings: Settings,
}

impl Client {
    /// Makes a client; connects when it is used.
    ///
    /// # Errors
    /// [`Error::Setting`] when the URL is none.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let wrong =
            |detail: String| Error::Setting { what: "server URL", value: settings.url.clone(), detail };
        let base = Url::parse(&settings.url).map_err(|e| wrong(e.to_string()))?;
        if base.cannot_be_a_base() || !matches!(base.scheme(), "http" | "https") {
            return Err(wrong("write it as http://host:4380".to_owned()));
        }
        let builder = || reqwest::Client::builder().timeout(DEADLINE);
        // A machine without CA certificates, such as a slim container, can still ask without TLS.
        let without_tls =
            |e| if base.scheme() == "http" { builder().tls_certs_only([]).build() } else { Err(e) };
        let http = builder().build().or_else(without_tls).map_err(|e| wrong(e.to_string()))?;
        Ok(Self { http, base, settings })
    }

    /// Returns the URL of the server.
    #[must_use]
    pub fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Asks a question whose answer is a frame. `path` starts below `/api/v1`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn frame(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Frame, Error> {
        self.get(path, parameters).await
    }

    /// Asks a question with another answer.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<T, Error> {
        let mut url = self.api(path)?;
        if !parameters.is_empty() || !self.settings.tenants.is_empty() {
            let mut pairs = url.query_pairs_mut();
            pairs.extend_pairs(parameters);
            // Administration is not about tenants' data and takes no such parameter.
            if !path.starts_with("/org/") && !path.starts_with("/admin/") {
                pairs.extend_pairs(self.settings.tenants.iter().map(|tenant| ("tenant", tenant)));
            }
        }
        self.send(Method::GET, url, None).await
    }

    /// Opens a stream of events, without a deadline.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn events(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Events, Error> {
        let mut url = self.api(path)?;
        url.query_pairs_mut().extend_pairs(parameters);
        url.query_pairs_mut().extend_pairs(self.settings.tenants.iter().map(|tenant| ("tenant", tenant)));
        let request =
            self.identified(self.http.get(url)).header("accept", "text/event-stream").timeout(FOREVER);
        let response = request.send().await.map_err(|e| self.unreachable(cause(&e)))?;
        let status = response.status();
        if status.is_success() {
            return Ok(Events::new(response));
        }
        let bytes = self.read(response).await?;
        let problem = Box::new(serde_json::from_slice(&bytes).unwrap_or_default());
        Err(Error::Problem { status: status.as_u16(), problem })
    }

    /// Sends a body.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<T, Error> {
        let url = self.api(path)?;
        let body = serde_json::to_value(body)
            .map_err(|e| Error::Answer { url: url.path().to_owned(), detail: e.to_string() })?;
        self.send(Method::POST, url, Some(&body)).await
    }

    /// Removes something.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn delete(&self, path: &str) -> Result<(), Error> {
        let url = self.api(path)?;
        self.send::<Value>(Method::DELETE, url, None).await.map(drop)
    }

    /// Reads a page outside `/api/v1` as text, such as `/readyz`; any status is an answer.
    ///
    /// # Errors
    /// [`Error::Unreachable`].
    pub async fn plain(&self, path: &str) -> Result<(u16, String), Error> {
        let url = self.base.join(path).map_err(|e| self.unreachable(e.to_string()))?;
        let response = self.http.get(url).send().await.map_err(|e| self.unreachable(cause(&e)))?;
        let status = response.status().as_u16();
        let text = response.text().await.map_err(|e| self.unreachable(cause(&e)))?;
        Ok((status, text))
    }

    fn api(&self, path: &str) -> Result<Url, Error> {
        let full = format!("{}/api/v1{path}", self.url());
        Url::parse(&full).map_err(|e| Error::Setting {
            what: "path",
            value: path.to_owned(),
            detail: e.to_string(),
        })
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<T, Error> {
        let path = url.path().to_owned();
        let mut request = self.identified(self.http.request(method, url));
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|e| self.unreachable(cause(&e)))?;
        let status = response.status();
        let bytes = self.read(response).await?;
        if !status.is_success() {
            let problem = Box::new(serde_json::from_slice(&bytes).unwrap_or_default());
            return Err(Error::Problem { status: status.as_u16(), problem });
        }
        let bytes = if bytes.is_empty() { b"null".to_vec() } else { bytes };
        serde_json::from_slice(&bytes).map_err(|e| Error::Answer { url: path, detail: e.to_string() })
    }

    /// Adds who asks.
    fn identified(&self, mut request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        if let Some(token) = &self.settings.token {
            request = request.bearer_auth(token);
        }
        if let Some(org) = &self.settings.org {
            request = request.header("sightline-org", org);
        }
        request
    }

    async fn read(&self, mut response: reqwest::Response) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.unreachable(cause(&e)))? {
            if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
                let detail = format!("it is longer than {ANSWER_BYTES_MAX} bytes; ask for less");
                return Err(Error::Answer { url: response.url().path().to_owned(), detail });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn unreachable(&self, cause: String) -> Error {
        Error::Unreachable { url: self.url().to_owned(), cause }
    }
}

/// The innermost reason, which says more than "error sending request".
fn cause(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_none_is_named() {
        for (url, ok) in [
            ("http://127.0.0.1:4380", true),
            ("https://s.example/", true),
            ("localhost:4380", false),
            ("x", false),
        ] {
            assert_eq!(Client::new(Settings::new(url)).is_ok(), ok, "{url}");
        }
    }

    #[test]
    fn debug_output_never_holds_the_key() {
        let client = Client::new(Settings::new("http://h:1").with_token("sl_secret")).unwrap();
        assert!(!format!("{client:?}").contains("sl_secret"));
    }
}
