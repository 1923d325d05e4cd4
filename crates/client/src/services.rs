//! Services: who calls whom, examples of what they do, named ways through them.

use sightline_model::Frame;

use crate::path::path;
use crate::{Client, Error};

/// What `parameters` may hold is in the document of the API: `from`, `to`, `tz`, `environment` and what each route adds.
impl Client {
    /// Returns who calls whom: a graph.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn service_map(&self, parameters: &[(&str, &str)]) -> Result<Frame, Error> {
        self.frame("/service_map", parameters).await
    }

    /// Returns what a service calls and is called by: a graph.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn dependencies(&self, service: &str, parameters: &[(&str, &str)]) -> Result<Frame, Error> {
        self.frame(&path("services", &[service, "dependencies"]), parameters).await
    }

    /// Lists spans of a service, the slowest and the failed ones (`class`): a table.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn service_exemplars(
        &self,
        service: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Frame, Error> {
        self.frame(&path("services", &[service, "exemplars"]), parameters).await
    }

    /// Lists the named ways through several services: a table.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn flows(&self) -> Result<Frame, Error> {
        self.frame("/flows", &[]).await
    }
}
