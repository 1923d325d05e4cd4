//! The rows of metric points as the tables of `sightline` keep them, column by column, and the series they belong to.

use std::sync::Arc;

use crate::ResourceRow;
use crate::append::MetricWork;
use crate::batch::resource_bytes;
use crate::columns::{Column, ListColumn, MapColumn};

/// One series, as table `sightline.metric_series` keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesRow {
    /// The org that sent it.
    pub org: u32,
    /// Names the series in the tables of points (schema.md D12).
    pub series_id: u128,
    /// Name of the metric as sent.
    pub metric: Box<str>,
    /// Tenant (vocabulary.md 6.2); empty if none.
    pub tenant: Box<str>,
    /// Normalised service of the resource.
    pub service: Box<str>,
    /// 1 gauge, 2 sum, 3 histogram, 4 exponential histogram, 5 summary.
    pub kind: u8,
    /// 0 unspecified (gauges and summaries have none), 1 delta, 2 cumulative.
    pub temporality: u8,
    /// Whether a sum never falls but by a reset.
    pub monotonic: bool,
    /// Unit as sent (UCUM).
    pub unit: Box<str>,
    /// Description as first seen.
    pub description: Box<str>,
    /// Attributes of its points as text: sorted by key, one per key.
    pub labels: Vec<(Box<str>, Box<str>)>,
    /// Names a row of `resources`.
    pub resource_id: u64,
    /// Name of the instrumentation scope.
    pub scope: Box<str>,
}

impl SeriesRow {
    /// Returns an estimate of the bytes it holds, itself included.
    pub(crate) fn bytes(&self) -> usize {
        let labels = self.labels.iter().map(|(k, v)| k.len() + v.len() + 4 * size_of::<usize>());
        let texts = [&self.metric, &self.tenant, &self.service, &self.unit, &self.description, &self.scope];
        labels.sum::<usize>() + texts.iter().map(|text| text.len()).sum::<usize>() + size_of::<Self>()
    }
}

