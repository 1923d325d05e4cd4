//! Groups: who has been given what, what waits for its acknowledgement, and what must be given again.

use std::time::Duration;

use serde::Serialize;
use service_kit::bus::Message;
use service_kit::database::{self, Database, statement};
use service_kit::{ApiError, Clock};
use sqlx::{Any, Transaction};

use crate::messages::{self, Row};

/// A message that was given this often and never acknowledged is parked: it is given no more, and is counted.
const DELIVERIES_MAX: i64 = 10;

/// How far a group is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Progress {
    /// The topic.
    pub(crate) topic: String,
    /// The group.
    pub(crate) name: String,
    /// Messages that it has not acknowledged, given or not; parked ones are left out.
    pub(crate) lag: i64,
    /// Messages given and not acknowledged.
    pub(crate) in_flight: i64,
    /// Of these, messages given more than once.
    pub(crate) redelivered: i64,
    /// Messages given up.
    pub(crate) parked: i64,
}

/// The groups of all topics.
#[derive(Debug, Clone)]
pub(crate) struct Groups {
    database: Database,
    clock: Clock,
    ack_within: Duration,
}

impl Groups {
    pub(crate) const fn new(database: Database, clock: Clock, ack_within: Duration) -> Self {
        Self { database, clock, ack_within }
    }

    /// Gives a group its next messages: first those whose acknowledgement is overdue, then new ones. The first time a
    /// group asks, it begins with the oldest message that is kept.
    pub(crate) async fn receive(&self, topic: &str, group: &str, max: i64) -> sqlx::Result<Vec<Message>> {
        let now = self.clock.now_ms();
        let due = now + i64::try_from(self.ack_within.as_millis()).unwrap_or(i64::MAX);
        let mut transaction = self.database.inner().begin().await?;
        enter(&mut transaction, topic, group, now).await?;
        let mut given = overdue(&mut transaction, topic, group, now, due, max).await?;
        let left = max - i64::try_from(given.len()).unwrap_or(max);
        given.extend(fresh(&mut transaction, topic, group, due, left).await?);
        transaction.commit().await?;
        Ok(given)
    }

    /// Notes that a group has handled a message.
    #[tracing::instrument(name = "message.settle", skip_all, fields(dotmac.bus.topic = topic, dotmac.bus.group = group))]
    pub(crate) async fn acknowledge(&self, topic: &str, group: &str, position: i64) -> Result<(), ApiError> {
        let text = "DELETE FROM deliveries WHERE topic = $1 AND name = $2 AND position = $3";
        let values = [topic.into(), group.into(), position.into()];
        match database::execute(&self.database, statement("DELETE", "deliveries", text), values).await? {
            0 => Err(sqlx::Error::RowNotFound.into()),
            _ => Ok(()),
        }
    }

    /// Tells how far every group is.
    pub(crate) async fn progress(&self) -> sqlx::Result<Vec<Progress>> {
        let text = "SELECT g.topic AS topic, g.name AS name, \
            COALESCE(t.head, 0) - g.next + 1 + COALESCE(d.in_flight, 0) AS lag, \
            COALESCE(d.in_flight, 0) AS in_flight, COALESCE(d.redelivered, 0) AS redelivered, \
            COALESCE(d.parked, 0) AS parked \
            FROM groups_of_topics g LEFT JOIN topics t ON t.name = g.topic LEFT JOIN \
            (SELECT topic, name, SUM(CASE WHEN attempts < $1 OR due_at > $2 THEN 1 ELSE 0 END) AS in_flight, \
             SUM(CASE WHEN attempts > 1 AND (attempts < $1 OR due_at > $2) THEN 1 ELSE 0 END) AS redelivered, \
             SUM(CASE WHEN attempts < $1 OR due_at > $2 THEN 0 ELSE 1 END) AS parked \
             FROM deliveries GROUP BY topic, name) d \
            ON d.topic = g.topic AND d.name = g.name ORDER BY g.topic, g.name";
        let query = sqlx::query_as::<_, (String, String, i64, i64, i64, i64)>(text);
        let query = query.bind(DELIVERIES_MAX).bind(self.clock.now_ms());
        let found = query.fetch_all(self.database.inner()).await?;
        let read = |(topic, name, lag, in_flight, redelivered, parked)| Progress {
            topic,
            name,
            lag,
            in_flight,
            redelivered,
            parked,
        };
        Ok(found.into_iter().map(read).collect())
    }
}

type Open<'a> = Transaction<'a, Any>;

