//! The thread that empties the queues, with a runtime of its own.

use std::sync::Arc;
use std::thread::JoinHandle;

use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use tokio::sync::watch;

use super::pool::Pool;
use super::record::Record;
use super::sender::Sender;
use super::{LogItem, MetricsPart, Queue};
use crate::config::Signal;
use crate::{Config, Error, Exporter};

/// The queues of the three signals.
#[derive(Debug, Clone)]
pub(crate) struct Queues {
    pub(crate) spans: Arc<Queue<SpanData>>,
    pub(crate) logs: Arc<Queue<LogItem>>,
    pub(crate) points: Arc<Queue<MetricsPart>>,
}

impl Queues {
    pub(crate) fn new(config: &Config) -> Self {
        fn queue<T: Record>(signal: &Signal) -> Arc<Queue<T>> {
            Arc::new(Queue::new(signal.queue_max, signal.batch_max))
        }
        Self { spans: queue(&config.traces), logs: queue(&config.logs), points: queue(&config.metrics) }
    }
}

/// The running exporter thread.
#[derive(Debug)]
pub(crate) struct Worker {
    thread: Option<JoinHandle<()>>,
    give_up: watch::Sender<bool>,
    pools: Vec<Arc<Pool>>,
}

impl Worker {
    /// Starts the thread; returns once the destinations are known to be well-formed.
    pub(crate) fn start(config: &Config, resource: &Resource, queues: Queues) -> Result<Self, Error> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Thread)?;
        let mut makes = Makes::new(config, resource);
        let inside = runtime.enter();
        let spans = makes.sender(&config.traces, "traces", &queues.spans)?;
        let logs = makes.sender(&config.logs, "logs", &queues.logs)?;
        let points = makes.sender(&config.metrics, "metrics", &queues.points)?;
        drop(inside);
        let (give_up, mut stop) = watch::channel(false);
        let all = async move {
            tokio::select! {
                _ = async { tokio::join!(spans.run(), logs.run(), points.run()) } => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
            queues.spans.abandon();
            queues.logs.abandon();
            queues.points.abandon();
        };
        let thread = std::thread::Builder::new()
            .name("sightline-sdk".to_owned())
            .spawn(move || {
                // What the exporter's own libraries say or do must not become telemetry that is exported again.
                let _quiet = opentelemetry::Context::enter_telemetry_suppressed_scope();
                runtime.block_on(all);
            })
            .map_err(Error::Thread)?;
        Ok(Self { thread: Some(thread), give_up, pools: makes.pools.into_iter().map(|(_, p)| p).collect() })
    }

    /// The receivers, each pool once.
    pub(crate) fn pools(&self) -> &[Arc<Pool>] {
        &self.pools
    }

    /// Ends the thread: whatever is being retried now is given up.
    pub(crate) fn stop(&mut self) {
        self.give_up.send_replace(true);
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            tracing::debug!("the exporter thread ended by a panic");
        }
    }
}

/// Makes senders; signals with the same receivers share connections and rotation.
struct Makes<'a> {
    config: &'a Config,
    resource: Arc<ResourceAttributesWithSchema>,
    instance: uuid::Uuid,
    pools: Vec<(Signal, Arc<Pool>)>,
}

impl<'a> Makes<'a> {
    fn new(config: &'a Config, resource: &Resource) -> Self {
        let resource = Arc::new(ResourceAttributesWithSchema::from(resource));
        Self { config, resource, instance: uuid::Uuid::new_v4(), pools: Vec::new() }
    }

    fn sender<T: Record>(
        &mut self,
        signal: &Signal,
        name: &str,
        queue: &Arc<Queue<T>>,
    ) -> Result<Sender<T>, Error> {
        let pool = (signal.exporter == Exporter::Otlp).then(|| self.pool(signal)).transpose()?;
        Ok(Sender {
            queue: Arc::clone(queue),
            pool,
            resource: Arc::clone(&self.resource),
            batch_delay: signal.batch_delay,
            name: format!("{}-{name}", self.instance.simple()),
        })
    }

    fn pool(&mut self, signal: &Signal) -> Result<Arc<Pool>, Error> {
        let is_same = |(other, _): &&(Signal, Arc<Pool>)| {
            (&other.endpoint, &other.headers) == (&signal.endpoint, &signal.headers)
        };
        if let Some((_, pool)) = self.pools.iter().find(is_same) {
            return Ok(Arc::clone(pool));
        }
        let headers = signal.headers.as_ref().unwrap_or(&self.config.headers);
        let pool = Arc::new(Pool::new(&self.config.collectors_of(signal), headers, self.config)?);
        self.pools.push((signal.clone(), Arc::clone(&pool)));
        Ok(pool)
    }
}
