//! A message whose handling or acknowledgement fails is given again until it is acknowledged, or parked in the end; the
//! others go on.
//! Every delivery is a span with its number, as many as the bus itself gave.

use serde_json::{Value, json};
use sightline_client::Client;
use sightline_model::Frame;
use test_kit::demo::Demo;
use test_kit::plan::{Action, tenant_id};
use test_kit::process::PATIENCE;

use crate::answers::{column, frame_when};
use crate::chaos::{end, experiment, metric_is, perform, step};
use crate::platform::Platform;

/// Whose acknowledgements fail for a while, for good, and never.
const AGAIN: u32 = 1;
const PARKED: u32 = 2;
const WELL: u32 = 3;
/// Whose handling fails twice: half of the attempts fail, and the bits of the trace say that these are the first and the
/// second, not the third.
const HANDLED: u32 = 4;
const HANDLED_TRACE: u128 = (4 << 120) + (0x8000_0000 << 64);
/// Ten deliveries take twenty seconds: long enough to end a fault in between, also on a busy machine.
const ACK_SECONDS: &str = "2";
/// After so many deliveries the bus gives up.
const DELIVERIES_MAX: i64 = 10;

const TOPIC: &str = "tenants";
const OF_GROUP: &str = "messaging.destination.name = tenants AND messaging.consumer.group.name = analytics";

