//! Completion: what the language knows, and what the catalogue has seen, within a deadline.

use std::time::Duration;

use sightline_model::language::{Expect, Filter, ITEMS_MAX, Item, Key, complete, fields::ValueType};
use sightline_model::{Signal, TenantScope};

use super::{CompleteQuery, Completion, CompletionItem, FieldInfo, Replace, ValueInfo};
use crate::ask::Open;
use crate::{Error, QueryService};

impl QueryService {
    /// Tells what could be typed at the cursor. When the catalogue does not answer in time, what the language knows
    /// is the answer, marked as incomplete.
    ///
    /// # Errors
    /// [`Error`] for a range or zone that is wrong.
    pub async fn complete(&self, scope: &TenantScope, query: &CompleteQuery) -> Result<Completion, Error> {
        let mut open = self.open_on(&query.ask, query.signal)?;
        let known = complete(&query.text, query.cursor, query.signal);
        let time = Duration::from_millis(self.config.complete_ms_max.into());
        let seen = tokio::time::timeout(time, self.seen(scope, &mut open, &known, time));
        let (mut items, mut is_complete) = match seen.await {
            Ok(Ok(seen)) => seen,
            Ok(Err(_)) | Err(_) => (Vec::new(), false),
        };
        let own = known.items.into_iter().map(of_language);
        items.extend(
            own.filter(|own| !items.iter().any(|item| item.insert == own.insert)).collect::<Vec<_>>(),
        );
        is_complete &= items.len() <= ITEMS_MAX;
        items.truncate(ITEMS_MAX);
        Ok(Completion {
            replace: Replace { start: known.start, end: known.end },
            context: known.context.as_str(),
            items,
            complete: is_complete,
        })
    }

    /// Returns what the catalogue has for the place, and whether that is all.
    async fn seen(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        known: &sightline_model::language::Completion,
        time: Duration,
    ) -> Result<(Vec<CompletionItem>, bool), Error> {
        match (known.context, &known.key) {
            (Expect::Key, _) => {
                let keys = self.attributes(scope, open, &known.prefix, time).await?;
                Ok((keys.iter().map(of_field).collect(), true))
            }
            // Closed lists are in the language's own items, with their proper spelling.
            (Expect::Value, Some(key)) if is_closed(key, open.signal) => Ok((Vec::new(), true)),
            (Expect::Value, Some(key)) => {
                let found = self.values(scope, open, key, &Filter::All, &known.prefix, time).await?;
                Ok((found.values.iter().map(of_value).collect(), found.complete))
            }
            _ => Ok((Vec::new(), true)),
        }
    }
}

fn is_closed(key: &Key, signal: Signal) -> bool {
    matches!(key.value_type(signal), Some(ValueType::Enum | ValueType::Severity | ValueType::Bool))
}

fn of_language(item: Item) -> CompletionItem {
    CompletionItem {
        label: item.label,
        insert: item.insert,
        kind: item.kind,
        detail: item.detail,
        value_type: item.value_type,
        unit: item.unit,
        count: None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count for people")]
fn of_field(field: &FieldInfo) -> CompletionItem {
    CompletionItem {
        label: field.key.clone(),
        insert: field.key.clone(),
        kind: "key",
        detail: field.context.to_owned(),
        value_type: field.types.first().copied(),
        unit: field.unit,
        count: Some(field.count as f64),
    }
}

fn of_value(value: &ValueInfo) -> CompletionItem {
    CompletionItem {
        label: value.value.clone(),
        insert: quoted(&value.value),
        kind: "value",
        detail: String::new(),
        value_type: None,
        unit: None,
        count: Some(value.count),
    }
}

/// Writes a value as the language reads it: numbers bare, texts quoted.
fn quoted(value: &str) -> String {
    let is_number = value.parse::<i64>().is_ok_and(|n| n.to_string() == value);
    if is_number {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len() + 2);
    out.push('\'');
    for c in value.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use sightline_model::language::{Literal, Operand, parse_filter};

    use super::*;

    #[test]
    fn an_inserted_value_reads_back_as_itself() {
        for value in ["GET /users/{id}", "it's", "back\\slash", "a\nb", "30", "007", "1.10", "true", ""] {
            let filter = parse_filter(&format!("some.key = {}", quoted(value)), Signal::Traces).unwrap();
            let Filter::Cmp { value: Operand::Lit(literal), .. } = filter else { panic!("{value}") };
            assert_eq!(literal.text(), value);
            assert!(matches!(literal, Literal::Text(_)) || value == "30", "{value}: {literal:?}");
        }
    }
}
