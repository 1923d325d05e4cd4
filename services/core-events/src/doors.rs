//! The doors of the bus: publishing and acknowledging are observed, polling and looking are not.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use service_kit::bus::{Message, NewMessage};
use service_kit::{ApiError, Stop};

use crate::arrivals::Arrivals;
use crate::groups::{Groups, Progress};
use crate::messages::Messages;
use crate::metrics;

/// Largest message.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// Longest name of a topic or group.
const NAME_BYTES_MAX: usize = 64;
/// Most messages given at a time, and longest wait for one.
const BATCH_MAX: i64 = 100;
const WAIT_MS_MAX: u64 = 30_000;
/// How often a waiting group looks for messages that must be given again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The bus behind its doors.
#[derive(Debug, Clone)]
pub(crate) struct EventBus {
    messages: Messages,
    groups: Groups,
    arrivals: Arrivals,
    stop: Stop,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    max: i64,
    wait_ms: u64,
}

#[derive(Debug, Serialize)]
struct Topic {
    name: String,
    published: i64,
    groups: Vec<Progress>,
}

impl EventBus {
    pub(crate) fn new(messages: Messages, groups: Groups, stop: Stop) -> Self {
        Self { messages, groups, arrivals: Arrivals::default(), stop }
    }

    /// Waits until there is something for the group, the time is over, or the service stops.
    async fn receive(
        &self,
        topic: &str,
        group: &str,
        max: i64,
        wait: Duration,
    ) -> sqlx::Result<Vec<Message>> {
        let mut news = self.arrivals.of(topic);
        let over = tokio::time::sleep(wait);
        tokio::pin!(over);
        loop {
            let given = self.groups.receive(topic, group, max).await?;
            if !given.is_empty() {
                return Ok(given);
            }
            tokio::select! {
                () = &mut over => return Ok(Vec::new()),
                () = self.stop.stopped() => return Ok(Vec::new()),
                changed = news.changed() => changed.unwrap_or_default(),
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }
}

/// Doors that leave spans.
pub(crate) fn observed(bus: &EventBus) -> Router {
    Router::new()
        .route("/topics/{topic}/messages", post(publish))
        .route("/topics/{topic}/groups/{group}/acks/{position}", post(acknowledge))
        .layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX))
        .with_state(bus.clone())
}

/// Doors that leave none.
pub(crate) fn unobserved(bus: &EventBus) -> Router {
    Router::new()
        .route("/topics", get(topics))
        .route("/topics/{topic}/groups/{group}/receive", post(receive))
        .with_state(bus.clone())
}

/// Names of topics and groups: small letters, digits, dots and dashes.
fn check_name(name: &str) -> Result<(), ApiError> {
    let is_fit = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
    if !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.bytes().all(is_fit) {
        return Ok(());
    }
    let text = format!("`{name}` is no name; use 1 to {NAME_BYTES_MAX} of a-z, 0-9, `.` and `-`");
    Err(ApiError::new(StatusCode::BAD_REQUEST, text))
}

async fn publish(
    State(bus): State<EventBus>,
    Path(topic): Path<String>,
    Json(message): Json<NewMessage>,
) -> Result<StatusCode, ApiError> {
    check_name(&topic)?;
    if bus.messages.append(&topic, message).await? {
        metrics::stored(&topic);
    }
    bus.arrivals.tell(&topic);
    Ok(StatusCode::CREATED)
}

async fn acknowledge(
    State(bus): State<EventBus>,
    Path((topic, group, position)): Path<(String, String, i64)>,
) -> Result<StatusCode, ApiError> {
    bus.groups.acknowledge(&topic, &group, position).await?;
    metrics::settled(&topic, &group);
    Ok(StatusCode::NO_CONTENT)
}

async fn receive(
    State(bus): State<EventBus>,
    Path((topic, group)): Path<(String, String)>,
    Query(ask): Query<Ask>,
) -> Result<Json<Vec<Message>>, ApiError> {
    check_name(&topic)?;
    check_name(&group)?;
    let wait = Duration::from_millis(ask.wait_ms.min(WAIT_MS_MAX));
    let given = bus.receive(&topic, &group, ask.max.clamp(1, BATCH_MAX), wait).await?;
    let again = given.iter().filter(|message| message.delivery > 1).count();
    if again > 0 {
        metrics::redelivered(&topic, &group, again as u64);
    }
    Ok(Json(given))
}

async fn topics(State(bus): State<EventBus>) -> Result<Json<Vec<Topic>>, ApiError> {
    let mut progress = bus.groups.progress().await?;
    let heads = bus.messages.heads().await?;
    let topic = |(name, published): (String, i64)| {
        let groups = progress.extract_if(.., |p| p.topic == name).collect();
        Topic { name, published, groups }
    };
    Ok(Json(heads.into_iter().map(topic).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::in_memory;
    use serde_json::json;
    use service_kit::Clock;
    use service_kit::bus::{Bus, Subscription};
    use sightline_sdk::tenant;
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;
    use tokio::task::JoinSet;

    const ACK_WITHIN: Duration = Duration::from_secs(10);

    /// Tells what is handled and for whom; the first delivery fails, and its time is over at once.
    async fn fail_once(
        message: Message,
        told: mpsc::Sender<(i64, String)>,
        clock: Clock,
    ) -> Result<(), ApiError> {
        told.send((message.delivery, tenant::current().unwrap())).await.unwrap();
        if message.delivery > 1 {
            return Ok(());
        }
        clock.advance(ACK_WITHIN);
        Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "not now"))
    }

    #[tokio::test]
    async fn a_message_is_handled_for_its_tenant_again_after_a_failure_and_then_settled() {
        let ((stopper, stop), clock, database) = (Stop::pair(), Clock::manual(1_000_000), in_memory().await);
        let groups = Groups::new(database.clone(), clock.clone(), ACK_WITHIN);
        let bus = EventBus::new(Messages::new(database, clock.clone()), groups.clone(), stop.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = Bus::new(&format!("http://{}", listener.local_addr().unwrap()));
        let app = observed(&bus).layer(sightline_sdk::server::layer()).merge(unobserved(&bus));
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, app).await.unwrap() });

        let body = json!({ "n": 1 });
        tenant::scope("tenant-001", client.publish("t", "test.happened", body)).await.unwrap();
        let (sender, mut handled) = mpsc::channel(4);
        let handle = |message: Message| fail_once(message, sender.clone(), clock.clone());
        let watching = async {
            for delivery in [1, 2] {
                assert_eq!(handled.recv().await, Some((delivery, "tenant-001".to_owned())));
            }
            stopper.stop();
        };
        tokio::join!(Subscription::new(client, "t", "group").run(stop, handle), watching);
        let progress = groups.progress().await.unwrap();
        assert_eq!((progress[0].lag, progress[0].in_flight), (0, 0));
    }

    #[test]
    fn a_name_is_short_and_plain() {
        for (name, fits) in [
            ("invoices", true),
            ("core.events-2", true),
            ("", false),
            ("Invoices", false),
            ("a/b", false),
            (&"a".repeat(65), false),
        ] {
            assert_eq!(check_name(name).is_ok(), fits, "{name}");
        }
    }
}
