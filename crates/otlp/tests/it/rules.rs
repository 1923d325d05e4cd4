//! Classes, dependencies, endpoints, errors, families: cases as data.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::span;
use sightline_model::TenantBinding;
use sightline_otlp::{DepType, Limits, ReqClass, SpanBatch};

use crate::build::{
    append, attribute, attributes, kind, request, resource, row, span as a_span, status, text,
};
use crate::read::{self, Sent, entries};

/// A span: `kind`, `status`, name, attributes.
fn spanned(kind_word: &str, status_word: &str, name: &str, list: &str) -> SpanBatch {
    let mut one = a_span(2, 1);
    one.kind = kind(kind_word);
    one.status = status(status_word);
    one.name = name.to_owned();
    one.attributes = attributes(list);
    row(one)
}

fn class(batch: &SpanBatch) -> &'static str {
    ReqClass::from_code(batch.req_class[0]).unwrap().as_str()
}

fn dep(batch: &SpanBatch, row: usize) -> &'static str {
    DepType::from_code(batch.dep_type[row]).unwrap().as_str()
}

#[test]
fn spans_have_a_class() {
    for (kind, list, expected) in [
        ("server", "", "serve"),
        ("server", "http.request.method=GET | http.route=/users", "serve"),
        ("server", "http.request.method=GET | http.route=/healthz", "probe"),
        ("server", "http.method=HEAD | http.route=/metrics", "probe"),
        ("server", "http.request.method=POST | http.route=/health", "serve"),
        ("server", "http.request.method=GET | http.route=/health/deep", "serve"),
        ("client", "http.request.method=GET | http.route=/healthz", ""),
        ("consumer", "", "consume"),
        ("consumer", "messaging.operation.type=process", "consume"),
        ("consumer", "messaging.operation=deliver", "consume"),
        ("consumer", "messaging.operation.type=receive", ""),
        ("consumer", "messaging.operation=receive", ""),
        ("consumer", "messaging.operation.type=settle", ""),
        ("internal", "", ""),
        ("internal", "dotmac.job.name=nightly", "job"),
        ("consumer", "dotmac.job.name=nightly", "job"),
        ("client", "", ""),
        ("producer", "", ""),
        ("unspecified", "", ""),
    ] {
        assert_eq!(class(&spanned(kind, "unset", "s", list)), expected, "{kind} {list}");
    }
    for (kind_word, expected) in
        [("internal", "job"), ("unspecified", "job"), ("client", ""), ("server", "serve")]
    {
        let mut root = a_span(1, 0);
        root.kind = kind(kind_word);
        let batch = row(root);
        assert_eq!((class(&batch), batch.is_root[0]), (expected, true), "root of kind {kind_word}");
    }
}

#[test]
fn spans_have_a_dependency() {
    for (kind, list, expected, peer) in [
        ("client", "db.system.name=redis | server.address=Cache1", "cache", "cache:redis@cache1"),
        ("client", "db.system=valkey", "cache", "cache:valkey@"),
        ("client", "db.system=memcached | http.request.method=GET", "cache", "cache:memcached@"),
        ("client", "db.system=postgresql | db.name=bill | net.peer.name=pg", "db", "db:postgresql/bill@pg"),
        ("internal", "db.system=mssql", "db", "db:microsoft.sql_server/@"),
        ("internal", "http.request.method=GET", "", ""),
        ("internal", "", "", ""),
        (
            "client",
            "messaging.system=kafka | messaging.destination=orders",
            "messaging",
            "queue:kafka/orders",
        ),
        ("producer", "messaging.destination.name=o", "messaging", "queue:/o"),
        (
            "producer",
            "messaging.system=sqs | messaging.destination.anonymous=!true",
            "messaging",
            "queue:sqs/(temporary)",
        ),
        (
            "client",
            "rpc.system=grpc | server.address=a.example | server.port=#9090",
            "rpc",
            "external:a.example:9090",
        ),
        ("client", "rpc.method=pkg.S/M", "rpc", "external:(unknown)"),
        (
            "client",
            "http.method=GET | http.url=https://u:p@Api.Example:443/x?y",
            "http",
            "external:api.example",
        ),
        (
            "client",
            "http.request.method=GET | server.address=h | server.port=#8080",
            "http",
            "external:h:8080",
        ),
        ("client", "http.method=GET | http.host=h:81", "http", "external:h:81"),
        (
            "client",
            "http.request.method=GET | server.address=2001:DB8::1 | server.port=#8080",
            "http",
            "external:[2001:db8::1]:8080",
        ),
        ("client", "url.full=http://[::1]:9000/", "http", "external:[::1]:9000"),
        ("client", "url.full=http://h/", "http", "external:h"),
        ("client", "http.status_code=#200 | peer.service=dotmac_Billing", "http", "service:billing"),
        ("client", "", "other", "external:(unknown)"),
        ("producer", "", "other", "external:(unknown)"),
        ("server", "db.system=redis", "", ""),
        ("consumer", "messaging.system=kafka", "", ""),
    ] {
        let batch = spanned(kind, "unset", "s", list);
        assert_eq!((dep(&batch, 0), text(batch.peer.get(0))), (expected, peer), "{kind} {list}");
    }
}

