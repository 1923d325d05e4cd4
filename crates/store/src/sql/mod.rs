//! Statements that read: a template, typed parameters, and the check that every table in it is read inside a scope.

mod check;
mod parameter;
mod token;

use std::collections::BTreeSet;

pub use parameter::Parameter;
use sightline_model::{TenantScope, Tenants};

use crate::{Error, Table};
use token::Token;

/// A SELECT, built by `query` and `store` only. Text of users goes in through [`Sql::bind`], never into the template.
///
/// Every table stands as `FROM sightline.<table> [FINAL] WHERE {scope:<table>} AND ...`: the mark is where
/// [`crate::Reader`] puts the org and the tenants. A statement in which a table is read in any other way is not sent:
/// joins read sub-queries, aliases and `OR` go inside parentheses or into a sub-query around.
#[derive(Debug, Clone)]
pub struct Sql {
    template: String,
    parameters: Vec<(String, Parameter)>,
    query_id: Option<String>,
}

impl Sql {
    /// Starts with a template. Parameters stand in it as `{name:Type}`.
    #[must_use]
    pub fn new(template: impl Into<String>) -> Self {
        Self { template: template.into(), parameters: Vec::new(), query_id: None }
    }

    /// Gives a parameter its value.
    #[must_use]
    pub fn bind(mut self, name: &str, value: impl Into<Parameter>) -> Self {
        self.parameters.push((name.to_owned(), value.into()));
        self
    }

    /// Names the query, so that [`crate::Reader::kill`] can stop it.
    #[must_use]
    pub fn query_id(mut self, id: impl Into<String>) -> Self {
        self.query_id = Some(id.into());
        self
    }

    /// Returns the template, for snapshots in tests.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.template
    }

    /// Returns the query's name, if it was given one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.query_id.as_deref()
    }

    /// Puts the scope at every mark.
    pub(crate) fn render(&self, scope: &TenantScope) -> Result<Statement, Error> {
        let tokens = token::split(&self.template)?;
        check::is_scoped(&tokens)?;
        check::has_its_parameters(&tokens, &self.parameters)?;
        let mut text = String::with_capacity(self.template.len() + 128);
        let mut end = 0;
        for (token, range) in &tokens {
            if let Token::Mark(table) = token {
                text.push_str(&self.template[end..range.start]);
                text.push_str(&predicate(table, scope.tenants()));
                end = range.end;
            }
        }
        text.push_str(&self.template[end..]);
        let mut parameters: Vec<(String, String)> =
            self.parameters.iter().map(|(name, value)| (name.clone(), value.encode())).collect();
        parameters.push(("_org".to_owned(), scope.org().to_string()));
        if let Tenants::Set(set) = scope.tenants()
            && !set.is_empty()
        {
            let names = set.iter().map(|tenant| tenant.as_str().to_owned()).collect();
            parameters.push(("_tenants".to_owned(), Parameter::Texts(names).encode()));
        }
        Ok(Statement { text, parameters })
    }
}

/// What is sent.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) parameters: Vec<(String, String)>,
}

/// The names are qualified with database and table, so that no alias of the SELECT list can stand in for them. Rows of
/// series have no tenant: theirs is the one of the series.
fn predicate(table: &str, tenants: &Tenants) -> String {
    let org = format!("sightline.{table}.org = {{_org:UInt32}}");
    match tenants {
        Tenants::All => format!("({org})"),
        Tenants::Set(set) if set.is_empty() => format!("({org} AND 0)"),
        Tenants::Set(_) if Table::from_name(table).is_some_and(Table::is_of_series) => {
            let series = Table::MetricSeries.name();
            let own = predicate(series, tenants);
            format!(
                "({org} AND sightline.{table}.series_id IN \
                 (SELECT sightline.{series}.series_id FROM sightline.{series} WHERE {own}))"
            )
        }
        Tenants::Set(_) => format!("({org} AND sightline.{table}.tenant IN {{_tenants:Array(String)}})"),
    }
}