/// Makes the group known. The first statement of the transaction writes, so the members of a group follow one another.
async fn enter(transaction: &mut Open<'_>, topic: &str, group: &str, now: i64) -> sqlx::Result<()> {
    let seen = "UPDATE groups_of_topics SET seen_at = $3 WHERE topic = $1 AND name = $2";
    let query = sqlx::query(seen).bind(topic.to_owned()).bind(group.to_owned()).bind(now);
    if query.execute(&mut **transaction).await?.rows_affected() > 0 {
        return Ok(());
    }
    let first = "INSERT INTO groups_of_topics SELECT $1, $2, COALESCE((SELECT MIN(position) FROM messages WHERE topic = $1), \
        (SELECT head + 1 FROM topics WHERE name = $1), 1), $3 WHERE 1 = 1 ON CONFLICT DO NOTHING";
    let query = sqlx::query(first).bind(topic.to_owned()).bind(group.to_owned()).bind(now);
    query.execute(&mut **transaction).await.map(drop)
}

async fn overdue(
    transaction: &mut Open<'_>,
    topic: &str,
    group: &str,
    now: i64,
    due: i64,
    max: i64,
) -> sqlx::Result<Vec<Message>> {
    let text = "SELECT m.position, d.attempts + 1, m.published_at, m.id, m.kind, m.headers, m.body FROM deliveries d \
        JOIN messages m ON m.topic = d.topic AND m.position = d.position \
        WHERE d.topic = $1 AND d.name = $2 AND d.due_at <= $3 AND d.attempts < $4 ORDER BY m.position LIMIT $5";
    let query = sqlx::query_as::<_, Row>(text).bind(topic.to_owned()).bind(group.to_owned());
    let found = query.bind(now).bind(DELIVERIES_MAX).bind(max).fetch_all(&mut **transaction).await?;
    let again = "UPDATE deliveries SET due_at = $4, attempts = attempts + 1 \
                 WHERE topic = $1 AND name = $2 AND position = $3";
    for row in &found {
        let query = sqlx::query(again).bind(topic.to_owned()).bind(group.to_owned()).bind(row.0).bind(due);
        query.execute(&mut **transaction).await?;
    }
    Ok(found.into_iter().map(messages::read).collect())
}

