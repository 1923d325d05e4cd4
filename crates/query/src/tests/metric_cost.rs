//! What a range of a metric costs: Q4 of performance.md, 4,000 of 20,000 series for an hour in bins of 15 s. Not a test: run it
//! by name, optimised, and read what it prints.
//!
//! `cargo test -p sightline-query --config profile.dev.package.sightline-query.opt-level=3 \
//!   --config profile.dev.package.sightline-store.opt-level=3 -- --ignored --nocapture metric_cost`

use std::time::Instant;

use sightline_model::TimeRange;

use super::world::{BASE, HOUR, World};
use crate::{Ask, Bin, MetricQuery, TimeFn};

const ORG: u32 = 9_400;
const ROUNDS: usize = 15;

#[tokio::test]
#[ignore = "a measurement"]
#[expect(
    clippy::disallowed_methods,
    clippy::too_many_lines,
    reason = "a measurement takes the machine's clock"
)]
async fn cost_of_a_range_of_many_series() {
    let world = World::of(ORG).await;
    let base = BASE / 1_000_000_000;
    // Five metrics of 4,000 series; the high bits are those of the metric, the low ones look random.
    let id =
        "bitOr(bitShiftLeft(toUInt128(intDiv(number, 4000) + 1), 96), toUInt128(cityHash64(number % 20000)))";
    world
        .admin_runs(&format!(
            "INSERT INTO sightline.metric_series SELECT {ORG}, 15, toDate(toDateTime({base})), \
             concat('requests.', toString(intDiv(number, 4000))), {id}, concat('t', toString(number % 25)), \
             concat('s', toString(number % 10)), 'sum', 2, true, '1', '', \
             map('job', toString(number % 8), 'instance', toString(number)), number % 20, 'scope', toDateTime(1) \
             FROM system.numbers LIMIT 20000"
        ))
        .await;
    for quarter in 0..16 {
        let start = (base - 3 * 3_600 + quarter * 900) * 1_000;
        world
            .admin_runs(&format!(
                "INSERT INTO sightline.samples SELECT {ORG}, 15, 1, {}, \
                 fromUnixTimestamp64Milli(toInt64({start} + intDiv(number, 20000) * 15000 + number % 977), 'UTC'), \
                 toFloat64(intDiv(number, 20000) * 7 + {quarter} * 420 + number % 5) FROM system.numbers LIMIT 1200000",
                id.replace("intDiv(number, 4000)", "intDiv(number % 20000, 4000)")
            ))
            .await;
    }
    for (by, function) in [("job", TimeFn::Rate), ("*", TimeFn::Rate), ("job", TimeFn::Last)] {
        let asked = MetricQuery {
            ask: Ask::over(TimeRange::new(BASE, BASE + HOUR).unwrap()),
            metric: "requests.2".to_owned(),
            filter: String::new(),
            by: vec![by.to_owned()],
            bin: Bin::Fixed(15),
            max_points: 0,
            function: Some(function),
            aggregate: None,
            quantiles: Vec::new(),
            limit: None,
        };
        let mut took = Vec::new();
        for round in 0..ROUNDS {
            let mut asked = asked.clone();
            asked.ask.query_id = format!("cost-{by}-{function:?}-{round}");
            let started = Instant::now();
            let answer = world.service.metric(&world.scope, &asked).await.unwrap();
            took.push(started.elapsed());
            assert!(answer.meta.stats.rows_read > 900_000);
        }
        took.sort_unstable();
        println!(
            "by {by}, {function:?}: least {:?}, median {:?}, most {:?}",
            took[0],
            took[ROUNDS / 2],
            took[ROUNDS - 1]
        );
    }
    world.admin_runs("SYSTEM FLUSH LOGS").await;
    // What of it the engine took, a statement at a time: names, series, lines, samples.
    let sql = "SELECT extract(query_id, '^cost-(.*)-[0-9]+') AS what, splitByChar('-', query_id)[5] AS statement, \
         quantileExact(0.5)(query_duration_ms), \
         quantileExact(0.5)(intDiv(ProfileEvents['OSCPUVirtualTimeMicroseconds'], 1000)), max(result_rows) \
         FROM system.query_log WHERE type = 'QueryFinish' AND startsWith(query_id, 'cost-') \
         GROUP BY what, statement ORDER BY what, statement";
    for (what, statement, ms, cpu_ms, rows) in world.admin_asks::<(String, String, u64, u64, u64)>(sql).await
    {
        println!("{what} {statement}: {ms} ms, CPU {cpu_ms} ms, {rows} rows");
    }
}
