//! The list of services, and what its siblings share: the windows of a question.

use std::collections::BTreeMap;

use serde_json::Value;
use sightline_model::language::Filter;
use sightline_model::{Body, Exactness, Frame, TenantScope, TimeRange};
use sightline_store::Rows;

use super::measure::{self, Measure};
use super::plan::{self, CLASSES, Level, Split};
use super::{ServicesQuery, WINDOW_S};
use crate::ask::Open;
use crate::bins::{self, Bin, Bins};
use crate::filter::{Compiler, Params, Table};
use crate::frame::{self, Described};
use crate::{Error, QueryService, rows};

/// Points of the small chart beside a service.
const SPARK_POINTS: usize = 30;

/// Most services in an answer.
const SERVICES_MAX: usize = 1_000;

/// Which service a question is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) service: &'a str,
    pub(super) namespace: Option<&'a str>,
}

/// Windows, summed by group and bin.
pub(super) struct Windows {
    /// Which windows were asked for.
    pub(super) filter: Filter,
    pub(super) rows: Rows,
    pub(super) measures: Vec<Measure>,
}

impl QueryService {
    /// Lists the services with requests in the range, busiest first; one that only calls others is listed by its calls.
    ///
    /// # Errors
    /// [`Error`] for a wrong filter, and when the store does not answer.
    pub async fn services(&self, scope: &TenantScope, query: &ServicesQuery) -> Result<Frame, Error> {
        let mut open = self.open(&query.ask)?;
        let split = self.split(scope, &mut open, false).await?;
        let bins = Bins::cut(split.range, Bin::Auto, SPARK_POINTS, WINDOW_S, &open.tz)?;
        let group = ["service", "service_namespace", "environment", "class"];
        let windows =
            self.windows(scope, &mut open, &split, &group, Some(&bins), &query.filter, None).await?;
        let mut services = by_service(&windows, &bins)?;
        services.sort_by(|a, b| b.whole.count.total_cmp(&a.whole.count).then_with(|| a.name.cmp(&b.name)));
        if services.len() > SERVICES_MAX {
            let detail = format!("{SERVICES_MAX} of {} services", services.len());
            open.incomplete.push(frame::row_limit(detail, "filter by environment or service"));
            services.truncate(SERVICES_MAX);
        }
        if query.is_exact {
            let exact = self.exact(scope, &mut open, &split, &group[..3], &windows, None).await?;
            for service in &mut services {
                let [name, namespace, environment] = &service.name;
                let class = measure::class_word(service.class);
                exact.give(&mut service.whole, &[name, namespace, environment, class]);
            }
        }
        if query.has_tenants {
            let mut active = self.active_tenants(scope, &mut open, &split, &windows.filter).await?;
            for service in &mut services {
                let [name, namespace, environment] = service.name.clone();
                service.tenants = active.remove(&(name, namespace, environment, service.class));
            }
        }
        self.note_weights(scope, &mut open, split.range, None).await?;
        let body = table(&services, covered_s(&open, split.range), open.exactness, query.has_tenants);
        Ok(self.frame(open, body))
    }

    /// Decides which tiers answer, and notes it. Narrow bins need ten-second windows while there are any.
    pub(super) async fn split(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        has_narrow_bins: bool,
    ) -> Result<Split, Error> {
        let kept_from = open.now - i64::from(self.config.red_10s_days) * bins::DAY_NS;
        let is_old = open.range.from() < kept_from;
        let rolled_up_to = if is_old || (!has_narrow_bins && plan::needs_rollup(open.range, kept_from)) {
            Some(self.rolled_up_to(scope, open).await?)
        } else {
            None
        };
        let split = Split::of(open.range, open.now, kept_from, rolled_up_to);
        open.range = split.range;
        open.stats.tier = split.tier().to_owned();
        open.exactness = Exactness::Approximated;
        open.retention(i64::from(self.config.red_1m_days) * bins::DAY_NS);
        Ok(split)
    }

    /// Returns the end of the newest minute in the rollup; windows up to there are closed.
    async fn rolled_up_to(&self, scope: &TenantScope, open: &mut Open<'_>) -> Result<i64, Error> {
        let mut params = Params::default();
        let (from, to) =
            (params.add(bins::second_of(open.range.from())), params.add(bins::second_of(open.range.to())));
        let template = format!(
            "SELECT toUnixTimestamp(max(`window`)) AS newest FROM sightline.red_1m WHERE {{scope:red_1m}} AND level = 2 \
             AND toStartOfHour(`window`) >= toStartOfHour(toDateTime({from}, 'UTC')) \
             AND toStartOfHour(`window`) <= toStartOfHour(toDateTime({to}, 'UTC'))"
        );
        let rows = self.select(scope, open, params.into_sql(template)).await?;
        let newest = rows::counts(&rows, "newest")?.first().copied().unwrap_or(0);
        Ok(if newest == 0 { 0 } else { (newest + 60) * 1_000_000_000 })
    }

