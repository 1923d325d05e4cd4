//! `sightline metrics [METRIC]`

use serde_json::Value;
use sightline_model::{Body, Column, ColumnType, Frame, Series};

use super::range::{Range, borrowed};
use crate::exit::Failure;
use crate::output;
use crate::session::Session;
use crate::spark::spark;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sightline metrics list --search billing\n  sightline metrics http.server.request.duration --quantile 0.99 --by service\n  sightline metrics dotmac.billing.transactions --fn increase --by tenant --bin 1h --since 6h -o csv\n\nA table shows one row for each line of the chart; the other formats have every point."
)]
pub struct Args {
    /// Show this metric over time instead of the list (`list`); by its name, or the one that Prometheus gives it.
    metric: Option<String>,
    /// Only metrics whose names contain this.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only series that fit.
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// What tells the lines apart: service, tenant, a label; repeatable, or with commas.
    #[arg(long, value_name = "KEYS", requires = "metric")]
    by: Vec<String>,
    /// What becomes of the samples of a series in a bin: last, rate, increase, avg, min, max, sum, count.
    #[arg(long = "fn", value_name = "FUNCTION", requires = "metric")]
    function: Option<String>,
    /// How series become one line: sum, avg, min, max, count.
    #[arg(long, value_name = "AGGREGATE", requires = "metric")]
    agg: Option<String>,
    /// Quantile of a histogram, 0 to 1; repeatable.
    #[arg(long, value_name = "NUMBER", requires = "metric")]
    quantile: Vec<f64>,
    /// Width of a bin: `10s`, `1m`, or `all` for one value; fitting the range when left out.
    #[arg(long, value_name = "DURATION", requires = "metric")]
    bin: Option<String>,
    /// Metrics or lines at most.
    #[arg(long)]
    limit: Option<u32>,
    #[command(flatten)]
    range: Range,
}

/// The columns of a list that fit a terminal; the others are for programs and `wide`.
const SHOWN: [&str; 5] = ["name", "type", "unit", "series", "description"];

impl Args {
    /// Returns the metric to show; none for the list, which may be asked for by that word.
    fn metric(&self) -> Option<&str> {
        self.metric.as_deref().filter(|metric| *metric != "list")
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut out = self.range.parameters();
        let mut given = |name, value: Option<String>| out.extend(value.map(|value| (name, value)));
        given("search", self.search.clone());
        given("filter", self.filter.clone());
        given("time_fn", self.function.clone());
        given("agg", self.agg.clone());
        given("bin", self.bin.clone());
        given("limit", self.limit.map(|n| n.to_string()));
        out.extend(self.by.iter().map(|keys| ("by", keys.clone())));
        out.extend(self.quantile.iter().map(|q| ("quantile", q.to_string())));
        out
    }
}

pub(super) async fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let (client, parameters) = (session.client()?, args.parameters());
    let frame = match args.metric() {
        Some(metric) => client.metric_over_time(metric, &borrowed(&parameters)).await?,
        None => client.metrics(&borrowed(&parameters)).await?,
    };
    let format = session.format();
    match lines(&frame.body).filter(|_| format.is_table()) {
        Some(body) => output::frame(&Frame { body, ..frame }, format),
        None => output::picked(frame, &SHOWN, format),
    }
}

