//! Looks at the machine again and again, and puts what it says through the door like any other request.

use std::sync::Arc;

use sightline_runtime::{Scope, Stop};
use tokio::time::Instant;

use super::proc::Cpu;
use super::sample::{Look, look};
use super::settings::HostConfig;
use crate::config::ms;
use crate::door::Door;
use crate::offload;
use crate::receivers::host_name::host_name;
use crate::receivers::metrics_message::{
    Metric, Request, Resource, ResourceMetrics, Scope as Library, ScopeMetrics, attributes,
};
use crate::receivers::metrics_sending::send;

/// Starts the task that looks, if it is wanted.
pub(crate) fn start(config: &HostConfig, door: &Arc<Door>, scope: &Scope) {
    if !config.enabled {
        return;
    }
    let agent = Agent { config: Arc::new(config.clone()), door: Arc::clone(door), scope: scope.clone() };
    scope.spawn("host", |stop| agent.run(stop));
}

struct Agent {
    config: Arc<HostConfig>,
    door: Arc<Door>,
    scope: Scope,
}

impl Agent {
    async fn run(self, stop: Stop) {
        let resource = self.resource(&host_name(&self.config.proc_dir));
        let mut before: Option<Cpu> = None;
        let mut next = Instant::now();
        while stop.run_until_cancelled(tokio::time::sleep_until(next)).await.is_some() {
            next = (next + ms(self.config.interval_ms)).max(Instant::now());
            let (config, time, last) = (Arc::clone(&self.config), self.door.clock().unix_nanos(), before);
            // A look that did not come back is nobody's loss; the next one may.
            let looked = offload(&self.scope, "host", move || look(&config, last.as_ref(), time)).await;
            let Some(Look { cpu, metrics }) = looked else { continue };
            before = cpu;
            if !metrics.is_empty() {
                self.send(&resource, metrics, time).await;
            }
        }
    }

    fn resource(&self, host: &str) -> Resource {
        let said = [
            ("service.name", &*self.config.service),
            ("service.instance.id", host),
            ("host.name", host),
            ("os.type", "linux"),
            ("deployment.environment.name", &self.config.environment),
        ];
        let said = said.iter().filter(|(_, value)| !value.is_empty());
        let labels: Vec<_> = said.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Resource { attributes: attributes(&labels) }
    }

    async fn send(&self, resource: &Resource, metrics: Vec<Metric>, time: i64) {
        let scope = Some(Library { name: "sightline.host".to_owned() });
        let resource = Some(resource.clone());
        let of_host = ResourceMetrics { resource, scope_metrics: vec![ScopeMetrics { scope, metrics }] };
        let request = Request { resource_metrics: vec![of_host] };
        let sent = send(&self.door, self.config.owner(), format!("host {time}"), &request).await;
        if let Err(refusal) = sent {
            tracing::debug!(message = refusal.message, "metrics of the machine were refused");
        }
    }
}
