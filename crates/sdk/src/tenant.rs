//! The tenant on whose behalf the current work is done: carried as baggage `tenant.id`, copied to every span.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{FutureExt, TraceContextExt};
use opentelemetry::{Context, KeyValue};

/// The baggage key and the span attribute.
pub const KEY: &str = "tenant.id";
/// Longest tenant id, in bytes.
pub const BYTES_MAX: usize = 64;

/// Tells whether the text is a tenant id: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
#[must_use]
pub fn is_valid(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && text.len() <= BYTES_MAX
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// Returns the tenant of the current work.
#[must_use]
pub fn current() -> Option<String> {
    of(&Context::current())
}

/// Returns the tenant that a context carries.
#[must_use]
pub fn of(context: &Context) -> Option<String> {
    context.baggage().get(KEY).map(|value| value.as_str().to_owned()).filter(|text| is_valid(text))
}

/// Returns the current context with this tenant; an id that is not valid changes nothing.
#[must_use]
pub fn context_with(tenant: &str) -> Context {
    let context = Context::current();
    if !is_valid(tenant) {
        return context;
    }
    context.span().set_attribute(KeyValue::new(KEY, tenant.to_owned()));
    if let Some(Known(known)) = context.get::<Known>() {
        // A request has one tenant; the first one that is found stays.
        known.get_or_init(|| tenant.to_owned());
    }
    context.with_baggage([KeyValue::new(KEY, tenant.to_owned())])
}

/// Does work on behalf of a tenant: the current span and all spans inside carry it, and so do calls to other services.
///
/// ```
/// # use sightline_sdk::{tenant, user};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let work = async { (tenant::current(), user::current()) };
/// let (tenant, user) = tenant::scope("tenant-001", user::scope("user-7", work)).await;
/// assert_eq!((tenant.as_deref(), user.as_deref()), (Some("tenant-001"), Some("user-7")));
/// # });
/// ```
pub async fn scope<F: Future>(tenant: &str, work: F) -> F::Output {
    // The context is made when the work starts, so that scopes can be nested.
    let context = context_with(tenant);
    work.with_context(context).await
}

/// Where a request notes its tenant once it is known, so that what was opened before (the request's metrics) learns it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known(Arc<OnceLock<String>>);

impl Known {
    /// Returns the context with the tenant that was found inside the work, unless it had one from the start.
    pub(crate) fn apply(&self, context: &Context) -> Context {
        match self.0.get().filter(|_| of(context).is_none()) {
            Some(tenant) => context.with_baggage([KeyValue::new(KEY, tenant.clone())]),
            None => context.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_inside_a_scope_sees_its_tenant() {
        assert_eq!(current(), None);
        assert_eq!(scope("tenant-001", async { current() }).await.as_deref(), Some("tenant-001"));
        assert_eq!(scope("not valid", async { current() }).await, None);
    }
}
