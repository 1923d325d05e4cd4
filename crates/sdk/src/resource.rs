//! What the process says of itself on every span.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;

use crate::Config;

/// Builds the resource: attributes as written, and the canonical keys that the platform reads (R119, R120).
pub(crate) fn build(config: &Config) -> Resource {
    let given = |key: &str| config.resource_attributes.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
    let mut attributes: Vec<KeyValue> =
        config.resource_attributes.iter().map(|(k, v)| KeyValue::new(k.clone(), v.clone())).collect();
    let mut fill = |key: &'static str, value: Option<String>| {
        if let (None, Some(value)) = (given(key), value) {
            attributes.push(KeyValue::new(key, value));
        }
    };
    fill("deployment.environment.name", given("deployment.environment").or_else(|| given("environment")));
    fill("tenant.id", given("tenant"));
    fill("service.instance.id", Some(uuid::Uuid::new_v4().to_string()));
    fill("telemetry.sdk.name", Some("sightline".to_owned()));
    fill("telemetry.sdk.language", Some("rust".to_owned()));
    fill("telemetry.sdk.version", Some(env!("CARGO_PKG_VERSION").to_owned()));
    let name = service_name(config);
    attributes.retain(|kv| kv.key.as_str() != "service.name");
    attributes.push(KeyValue::new("service.name", name));
    Resource::builder_empty().with_attributes(attributes).build()
}

/// `service.name`: the setting, else the attribute, else the program's name.
pub(crate) fn service_name(config: &Config) -> String {
    let given =
        config.resource_attributes.iter().find(|(key, _)| key == "service.name").map(|(_, v)| v.clone());
    config.service_name.clone().or(given).unwrap_or_else(fallback_name)
}

/// `unknown_service:<program>` (semantic conventions, service).
fn fallback_name() -> String {
    let program = std::env::current_exe().ok();
    let name = program.as_deref().and_then(std::path::Path::file_name).and_then(std::ffi::OsStr::to_str);
    name.map_or_else(|| "unknown_service".to_owned(), |name| format!("unknown_service:{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::Key;

    #[test]
    fn environment_and_tenant_also_fill_the_canonical_keys() {
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        let attributes = vec![pair("environment", "production"), pair("tenant", "tenant-001")];
        let config = Config {
            service_name: Some("billing".to_owned()),
            resource_attributes: attributes,
            ..Config::default()
        };
        let resource = build(&config);
        let check = |key: &'static str, want: &str| {
            assert_eq!(resource.get(&Key::new(key)).map(|v| v.to_string()).as_deref(), Some(want), "{key}");
        };
        check("service.name", "billing");
        check("environment", "production");
        check("deployment.environment.name", "production");
        check("tenant", "tenant-001");
        check("tenant.id", "tenant-001");
    }
}
