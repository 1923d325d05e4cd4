//! Reads answers of the API.

use std::time::Duration;

use serde_json::Value;
use sightline_client::{Client, Error, ErrorKind};
use sightline_model::{Body, Column, Frame};
use test_kit::expect::Node;
use test_kit::process::PATIENCE;

/// How long data may take to appear; the aim is 3 s, a busy test machine gets more.
pub(crate) const APPEARS: Duration = PATIENCE;

/// How long edges may take to be on the map. They are computed every ten seconds, on a busy machine less often.
pub(crate) const ON_MAP: Duration = PATIENCE.saturating_mul(2);

/// Returns a column of a table or trace.
pub(crate) fn column<'a>(frame: &'a Frame, name: &str) -> &'a [Value] {
    let (Body::Table { columns, .. } | Body::Trace { columns, .. }) = &frame.body else {
        panic!("not a table: {:?}", frame.body)
    };
    let found: Option<&Column> = columns.iter().find(|c| c.name == name);
    &found.unwrap_or_else(|| panic!("no column `{name}`")).values
}

/// Returns a column of log records.
pub(crate) fn logged<'a>(frame: &'a Frame, name: &str) -> &'a [Value] {
    let Body::Logs { columns, .. } = &frame.body else { panic!("no log records: {:?}", frame.body) };
    let found = columns.iter().find(|column| column.name == name);
    &found.unwrap_or_else(|| panic!("no column `{name}`")).values
}

/// Returns the sum of a column of counts.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of a test are small and not negative"
)]
pub(crate) fn sum(values: &[Value]) -> u64 {
    values.iter().map(|n| n.as_f64().unwrap()).sum::<f64>().round() as u64
}

/// Asks until the answer satisfies; panics with the last answer after the time in which data appear.
pub(crate) async fn frame_when(
    client: &Client,
    path: &str,
    parameters: &[(&str, &str)],
    satisfies: impl Fn(&Frame) -> bool,
) -> Frame {
    frame_within(APPEARS, client, path, parameters, satisfies).await
}

/// Asks until the answer satisfies; panics with the last answer after the time.
pub(crate) async fn frame_within(
    time: Duration,
    client: &Client,
    path: &str,
    parameters: &[(&str, &str)],
    satisfies: impl Fn(&Frame) -> bool,
) -> Frame {
    let ask = async {
        loop {
            let answer = client.frame(path, parameters).await;
            match answer {
                Ok(frame) if satisfies(&frame) => return frame,
                Err(error) if !may_pass(&error) => panic!("{path}: {error}"),
                Ok(_) | Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    match tokio::time::timeout(time, ask).await {
        Ok(frame) => frame,
        Err(_) => {
            panic!("{path} {parameters:?}: not within {time:?}: {:?}", client.frame(path, parameters).await)
        }
    }
}

/// Not yet there, or the engine restarts.
fn may_pass(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unavailable | ErrorKind::Unreachable)
}

/// Builds the tree of a trace frame, as the ledger writes it.
pub(crate) fn tree(frame: &Frame) -> Node {
    let Body::Trace { services, rows, .. } = &frame.body else { panic!("not a trace: {:?}", frame.body) };
    let text = |name: &str, row: usize| column(frame, name)[row].as_str().unwrap_or_default().to_owned();
    let make = |row: usize| Node {
        service: services[usize::try_from(column(frame, "service")[row].as_u64().unwrap()).unwrap()].clone(),
        name: text("name", row),
        kind: text("kind", row),
        status: text("status", row),
        tenant: text("tenant", row),
        children: Vec::new(),
    };
    // Rows are in depth-first order, so a parent is always before its children.
    let n = usize::try_from(*rows).unwrap();
    let mut nodes: Vec<Option<Node>> = (0..n).map(|row| Some(make(row))).collect();
    let mut roots = Vec::new();
    for row in (0..n).rev() {
        let node = nodes[row].take().unwrap();
        match usize::try_from(column(frame, "parent")[row].as_i64().unwrap()) {
            Ok(parent) => nodes[parent].as_mut().unwrap().children.insert(0, node),
            Err(_) => roots.insert(0, node),
        }
    }
    assert_eq!(roots.len(), 1, "one root: {roots:#?}");
    roots.remove(0)
}