/// Waits until the group stands so at the bus.
async fn group_when(demo: &Demo, what: &str, is_so: impl Fn(&Value) -> bool) {
    let asking = async {
        loop {
            let topics = reqwest::get(format!("{}/topics", demo.url("core-events"))).await.unwrap();
            let topics: Value = topics.json().await.unwrap();
            let topic = topics.as_array().unwrap().iter().find(|topic| topic["name"] == TOPIC);
            let groups = topic.map(|topic| topic["groups"].as_array().unwrap().as_slice());
            if groups.unwrap_or_default().iter().any(|group| group["name"] == "analytics" && is_so(group)) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("not in time: {what}"));
}

/// Lets every acknowledgement of a tenant fail.
async fn no_acknowledgements(demo: &Demo, tenant: u32) -> String {
    let route = "POST /topics/{topic}/groups/{group}/acks/{position}";
    let asked = json!({ "service": "core-events", "kind": "error", "route": route, "tenant": tenant_id(tenant),
        "value": 1, "seconds": 3600 });
    experiment(demo, asked).await
}

/// The deliveries of the message of a trace, in order: number and whether it failed.
async fn deliveries(
    client: &Client,
    trace_id: &str,
    is_whole: impl Fn(&[(i64, bool)]) -> bool,
) -> Vec<(i64, bool)> {
    let of = |frame: &Frame| {
        let rows = column(frame, "name").iter().zip(column(frame, "attributes")).zip(column(frame, "status"));
        let own = rows.filter(|((name, _), _)| *name == &json!("process tenants"));
        let delivery = |((_, attributes), status): ((&Value, &Value), &Value)| {
            (attributes["dotmac.bus.delivery.attempt"].as_i64().unwrap(), status == "error")
        };
        let mut all: Vec<_> = own.map(delivery).collect();
        all.sort_unstable();
        all
    };
    let path = format!("/traces/{trace_id}");
    of(&frame_when(client, &path, &[("include", "attributes")], |frame| is_whole(&of(frame))).await)
}

/// Handling that fails is not acknowledged, so the message comes again; `given_again` were before.
async fn failing_handling(demo: &Demo, client: &Client, given_again: u32) {
    let asked = json!({ "service": "analytics", "kind": "error", "route": "process tenants",
        "tenant": tenant_id(HANDLED), "value": 0.5, "seconds": 600 });
    let failing = experiment(demo, asked).await;
    let entries = perform(&demo.driver(), [step(Action::Change, HANDLED, HANDLED_TRACE)]).await;
    let trace_id = &entries.last().unwrap().trace_id;
    let is_settled = |all: &[(i64, bool)]| all.len() >= 3;
    let got = deliveries(client, trace_id, is_settled).await;
    assert_eq!(got, [(1, true), (2, true), (3, false)]);
    end(&failing).await;
    for (metric, want) in [
        ("dotmac.bus.redelivered", given_again + 2),
        ("dotmac.bus.settled", 3),
        ("dotmac.bus.parked", 1),
        ("dotmac.bus.consumer.lag", 0),
    ] {
        metric_is(client, metric, OF_GROUP, f64::from(want)).await;
    }
    facts(client, HANDLED).await;
}

/// A message counts once, however often it was given.
async fn facts(client: &Client, tenant: u32) {
    let filter = format!("tenant = {} AND dotmac.bus.kind = tenant.settings_changed", tenant_id(tenant));
    metric_is(client, "dotmac.analytics.facts", &filter, 1.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_given_until_it_is_acknowledged_or_parked_and_others_go_on() {
    let platform = Platform::start();
    let grpc = format!("http://{}", platform.text("otlp_grpc"));
    let demo = Demo::start(&grpc, platform.folder(), |service, command| {
        command.env("OTEL_METRIC_EXPORT_INTERVAL", "500");
        if service == "core-events" {
            command.args(["--ack-seconds", ACK_SECONDS]);
        }
    });
    let (client, driver) = (platform.client(), demo.driver());
    let change = |tenant: u32| step(Action::Change, tenant, u128::from(tenant) << 120);
    let for_a_while = no_acknowledgements(&demo, AGAIN).await;
    let for_good = no_acknowledgements(&demo, PARKED).await;
    let entries = perform(&driver, [change(AGAIN), change(PARKED), change(WELL)]).await;
    let changes: Vec<_> = entries.iter().filter(|entry| entry.action == Action::Change).collect();
    assert!(changes.len() == 3 && changes.iter().all(|entry| entry.status == 200), "{changes:?}");

    group_when(&demo, "two messages given again", |group| group["redelivered"] == 2).await;
    end(&for_a_while).await;
    group_when(&demo, "one acknowledged, one parked", |group| group["lag"] == 0 && group["parked"] == 1)
        .await;
    end(&for_good).await;

    // Failed up to the last delivery, which the fault no longer struck.
    let is_settled = |all: &[(i64, bool)]| all.iter().any(|(_, is_failed)| !is_failed);
    let again = deliveries(&client, &changes[0].trace_id, is_settled).await;
    let last = i64::try_from(again.len()).unwrap();
    assert!(last >= 2, "{again:?}");
    assert_eq!(again, (1..=last).map(|n| (n, n < last)).collect::<Vec<_>>());
    let is_last = |all: &[(i64, bool)]| all.len() >= usize::try_from(DELIVERIES_MAX).unwrap();
    let parked = deliveries(&client, &changes[1].trace_id, is_last).await;
    assert_eq!(parked, (1..=DELIVERIES_MAX).map(|n| (n, true)).collect::<Vec<_>>());
    let well = deliveries(&client, &changes[2].trace_id, is_settled).await;
    assert_eq!(well, [(1, false)]);

    // The bus's own counts. Work was done again, but counts once.
    let given_again = u32::try_from(again.len() + parked.len() - 2).unwrap();
    metric_is(&client, "dotmac.bus.parked", OF_GROUP, 1.0).await;
    metric_is(&client, "dotmac.bus.consumer.lag", OF_GROUP, 0.0).await;
    metric_is(&client, "dotmac.bus.settled", OF_GROUP, 2.0).await;
    metric_is(&client, "dotmac.bus.redelivered", OF_GROUP, f64::from(given_again)).await;
    for tenant in [AGAIN, PARKED, WELL] {
        facts(&client, tenant).await;
    }
    failing_handling(&demo, &client, given_again).await;
}
