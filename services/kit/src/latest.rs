//! Numbers that the database knows (depths, lags, devices): asked every second, reported at every export.
//!
//! Counting up and down in the process would start at zero after a restart; the database does not.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sightline_sdk::metrics::{self, KeyValue, Kind};

use crate::stop::Stop;

/// A number and what it is of.
pub type Value = (f64, Vec<KeyValue>);

/// How often the database is asked.
const EVERY: Duration = Duration::from_secs(1);

/// The latest answer.
#[derive(Debug, Clone, Default)]
pub struct Latest {
    values: Arc<Mutex<Vec<Value>>>,
}

impl Latest {
    /// Reports the latest answer as a metric, for the rest of the process.
    #[must_use]
    pub fn report(kind: Kind, name: &'static str, unit: &'static str, description: &'static str) -> Self {
        let latest = Self::default();
        let values = Arc::clone(&latest.values);
        metrics::observe(kind, name, unit, description, move || {
            values.lock().unwrap_or_else(PoisonError::into_inner).clone()
        });
        latest
    }

    /// Asks again and again until the service stops, and once more then, so that the last export tells how it ended.
    /// Asking carries no span: it is no work of anybody.
    pub async fn keep<F, Fut>(self, stop: Stop, ask: F)
    where
        F: Fn() -> Fut,
        Fut: Future<Output = sqlx::Result<Vec<Value>>>,
    {
        let mut goes_on = true;
        loop {
            match ask().await {
                Ok(values) => *self.values.lock().unwrap_or_else(PoisonError::into_inner) = values,
                Err(error) => tracing::warn!(%error, "a number cannot be read; the last one stays"),
            }
            if !goes_on {
                return;
            }
            goes_on = stop.sleep(EVERY).await;
        }
    }
}

/// Makes a value of a count.
#[must_use]
pub fn value<const N: usize>(count: i64, of: [(&'static str, String); N]) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "counts of a demo are far below 2^52")]
    let number = count as f64;
    (number, of.into_iter().map(|(key, text)| KeyValue::new(key, text)).collect())
}
