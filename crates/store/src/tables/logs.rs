//! `sightline.logs`: one row a log record.

pub(super) const COLUMNS: &str = "org, ret, _batch, ts, observed_delay_us, tenant, service, environment, \
    service_namespace, service_version, severity_number, severity_text, event_name, template_id, body, trace_id, \
    span_id, flags, attrs, num_attrs, attr_types, resource_id, scope, dropped";
