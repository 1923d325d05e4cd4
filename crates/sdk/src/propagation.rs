//! `traceparent`, `tracestate` and, of the baggage, nothing but `tenant.id`.
//!
//! Limits: at most 8,192 bytes of baggage are read (W3C Baggage, limits); a value that is no tenant id is ignored.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};

use crate::tenant;

/// Reads the caller's trace and tenant. With `trusted` false (a door to the outside) the tenant is ignored.
#[must_use]
pub fn extract(headers: &dyn Extractor, trusted: bool) -> Context {
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), headers);
    if !trusted {
        return context;
    }
    let baggage = BaggagePropagator::new().extract_with_context(&Context::new(), headers);
    match tenant::of(&baggage) {
        Some(tenant) => context.with_baggage([KeyValue::new(tenant::KEY, tenant)]),
        None => context,
    }
}

/// Writes the trace of the context and, with `baggage`, its tenant.
pub fn inject(context: &Context, headers: &mut dyn Injector, baggage: bool) {
    TraceContextPropagator::new().inject_context(context, &mut NonEmpty(headers));
    if let Some(tenant) = tenant::of(context).filter(|_| baggage) {
        headers.set("baggage", format!("{}={tenant}", tenant::KEY));
    }
}

/// Leaves empty values out: the propagator writes a `tracestate` even when there is none.
struct NonEmpty<'a>(&'a mut dyn Injector);

impl Injector for NonEmpty<'_> {
    fn set(&mut self, key: &str, value: String) {
        if !value.is_empty() {
            self.0.set(key, value);
        }
    }
}

/// Tells whether baggage may go to a host: this machine, private addresses, and names inside a cluster or company.
/// Names of the internet get the trace but not the tenant.
#[must_use]
pub fn is_inside(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    if let Ok(address) = host.parse::<std::net::IpAddr>() {
        return match address {
            std::net::IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
            std::net::IpAddr::V6(v6) => {
                v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
            }
        };
    }
    !host.contains('.') || [".local", ".internal", ".svc", ".localhost"].iter().any(|end| host.ends_with(end))
}

#[cfg(any(feature = "client", feature = "grpc", feature = "server"))]
pub(crate) mod headers {
    //! Header maps as carriers.

    use http::{HeaderMap, HeaderName};
    use opentelemetry::propagation::Extractor;

    /// Reads from a header map. Several lines of one name count as one list.
    #[derive(Debug)]
    pub(crate) struct Read<'a>(pub(crate) &'a HeaderMap);

    impl Extractor for Read<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            self.0.get(key).and_then(|v| v.to_str().ok()).filter(|v| v.len() <= 8_192)
        }

        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(HeaderName::as_str).collect()
        }
    }

    /// Writes into a header map.
    #[cfg(any(feature = "client", feature = "grpc"))]
    #[derive(Debug)]
    pub(crate) struct Write<'a>(pub(crate) &'a mut HeaderMap);

    #[cfg(any(feature = "client", feature = "grpc"))]
    impl opentelemetry::propagation::Injector for Write<'_> {
        fn set(&mut self, key: &str, value: String) {
            let value = http::HeaderValue::try_from(value);
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), value) {
                self.0.insert(name, value);
            }
        }
    }
}

#[cfg(any(feature = "bus", feature = "jobs"))]
pub(crate) mod texts {
    //! Maps of text as carriers: headers of messages, and what is kept beside a job.

    use std::collections::BTreeMap;

    use opentelemetry::propagation::{Extractor, Injector};

    /// Reads from a map.
    #[derive(Debug)]
    pub(crate) struct Read<'a>(pub(crate) &'a BTreeMap<String, String>);

    impl Extractor for Read<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            self.0.get(key).map(String::as_str).filter(|value| value.len() <= 8_192)
        }

        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(String::as_str).collect()
        }
    }

    /// Writes into a map.
    #[derive(Debug)]
    pub(crate) struct Write<'a>(pub(crate) &'a mut BTreeMap<String, String>);

    impl Injector for Write<'_> {
        fn set(&mut self, key: &str, value: String) {
            self.0.insert(key.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn only_the_tenant_of_the_baggage_is_read_and_only_from_inside() {
        let trace = "00-4951dac9073a8889d4507e6436345e2f-ef558ac4ce1bd885-01";
        let check = |baggage: &str, trusted: bool| {
            let headers = HashMap::from([
                ("traceparent".to_owned(), trace.to_owned()),
                ("baggage".to_owned(), baggage.to_owned()),
            ]);
            let context = extract(&headers, trusted);
            let mut out = HashMap::new();
            inject(&context, &mut out, true);
            assert_eq!(out.get("traceparent").map(String::as_str), Some(trace));
            out.get("baggage").cloned()
        };
        assert_eq!(check("tenant.id=tenant-001,user.id=7", true).as_deref(), Some("tenant.id=tenant-001"));
        assert_eq!(check("tenant.id=tenant-001", false), None);
        assert_eq!(check("tenant.id=..%2Fx", true), None);
    }

    #[test]
    fn baggage_stays_inside() {
        for (host, inside) in [
            ("127.0.0.1", true),
            ("[::1]", true),
            ("billing", true),
            ("billing.prod.svc", true),
            ("10.1.2.3", true),
            ("8.8.8.8", false),
            ("api.example.com", false),
        ] {
            assert_eq!(is_inside(host), inside, "{host}");
        }
    }
}