    /// Reads the windows of a question.
    #[expect(clippy::too_many_arguments, reason = "the parts of one statement")]
    pub(super) async fn windows(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        split: &Split,
        group: &[&str],
        bins: Option<&Bins>,
        filter: &str,
        subject: Option<Subject<'_>>,
    ) -> Result<Windows, Error> {
        let filter = open.filter(filter)?;
        let mut params = Params::default();
        let predicate = self.conditions(open, split, &filter, subject, &mut params)?;
        let level = Level::of(scope, &filter, group);
        let sql = plan::statement(split, level, group, bins, &predicate, params);
        let rows = self.select(scope, open, sql).await?;
        let measures = measure::of_rows(&rows)?;
        Ok(Windows { filter, rows, measures })
    }

    /// Returns SQL of which windows of the range are meant.
    pub(super) fn conditions(
        &self,
        open: &Open<'_>,
        split: &Split,
        filter: &Filter,
        subject: Option<Subject<'_>>,
        params: &mut Params,
    ) -> Result<String, Error> {
        let environment = open.reading(Table::Red, split.range);
        let mut parts = vec![CLASSES.to_owned(), Compiler::new(&environment, params).predicate(filter)?];
        if let Some(name) = &open.ask.environment {
            parts.push(format!("environment = {}", params.text(name)));
        }
        if let Some(subject) = subject {
            let names = vec![subject.service.to_owned(), crate::service_name::normalise(subject.service)];
            parts.push(format!("service IN {}", params.add(names)));
            parts.extend(subject.namespace.map(|name| format!("service_namespace = {}", params.text(name))));
        }
        Ok(parts.join(" AND "))
    }
}

/// Returns the seconds of the range that have passed: what a rate over the whole range divides by.
pub(crate) fn covered_s(open: &Open<'_>, range: TimeRange) -> f64 {
    let ns = range.to().min(open.now) - range.from();
    crate::sketch::seconds(u64::try_from(ns).unwrap_or(0))
}

/// A service in one environment.
struct Service {
    /// Service, namespace, environment.
    name: [String; 3],
    class: u8,
    whole: Measure,
    spark: Vec<f64>,
    /// How many tenants had requests of that class; none when no request had a tenant, or nobody asked.
    tenants: Option<u64>,
}

/// Sum over the range and counts by bin, of each class.
type Classes = BTreeMap<u8, (Measure, Vec<f64>)>;

fn by_service(windows: &Windows, bins: &Bins) -> Result<Vec<Service>, Error> {
    let rows = &windows.rows;
    let names = ["service", "service_namespace", "environment"].map(|name| rows::texts(rows, name));
    let [service, namespace, environment] = names;
    let (service, namespace, environment) = (service?, namespace?, environment?);
    let classes = rows::bytes(rows, "class")?;
    let starts = rows::counts(rows, "bin")?;
    let mut found: BTreeMap<[&str; 3], Classes> = BTreeMap::new();
    for row in 0..rows.len() {
        let name = [service[row].as_str(), namespace[row].as_str(), environment[row].as_str()];
        let (whole, spark) = found
            .entry(name)
            .or_default()
            .entry(classes[row])
            .or_insert_with(|| (Measure::default(), vec![0.0; bins.len()]));
        whole.merge(&windows.measures[row]);
        if let Some(at) = bins.index_of(starts[row]) {
            spark[at] += windows.measures[row].count;
        }
    }
    let services = found.into_iter().filter_map(|(name, mut classes)| {
        let class = measure::headline(classes.iter().map(|(class, (whole, _))| (*class, whole.count)))?;
        let (whole, spark) = classes.remove(&class)?;
        Some(Service { name: name.map(str::to_owned), class, whole, spark, tenants: None })
    });
    Ok(services.collect())
}

fn table(services: &[Service], covered_s: f64, exactness: Exactness, has_tenants: bool) -> Body {
    let name = |at: usize| services.iter().map(move |service| service.name[at].as_str());
    let mut columns = vec![
        frame::text("service", name(0)).key(),
        frame::text("service_namespace", name(1)).key(),
        frame::text("environment", name(2)).key(),
        frame::word("class", services.iter().map(|service| measure::class_word(service.class))),
    ];
    let measures: Vec<Measure> = services.iter().map(|service| service.whole.clone()).collect();
    columns.extend(measure::columns(&measures, covered_s, exactness));
    if has_tenants {
        let tenants =
            services.iter().map(|service| i64::try_from(service.tenants.unwrap_or(0)).unwrap_or(i64::MAX));
        columns.push(frame::int("tenants", tenants).unit("{tenant}").exactness(Exactness::Exact));
    }
    columns.push(frame::json("spark", services.iter().map(|service| Value::from(service.spark.clone()))));
    Body::Table { rows: services.len() as u64, columns }
}
