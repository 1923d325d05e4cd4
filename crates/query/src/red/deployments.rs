//! The versions of a service: since when each is there, and how it does.

use std::collections::BTreeMap;

use sightline_model::{Body, Frame, Nanos, TenantScope};

use super::DeploymentsQuery;
use super::measure::{self, Measure};
use super::services::{Subject, Windows};
use crate::frame::{self, Described};
use crate::{Error, QueryService, rows};

/// Most versions in an answer.
const VERSIONS_MAX: usize = 100;

/// A version of the service in an environment.
#[derive(Debug)]
struct Version {
    environment: String,
    version: String,
    /// Begin of its first window.
    first: Nanos,
    /// Begin of its newest window.
    last: Nanos,
    /// The one that began before it in this environment.
    previous: String,
    classes: BTreeMap<u8, Measure>,
}

impl QueryService {
    /// Lists the versions (`service.version`) of a service with requests in the range, newest first. One that has a
    /// previous one in its environment is a deployment.
    ///
    /// # Errors
    /// [`Error`] when the store does not answer.
    pub async fn deployments(&self, scope: &TenantScope, query: &DeploymentsQuery) -> Result<Frame, Error> {
        let mut open = self.open(&query.ask)?;
        let split = self.split(scope, &mut open, false).await?;
        let subject = Subject { service: &query.service, namespace: query.namespace.as_deref() };
        let group = ["environment", "service_version", "class"];
        let windows = self.windows(scope, &mut open, &split, &group, None, "", Some(subject)).await?;
        let mut versions = versions(&windows)?;
        if versions.len() > VERSIONS_MAX {
            let detail = format!("the {VERSIONS_MAX} newest of {} versions", versions.len());
            open.incomplete.push(frame::row_limit(detail, "use a shorter range or one environment"));
            versions.truncate(VERSIONS_MAX);
        }
        self.note_weights(scope, &mut open, split.range, Some(&query.service)).await?;
        // A rate over the whole range says nothing of a version that is there for a part of it.
        let measures = measures(&versions);
        let measured = measure::columns(&measures, 0.0, open.exactness);
        let mut columns = vec![
            frame::time_ns("first_seen", versions.iter().map(|version| version.first)),
            frame::time_ns("last_seen", versions.iter().map(|version| version.last)),
            frame::text("environment", versions.iter().map(|version| version.environment.as_str())).key(),
            frame::text("version", versions.iter().map(|version| version.version.as_str())).key(),
            frame::text("previous", versions.iter().map(|version| version.previous.as_str())),
        ];
        columns.extend(measured.into_iter().filter(|column| column.name != "rate"));
        Ok(self.frame(open, Body::Table { rows: versions.len() as u64, columns }))
    }
}

/// Joins the classes of each version and finds what was there before it; newest first.
fn versions(windows: &Windows) -> Result<Vec<Version>, Error> {
    let rows = &windows.rows;
    let (environments, names) = (rows::texts(rows, "environment")?, rows::texts(rows, "service_version")?);
    let classes = rows::bytes(rows, "class")?;
    let (first, last) = (rows::counts(rows, "first_s")?, rows::counts(rows, "last_s")?);
    let mut found: BTreeMap<(&str, &str), Version> = BTreeMap::new();
    for row in 0..rows.len() {
        let (environment, name) = (environments[row].as_str(), names[row].as_str());
        let version = found.entry((environment, name)).or_insert_with(|| Version {
            environment: environment.to_owned(),
            version: name.to_owned(),
            first: Nanos::MAX,
            last: Nanos::MIN,
            previous: String::new(),
            classes: BTreeMap::new(),
        });
        version.first = version.first.min(first[row] * 1_000_000_000);
        version.last = version.last.max(last[row] * 1_000_000_000);
        version.classes.entry(classes[row]).or_default().merge(&windows.measures[row]);
    }
    let mut all: Vec<Version> = found.into_values().collect();
    all.sort_by(|a, b| b.first.cmp(&a.first).then_with(|| a.environment.cmp(&b.environment)));
    let before = |at: usize, version: &Version| {
        let is_before =
            |other: &&Version| other.environment == version.environment && other.first < version.first;
        all[at + 1..].iter().find(is_before).map(|other| other.version.clone()).unwrap_or_default()
    };
    let previous: Vec<String> = all.iter().enumerate().map(|(at, version)| before(at, version)).collect();
    for (version, previous) in all.iter_mut().zip(previous) {
        version.previous = previous;
    }
    Ok(all)
}

/// What each version does, of the class that is the headline of the service.
fn measures(versions: &[Version]) -> Vec<Measure> {
    let counts = versions.iter().flat_map(|version| &version.classes);
    let headline = measure::headline(counts.map(|(class, measure)| (*class, measure.count)));
    let of = |version: &Version| {
        headline.and_then(|class| version.classes.get(&class).cloned()).unwrap_or_default()
    };
    versions.iter().map(of).collect()
}
