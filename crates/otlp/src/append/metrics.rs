//! One request of metric points into rows.

use sightline_model::TenantBinding;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::resource::Resource;
use super::span::Attributes;
use super::{AppendContext, Appended};
use crate::columns::process_seed;
use crate::limits::cut;
use crate::metrics::{Data, Lists, Metric};
use crate::wire::{Fields, Writer, put_bytes, put_varint};
use crate::{BadMessage, MetricBatch};

/// The request at hand.
pub(super) struct MetricRequest<'b, 'a> {
    pub(super) batch: &'b mut MetricBatch,
    pub(super) cx: &'b AppendContext<'b>,
    pub(super) appended: Appended,
    /// Memory for the lists of a point.
    pub(super) lists: Lists,
    /// The attributes of the point at hand as sent, each a `KeyValue`.
    pub(super) sent: Vec<&'a [u8]>,
    /// Its exemplars.
    pub(super) exemplars: Vec<&'a [u8]>,
    /// Memory for attributes that are read.
    pub(super) attributes: Attributes<'a>,
    /// Memory for the bytes that name a series.
    pub(super) said: Writer,
}

/// What the points of a metric have in common.
#[derive(Clone, Copy)]
pub(super) struct Common<'a> {
    pub(super) data: Data<'a>,
    /// Texts cut to the limits.
    pub(super) metric: Metric<'a>,
    pub(super) scope: Scope<'a>,
    /// A hash of everything that is known of a series besides the attributes of its points.
    pub(super) key: u128,
}

/// The instrumentation scope, cut to the limits.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scope<'a> {
    pub(super) name: &'a [u8],
    pub(super) version: &'a [u8],
}

impl MetricBatch {
    /// Adds the data points of an accepted request. Their number is [`Appended::records`]; rows there are more by
    /// `starts_added` and fewer by `points_without_value`.
    ///
    /// # Errors
    /// [`BadMessage`] when the bytes are not what [`crate::accept_metrics`] returned; the batch is then as before.
    pub fn append(&mut self, body: &[u8], cx: &AppendContext<'_>) -> Result<Appended, BadMessage> {
        let sizes = self.sizes();
        self.work.settle(cx.limits, cx.tenancy);
        let result = append(self, body, cx);
        if result.is_err() {
            self.truncate(sizes);
        }
        result
    }
}

/// Adds the points of a request; on an error rows may be half written.
fn append(batch: &mut MetricBatch, body: &[u8], cx: &AppendContext<'_>) -> Result<Appended, BadMessage> {
    let mut request = MetricRequest {
        batch,
        cx,
        appended: Appended::default(),
        lists: Lists::default(),
        sent: Vec::new(),
        exemplars: Vec::new(),
        attributes: Vec::new(),
        said: Writer::new(),
    };
    let mut fields = Fields::new(body);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            request.resource_metrics(field.bytes()?)?;
        }
    }
    Ok(request.appended)
}

impl<'a> MetricRequest<'_, 'a> {
    fn resource_metrics(&mut self, message: &'a [u8]) -> Result<(), BadMessage> {
        let mut resource = Resource::read(message, &mut self.batch.homes(), self.cx)?;
        let key = self.resource_key(message)?;
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if field.number == 2 {
                self.scope_metrics(field.bytes()?, &mut resource, key)?;
            }
        }
        Ok(())
    }

    /// Hashes the bytes of a resource with what else decides on its series.
    fn resource_key(&mut self, message: &'a [u8]) -> Result<u128, BadMessage> {
        self.said.clear();
        put_varint(&mut self.said, u64::from(self.cx.org.0));
        if let TenantBinding::Bound(tenant) = self.cx.binding {
            put_bytes(&mut self.said, 1, tenant.as_str().as_bytes());
        }
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if field.number == 1 {
                put_bytes(&mut self.said, 2, field.bytes()?);
            }
        }
        Ok(hash(&self.said))
    }

    fn scope_metrics(
        &mut self,
        message: &'a [u8],
        resource: &mut Resource<'a>,
        key: u128,
    ) -> Result<(), BadMessage> {
        let scope = Scope::read(message, self.cx.limits.value_bytes_max)?;
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if field.number == 2 {
                self.metric(field.bytes()?, resource, scope, key)?;
            }
        }
        Ok(())
    }

    fn metric(
        &mut self,
        message: &'a [u8],
        resource: &mut Resource<'a>,
        scope: Scope<'a>,
        key: u128,
    ) -> Result<(), BadMessage> {
        let max = self.cx.limits.value_bytes_max;
        let mut metric = Metric::read(message)?;
        for text in [&mut metric.name, &mut metric.description, &mut metric.unit] {
            *text = cut(text, max);
        }
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            let Some(data) = Data::of_field(&field)? else { continue };
            let mut common = Common { data, metric, scope, key };
            common.key = common.keyed(&mut self.said);
            let mut points = Fields::new(data.message);
            while let Some(point) = points.next()? {
                if point.number == 1 {
                    self.point(point.bytes()?, &common, resource)?;
                }
            }
        }
        Ok(())
    }
}

impl Common<'_> {
    /// Hashes what is in common on top of the resource.
    fn keyed(&self, said: &mut Writer) -> u128 {
        let Self { data, metric, scope, key } = self;
        said.clear();
        said.extend_from_slice(&key.to_le_bytes());
        said.extend_from_slice(&[data.kind.code(), data.temporality, u8::from(data.is_monotonic)]);
        for text in [scope.name, scope.version, metric.name, metric.unit, metric.description] {
            put_bytes(said, 1, text);
        }
        hash(said)
    }
}

impl<'a> Scope<'a> {
    fn read(message: &'a [u8], bytes_max: u32) -> Result<Self, BadMessage> {
        let mut scope = Self::default();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if field.number != 1 {
                continue;
            }
            let mut inner = Fields::new(field.bytes()?);
            while let Some(field) = inner.next()? {
                match field.number {
                    1 => scope.name = cut(field.bytes()?, bytes_max),
                    2 => scope.version = cut(field.bytes()?, bytes_max),
                    _ => {}
                }
            }
        }
        Ok(scope)
    }
}

/// Hashes with a seed nobody outside knows, so that nobody can say one series with the bytes of another.
pub(super) fn hash(bytes: &[u8]) -> u128 {
    xxh3_128_with_seed(bytes, process_seed())
}
