//! Scrapes one target again and again, and puts what it says through the door like any other request.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use sightline_model::Signal;
use sightline_runtime::{Scope, Stop};
use tokio::time::Instant;
use xxhash_rust::xxh3::xxh3_64;

use super::exposition::{Bounds, parse};
use super::fetch::{Failure, Http, client, page};
use super::lines::{Format, Labels};
use super::message;
use super::message::{Request, Resource, ResourceMetrics, ScopeMetrics, attributes};
use super::settings::ScrapeJob;
use super::translate::{Live, Translated, own, stale, translate};
use crate::config::ms;
use crate::door::{Door, Refusal};
use crate::offload;
use crate::receivers::metrics_sending::send;

/// Starts a task for each target of each job.
pub(crate) fn start(jobs: &[ScrapeJob], door: &Arc<Door>, scope: &Scope) {
    for job in jobs {
        let job = Arc::new(job.clone());
        for target in &job.targets {
            let Some(uri) = job.uri(target) else { continue };
            let scraper = Scraper {
                job: Arc::clone(&job),
                target: target.clone(),
                uri,
                door: Arc::clone(door),
                scope: scope.clone(),
                http: client(),
                live: BTreeSet::new(),
                info: Labels::new(),
                is_up: None,
            };
            scope.spawn("scrape", |stop| scraper.run(stop));
        }
    }
}

struct Scraper {
    job: Arc<ScrapeJob>,
    target: String,
    uri: Uri,
    door: Arc<Door>,
    scope: Scope,
    http: Http,
    /// Series of the page before.
    live: BTreeSet<Live>,
    /// What the target last said of itself.
    info: Labels,
    is_up: Option<bool>,
}

impl Scraper {
    async fn run(mut self, stop: Stop) {
        let every = ms(self.job.interval_ms);
        // Targets are spread over the interval, each always at its place in it.
        let place = xxh3_64(self.target.as_bytes()) % self.job.interval_ms;
        let mut next = Instant::now() + ms(place);
        while stop.run_until_cancelled(tokio::time::sleep_until(next)).await.is_some() {
            // What went through the door is finished by it; a page that was being fetched is nobody's loss.
            if stop.run_until_cancelled(self.scrape()).await.is_none() {
                return;
            }
            next = (next + every).max(Instant::now());
        }
    }

    async fn scrape(&mut self) {
        let (time, started) = (self.door.clock().unix_nanos(), self.door.clock().monotonic());
        let timeout = ms(self.job.timeout_ms);
        let fetched = page(&self.http, &self.uri, self.job.body_bytes_max, timeout).await;
        let read = match fetched {
            Ok((body, format)) => self.read(body, format, time).await,
            Err(failure) => Err(failure),
        };
        let took = self.door.clock().monotonic().saturating_sub(started);
        self.tell(read.as_ref().err());
        let is_up = read.is_ok();
        let page = read.unwrap_or_default();
        if page.broken > 0 {
            let text = "a histogram or summary contradicts itself";
            let refusal = Refusal::bad_message(text).of_records(page.broken);
            self.door.count_refusal(Signal::Metrics, Some(self.job.owner().org), &refusal);
        }
        let request = self.request(page, is_up, took, time);
        self.send(request, time).await;
    }

    async fn read(&self, body: Bytes, format: Format, time: i64) -> Result<Translated, Failure> {
        let bounds = Bounds { line_bytes_max: self.job.line_bytes_max, samples_max: self.job.samples_max };
        let read = offload(&self.scope, "scrape", move || {
            let text = std::str::from_utf8(&body).map_err(|_| "it is no UTF-8".to_owned())?;
            let families = parse(text, format, bounds).map_err(|error| error.to_string())?;
            Ok(translate(families, time))
        });
        read.await.ok_or(Failure::Defect)?.map_err(Failure::Malformed)
    }

    /// Makes a request of a page, of what is known of the scrape, and of the series that are missed.
    fn request(&mut self, page: Translated, is_up: bool, took: Duration, time: i64) -> Request {
        let missed = stale(self.live.difference(&page.live), time);
        let mut metrics = page.metrics;
        let number = u32::try_from(page.samples).unwrap_or(u32::MAX);
        metrics.push(own("up", "", f64::from(u8::from(is_up)), time));
        metrics.push(own("scrape_duration_seconds", "s", took.as_secs_f64(), time));
        metrics.push(own("scrape_samples_scraped", "", f64::from(number), time));
        // What is missed was said by the resource of the page before.
        let before = std::mem::take(&mut self.info);
        self.info = if is_up { page.target } else { before.clone() };
        self.live = page.live;
        let mut resource_metrics = vec![self.home(&self.info, metrics)];
        if !missed.is_empty() {
            resource_metrics.push(self.home(&before, missed));
        }
        Request { resource_metrics }
    }

    fn home(&self, info: &Labels, metrics: Vec<message::Metric>) -> ResourceMetrics {
        let said = |name: &str| info.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let mut home: Labels = vec![
            ("service.name".to_owned(), said("service_name").unwrap_or_else(|| self.job.job.clone())),
            (
                "service.instance.id".to_owned(),
                said("service_instance_id").unwrap_or_else(|| self.target.clone()),
            ),
        ];
        let is_other = |key: &str| !["service_name", "service_instance_id", "job", "instance"].contains(&key);
        home.extend(info.iter().filter(|(key, _)| is_other(key)).cloned());
        let scope = Some(message::Scope { name: "sightline.scrape".to_owned() });
        ResourceMetrics {
            resource: Some(Resource { attributes: attributes(&home) }),
            scope_metrics: vec![ScopeMetrics { scope, metrics }],
        }
    }

    async fn send(&self, request: Request, time: i64) {
        let name = format!("scrape {} {} {time}", self.job.job, self.target);
        match send(&self.door, self.job.owner(), name, &request).await {
            Ok(receipt) => {
                if let Some(message) = receipt.message {
                    tracing::debug!(
                        job = self.job.job,
                        target = self.target,
                        message,
                        "points of a page were rejected"
                    );
                }
            }
            Err(refusal) => {
                tracing::warn!(
                    job = self.job.job,
                    target = self.target,
                    message = refusal.message,
                    "a scrape was refused"
                );
            }
        }
    }

    /// Logs when a target goes away or comes back.
    fn tell(&mut self, failure: Option<&Failure>) {
        let is_up = failure.is_none();
        if self.is_up.replace(is_up) == Some(is_up) {
            return;
        }
        let (job, target) = (&*self.job.job, &*self.target);
        match failure {
            Some(failure) => tracing::warn!(job, target, %failure, "a target cannot be scraped"),
            None => tracing::info!(job, target, "a target is scraped"),
        }
    }
}
