//! The named flows of the demo (setting `query.flows`): what its services do, by the names of their spans.

/// As the environment holds it.
pub(super) const FLOWS: &str = r#"[
{"name": "login", "title": "Log in: gateway, identity, cache", "filter": "service = 'api-gateway' AND name = 'POST /api/login'",
 "hops": ["api-gateway: POST /api/login", "identity: POST /login", "identity: login.verify", "identity: session.open", "identity: SET"]},
{"name": "billing", "title": "Calculate an invoice: billing, services, events", "filter": "service = 'api-gateway' AND name = 'POST /api/invoices'",
 "hops": ["api-gateway: POST /api/invoices", "billing: POST /invoices", "billing: invoice.calculate", "services: POST /quotes", "services: send usage", "analytics: process usage"]},
{"name": "provisioning", "title": "Provision a device: networking, operations, events", "filter": "service = 'api-gateway' AND name = 'POST /api/devices'",
 "hops": ["api-gateway: POST /api/devices", "networking: POST /devices", "core-ops: POST /jobs", "core-ops: device.provision", "core-ops: send devices", "networking: process devices"]}
]"#;
