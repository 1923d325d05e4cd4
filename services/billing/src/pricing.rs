//! What an invoice comes to: the price that `services` quotes, and the tax.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use service_kit::{ApiError, call};

/// Value added tax of the demo, percent.
const TAX_PERCENT: i64 = 19;

/// The way to the prices.
#[derive(Debug, Clone)]
pub(crate) struct Pricing {
    http: reqwest::Client,
    services: Arc<str>,
}

#[derive(Debug, Deserialize)]
struct Quote {
    amount: i64,
}

impl Pricing {
    pub(crate) fn new(services: &str) -> Self {
        Self { http: reqwest::Client::new(), services: services.into() }
    }

    /// Returns the amount of an invoice with discount and tax, minor units.
    #[tracing::instrument(name = "invoice.calculate", skip_all, fields(dotmac.invoice.amount))]
    pub(crate) async fn calculate(&self, customer: &str, net: i64) -> Result<i64, ApiError> {
        let request = self.http.post(format!("{}/quotes", self.services));
        let request = request.json(&json!({ "customer": customer, "net": net }));
        let quote: Quote = call::json(&self.http, request, "/quotes").await?;
        let total = with_tax(quote.amount);
        tracing::Span::current().record("dotmac.invoice.amount", total);
        Ok(total)
    }
}

const fn with_tax(amount: i64) -> i64 {
    amount + amount * TAX_PERCENT / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tax_is_cut_to_whole_minor_units() {
        for (net, gross) in [(0, 0), (100, 119), (99, 117)] {
            assert_eq!(with_tax(net), gross);
        }
    }
}