macro_rules! rows {
    ($(#[$outer:meta])* $rows:ident { $($(#[$doc:meta])* $name:ident: $kind:ty,)* }) => {
        $(#[$outer])*
        #[derive(Debug, Default)]
        pub struct $rows {
            /// Owner of the point.
            pub org: Vec<u32>,
            /// Names the series.
            pub series_id: Vec<u128>,
            /// Time of the point, ns since the epoch; the column has milliseconds.
            pub ts: Vec<i64>,
            $($(#[$doc])* pub $name: $kind,)*
        }

        impl $rows {
            /// Returns the number of rows.
            #[must_use]
            pub fn len(&self) -> usize {
                self.ts.len()
            }

            /// Tells whether there is no row.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.ts.is_empty()
            }

            /// Tells whether every column has as many rows as `ts`.
            #[must_use]
            pub fn is_even(&self) -> bool {
                let rows = self.ts.len();
                self.org.len() == rows && self.series_id.len() == rows $(&& Column::rows(&self.$name) == rows)*
            }

            fn truncate_rows(&mut self, rows: usize) {
                self.org.truncate(rows);
                self.series_id.truncate(rows);
                self.ts.truncate(rows);
                $(Column::truncate_rows(&mut self.$name, rows);)*
            }

            fn clear(&mut self) {
                self.truncate_rows(0);
                $(Column::clear(&mut self.$name);)*
            }

            fn heap_bytes(&self) -> usize {
                self.org.heap_bytes() + self.series_id.heap_bytes() + self.ts.heap_bytes()
                    $(+ Column::heap_bytes(&self.$name))*
            }

            pub(crate) fn push_head(&mut self, org: u32, series_id: u128, ts: i64) {
                self.org.push(org);
                self.series_id.push(series_id);
                self.ts.push(ts);
            }
        }
    };
}

rows! {
    /// Points of gauges and sums, as `sightline.samples` keeps them.
    SampleRows {
        /// The value; Prometheus' stale NaN (bits `0x7ff0000000000002`) where the sender says that there is none any more.
        value: Vec<f64>,
    }
}

rows! {
    /// Points of histograms with explicit bounds, as `sightline.histograms` keeps them.
    HistogramRows {
        /// Since when it counts, ns; 0 if unknown.
        start_ts: Vec<i64>,
        /// Number of values.
        count: Vec<u64>,
        /// Sum of the values; NaN if not sent.
        sum: Vec<f64>,
        /// Smallest value, if sent.
        min: Vec<Option<f64>>,
        /// Largest value, if sent.
        max: Vec<Option<f64>>,
        /// Upper bounds, inclusive, ascending, finite; the last bucket has none.
        bounds: ListColumn<f64>,
        /// One more than bounds, or none if only count and sum were sent.
        counts: ListColumn<u64>,
    }
}

rows! {
    /// Points of exponential histograms, as `sightline.exp_histograms` keeps them.
    ExpHistogramRows {
        /// Since when it counts, ns; 0 if unknown.
        start_ts: Vec<i64>,
        /// Number of values.
        count: Vec<u64>,
        /// Sum of the values; NaN if not sent.
        sum: Vec<f64>,
        /// Smallest value, if sent.
        min: Vec<Option<f64>>,
        /// Largest value, if sent.
        max: Vec<Option<f64>>,
        /// Buckets grow by the factor 2^(2^-scale); -11 to 20.
        scale: Vec<i8>,
        /// Up to which magnitude a value is counted as zero.
        zero_threshold: Vec<f64>,
        /// Number of values that are zero.
        zero_count: Vec<u64>,
        /// Index of the first bucket of positive values.
        pos_offset: Vec<i32>,
        /// Buckets of positive values.
        pos_counts: ListColumn<u64>,
        /// Index of the first bucket of negative values.
        neg_offset: Vec<i32>,
        /// Buckets of negative values, by magnitude.
        neg_counts: ListColumn<u64>,
    }
}

rows! {
    /// Points of summaries, as `sightline.summaries` keeps them.
    SummaryRows {
        /// Since when it counts, ns; 0 if unknown.
        start_ts: Vec<i64>,
        /// Number of values.
        count: Vec<u64>,
        /// Sum of the values.
        sum: Vec<f64>,
        /// Which quantiles, 0 to 1, ascending.
        quantiles: ListColumn<f64>,
        /// Value of each quantile.
        quantile_values: ListColumn<f64>,
    }
}

rows! {
    /// Exemplars of points, as `sightline.exemplars` keeps them.
    ExemplarRows {
        /// The measured value.
        value: Vec<f64>,
        /// Trace that it was measured in; zero bytes if none.
        trace_id: Vec<[u8; 16]>,
        /// Span that it was measured in; zero bytes if none.
        span_id: Vec<[u8; 8]>,
        /// Attributes that the series does not have, as text.
        attrs: MapColumn,
    }
}

/// How many rows there are of each kind: what a request that failed half-way is cut back to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MetricSizes([usize; 7]);

/// Column buffers of metric points, reused from batch to batch.
///
/// A row names its series by `series_id`; which series exist, and what their labels are, stands in `series`.
#[derive(Debug, Default)]
pub struct MetricBatch {
    /// Points of gauges and sums.
    pub samples: SampleRows,
    /// Points of histograms with explicit bounds.
    pub histograms: HistogramRows,
    /// Points of exponential histograms.
    pub exp_histograms: ExpHistogramRows,
    /// Points of summaries.
    pub summaries: SummaryRows,
    /// Exemplars of the points.
    pub exemplars: ExemplarRows,
    /// The series of the rows, each once, in order of first appearance.
    pub series: Vec<Arc<SeriesRow>>,
    /// The resources of the series, each once.
    pub resources: Vec<ResourceRow>,
    pub(crate) work: MetricWork,
}

impl MetricBatch {
    /// Makes an empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of rows of the four tables of points; exemplars and series are not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len() + self.histograms.len() + self.exp_histograms.len() + self.summaries.len()
    }

    /// Tells whether there is no point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all rows, keeps the memory, and what was learnt about series.
    pub fn clear(&mut self) {
        self.samples.clear();
        self.histograms.clear();
        self.exp_histograms.clear();
        self.summaries.clear();
        self.exemplars.clear();
        self.series.clear();
        self.resources.clear();
        self.work.clear();
    }

    /// Returns an estimate of the bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.samples.heap_bytes()
            + self.histograms.heap_bytes()
            + self.exp_histograms.heap_bytes()
            + self.summaries.heap_bytes()
            + self.exemplars.heap_bytes()
            + self.series.iter().map(|row| row.bytes()).sum::<usize>()
            + resource_bytes(&self.resources)
            + self.work.heap_bytes()
    }

    /// Tells whether in every table each column has as many rows as `ts`: what the store relies on.
    #[must_use]
    pub fn is_even(&self) -> bool {
        self.samples.is_even()
            && self.histograms.is_even()
            && self.exp_histograms.is_even()
            && self.summaries.is_even()
            && self.exemplars.is_even()
    }

    pub(crate) fn sizes(&self) -> MetricSizes {
        MetricSizes([
            self.samples.len(),
            self.histograms.len(),
            self.exp_histograms.len(),
            self.summaries.len(),
            self.exemplars.len(),
            self.series.len(),
            self.resources.len(),
        ])
    }

    /// Forgets what came after.
    pub(crate) fn truncate(&mut self, sizes: MetricSizes) {
        let [samples, histograms, exp_histograms, summaries, exemplars, series, resources] = sizes.0;
        self.samples.truncate_rows(samples);
        self.histograms.truncate_rows(histograms);
        self.exp_histograms.truncate_rows(exp_histograms);
        self.summaries.truncate_rows(summaries);
        self.exemplars.truncate_rows(exemplars);
        self.series.truncate(series);
        self.resources.truncate(resources);
        self.work.forget(series, resources);
    }
}
