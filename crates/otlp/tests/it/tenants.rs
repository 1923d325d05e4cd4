//! Whose a span is (vocabulary.md 6.2, decisions.md 1).

use opentelemetry_proto::tonic::trace::v1::Span;
use sightline_model::{OrgId, TenantBinding, TenantId};
use sightline_otlp::{AppendContext, Appended, Limits, SpanBatch, Tenancy};

use crate::build::{
    NOW, ORG, append, append_with, attributes, encode, request, resource, span as a_span, text,
};
use crate::read::entries;

fn bound() -> TenantBinding {
    TenantBinding::Bound(TenantId::parse("own").unwrap())
}

fn with(mut span: Span, list: &str) -> Span {
    span.attributes = attributes(list);
    span
}

/// Checks the tenant of one child span without ancestors, given attributes of resource and span.
fn check(
    binding: &TenantBinding,
    on_resource: &str,
    on_span: &str,
    tenant: &str,
    counts: Appended,
) -> SpanBatch {
    let sent = request(vec![resource(on_resource, vec![with(a_span(2, 1), on_span)])]);
    let (batch, appended) = append(&sent, binding, &Limits::default());
    assert_eq!(text(batch.tenant.get(0)), tenant, "`{on_resource}` `{on_span}`");
    assert_eq!(appended, Appended { records: 1, ..counts }, "`{on_resource}` `{on_span}`");
    assert_eq!(&*batch.resources[0].tenant, tenant);
    batch
}

#[test]
fn a_trusted_key_believes_the_nearest_valid_claim() {
    let none = Appended::default();
    let invalid = Appended { tenant_invalid: 1, ..none };
    for (on_resource, on_span, tenant, counts) in [
        ("", "", "", none),
        ("", "tenant.id=t1", "t1", none),
        ("", "tenant=t1", "t1", none),
        ("", "dotmac.tenant.id=t1", "t1", none),
        ("", "tenant_id=#42", "42", none),
        ("", "tenant=alias | tenant.id=canonical", "canonical", none),
        ("tenant=r", "", "r", none),
        ("tenant.id=r", "tenant.id=s", "s", none),
        ("tenant.id=r", "tenant.id=../x", "r", invalid),
        ("tenant.id=a b", "", "", invalid),
        ("", "tenant.id=", "", invalid),
        ("", "tenant.id=*", "", invalid),
        ("tenant.id=-", "tenant.id=*", "", invalid),
    ] {
        let batch = check(&TenantBinding::Trusted, on_resource, on_span, tenant, counts);
        assert_eq!(entries(&batch.attrs, 0).len() + batch.num_attrs.values.len(), attributes(on_span).len());
    }
}

#[test]
fn a_captured_header_is_believed_only_when_it_is_named_in_the_settings() {
    let check = |headers: &[&str], binding: &TenantBinding, on_resource: &str, on_span: &str| {
        let sent = request(vec![resource(on_resource, vec![with(a_span(2, 1), on_span)])]);
        let (batch, appended) = append_with(&sent, binding, &Tenancy::new(headers), &Limits::default());
        let kept = entries(&batch.attrs, 0).len();
        assert_eq!(kept, attributes(on_span).len(), "stored as sent: `{on_span}`");
        (text(batch.tenant.get(0)).to_owned(), appended.tenant_invalid)
    };
    let trusted = TenantBinding::Trusted;
    let baggage = "http.request.header.baggage=[user=u,tenant.id=h";
    for (headers, on_resource, on_span, tenant, invalid) in [
        (&[][..], "", baggage, "", 0),
        (&["baggage"], "", baggage, "h", 0),
        (&["Baggage"], "", baggage, "h", 0),
        (&["baggage"], "", "rpc.request.metadata.baggage=[tenant.id=h", "h", 0),
        (&["baggage"], "", "http.request.header.baggage=tenant.id=h", "h", 0),
        (&["baggage"], "tenant=r", baggage, "h", 0),
        (&["baggage"], "tenant=r", "http.request.header.baggage=[user=u", "r", 0),
        (&["baggage"], "tenant=r", "http.request.header.baggage=[tenant.id=%2a", "r", 1),
        (&["baggage"], "", &format!("tenant.id=own | {baggage}"), "own", 0),
        (&["x-tenant"], "", baggage, "", 0),
        (&["x-tenant"], "", "http.request.header.x-tenant=[h", "h", 0),
        (&["x-tenant"], "", "http.request.header.x_tenant=[ h ", "h", 0),
        (&["x-tenant", "baggage"], "", baggage, "h", 0),
    ] {
        assert_eq!(
            check(headers, &trusted, on_resource, on_span),
            (tenant.to_owned(), invalid),
            "{headers:?} `{on_span}`"
        );
    }
    assert_eq!(check(&["baggage"], &bound(), "", baggage).0, "own", "a bound key overrules");
}

