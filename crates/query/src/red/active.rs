//! Active tenants: how many tenants had requests at a service in the range, which is the idle window.

use std::collections::BTreeMap;

use sightline_model::TenantScope;
use sightline_model::language::Filter;

use super::plan::{self, Level, Split};
use crate::ask::Open;
use crate::filter::Params;
use crate::{Error, QueryService, rows};

/// Service, namespace, environment, class.
pub(super) type Name = (String, String, String, u8);

impl QueryService {
    /// Counts the tenants of each class of each service. Windows hold the tenant of every request, so the number is exact;
    /// requests without a tenant are nobody's.
    pub(super) async fn active_tenants(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        split: &Split,
        filter: &Filter,
    ) -> Result<BTreeMap<Name, u64>, Error> {
        let mut params = Params::default();
        let predicate = self.conditions(open, split, filter, None, &mut params)?;
        let keys = "service, service_namespace, environment, class";
        let level = Level::of(scope, filter, &["tenant"]);
        let parts = plan::parts(split, level, &format!("{keys}, tenant, n"), &predicate, &mut params);
        let template = format!(
            "SELECT {keys}, uniqExact(tenant) AS tenants FROM ({}) WHERE tenant != '' AND n > 0 GROUP BY {keys}",
            parts.join(" UNION ALL ")
        );
        let found = self.select(scope, open, params.into_sql(template)).await?;
        let classes = rows::bytes(&found, "class")?;
        let counts = rows::counts(&found, "tenants")?;
        let names = ["service", "service_namespace", "environment"].map(|name| rows::texts(&found, name));
        let [service, namespace, environment] = names;
        let names = service?.into_iter().zip(namespace?).zip(environment?).zip(classes);
        let counted = names.zip(counts).map(|((((service, namespace), environment), class), tenants)| {
            ((service, namespace, environment, class), u64::try_from(tenants).unwrap_or(0))
        });
        Ok(counted.collect())
    }
}