/// A row for each line of a chart: what tells it apart, its newest value, its bounds, how it went.
fn lines(body: &Body) -> Option<Body> {
    let Body::Series { columns, keys, series, .. } = body else { return None };
    let unit_of = |line: &Series| columns.iter().find(|c| c.name == line.column)?.unit.clone();
    let unit = series.first().and_then(unit_of);
    let column = |name: &str, kind, unit: Option<String>, value: &dyn Fn(&Series) -> Value| Column {
        name: name.to_owned(),
        kind,
        unit,
        role: None,
        exactness: None,
        values: series.iter().map(value).collect(),
    };
    let labels = keys.iter().map(|key| {
        column(key, ColumnType::String, None, &|line| line.labels.get(key).cloned().unwrap_or_default())
    });
    let number = |name, pick: &dyn Fn(&[f64]) -> Option<f64>| {
        column(name, ColumnType::Float, unit.clone(), &|line| {
            let values: Vec<f64> = line.values.iter().filter_map(Value::as_f64).collect();
            pick(&values).map_or(Value::Null, Value::from)
        })
    };
    let mut out: Vec<Column> = labels.collect();
    out.push(column("value", ColumnType::String, None, &|line| Value::from(line.column.clone())));
    out.push(number("last", &|values| values.last().copied()));
    out.push(number("min", &|values| values.iter().copied().reduce(f64::min)));
    out.push(number("max", &|values| values.iter().copied().reduce(f64::max)));
    out.push(column("trend", ColumnType::String, None, &|line| Value::from(spark(&line.values))));
    Some(Body::Table { rows: u64::try_from(series.len()).unwrap_or(0), columns: out })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Line;
    use clap::Parser as _;
    use serde_json::json;

    #[test]
    fn what_is_typed_becomes_the_question_of_the_api() {
        let check = |line: &[&str], metric: Option<&str>, want: &[(&str, &str)]| {
            let args = Line::<Args>::try_parse_from([&["metrics"], line].concat()).unwrap().args;
            let parameters = args.parameters();
            let (range, rest) = parameters.split_at(2);
            assert_eq!(borrowed(range), [("from", "now-15m"), ("to", "now")], "{line:?}");
            assert_eq!((args.metric(), borrowed(rest)), (metric, want.to_vec()), "{line:?}");
        };
        check(&[], None, &[]);
        check(
            &["list", "--search", "billing", "--limit", "5"],
            None,
            &[("search", "billing"), ("limit", "5")],
        );
        check(
            &["m", "--fn", "rate", "--agg", "max", "--bin", "1m", "--by", "service,tenant", "--by", "x"],
            Some("m"),
            &[("time_fn", "rate"), ("agg", "max"), ("bin", "1m"), ("by", "service,tenant"), ("by", "x")],
        );
        check(
            &["m", "--quantile", "0.5", "--quantile", "0.99", "--filter", "a = b"],
            Some("m"),
            &[("filter", "a = b"), ("quantile", "0.5"), ("quantile", "0.99")],
        );
        assert!(Line::<Args>::try_parse_from(["metrics", "--by", "x"]).is_err());
    }

    #[test]
    fn a_chart_is_a_row_for_each_line() {
        let body: Body = serde_json::from_value(json!({
            "kind": "series", "bin_ms": 60_000, "keys": ["service"], "x": [0, 60_000, 120_000],
            "columns": [{ "name": "p99", "type": "float", "unit": "s" }],
            "series": [
                { "labels": { "service": "billing" }, "column": "p99", "values": [0.5, null, 1.0] },
                { "labels": { "service": "identity" }, "column": "p99", "values": [null, null, null] },
            ],
        }))
        .unwrap();
        let Some(Body::Table { rows, columns }) = lines(&body) else { panic!("{body:?}") };
        assert_eq!(rows, 2);
        let values: Vec<_> = columns.iter().map(|c| (c.name.as_str(), c.values.clone())).collect();
        assert_eq!(
            values,
            [
                ("service", vec![json!("billing"), json!("identity")]),
                ("value", vec![json!("p99"), json!("p99")]),
                ("last", vec![json!(1.0), json!(null)]),
                ("min", vec![json!(0.5), json!(null)]),
                ("max", vec![json!(1.0), json!(null)]),
                ("trend", vec![json!("\u{2585} \u{2588}"), json!("   ")]),
            ]
        );
        assert!(columns.iter().all(|c| c.name != "last" || c.unit.as_deref() == Some("s")));
        assert!(lines(&Body::Table { rows: 0, columns: vec![] }).is_none());
    }
}