#[test]
fn requests_have_an_endpoint() {
    for (kind, name, list, expected) in [
        ("server", "x", "http.request.method=GET | http.route=/users/{id}", "GET /users/{id}"),
        ("server", "x", "http.method=get | http.route=/users/42", "GET /users/{id}"),
        ("server", "x", "http.request.method=PURGE | http.route=/c", "HTTP /c"),
        ("server", "x", "http.request.method=_OTHER | http.route=/c", "HTTP /c"),
        ("server", "x", "http.route=/c", "HTTP /c"),
        ("server", "GET", "http.request.method=GET", "GET (unmatched)"),
        ("server", "HTTP GET", "http.method=GET", "GET (unmatched)"),
        ("server", "HTTP", "http.request.method=_OTHER", "HTTP (unmatched)"),
        ("server", "GET /users/17", "http.request.method=GET", "GET /users/{id}"),
        ("server", "/a?b=1", "http.status_code=#200", "/a"),
        ("server", "x", "rpc.system=grpc | rpc.service=pkg.Cart | rpc.method=Add", "pkg.Cart/Add"),
        ("server", "x", "rpc.system.name=grpc | rpc.method=pkg.Cart/Add", "pkg.Cart/Add"),
        ("server", "x", "rpc.method=Add", "Add"),
        (
            "consumer",
            "x",
            "messaging.operation.type=process | messaging.destination.name=orders",
            "process orders",
        ),
        ("consumer", "x", "messaging.operation=deliver | messaging.destination=orders", "process orders"),
        ("consumer", "x", "messaging.destination=orders", "process orders"),
        (
            "consumer",
            "x",
            "messaging.destination.name=o/1 | messaging.destination.template=o/{n}",
            "process o/{n}",
        ),
        ("consumer", "x", "messaging.destination.temporary=!true", "process (temporary)"),
        ("consumer", "run/tasks.send", "celery.task_name=tasks.send", "tasks.send"),
        ("internal", "x", "dotmac.job.name=nightly", "nightly"),
        ("server", "/ws/17", "", "/ws/17"),
        ("internal", "invoice.calculate", "", "invoice.calculate"),
        // Parts of a request, such as the middleware of Express, carry its route.
        ("internal", "middleware - patched", "http.route=/", "middleware - patched"),
        (
            "internal",
            "request handler - /orders/:id",
            "http.route=/orders/:id",
            "request handler - /orders/:id",
        ),
        ("unspecified", "x", "http.route=/c", "x"),
        ("internal", "x", "http.request.method=GET | http.route=/c", "GET /c"),
    ] {
        assert_eq!(
            text(spanned(kind, "unset", name, list).endpoint.get(0)),
            expected,
            "{kind} {name} {list}"
        );
    }
    let long = spanned("server", "unset", &"\u{e9}".repeat(150), "");
    assert_eq!(long.endpoint.get(0).len(), 200);
}

#[test]
fn dependencies_have_an_operation() {
    for (name, list, expected) in [
        ("x", "db.system=postgresql | db.operation=SELECT billing", "SELECT"),
        ("x", "db.system.name=postgresql | db.operation.name=insert | db.collection.name=t", "INSERT t"),
        ("x", "db.system=postgresql | db.statement=  update t set a = 'secret'", "UPDATE"),
        ("x", "db.system=postgresql | db.sql.table=t", "t"),
        ("connect", "db.system=postgresql", "connect"),
        ("x", "db.system=mongodb | db.operation=findAndModify | db.mongodb.collection=c", "findAndModify c"),
        ("x", "db.system=redis | db.statement=GET ?", "GET"),
        ("x", "db.system=redis | db.operation=HSET", "HSET"),
        ("GET", "http.request.method=GET | server.address=Api.example", "GET api.example"),
        ("GET", "http.request.method=GET | url.template=/u/{id} | server.address=h", "GET /u/{id}"),
        ("GET", "http.method=GET | http.url=http://h:80/u/1", "GET h"),
        ("GET", "http.method=GET", "GET"),
        ("x", "rpc.system=grpc | rpc.service=pkg.S | rpc.method=M", "pkg.S/M"),
        ("orders send", "messaging.system=kafka | messaging.destination=orders", "send orders"),
        ("x", "messaging.system=kafka | messaging.destination=o | messaging.operation=publish", "send o"),
        ("something", "", "something"),
    ] {
        assert_eq!(text(spanned("client", "unset", name, list).endpoint.get(0)), expected, "{name} {list}");
    }
}

