//! Work that is done later: messages, background jobs, scheduled jobs.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use opentelemetry::{Context, global};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use sightline_sdk::bus::{self, Delivery, Headers, Topic};
use sightline_sdk::job::{self, Failure, Run, Schedule};
use sightline_sdk::tenant;

use crate::read::{attribute, histogram, number};
use crate::receiver::Receiver;
use crate::{current_thread, start};

async fn publish(topic: &Topic) -> Headers {
    let mut sent = None;
    let send = |headers: Headers| {
        sent = Some(headers);
        async { Ok::<_, String>(()) }
    };
    bus::publish(topic, Headers::new(), send).await.unwrap();
    sent.unwrap()
}

fn find<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

pub(crate) fn a_message_is_one_trace_across_the_bus_and_linked() {
    let receiver = Receiver::start();
    let guard = start(&receiver);
    let topic = Topic::new("dotmac_bus", "invoice.paid");
    let headers = current_thread(tenant::scope("tenant-001", publish(&topic)));
    assert_eq!(headers.keys().collect::<Vec<_>>(), ["baggage", "traceparent"]);
    let deliver = |attempt, result: Result<(), &'static str>| {
        let delivery = Delivery { headers: &headers, message_id: Some("m-1"), attempt };
        current_thread(bus::process(&topic, "mailer", delivery, async move {
            assert_eq!(tenant::current().as_deref(), Some("tenant-001"));
            result
        }))
    };
    assert_eq!(deliver(1, Err("the mail server is down")), Err("the mail server is down"));
    assert_eq!(deliver(2, Ok(())), Ok(()));
    guard.shutdown();
    let spans = receiver.spans();
    let producer = find(&spans, "send invoice.paid")[0];
    assert_eq!(producer.kind, SpanKind::Producer as i32);
    let consumers = find(&spans, "process invoice.paid");
    assert_eq!(consumers.len(), 2);
    for (consumer, attempt) in consumers.iter().zip(["1", "2"]) {
        assert_eq!(consumer.kind, SpanKind::Consumer as i32);
        assert_eq!(consumer.trace_id, producer.trace_id);
        assert_eq!(
            (&consumer.parent_span_id, &consumer.links[0].span_id),
            (&producer.span_id, &producer.span_id)
        );
        assert_eq!(attribute(consumer, "tenant.id").as_deref(), Some("tenant-001"));
        assert_eq!(attribute(consumer, "messaging.consumer.group.name").as_deref(), Some("mailer"));
        assert_eq!(attribute(consumer, "dotmac.bus.delivery.attempt").as_deref(), Some(attempt));
    }
    let of = ("messaging.destination.name", "invoice.paid");
    let counted = |metric: &str, with: &[(&str, &str)]| number(&receiver.metric(metric).unwrap(), with);
    assert_eq!(counted("messaging.client.sent.messages", &[of, ("tenant.id", "tenant-001")]), Some(1.0));
    let consumed = "messaging.client.consumed.messages";
    assert_eq!(counted(consumed, &[of, ("error.type", "&str"), ("tenant.id", "tenant-001")]), Some(1.0));
    let duration = receiver.metric("messaging.process.duration").unwrap();
    assert_eq!(histogram(&duration, &[of, ("error.type", "&str")]).map(|p| p.count), Some(1));
}

/// A span of the present provider; `tracing` keeps that of the first start.
async fn order() -> Headers {
    let span = global::tracer("test").start("device.order");
    async { job::origin() }.with_context(Context::current_with_span(span)).await
}

pub(crate) fn a_job_is_linked_to_its_order_and_its_retries_are_seen() {
    let receiver = Receiver::start();
    let guard = start(&receiver);
    let origin = current_thread(tenant::scope("tenant-001", order()));
    let run = |attempt, timeout| Run {
        name: "device.configure",
        id: Some("job-7"),
        attempt,
        origin: &origin,
        timeout,
    };
    let failed = current_thread(job::run(run(1, None), async { Err::<(), _>("no answer") }));
    assert_eq!(failed, Err(Failure::Work("no answer")));
    let limit = Duration::from_millis(1);
    let late = current_thread(job::run(run(2, Some(limit)), std::future::pending::<Result<(), &str>>()));
    assert_eq!(late, Err(Failure::Timeout(limit)));
    assert_eq!(current_thread(job::run(run(3, None), async { Ok::<_, String>(42) })), Ok(42));
    guard.shutdown();
    let spans = receiver.spans();
    let ordered = find(&spans, "device.order")[0];
    let told: Vec<String> = find(&spans, "device.configure")
        .iter()
        .map(|span| {
            assert_eq!((&span.parent_span_id, &span.links[0].span_id), (&ordered.span_id, &ordered.span_id));
            let text = |key: &str| attribute(span, key).unwrap_or_default();
            let (attempt, outcome) = (text("dotmac.job.attempt"), text("dotmac.job.outcome"));
            format!("{attempt} {outcome} {} {}", text("error.type"), text("tenant.id"))
        })
        .collect();
    assert_eq!(told, ["1 failed &str tenant-001", "2 timeout timeout tenant-001", "3 ok  tenant-001"]);
    let of = ("dotmac.job.name", "device.configure");
    let counted = |metric: &str, with: &[(&str, &str)]| number(&receiver.metric(metric).unwrap(), with);
    for outcome in ["ok", "failed", "timeout"] {
        assert_eq!(
            counted("dotmac.job.runs", &[of, ("dotmac.job.outcome", outcome)]),
            Some(1.0),
            "{outcome}"
        );
    }
    assert_eq!(counted("dotmac.job.retries", &[of]), Some(2.0));
    assert_eq!(counted("dotmac.job.active", &[of]), Some(0.0));
}

pub(crate) fn a_scheduled_job_says_how_late_it_is_and_what_it_missed() {
    let receiver = Receiver::start();
    let guard = start(&receiver);
    let at = |s: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + s);
    let mut schedule = Schedule::new("backup.daily", Duration::from_secs(60), at(0));
    let mut run = |now| current_thread(schedule.run_due(now, None, || async { Ok::<_, String>(()) }));
    assert_eq!(run(at(0).checked_sub(Duration::from_secs(1)).unwrap()), None, "not due yet");
    assert_eq!(run(at(2)), Some(Ok(())));
    assert_eq!(run(at(30)), None, "done for this minute");
    assert_eq!(run(at(190)), Some(Ok(())));
    assert_eq!(schedule.next_due(), at(240));
    guard.shutdown();
    let spans = receiver.spans();
    let told: Vec<String> = find(&spans, "backup.daily")
        .iter()
        .map(|span| {
            assert!(span.parent_span_id.is_empty(), "each run is a root");
            let text = |key: &str| attribute(span, key).unwrap_or_default();
            format!("late {} missed {}", text("dotmac.job.lateness"), text("dotmac.job.missed"))
        })
        .collect();
    assert_eq!(told, ["late 2 missed 0", "late 10 missed 2"]);
    let of = ("dotmac.job.name", "backup.daily");
    let runs = receiver.metric("dotmac.job.runs").unwrap();
    assert_eq!(number(&runs, &[of, ("dotmac.job.outcome", "skipped")]), Some(2.0));
    let lateness = receiver.metric("dotmac.job.lateness").unwrap();
    let lateness = histogram(&lateness, &[of]).unwrap();
    assert_eq!((lateness.count, lateness.sum), (2, Some(12.0)));
    let next = receiver.metric("dotmac.schedule.next_due").unwrap();
    assert_eq!(number(&next, &[of]), Some(1_800_000_240.0));
    assert!(receiver.metric("dotmac.schedule.last_success").is_some());
}
