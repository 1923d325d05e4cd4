//! Quantiles of what was measured, from all of it.

use serde_json::{Value, json};

/// Figures of one kind, as they came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures(Vec<f64>);

impl Figures {
    pub(crate) fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the figure below which that part of all lies (nearest rank); none without figures.
    pub(crate) fn quantile(&self, part: f64) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some thousands"
        )]
        let rank = (part * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.max(1) - 1).copied()
    }

    /// Writes median, 99th percentile and maximum.
    pub(crate) fn text(&self, unit: &str) -> String {
        let [p50, p99, most] = [0.5, 0.99, 1.0].map(|part| self.quantile(part));
        match (p50, p99, most) {
            (Some(p50), Some(p99), Some(most)) => {
                format!("p50 {p50:.0} {unit}, p99 {p99:.0}, most {most:.0} ({} times)", self.len())
            }
            _ => "none".to_owned(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({"n": self.len(), "p50": self.quantile(0.5), "p99": self.quantile(0.99), "max": self.quantile(1.0)})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_nearest_rank() {
        let mut figures = Figures::default();
        assert_eq!(figures.quantile(0.5), None);
        (1..=100).rev().for_each(|n| figures.push(f64::from(n)));
        assert_eq!([0.0, 0.5, 0.99, 1.0].map(|q| figures.quantile(q).unwrap()), [1.0, 50.0, 99.0, 100.0]);
    }
}