#[test]
fn spans_are_errors_or_not() {
    for (kind, status, list, expected) in [
        ("internal", "error", "", true),
        ("internal", "unset", "", false),
        ("internal", "ok", "", false),
        ("server", "unset", "http.response.status_code=#500", true),
        ("server", "unset", "http.status_code=#503", true),
        ("server", "unset", "http.status_code=404", false),
        ("server", "unset", "http.status_code=504", true),
        ("server", "unset", "http.response.status_code=#404", false),
        ("server", "unset", "http.response.status_code=#499", false),
        ("server", "error", "http.response.status_code=#404", true),
        ("server", "ok", "http.response.status_code=#500", false),
        ("client", "unset", "http.response.status_code=#404", true),
        ("client", "unset", "http.response.status_code=#399", false),
        ("internal", "unset", "http.response.status_code=#500", false),
        ("server", "unset", "rpc.system=grpc | rpc.grpc.status_code=#14", true),
        ("server", "error", "rpc.system=grpc | rpc.grpc.status_code=#5", false),
        ("server", "error", "rpc.system=grpc | rpc.grpc.status_code=#1", false),
        ("server", "error", "rpc.system=grpc | rpc.grpc.status_code=#0", true),
        ("server", "unset", "rpc.system.name=grpc | rpc.response.status_code=DATA_LOSS", true),
        ("server", "unset", "rpc.system.name=grpc | rpc.status_code=NOT_FOUND", false),
        ("server", "ok", "rpc.system=grpc | rpc.grpc.status_code=#13", false),
        ("client", "unset", "rpc.system=grpc | rpc.grpc.status_code=#5", true),
        ("client", "unset", "rpc.system=grpc | rpc.grpc.status_code=#0", false),
        ("client", "unset", "rpc.system=connect_rpc | rpc.connect_rpc.error_code=not_found", true),
        ("server", "unset", "rpc.system=jsonrpc | rpc.jsonrpc.error_code=#13", false),
        ("internal", "unset", "dotmac.job.name=j | dotmac.job.outcome=failed", true),
        ("internal", "unset", "dotmac.job.name=j | dotmac.job.outcome=timeout", true),
        ("internal", "unset", "dotmac.job.name=j | dotmac.job.outcome=ok", false),
        ("internal", "unset", "dotmac.job.outcome=failed", false),
    ] {
        assert_eq!(spanned(kind, status, "s", list).is_error, [expected], "{kind} {status} {list}");
    }
}

#[test]
fn both_generations_land_in_the_same_columns() {
    let columns = |batch: &SpanBatch| {
        [
            &batch.http_method,
            &batch.http_route,
            &batch.db_system,
            &batch.msg_system,
            &batch.rpc_system,
            &batch.peer_service,
        ]
        .map(|column| text(column.get(0)).to_owned())
        .join(",")
            + &format!(",{}", batch.http_status[0])
    };
    for (list, expected) in [
        ("http.request.method=GET | http.response.status_code=#200 | http.route=/a", "GET,/a,,,,,200"),
        ("http.method=GET | http.status_code=#200 | http.route=/a", "GET,/a,,,,,200"),
        ("http.status_code=201", ",,,,,,201"),
        ("http.status_code=abc", ",,,,,,0"),
        ("http.status_code=#70000", ",,,,,,0"),
        ("http.method=old | http.request.method=POST", "POST,,,,,,0"),
        ("db.system=mssql", ",,microsoft.sql_server,,,,0"),
        ("db.system.name=postgresql | db.system=oracle", ",,postgresql,,,,0"),
        ("messaging.system=kafka", ",,,kafka,,,0"),
        ("rpc.system=apache_dubbo", ",,,,dubbo,,0"),
        ("rpc.system.name=grpc", ",,,,grpc,,0"),
        ("peer.service=dotmac_api_gateway", ",,,,,api-gateway,0"),
        ("service.peer.name=Cart", ",,,,,Cart,0"),
    ] {
        assert_eq!(columns(&spanned("client", "unset", "s", list)), expected, "{list}");
    }
}

