//! The numbers of billing.

use sightline_sdk::metrics::{Counter, KeyValue};

/// All invoices of the demo are in euros (ISO 4217).
const CURRENCY: &str = "EUR";

static TRANSACTIONS: Counter =
    Counter::new("dotmac.billing.transactions", "{transaction}", "Invoices and payments by outcome");
static REVENUE: Counter =
    Counter::new("dotmac.billing.revenue", "{minor_unit}", "Paid invoices, in minor units of the currency");

/// An invoice was made.
pub(crate) fn invoiced() {
    TRANSACTIONS.add(1, &labels("invoice", "ok"));
}

/// An invoice was paid.
pub(crate) fn paid(amount: i64) {
    TRANSACTIONS.add(1, &labels("payment", "ok"));
    REVENUE.add(u64::try_from(amount).unwrap_or(0), &[KeyValue::new("dotmac.currency", CURRENCY)]);
}

/// The provider refused a payment.
pub(crate) fn payment_failed() {
    let [kind, outcome] = labels("payment", "failed");
    TRANSACTIONS.add(1, &[kind, outcome, KeyValue::new("error.type", "provider")]);
}

fn labels(kind: &'static str, outcome: &'static str) -> [KeyValue; 2] {
    [KeyValue::new("dotmac.billing.type", kind), KeyValue::new("dotmac.billing.outcome", outcome)]
}
