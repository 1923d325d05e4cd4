//! The user on whose behalf the current work is done: `user.id` on spans, `user_id` on logs. It never leaves the process.

use std::future::Future;

use opentelemetry::trace::{FutureExt, TraceContextExt};
use opentelemetry::{Context, KeyValue};

/// The span attribute.
pub const KEY: &str = "user.id";
/// Longest user id, in bytes; a longer one is ignored.
pub const BYTES_MAX: usize = 256;

#[derive(Debug)]
struct User(String);

/// Returns the user of the current work.
#[must_use]
pub fn current() -> Option<String> {
    Context::map_current(of)
}

/// Returns the user that a context carries.
#[must_use]
pub fn of(context: &Context) -> Option<String> {
    context.get::<User>().map(|User(id)| id.clone())
}

/// Returns the current context with this user; an empty or too long id changes nothing.
#[must_use]
pub fn context_with(user: &str) -> Context {
    let context = Context::current();
    if user.is_empty() || user.len() > BYTES_MAX {
        return context;
    }
    context.span().set_attribute(KeyValue::new(KEY, user.to_owned()));
    context.with_value(User(user.to_owned()))
}

/// Does work on behalf of a user: the current span, the spans inside and the logs carry the id.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let seen = sightline_sdk::user::scope("user-7", async { sightline_sdk::user::current() }).await;
/// assert_eq!(seen.as_deref(), Some("user-7"));
/// # });
/// ```
pub async fn scope<F: Future>(user: &str, work: F) -> F::Output {
    // The context is made when the work starts, so that scopes can be nested.
    let context = context_with(user);
    work.with_context(context).await
}