#[test]
fn a_bound_key_overrules_and_keeps_the_differing_claim() {
    let none = Appended::default();
    let overwritten = Appended { tenant_overwritten: 1, ..none };
    for (on_resource, on_span, kept_on_span, kept_on_resource, counts) in [
        ("", "", "", "", none),
        ("", "tenant.id=own", "tenant.id=own", "", none),
        ("", "tenant.id=other", "sightline.received.tenant.id=other", "", overwritten),
        ("", "tenant_id=other | k=v", "sightline.received.tenant.id=other,k=v", "", overwritten),
        ("", "tenant.id=../x", "sightline.received.tenant.id=../x", "", overwritten),
        ("tenant=other", "", "", "sightline.received.tenant.id=other", overwritten),
        ("tenant=own", "", "", "tenant=own", none),
        (
            "tenant.id=x",
            "tenant.id=y",
            "sightline.received.tenant.id=y",
            "sightline.received.tenant.id=x",
            overwritten,
        ),
    ] {
        let batch = check(&bound(), on_resource, on_span, "own", counts);
        let print = |(key, value): (String, String)| format!("{key}={value}");
        let on_span = entries(&batch.attrs, 0).into_iter().map(print).collect::<Vec<_>>().join(",");
        assert_eq!(on_span, kept_on_span);
        let attrs = &batch.resources[0].attrs;
        let on_resource = attrs.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",");
        assert_eq!(on_resource, kept_on_resource);
    }
}

#[test]
fn a_span_without_a_tenant_takes_that_of_its_nearest_ancestor() {
    let spans = vec![
        a_span(5, 4),
        a_span(4, 3),
        with(a_span(3, 2), "tenant.id=t3"),
        a_span(2, 1),
        with(a_span(1, 0), "tenant.id=t1"),
        a_span(6, 9),
        a_span(7, 8),
        a_span(8, 7),
        a_span(10, 10),
        Span { trace_id: vec![2; 16], ..a_span(11, 1) },
        with(a_span(12, 1), "tenant.id=*"),
        a_span(13, 0),
    ];
    let other = resource("tenant=r", vec![a_span(14, 1)]);
    let sent = request(vec![resource("service.name=a", spans), other]);
    let (batch, appended) = append(&sent, &TenantBinding::Trusted, &Limits::default());
    let tenants: Vec<&str> = (0..batch.len()).map(|row| text(batch.tenant.get(row))).collect();
    assert_eq!(tenants, ["t3", "t3", "t3", "t1", "t1", "", "", "", "", "", "t1", "", "r"]);
    assert_eq!((appended.tenant_inherited, appended.tenant_invalid), (4, 1));
    // Ids of resources follow the tenant, so a reader limited to one tenant finds its resources.
    for (row, tenant) in tenants.iter().enumerate() {
        let found = batch.resources.iter().find(|r| r.resource_id == batch.resource_id[row]).unwrap();
        assert_eq!(&*found.tenant, *tenant);
    }
    assert_eq!(batch.resources.len(), 4, "t1, t3, none, and r of the other");
}

#[test]
fn a_long_chain_is_inherited_in_one_pass() {
    let id = |n: u32| n.to_be_bytes().repeat(2);
    let mut spans: Vec<Span> = (2..50_000)
        .rev()
        .map(|n| Span { span_id: id(n), parent_span_id: id(n - 1), ..a_span(1, 0) })
        .collect();
    spans.push(with(Span { span_id: id(1), ..a_span(1, 0) }, "tenant.id=t"));
    let sent = request(vec![resource("", spans)]);
    let (batch, appended) = append(&sent, &TenantBinding::Trusted, &Limits::default());
    assert_eq!(appended.tenant_inherited, 49_998);
    assert!((0..batch.len()).all(|row| batch.tenant.get(row) == b"t"));
}

#[test]
fn one_batch_mixes_orgs_and_bindings() {
    let sent = encode(&request(vec![resource("service.name=a", vec![with(a_span(1, 0), "tenant.id=t")])]));
    let mut batch = SpanBatch::new();
    let limits = Limits::default();
    for round in 0..2 {
        for (org, binding) in
            [(ORG, TenantBinding::Trusted), (OrgId(8), TenantBinding::Trusted), (ORG, bound())]
        {
            batch
                .append(
                    &sent,
                    &AppendContext {
                        org,
                        binding: &binding,
                        tenancy: &Tenancy::default(),
                        limits: &limits,
                        received_at: NOW,
                    },
                )
                .unwrap();
        }
        assert_eq!(batch.org, [7, 8, 7], "round {round}");
        assert_eq!(["t", "t", "own"].map(str::as_bytes), [0, 1, 2].map(|row| batch.tenant.get(row)));
        assert_eq!(batch.resources.len(), 3);
        assert!(batch.is_even() && batch.heap_bytes() > 0);
        batch.clear();
        assert!(batch.is_empty() && batch.is_even() && batch.resources.is_empty());
    }
}

#[test]
fn a_body_that_breaks_half_way_leaves_the_batch_as_it_was() {
    let good = encode(&request(vec![resource("service.name=a", vec![with(a_span(1, 0), "k=v")])]));
    let limits = Limits::default();
    let cx = AppendContext {
        org: ORG,
        binding: &TenantBinding::Trusted,
        tenancy: &Tenancy::default(),
        limits: &limits,
        received_at: NOW,
    };
    let mut batch = SpanBatch::new();
    batch.append(&good, &cx).unwrap();
    let other = request(vec![
        resource("service.name=b", vec![with(a_span(1, 0), "k=v | j=#1")]),
        resource("service.name=c", vec![Span { trace_id: vec![1], ..a_span(1, 0) }]),
    ]);
    batch.append(&encode(&other), &cx).unwrap_err();
    assert!(batch.is_even());
    assert_eq!((batch.len(), batch.resources.len()), (1, 1));
    batch.append(&good, &cx).unwrap();
    assert_eq!((batch.len(), batch.resources.len(), entries(&batch.attrs, 1).len()), (2, 1, 1));
}