async fn fresh(
    transaction: &mut Open<'_>,
    topic: &str,
    group: &str,
    due: i64,
    max: i64,
) -> sqlx::Result<Vec<Message>> {
    let text = "SELECT m.position, 1, m.published_at, m.id, m.kind, m.headers, m.body FROM messages m \
        JOIN groups_of_topics g ON g.topic = m.topic AND m.position >= g.next \
        WHERE g.topic = $1 AND g.name = $2 ORDER BY m.position LIMIT $3";
    let query = sqlx::query_as::<_, Row>(text).bind(topic.to_owned()).bind(group.to_owned()).bind(max);
    let found = query.fetch_all(&mut **transaction).await?;
    let Some(last) = found.last().map(|row| row.0) else { return Ok(Vec::new()) };
    let given = "INSERT INTO deliveries SELECT $1, $2, m.position, $3, 1 FROM messages m \
        JOIN groups_of_topics g ON g.topic = m.topic AND m.position >= g.next \
        WHERE g.topic = $1 AND g.name = $2 AND m.position <= $4";
    let query = sqlx::query(given).bind(topic.to_owned()).bind(group.to_owned()).bind(due).bind(last);
    query.execute(&mut **transaction).await?;
    let next = "UPDATE groups_of_topics SET next = $3 WHERE topic = $1 AND name = $2";
    let query = sqlx::query(next).bind(topic.to_owned()).bind(group.to_owned()).bind(last + 1);
    query.execute(&mut **transaction).await?;
    Ok(found.into_iter().map(messages::read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Messages, in_memory};
    use service_kit::bus::NewMessage;
    use sightline_sdk::tenant;

    const ACK_WITHIN: Duration = Duration::from_secs(10);

    struct Bus {
        clock: Clock,
        messages: Messages,
        groups: Groups,
    }

    async fn bus() -> Bus {
        let (clock, database) = (Clock::manual(1_000_000), in_memory().await);
        let messages = Messages::new(database.clone(), clock.clone());
        Bus { groups: Groups::new(database, clock.clone(), ACK_WITHIN), messages, clock }
    }

    impl Bus {
        async fn publish(&self, topic: &str, id: &str) {
            let (headers, body) = (sightline_sdk::bus::Headers::new(), serde_json::json!({ "n": id }));
            let message = NewMessage { id: id.to_owned(), kind: "test.happened".to_owned(), headers, body };
            tenant::scope("tenant-001", self.messages.append(topic, message)).await.unwrap();
        }

        /// (position, delivery) of what is given.
        async fn receive(&self, group: &str, max: i64) -> Vec<(i64, i64)> {
            let given = self.groups.receive("t", group, max).await.unwrap();
            given.iter().map(|m| (m.position, m.delivery)).collect()
        }

        /// (lag, in flight, parked)
        async fn progress(&self, group: &str) -> (i64, i64, i64) {
            let all = self.groups.progress().await.unwrap();
            let found = all.iter().find(|p| p.name == group).unwrap();
            (found.lag, found.in_flight, found.parked)
        }
    }

    #[tokio::test]
    async fn each_group_is_given_every_message_once_in_order() {
        let bus = bus().await;
        for id in ["a", "b", "c"] {
            bus.publish("t", id).await;
        }
        bus.publish("other", "d").await;
        assert_eq!(bus.receive("one", 2).await, [(1, 1), (2, 1)]);
        assert_eq!(bus.receive("one", 2).await, [(3, 1)]);
        assert_eq!(bus.receive("one", 2).await, []);
        assert_eq!(bus.receive("two", 9).await, [(1, 1), (2, 1), (3, 1)]);
    }

    #[tokio::test]
    async fn a_message_published_twice_is_stored_once() {
        let bus = bus().await;
        for id in ["a", "a", "b"] {
            bus.publish("t", id).await;
        }
        assert_eq!(bus.receive("one", 9).await, [(1, 1), (2, 1)]);
        assert_eq!(bus.messages.heads().await.unwrap(), [("t".to_owned(), 2)]);
    }

    #[tokio::test]
    async fn lag_counts_what_is_not_acknowledged() {
        let bus = bus().await;
        for id in ["a", "b", "c"] {
            bus.publish("t", id).await;
        }
        bus.receive("one", 2).await;
        assert_eq!(bus.progress("one").await, (3, 2, 0));
        bus.groups.acknowledge("t", "one", 1).await.unwrap();
        assert_eq!(bus.progress("one").await, (2, 1, 0));
        assert!(bus.groups.acknowledge("t", "one", 1).await.unwrap_err().is_not_found());
        bus.groups.acknowledge("t", "one", 2).await.unwrap();
        bus.receive("one", 9).await;
        bus.groups.acknowledge("t", "one", 3).await.unwrap();
        assert_eq!(bus.progress("one").await, (0, 0, 0));
    }

    #[tokio::test]
    async fn what_is_not_acknowledged_in_time_is_given_again_before_new_messages_and_parked_in_the_end() {
        let bus = bus().await;
        bus.publish("t", "a").await;
        assert_eq!(bus.receive("one", 9).await, [(1, 1)]);
        bus.clock.advance(ACK_WITHIN - Duration::from_millis(1));
        assert_eq!(bus.receive("one", 9).await, []);
        bus.publish("t", "b").await;
        bus.clock.advance(Duration::from_millis(1));
        assert_eq!(bus.receive("one", 9).await, [(1, 2), (2, 1)]);
        assert_eq!(bus.progress("one").await, (2, 2, 0));
        assert_eq!(bus.groups.progress().await.unwrap()[0].redelivered, 1);
        bus.groups.acknowledge("t", "one", 2).await.unwrap();
        for delivery in 3..=DELIVERIES_MAX {
            bus.clock.advance(ACK_WITHIN);
            assert_eq!(bus.receive("one", 9).await, [(1, delivery)]);
        }
        bus.clock.advance(ACK_WITHIN);
        assert_eq!(bus.receive("one", 9).await, []);
        assert_eq!(bus.progress("one").await, (0, 0, 1));
        assert_eq!(bus.groups.progress().await.unwrap()[0].redelivered, 0);
    }

    #[tokio::test]
    async fn old_messages_go_when_every_group_has_acknowledged_them_and_positions_go_on() {
        let bus = bus().await;
        for id in ["a", "b"] {
            bus.publish("t", id).await;
        }
        bus.receive("one", 9).await;
        bus.groups.acknowledge("t", "one", 1).await.unwrap();
        bus.clock.advance(Duration::from_secs(3_601));
        assert_eq!(bus.messages.prune().await.unwrap(), 1);
        bus.groups.acknowledge("t", "one", 2).await.unwrap();
        assert_eq!(bus.messages.prune().await.unwrap(), 1);
        bus.publish("t", "c").await;
        assert_eq!(bus.receive("one", 9).await, [(3, 1)]);
        assert_eq!(bus.receive("late", 9).await, [(3, 1)]);
    }
}
