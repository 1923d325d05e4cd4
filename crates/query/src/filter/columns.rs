//! The names of the vocabulary as SQL over the columns of spans: one table, so that adding a column is one row.

use super::place::Column;

/// Families with a column that ingest fills from whichever spelling was sent (vocabulary.md 2.2).
/// Column, canonical key, older spellings that may have filled it, whether it is a number.
pub(crate) struct Materialised {
    pub(crate) column: &'static str,
    pub(crate) key: &'static str,
    older: &'static [&'static str],
    pub(crate) is_number: bool,
    /// The store leaves the key out of the maps when the column says the same.
    pub(crate) economised: bool,
}

const fn text(column: &'static str, key: &'static str, older: &'static [&'static str]) -> Materialised {
    Materialised { column, key, older, is_number: false, economised: true }
}

/// Every such family.
pub(crate) const MATERIALISED: &[Materialised] = &[
    text("http_method", "http.request.method", &["http.method"]),
    text("http_route", "http.route", &[]),
    Materialised {
        is_number: true,
        ..text("http_status", "http.response.status_code", &["http.status_code"])
    },
    text("db_system", "db.system.name", &["db.system"]),
    text("msg_system", "messaging.system", &[]),
    text("rpc_system", "rpc.system.name", &["rpc.system"]),
    text("peer_service", "service.peer.name", &["peer.service"]),
    Materialised { economised: false, ..text("exception_type", "exception.type", &[]) },
];

impl Materialised {
    /// Finds a family by its canonical key.
    pub(crate) fn of(key: &str) -> Option<&'static Self> {
        MATERIALISED.iter().find(|row| row.key == key)
    }

    /// Returns SQL that is true where the column holds a value.
    pub(crate) fn present(&self) -> String {
        if self.is_number { format!("{} != 0", self.column) } else { format!("{} != ''", self.column) }
    }

    /// Returns where the literal key is when its map entry was economised: the column holds a value, and no spelling
    /// of the family is in the maps, so the value came from this very key.
    pub(crate) fn stored(&self) -> Option<Column> {
        if !self.economised {
            return None;
        }
        let keys = || std::iter::once(self.key).chain(self.older.iter().copied());
        let absent = keys()
            .map(|key| format!("NOT mapContains(attrs, '{key}') AND NOT mapContains(num_attrs, '{key}')"));
        let expr = if self.is_number { format!("toString({})", self.column) } else { self.column.to_owned() };
        let present = format!("({} AND {})", self.present(), absent.collect::<Vec<_>>().join(" AND "));
        Some(Column { present: Some(present), expr })
    }

    /// Tells whether a span with these attribute keys was sent with the canonical key, which was then economised.
    pub(crate) fn was_economised<'a>(&self, mut sent: impl Iterator<Item = &'a str>) -> bool {
        self.economised && !sent.any(|key| key == self.key || self.older.contains(&key))
    }
}

/// Families whose value is made from several keys: canonical key, whether it comes before the spellings, SQL that is
/// not empty where it applies.
pub(crate) const VIRTUAL: &[(&str, bool, &str)] = &[
    (
        "rpc.method",
        true,
        "if(attrs['rpc.service'] != '' AND attrs['rpc.method'] != '' AND position(attrs['rpc.method'], '/') = 0, \
         concat(attrs['rpc.service'], '/', attrs['rpc.method']), '')",
    ),
    // Stock SQLAlchemy sends verb and database (`SELECT shop.db`); the verb is the operation.
    (
        "db.operation.name",
        true,
        "upper(extract(if(attrs['db.operation.name'] != '', attrs['db.operation.name'], attrs['db.operation']), \
         '^\\\\s*(\\\\w+)\\\\s'))",
    ),
    (
        "db.operation.name",
        false,
        "upper(extract(if(attrs['db.query.text'] != '', attrs['db.query.text'], attrs['db.statement']), '^\\\\s*(\\\\w+)'))",
    ),
    (
        "code.function.name",
        false,
        "if(attrs['code.function'] != '', \
         concat(attrs['code.namespace'], if(attrs['code.namespace'] != '', '.', ''), attrs['code.function']), '')",
    ),
];

/// Words of `req_class`, as the engine's list.
pub(crate) const CLASS_WORDS: &str = "['', 'serve', 'consume', 'job', 'probe']";

/// Words of `dep_type`, as the engine's list.
pub(crate) const DEPENDENCY_WORDS: &str = "['', 'cache', 'db', 'messaging', 'rpc', 'http', 'other']";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_economised_keys_are_those_that_ingest_leaves_out() {
        let own: Vec<(&str, &str)> =
            MATERIALISED.iter().filter(|row| row.economised).map(|row| (row.column, row.key)).collect();
        assert_eq!(own, sightline_otlp::MATERIALISED);
    }

    #[test]
    fn older_spellings_are_those_of_the_language() {
        for row in MATERIALISED {
            let family = sightline_model::language::fields::family(row.key);
            let older: Vec<&str> = family.map_or(Vec::new(), |f| f.older.iter().map(|m| m.name).collect());
            assert_eq!(row.older, older, "{}", row.key);
        }
    }
}
