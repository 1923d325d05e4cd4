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
    fill("host.name", read_line("/proc/sys/kernel/hostname"));
    fill("container.id", container_id());
    fill("service.instance.id", Some(uuid::Uuid::new_v4().to_string()));
    fill("telemetry.sdk.name", Some("sightline".to_owned()));
    fill("telemetry.sdk.language", Some("rust".to_owned()));
    fill("telemetry.sdk.version", Some(env!("CARGO_PKG_VERSION").to_owned()));
    attributes.push(KeyValue::new("process.pid", i64::from(std::process::id())));
    let name = service_name(config);
    attributes.retain(|kv| kv.key.as_str() != "service.name");
    attributes.push(KeyValue::new("service.name", name));
    Resource::builder_empty().with_attributes(attributes).build()
}

fn read_line(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|line| !line.is_empty())
}

/// The id of the container that the process is in: part of the path of its control group or, where that is hidden, of
/// the files that the runtime mounts into it.
fn container_id() -> Option<String> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    read("/proc/self/cgroup")
        .and_then(|text| find_container_id(&text).map(str::to_owned))
        .or_else(|| read("/proc/self/mountinfo").and_then(|text| find_mounted_id(&text).map(str::to_owned)))
}

/// The first run of 64 hex digits.
fn find_container_id(text: &str) -> Option<&str> {
    text.split(|c: char| !c.is_ascii_hexdigit()).find(|word| word.len() == 64)
}

fn find_mounted_id(mounts: &str) -> Option<&str> {
    mounts.lines().find_map(|line| find_container_id(line.split_once("/containers/")?.1))
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
    fn the_container_is_known_by_its_group_or_its_mounts() {
        let id = "4f1e".repeat(16);
        for (text, of_group, of_mounts) in [
            (format!("12:memory:/docker/{id}\n"), Some(id.as_str()), None),
            (format!("0::/system.slice/docker-{id}.scope\n"), Some(id.as_str()), None),
            (
                format!("1 2 0:1 /var/lib/docker/containers/{id}/hostname /etc/hostname rw\n"),
                None,
                Some(id.as_str()),
            ),
            ("0::/user.slice/user-1000.slice\n".to_owned(), None, None),
            (format!("0::/{id}0\n"), None, None),
        ] {
            if of_mounts.is_none() {
                assert_eq!(find_container_id(&text), of_group, "{text}");
            }
            assert_eq!(find_mounted_id(&text), of_mounts, "{text}");
        }
    }

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