#[test]
fn resources_fill_their_columns() {
    for (list, expected) in [
        (
            "service.name=dotmac_billing | service.namespace=shop | service.version=1.2 | deployment.environment.name=Prod",
            "billing,shop,1.2,Prod",
        ),
        ("deployment.environment=old | environment=older", "unknown_service,,,old"),
        ("service.name=  | env=e | environment=f", "unknown_service,,,f"),
        ("service.name=#7 | service.version=#2", "7,,2,"),
        ("", "unknown_service,,,"),
    ] {
        let sent = request(vec![resource(list, vec![a_span(1, 0)])]);
        let (batch, _) = append(&sent, &TenantBinding::Trusted, &Limits::default());
        let columns = [&batch.service, &batch.service_namespace, &batch.service_version, &batch.environment];
        assert_eq!(columns.map(|column| text(column.get(0)).to_owned()).join(","), expected, "{list}");
        assert_eq!(batch.resources.len(), 1);
        assert_eq!(batch.resources[0].resource_id, batch.resource_id[0]);
    }
}

#[test]
fn a_canonical_key_is_left_out_only_where_the_reader_can_put_it_back() {
    for (list, left) in [
        ("http.request.method=GET | k=v", "k"),
        ("http.request.method=get", "http.request.method"),
        ("http.method=GET", "http.method"),
        ("http.request.method=GET | http.method=GET", "http.method,http.request.method"),
        ("http.route=", "http.route"),
        ("http.route=true", "http.route"),
        ("http.response.status_code=#200", ""),
        ("http.response.status_code=200", "http.response.status_code"),
        ("db.system.name=redis | messaging.system=kafka | rpc.system.name=grpc", ""),
        ("service.peer.name=cart", ""),
        ("service.peer.name=dotmac_cart", "service.peer.name"),
        ("tenant.id=t1", "tenant.id"),
    ] {
        let batch = spanned("client", "unset", "s", list);
        let mut keys: Vec<String> = entries(&batch.attrs, 0).into_iter().map(|(key, _)| key).collect();
        keys.extend(batch.num_attrs.entries(0).map(|at| text(batch.num_attrs.keys.get(at)).to_owned()));
        keys.sort();
        assert_eq!(keys.join(","), left, "{list}");
        let sent = attributes(list).len();
        assert_eq!(read::attributes(&batch, 0).len(), sent, "all come back: {list}");
    }
}

#[test]
fn types_survive_where_the_maps_do_not_tell() {
    let big = i64::MAX - 1;
    let mut one = a_span(1, 0);
    one.attributes = vec![
        attribute("bool", Value::BoolValue(true)),
        attribute("like bool", Value::StringValue("false".to_owned())),
        attribute("int", Value::IntValue(-3)),
        attribute("big", Value::IntValue(big)),
        attribute("whole", Value::DoubleValue(2.0)),
        attribute("half", Value::DoubleValue(0.5)),
        attribute("text", Value::StringValue("17".to_owned())),
        attribute("bytes", Value::BytesValue(vec![1, 2])),
    ];
    let batch = row(one);
    let back = read::attributes(&batch, 0);
    let expected = [
        ("big", Sent::Int(big)),
        ("bool", Sent::Bool(true)),
        ("bytes", Sent::Bytes("AQI=".to_owned())),
        ("half", Sent::Double(0.5)),
        ("int", Sent::Int(-3)),
        ("like bool", Sent::Text("false".to_owned())),
        ("text", Sent::Text("17".to_owned())),
        ("whole", Sent::Double(2.0)),
    ];
    assert_eq!(back.into_iter().collect::<Vec<_>>(), expected.map(|(key, value)| (key.to_owned(), value)));
    assert_eq!(batch.attr_types.values.len(), 4, "only the exceptions have a type");
}

#[test]
fn literals_of_statements_are_not_stored() {
    for (list, key, stored) in [
        (
            "db.system=postgresql | db.statement=SELECT 1 FROM t WHERE a = 'secret'",
            "db.statement",
            "SELECT ? FROM t WHERE a = ?",
        ),
        ("db.query.text=SELECT \"c\" FROM t WHERE a = 7", "db.query.text", "SELECT \"c\" FROM t WHERE a = ?"),
        ("db.query.text=a = \"s\" | db.system.name=mysql", "db.query.text", "a = ?"),
        ("db.system=redis | db.statement=SET k v", "db.statement", "SET ? ?"),
        ("other=SELECT 'x'", "other", "SELECT 'x'"),
    ] {
        let batch = spanned("client", "unset", "s", list);
        let found = entries(&batch.attrs, 0).into_iter().find(|(k, _)| k == key).unwrap();
        assert_eq!(found.1, stored, "{list}");
    }
}

