//! Whose a record is by a captured header (vocabulary.md 6.2 row 3), from the setting to the column, for every signal.

use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, any_value};
use prost::Message;

use crate::kit::{Running, config, fresh_org, start};
use crate::store::{number, select, writer};
use crate::{http1, lines, points, spans};

/// A header as instrumentations capture it: a list of texts.
fn captured(key: &str, value: &str) -> KeyValue {
    let text = AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) };
    let list = any_value::Value::ArrayValue(ArrayValue { values: vec![text] });
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(list) }), ..KeyValue::default() }
}

/// Sends one record of each signal with these attributes.
async fn send(pipeline: &Running, org: u32, attributes: &[KeyValue]) {
    let (mut span, mut record, mut point) = (spans::span(1), lines::record(1), points::gauge(1));
    for own in [&mut span.attributes, &mut record.attributes, &mut point.attributes] {
        own.extend_from_slice(attributes);
    }
    let key = format!("org-{org}");
    // What a request to the platform says selects nothing (vocabulary.md 6.1).
    let headers = [
        ("content-type", "application/x-protobuf"),
        ("signoz-ingestion-key", key.as_str()),
        ("x-tenant-id", "of-the-request"),
        ("x-scope-orgid", "of-the-request"),
    ];
    for (path, body) in [
        ("/v1/traces", spans::request("shop", vec![span]).encode_to_vec()),
        ("/v1/logs", lines::request("shop", vec![record]).encode_to_vec()),
        ("/v1/metrics", points::request("shop", vec![points::gauges("m", vec![point])]).encode_to_vec()),
    ] {
        let bytes = http1::request("POST", path, &headers, &body);
        assert_eq!(http1::send(pipeline.http, &bytes).await.unwrap().status, 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_captured_header_names_the_tenant_where_the_settings_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.tenancy.captured_headers = vec!["X-Tenant-ID".to_owned()];
    let pipeline = start(dir.path(), config, writer().await).await;
    let cases = [
        ("as the header is called", vec![captured("http.request.header.x-tenant-id", "t1")], "t1"),
        ("as Python captures it", vec![captured("http.request.header.x_tenant_id", "t1")], "t1"),
        ("metadata of gRPC", vec![captured("rpc.request.metadata.x-tenant-id", "t1")], "t1"),
        ("a header that is not believed", vec![captured("http.request.header.baggage", "tenant.id=t1")], ""),
        ("no name of a tenant", vec![captured("http.request.header.x_tenant_id", "a b")], ""),
        (
            "an attribute counts more",
            vec![captured("http.request.header.x_tenant_id", "t1"), spans::text("tenant.id", "own")],
            "own",
        ),
        ("no header", vec![], ""),
    ]
    .map(|(what, attributes, tenant)| (fresh_org(), what, attributes, tenant));
    for (org, _, attributes, _) in &cases {
        send(&pipeline, *org, attributes).await;
    }
    pipeline.stop().await;
    for (org, what, _, tenant) in cases {
        for table in ["spans", "logs", "metric_series"] {
            let sql = format!(
                "SELECT count() AS n FROM sightline.{table} WHERE {{scope:{table}}} AND tenant = '{tenant}'"
            );
            assert_eq!(number(&select(org, &sql).await, "n"), 1, "{what}: {table}");
        }
    }
}
