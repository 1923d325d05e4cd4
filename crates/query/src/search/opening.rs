//! What every search begins with: the page, the filter, and what is known of its keys.

use sightline_model::language::Filter;
use sightline_model::{Signal, TenantScope};

use super::LIMIT_DEFAULT;
use super::probe::{self, Place};
use crate::ask::Open;
use crate::{Ask, Error, QueryService};

/// A search as it was asked for.
pub(crate) struct Search<'a> {
    pub(crate) ask: &'a Ask,
    pub(crate) signal: Signal,
    pub(crate) filter: &'a str,
    pub(crate) limit: Option<u32>,
    /// Most rows of a page.
    pub(crate) limit_max: u32,
    /// Where the last page ended.
    pub(crate) after: Option<&'a str>,
    /// Hex digits of the ids in its cursors.
    pub(crate) digits: usize,
}

/// A search that may run.
pub(crate) struct Begun<'a> {
    pub(crate) open: Open<'a>,
    pub(crate) filter: Filter,
    pub(crate) limit: usize,
    pub(crate) after: Option<Place>,
}

impl QueryService {
    /// Checks a search and looks up its keys. What later pages would say again is said on the first only.
    pub(crate) async fn begin<'a>(
        &self,
        scope: &TenantScope,
        search: Search<'a>,
    ) -> Result<Begun<'a>, Error> {
        let mut open = self.open_on(search.ask, search.signal)?;
        let limit = probe::limit(search.limit, LIMIT_DEFAULT, search.limit_max)?;
        let after = Place::parse(search.after, search.digits)?;
        "raw".clone_into(&mut open.stats.tier);
        open.retention(self.config.kept_ns(search.signal));
        let filter = open.filter(search.filter)?;
        self.look_up_resources(scope, &mut open).await?;
        if after.is_none() {
            self.warn_of_keys(scope, &mut open).await?;
        }
        Ok(Begun { open, filter, limit, after })
    }
}