#[test]
fn the_last_exception_names_the_type() {
    let exception = |name: &str, list: &str| span::Event {
        name: name.to_owned(),
        attributes: attributes(list),
        ..span::Event::default()
    };
    for (events, expected) in [
        (vec![], ""),
        (vec![exception("exception", "exception.type=A"), exception("exception", "exception.type=B")], "B"),
        (vec![exception("exception", "exception.type=A"), exception("other", "exception.type=B")], "A"),
        (vec![exception("exception", "exception.message=m")], ""),
    ] {
        let mut one = a_span(1, 0);
        one.events = events;
        let batch = row(one);
        assert_eq!(text(batch.exception_type.get(0)), expected);
        assert_eq!(batch.is_error, [false], "an exception alone is no error");
    }
}

#[test]
fn the_driver_below_an_orm_is_no_dependency() {
    let db = |id: u8, parent: u8, system: &str| {
        let mut one = a_span(id, parent);
        one.kind = kind("client");
        one.attributes = attributes(&format!("db.system={system}"));
        one
    };
    let own = vec![
        db(2, 1, "postgresql"),
        db(3, 2, "postgresql"),
        db(4, 3, "postgresql"),
        db(5, 2, "redis"),
        a_span(1, 0),
        db(7, 7, "postgresql"),
    ];
    let sent = request(vec![
        resource("service.name=a", own),
        resource("service.name=b", vec![db(6, 2, "postgresql")]),
    ]);
    let (batch, _) = append(&sent, &TenantBinding::Trusted, &Limits::default());
    let deps: Vec<&str> = (0..batch.len()).map(|row| dep(&batch, row)).collect();
    assert_eq!(deps, ["db", "", "", "cache", "", "db", "db"]);
    let peers: Vec<bool> = (0..batch.len()).map(|row| batch.peer.get(row).is_empty()).collect();
    assert_eq!(peers, [false, true, true, false, true, false, false]);
}

#[test]
fn sampled_spans_stand_for_many() {
    let mut one = a_span(1, 0);
    one.trace_state = "ot=th:c".to_owned();
    let batch = row(one);
    assert_eq!((batch.adjusted_count[0], text(batch.trace_state.get(0))), (4.0, "ot=th:c"));
}

#[test]
fn a_span_that_ends_before_it_starts_has_no_duration_and_is_counted() {
    let mut one = a_span(1, 0);
    one.end_time_unix_nano = one.start_time_unix_nano - 1;
    let sent = request(vec![resource("", vec![one, a_span(2, 1)])]);
    let (batch, appended) = append(&sent, &TenantBinding::Trusted, &Limits::default());
    assert_eq!((batch.duration_ns.as_slice(), appended.negative_durations), ([0, 1_000_000].as_slice(), 1));
}

#[test]
fn a_scope_names_its_spans_wherever_it_stands() {
    use prost::Message as _;
    use sightline_otlp::{AppendContext, Tenancy};

    let mut spans = resource("service.name=svc", vec![a_span(1, 0), a_span(2, 1)]);
    let named = std::mem::take(&mut spans.scope_spans[0].scope);
    let scope = |scope| opentelemetry_proto::tonic::trace::v1::ScopeSpans { scope, ..Default::default() };
    let (bare, named) = (spans.scope_spans[0].encode_to_vec(), scope(named).encode_to_vec());
    let mut other = resource("service.name=svc", vec![a_span(3, 1)]);
    other.scope_spans[0].scope = None;
    let other = other.scope_spans[0].encode_to_vec();
    for parts in [[&named, &bare], [&bare, &named]] {
        let (mut of_resource, mut body) = (Vec::new(), Vec::new());
        prost::encoding::bytes::encode(2, &other, &mut of_resource);
        prost::encoding::bytes::encode(2, &parts.map(Vec::as_slice).concat(), &mut of_resource);
        prost::encoding::bytes::encode(2, &other, &mut of_resource);
        prost::encoding::bytes::encode(1, &of_resource, &mut body);
        let mut batch = SpanBatch::new();
        let cx = AppendContext {
            org: crate::build::ORG,
            binding: &TenantBinding::Trusted,
            tenancy: &Tenancy::default(),
            limits: &Limits::default(),
            received_at: 0,
        };
        batch.append(&body, &cx).unwrap();
        let names: Vec<&str> = (0..batch.len()).map(|row| text(batch.scope.get(row))).collect();
        assert_eq!(names, ["", "scope", "scope", ""]);
    }
}
