//! Whether counts are weighted: senders that keep a part say of each span how many it stands for.

use std::time::Duration;

use sightline_model::{Exactness, TenantScope, TimeRange};
use sightline_store::Error as StoreError;

use crate::ask::Open;
use crate::filter::Params;
use crate::{Error, QueryService, frame, service_name, span_time};

/// How long it may take to find out; longer, and the weaker claim is made.
const TIME_MAX: Duration = Duration::from_secs(2);

impl QueryService {
    /// Notes whether a span of the range, or of one service in it, stands for others that were not sent. The windows
    /// hold sums of weights only, so the spans say.
    pub(crate) async fn note_weights(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        range: TimeRange,
        service: Option<&str>,
    ) -> Result<(), Error> {
        let mut params = Params::default();
        let when = span_time::between(range.from(), range.to(), &mut params);
        let of = service.map_or(String::new(), |name| {
            let names = vec![name.to_owned(), service_name::normalise(name)];
            format!(" AND service IN {}", params.add(names))
        });
        // The condition that is the same for every range comes first and by itself: the engine remembers which parts of
        // the data no row meets it in.
        let template = format!(
            "SELECT toUInt8(1) AS is_weighted FROM sightline.spans PREWHERE {{scope:spans}} AND adjusted_count > 1 \
             WHERE {when}{of} LIMIT 1"
        );
        let found = self.select_within(scope, open, params.into_sql(template), TIME_MAX).await;
        let is_weighted = match found {
            Ok(rows) => !rows.is_empty(),
            Err(Error::Store(StoreError::Timeout | StoreError::Budget { .. })) => true,
            Err(error) => return Err(error),
        };
        if is_weighted {
            open.exactness = open.exactness.max(Exactness::Adjusted);
            let text = "senders kept a part of the spans; counts add up how many each stands for";
            open.warnings.push(frame::warning("sampled", text));
        }
        Ok(())
    }
}