/// Returns the names of the parameters in the template.
fn placeholders<'a>(tokens: &[token::Spanned<'a>]) -> BTreeSet<(&'a str, &'a str)> {
    let named = |(token, _): &token::Spanned<'a>| match token {
        Token::Placeholder(name, kind) => Some((*name, *kind)),
        _ => None,
    };
    tokens.iter().filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sightline_model::{OrgId, TenantId};

    use super::*;

    fn render(template: &str, tenants: Option<&[&str]>) -> Result<String, String> {
        let tenants = tenants.map_or(Tenants::All, |names| {
            Tenants::Set(Arc::new(names.iter().map(|n| TenantId::parse(n).unwrap()).collect()))
        });
        let scope = TenantScope::new(OrgId(7), tenants);
        Sql::new(template).render(&scope).map(|s| s.text).map_err(|e| e.to_string())
    }

    #[test]
    fn the_mark_becomes_the_scope() {
        let template = "SELECT count() AS n FROM sightline.spans WHERE {scope:spans} AND (a OR b)";
        assert_eq!(
            render(template, Some(&["t1"])).unwrap(),
            "SELECT count() AS n FROM sightline.spans WHERE (sightline.spans.org = {_org:UInt32} AND \
             sightline.spans.tenant IN {_tenants:Array(String)}) AND (a OR b)"
        );
        assert!(render(template, None).unwrap().contains("(sightline.spans.org = {_org:UInt32}) AND"));
        assert!(render(template, Some(&[])).unwrap().contains(" AND 0)"));
    }

    #[test]
    fn rows_of_series_are_those_of_the_tenants_series() {
        for table in ["samples", "histograms", "exp_histograms", "summaries", "exemplars"] {
            let template =
                format!("SELECT count() AS n FROM sightline.{table} WHERE {{scope:{table}}} AND a");
            assert_eq!(
                render(&template, Some(&["t1"])).unwrap(),
                format!(
                    "SELECT count() AS n FROM sightline.{table} WHERE (sightline.{table}.org = {{_org:UInt32}} AND \
                     sightline.{table}.series_id IN (SELECT sightline.metric_series.series_id FROM \
                     sightline.metric_series WHERE (sightline.metric_series.org = {{_org:UInt32}} AND \
                     sightline.metric_series.tenant IN {{_tenants:Array(String)}}))) AND a"
                )
            );
            let all = format!("WHERE (sightline.{table}.org = {{_org:UInt32}}) AND a");
            assert!(render(&template, None).unwrap().ends_with(&all));
            assert!(render(&template, Some(&[])).unwrap().contains(" AND 0)"));
        }
    }

    #[test]
    fn sub_queries_and_named_queries_are_scoped_each_on_its_own() {
        for template in [
            "SELECT 1 FROM sightline.red_1m FINAL WHERE {scope:red_1m} GROUP BY x",
            "WITH t AS (SELECT a FROM sightline.spans WHERE {scope:spans}) SELECT a FROM t",
            "SELECT a FROM (SELECT a FROM sightline.spans PREWHERE {scope:spans} WHERE x OR y) \
             JOIN (SELECT b FROM sightline.resources FINAL WHERE {scope:resources}) USING b",
            "SELECT x FROM sightline.spans WHERE {scope:spans} AND resource_id IN \
             (SELECT resource_id FROM sightline.resources WHERE {scope:resources} AND attrs['a'] = 'OR')",
            "SELECT `ev.ts` FROM sightline.spans WHERE {scope:spans} LIMIT 1 UNION ALL \
             SELECT `ev.ts` FROM sightline.spans WHERE {scope:spans}",
        ] {
            assert!(render(template, None).is_ok(), "{template}: {:?}", render(template, None));
        }
    }

    #[test]
    fn a_statement_that_could_read_outside_its_scope_is_not_rendered() {
        for template in [
            "SELECT 1",
            "SELECT * FROM sightline.spans",
            "SELECT * FROM sightline.spans WHERE 1 AND {scope:spans}",
            "SELECT * FROM sightline.spans WHERE {scope:spans} OR 1",
            "SELECT * FROM sightline.spans WHERE {scope:spans} AND 1 OR 1",
            "SELECT * FROM sightline.spans WHERE {scope:spans} AND 0 ? 0 : 1",
            "SELECT * FROM sightline.spans WHERE {scope:spans} = 0",
            "SELECT * FROM sightline.spans WHERE NOT {scope:spans}",
            "SELECT * FROM sightline.spans WHERE {scope:red_10s}",
            "SELECT * FROM sightline.spans AS s WHERE {scope:spans}",
            "SELECT * FROM sightline.spans WHERE {scope:spans} UNION ALL SELECT * FROM sightline.spans",
            "SELECT * FROM sightline.spans, sightline.spans WHERE {scope:spans}",
            "SELECT * FROM sightline.spans WHERE {scope:spans} AND x IN sightline.red_10s",
            "SELECT * FROM sightline.spans WHERE {scope:spans} AND x IN (SELECT x FROM sightline.red_10s)",
            "SELECT {scope:spans} FROM sightline.spans WHERE {scope:spans}",
            "SELECT * FROM merge('sightline', '.*')",
            "SELECT * FROM `sightline`.spans WHERE {scope:spans}",
            "SELECT * FROM \"sightline\".spans WHERE {scope:spans}",
            "SELECT * FROM sightline.spans WHERE {scope:spans} SETTINGS max_threads = 1",
            "SELECT * FROM sightline.spans WHERE {scope:spans} INTO OUTFILE 'x'",
            "SELECT * FROM sightline.spans WHERE {scope:spans} FORMAT CSV",
            "SELECT * FROM sightline.spans WHERE {scope:spans}; DROP TABLE x",
            "SELECT * FROM sightline.spans WHERE {scope:spans} -- comment",
            "SELECT * FROM sightline.spans WHERE /* {scope:spans} */ 1",
            "SELECT * FROM sightline.spans WHERE '{scope:spans}'",
            "SELECT * FROM system.processes",
            "WITH t AS (SELECT a FROM sightline.spans WHERE {scope:spans}) SELECT a FROM t, system.tables",
            "WITH t AS (SELECT a FROM sightline.spans WHERE {scope:spans}) SELECT a FROM t, remote('x', y)",
            "WITH 1 AS `sightline.spans.org` SELECT a FROM sightline.spans WHERE {scope:spans}",
            "DROP TABLE sightline.spans",
            "SELECT * FROM sightline.spans WHERE {scope:spans} AND a = 'unfinished",
            "SELECT * FROM sightline.spans WHERE {scope:spans} AND a = {_org:UInt32}",
            "SELECT * FROM sightline.schema_migrations WHERE {scope:schema_migrations}",
            "SELECT * FROM sightline.samples",
            "SELECT * FROM sightline.samples WHERE {scope:metric_series}",
            "SELECT * FROM sightline.samples WHERE series_id IN (SELECT series_id FROM sightline.metric_series \
             WHERE {scope:metric_series})",
            "SELECT * FROM sightline.samples WHERE {scope:samples} OR 1",
        ] {
            assert!(render(template, None).is_err(), "{template}");
        }
    }

    #[test]
    fn parameters_are_all_bound_and_all_used_with_their_type() {
        let template = "SELECT 1 FROM sightline.spans WHERE {scope:spans} AND a = {a:String}";
        let scope = TenantScope::new(OrgId(7), Tenants::All);
        let check = |sql: Sql| sql.render(&scope).is_ok();
        assert!(check(Sql::new(template).bind("a", "x")));
        assert!(!check(Sql::new(template)));
        assert!(!check(Sql::new(template).bind("a", "x").bind("b", "x")));
        assert!(!check(Sql::new(template).bind("a", "x").bind("a", "y")));
        assert!(!check(Sql::new(template).bind("a", 1_u64)));
        assert!(!check(Sql::new(template.replace("String", "Identifier")).bind("a", "x")));
    }
}
