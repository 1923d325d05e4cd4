//! Versions of a service, and which came after which.

use serde_json::json;
use sightline_model::Frame;

use super::cells;
use super::red::over;
use super::world::{BASE, HOUR, SECOND, Spec, World, span};
use crate::DeploymentsQuery;

/// Requests each minute: 1.0 in production for 20 minutes, then 2.0, which fails each second time and overlaps by one
/// minute; 1.0 in staging all the time. A job of the newest version beside.
fn rolled_out() -> Vec<Spec> {
    let request = |minute: i64, version: &'static str, environment: &'static str, id: u64| {
        span(u64::try_from(minute).unwrap() + 1, id).with(|s| {
            s.start = minute * 60 * SECOND;
            s.duration = 10_000_000;
            s.status = if version == "2.0" && minute % 2 == 0 { 2 } else { 0 };
            s.attributes = json!({"http.request.method": "GET", "http.route": "/a",
                "tenant.id": if environment == "staging" { "odd" } else { "even" }});
            s.resource = json!({"deployment.environment.name": environment, "service.version": version});
        })
    };
    let old = (0..21).map(|minute| request(minute, "1.0", "prod", 1));
    let new = (20..40).map(|minute| request(minute, "2.0", "prod", 2));
    let staging = (0..40).map(|minute| request(minute, "1.0", "staging", 3));
    let job = request(41, "2.0", "prod", 4).with(|s| {
        s.kind = 1;
        s.attributes = json!({"tenant.id": "even"});
    });
    old.chain(new).chain(staging).chain([job]).collect()
}

fn at(minute: i64) -> String {
    (BASE + minute * 60 * SECOND).to_string()
}

#[tokio::test]
async fn versions_are_listed_newest_first_with_the_one_before() {
    let world = World::of(137).await;
    world.write(&rolled_out()).await;
    let ask = async |scope: &sightline_model::TenantScope, environment: Option<&str>, from: i64| -> Frame {
        let mut ask = over(from, HOUR);
        ask.environment = environment.map(str::to_owned);
        let query = DeploymentsQuery { ask, service: "shop".to_owned(), namespace: None };
        world.service.deployments(scope, &query).await.unwrap()
    };
    for (rolled_up, from) in [(false, 0), (true, -3 * HOUR)] {
        if rolled_up {
            world.roll_up().await;
        }
        let frame = ask(&world.scope, None, from).await;
        assert_eq!(cells(&frame, "version"), ["2.0", "1.0", "1.0"], "{rolled_up}");
        assert_eq!(cells(&frame, "environment"), ["prod", "prod", "staging"]);
        assert_eq!(cells(&frame, "previous"), ["1.0", "", ""]);
        assert_eq!(cells(&frame, "first_seen"), [at(20), at(0), at(0)]);
        assert_eq!(cells(&frame, "last_seen")[1..], [at(20), at(39)]);
        assert_eq!(cells(&frame, "count"), ["20.0", "21.0", "40.0"], "requests, not the job");
        assert_eq!(cells(&frame, "errors"), ["10.0", "0.0", "0.0"]);
        assert_eq!(cells(&frame, "error_rate")[0], "0.5");
        assert_eq!(cells(&frame, "p95")[0], "0.01");
    }
    let staging = ask(&world.scope, Some("staging"), 0).await;
    assert_eq!(cells(&staging, "version"), ["1.0"]);
    let limited = ask(&world.limited_to(&["odd"]), None, 0).await;
    assert_eq!(
        (cells(&limited, "version"), cells(&limited, "count")),
        (vec!["1.0".to_owned()], vec!["40.0".to_owned()])
    );
}
