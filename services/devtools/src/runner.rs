//! Starts experiments at their targets and ends them when their time is over, also after a restart.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use service_kit::fault::Rule;
use service_kit::{ApiError, Clock, Stop, call};
use sightline_sdk::tenant;

use crate::experiment::{Experiment, Record};
use crate::metrics;
use crate::records::Records;

/// How often the runner looks for experiments whose time is over.
const LOOK: Duration = Duration::from_millis(200);

/// Runs experiments; clones share records and targets.
#[derive(Debug, Clone)]
pub(crate) struct Runner {
    records: Records,
    targets: Arc<HashMap<String, String>>,
    http: reqwest::Client,
    clock: Clock,
}

impl Runner {
    pub(crate) fn new(records: Records, targets: Arc<HashMap<String, String>>, clock: Clock) -> Self {
        Self { records, targets, http: reqwest::Client::new(), clock }
    }

    /// Starts an experiment. It is written down before the target is asked, so that whatever is broken is known.
    pub(crate) async fn start(&self, experiment: Experiment) -> Result<Record, ApiError> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let rule = experiment.rule(&id)?;
        let now = self.clock.now_ms();
        let record = Record {
            id,
            service: experiment.service,
            kind: experiment.kind.word().to_owned(),
            route: rule.route.clone(),
            tenant: experiment.tenant.unwrap_or_default(),
            value: experiment.value.to_string(),
            started_at: now,
            due_at: now + experiment.seconds * 1_000,
            ended_at: 0,
            outcome: String::new(),
        };
        let work = self.put_up(&record, &rule);
        if record.tenant.is_empty() {
            work.await?
        } else {
            tenant::scope(&record.tenant, work).await?
        }
        Ok(record)
    }

    #[tracing::instrument(name = "experiment.start", skip_all, fields(dotmac.chaos.experiment = record.kind,
        dotmac.chaos.service = record.service, dotmac.chaos.route = record.route, dotmac.chaos.value = record.value))]
    async fn put_up(&self, record: &Record, rule: &Rule) -> Result<(), ApiError> {
        let url = self.target(&record.service)?;
        self.records.insert(record).await?;
        let request = self.http.post(format!("{url}/demo/faults")).json(rule);
        let asked = call::done(&self.http, request, "/demo/faults").await;
        if asked.is_err() {
            self.records.end(&record.id, self.clock.now_ms(), "refused").await?;
        } else {
            metrics::started(record);
        }
        asked
    }

    /// Ends an experiment before its time.
    pub(crate) async fn stop(&self, id: &str) -> Result<Record, ApiError> {
        let record = self.records.get(id).await?;
        if record.ended_at == 0 {
            self.end(&record, "stopped").await?;
        }
        Ok(self.records.get(id).await?)
    }

    pub(crate) async fn list(&self) -> Result<Vec<Record>, ApiError> {
        Ok(self.records.list().await?)
    }

    /// Ends experiments whose time is over, until the service stops.
    pub(crate) async fn run(self, stop: Stop) {
        while stop.sleep(LOOK).await {
            if let Err(error) = self.end_overdue().await {
                tracing::warn!(%error, "an experiment could not be ended; trying again");
            }
        }
    }

    async fn end_overdue(&self) -> Result<(), ApiError> {
        for record in self.records.overdue(self.clock.now_ms()).await? {
            self.end(&record, "over").await?;
        }
        Ok(())
    }

    async fn end(&self, record: &Record, outcome: &'static str) -> Result<(), ApiError> {
        let work = self.take_down(record, outcome);
        if record.tenant.is_empty() { work.await } else { tenant::scope(&record.tenant, work).await }
    }

    #[tracing::instrument(name = "experiment.end", skip_all, fields(dotmac.chaos.experiment = record.kind,
        dotmac.chaos.service = record.service, dotmac.chaos.route = record.route))]
    async fn take_down(&self, record: &Record, outcome: &'static str) -> Result<(), ApiError> {
        let url = self.target(&record.service)?;
        let request = self.http.delete(format!("{url}/demo/faults/{}", record.id));
        let outcome = match call::done(&self.http, request, "/demo/faults/{id}").await {
            Ok(()) => outcome,
            Err(error) if error.is_not_found() => "gone",
            Err(error) => return Err(error),
        };
        self.records.end(&record.id, self.clock.now_ms(), outcome).await?;
        metrics::finished(record, outcome);
        Ok(())
    }

    fn target(&self, service: &str) -> Result<&str, ApiError> {
        let known = || self.targets.keys().map(String::as_str).collect::<Vec<_>>().join("`, `");
        let text = || format!("`{service}` is no target; targets are `{}`", known());
        self.targets
            .get(service)
            .map(String::as_str)
            .ok_or_else(|| ApiError::new(StatusCode::BAD_REQUEST, text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Kind;
    use service_kit::Faults;
    use tokio::net::TcpListener;
    use tokio::task::JoinSet;

    /// A runner with a real fault door as target `billing`.
    async fn runner() -> (Runner, Faults, Clock, JoinSet<()>) {
        let faults = Faults::new("billing");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (mut serving, app) = (JoinSet::new(), faults.routes());
        serving.spawn(async move { axum::serve(listener, app).await.unwrap() });
        let clock = Clock::manual(1_000_000);
        let records = Records::open("sqlite::memory:").await.unwrap();
        let targets = HashMap::from([("billing".to_owned(), url)]);
        (Runner::new(records, Arc::new(targets), clock.clone()), faults, clock, serving)
    }

    fn failing(tenant: Option<&str>, value: f64) -> Experiment {
        Experiment {
            service: "billing".to_owned(),
            kind: Kind::Error,
            route: "POST /invoices".to_owned(),
            tenant: tenant.map(str::to_owned),
            value,
            seconds: 30,
        }
    }

    #[tokio::test]
    async fn an_experiment_breaks_its_target_for_its_time_and_is_written_down() {
        let (runner, faults, clock, _serving) = runner().await;
        let started = runner.start(failing(None, 1.0)).await.unwrap();
        assert!(faults.strike("POST /invoices").await.is_err());
        assert!(faults.strike("GET /invoices/{id}").await.is_ok());
        clock.advance(Duration::from_millis(29_999));
        runner.end_overdue().await.unwrap();
        assert!(faults.strike("POST /invoices").await.is_err());
        clock.advance(Duration::from_millis(1));
        runner.end_overdue().await.unwrap();
        assert!(faults.strike("POST /invoices").await.is_ok());
        let record = &runner.list().await.unwrap()[0];
        let want = Record { ended_at: 1_030_000, outcome: "over".to_owned(), ..started };
        assert_eq!(*record, want);
    }

    #[tokio::test]
    async fn an_experiment_concerns_its_tenant_only_and_can_be_stopped() {
        let (runner, faults, _, _serving) = runner().await;
        let id = runner.start(failing(Some("tenant-001"), 1.0)).await.unwrap().id;
        let strike = |tenant: &'static str| tenant::scope(tenant, faults.strike("POST /invoices"));
        assert!(strike("tenant-001").await.is_err());
        assert!(strike("tenant-002").await.is_ok());
        assert_eq!(runner.stop(&id).await.unwrap().outcome, "stopped");
        assert!(strike("tenant-001").await.is_ok());
        assert_eq!(runner.stop(&id).await.unwrap().outcome, "stopped", "stopping twice changes nothing");
    }

    #[tokio::test]
    async fn what_the_target_refuses_is_written_down_as_refused() {
        let (runner, _, _, _serving) = runner().await;
        assert!(runner.start(failing(None, 2.0)).await.is_err());
        assert_eq!(runner.list().await.unwrap()[0].outcome, "refused");
        let unknown = Experiment { service: "nobody".to_owned(), ..failing(None, 1.0) };
        assert!(runner.start(unknown).await.unwrap_err().to_string().contains("`nobody` is no target"));
    }
}
