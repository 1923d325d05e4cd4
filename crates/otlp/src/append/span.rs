//! One span into one row.

use super::attributes;
use super::nested::{self, id, optional_id};
use super::request::Request;
use super::resource::Resource;
use super::tenant::tenant;
use crate::accept::status_code;
use crate::limits::cut;
use crate::rules::{self, Attribute, DepType, Facts, Known, ReqClass, Slots};
use crate::tracestate::adjusted_count;
use crate::value::key_value;
use crate::wire::{Fault, Field, Fields};
use crate::{BadMessage, SpanBatch};

/// The fields of a span that are not lists.
#[derive(Debug, Default)]
struct Head<'a> {
    trace_id: &'a [u8],
    span_id: &'a [u8],
    parent_span_id: &'a [u8],
    trace_state: &'a [u8],
    name: &'a [u8],
    flags: u32,
    kind: u8,
    start: u64,
    end: u64,
    status: u8,
    status_message: &'a [u8],
    dropped: u32,
    exception_type: &'a [u8],
    attributes: u32,
    events: u32,
    links: u32,
}

/// The list of attributes that is used again for every span.
pub(super) type Attributes<'a> = Vec<Attribute<'a>>;

impl<'a> Request<'_, 'a> {
    /// Adds a span.
    pub(super) fn span(
        &mut self,
        message: &'a [u8],
        resource: &Resource<'a>,
        scope: u32,
    ) -> Result<(), BadMessage> {
        self.attributes.clear();
        let mut slots = Slots::new();
        let head = self.read(message, &mut slots)?;
        let facts = Facts { slots: &slots, attributes: &self.attributes };
        let parent_span_id = optional_id(head.parent_span_id)?;
        let has_parent = parent_span_id != [0; 8];
        let max = self.cx.limits.value_bytes_max;
        let name = cut(head.name, max);
        let known = Known::new(&facts, name, head.kind, head.status, has_parent);

        let tenant = tenant(&facts, &self.batch.work.keys, resource, self.cx, &mut self.appended);
        let batch = &mut *self.batch;
        batch.trace_id.push(id(head.trace_id)?);
        batch.span_id.push(id(head.span_id)?);
        batch.parent_span_id.push(parent_span_id);
        batch.tenant.push(&tenant.text);
        if !tenant.is_claimed && has_parent {
            batch.work.without_tenant.push(batch.ts.len());
        }
        push_times(batch, &head, &mut self.appended.negative_durations);
        push_resource(batch, resource, self.cx.org.0, scope);
        push_facts(batch, &known, max);
        push_meaning(batch, &known, &facts);
        push_rest(batch, &head, max);
        let left_out = attributes::left_out(&slots, &self.attributes, &known);
        let mut maps = batch.maps();
        attributes::write(&mut maps, &self.attributes, left_out, &known.db_system, tenant.exceptions, self.cx)
    }

    fn read(&mut self, message: &'a [u8], slots: &mut Slots) -> Result<Head<'a>, BadMessage> {
        let mut head = Head::default();
        let mut before = 0;
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field.number {
                9 => {
                    head.attributes += 1;
                    if head.attributes <= self.cx.limits.attributes_max {
                        before = self.attribute(field.bytes()?, before, slots)?;
                    }
                }
                11 => self.event(&field, &mut head)?,
                13 => self.link(&field, &mut head)?,
                _ => head.field(&field)?,
            }
        }
        let limits = self.cx.limits;
        let ours = head.attributes.saturating_sub(limits.attributes_max)
            + head.events.saturating_sub(limits.events_max)
            + head.links.saturating_sub(limits.links_max);
        head.dropped = head.dropped.saturating_add(ours);
        self.batch.ev_ends.push(self.batch.ev_ts.len() as u64);
        self.batch.ln_ends.push(self.batch.ln_trace_id.len() as u64);
        Ok(head)
    }

    #[inline]
    fn attribute(&mut self, message: &'a [u8], before: u32, slots: &mut Slots) -> Result<u32, Fault> {
        let (key, value) = key_value(message)?;
        let keys = &mut self.batch.work.keys;
        let number = keys.number(cut(key, self.cx.limits.key_bytes_max), before);
        if let Some(place) = keys.place(number) {
            slots.note(place, u32::try_from(self.attributes.len()).unwrap_or(u32::MAX));
        }
        self.attributes.push(Attribute { key: number, value });
        Ok(number)
    }

    fn event(&mut self, field: &Field<'a>, head: &mut Head<'a>) -> Result<(), BadMessage> {
        head.events += 1;
        if head.events <= self.cx.limits.events_max
            && let Some(exception) = nested::event(self.batch, field.bytes()?, self.cx)?
        {
            head.exception_type = exception;
        }
        Ok(())
    }

    fn link(&mut self, field: &Field<'a>, head: &mut Head<'a>) -> Result<(), BadMessage> {
        head.links += 1;
        if head.links <= self.cx.limits.links_max {
            nested::link(self.batch, field.bytes()?, self.cx)?;
        }
        Ok(())
    }
}

impl<'a> Head<'a> {
    #[inline]
    fn field(&mut self, field: &Field<'a>) -> Result<(), Fault> {
        match field.number {
            1 => self.trace_id = field.bytes()?,
            2 => self.span_id = field.bytes()?,
            3 => self.trace_state = field.bytes()?,
            4 => self.parent_span_id = field.bytes()?,
            5 => self.name = field.bytes()?,
            6 => self.kind = u8::try_from(field.varint()?).ok().filter(|kind| *kind <= 5).unwrap_or(0),
            7 => self.start = field.fixed64()?,
            8 => self.end = field.fixed64()?,
            10 | 12 | 14 => self.dropped = self.dropped.saturating_add(field.uint32()?),
            15 => self.status(field.bytes()?)?,
            16 => self.flags = field.fixed32()?,
            _ => {}
        }
        Ok(())
    }

    fn status(&mut self, message: &'a [u8]) -> Result<(), Fault> {
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field.number {
                2 => self.status_message = field.bytes()?,
                3 => self.status = status_code(field.varint()?),
                _ => {}
            }
        }
        Ok(())
    }
}

fn push_times(batch: &mut SpanBatch, head: &Head<'_>, negative: &mut u32) {
    batch.ts.push(i64::try_from(head.start).unwrap_or(i64::MAX));
    batch.duration_ns.push(head.end.saturating_sub(head.start));
    *negative += u32::from(head.end < head.start);
}

fn push_resource(batch: &mut SpanBatch, resource: &Resource<'_>, org: u32, scope: u32) {
    batch.org.push(org);
    batch.service.push_number(resource.service);
    batch.environment.push_number(resource.environment);
    batch.service_namespace.push_number(resource.namespace);
    batch.service_version.push_number(resource.version);
    batch.scope.push_number(scope);
    // Depends on the tenant, which may come from an ancestor: filled at the end of the request.
    batch.resource_id.push(0);
}

fn push_facts(batch: &mut SpanBatch, known: &Known<'_>, max: u32) {
    batch.name.push(known.name);
    batch.http_method.push(known.http_method);
    batch.http_route.push(cut(&known.http_route, max));
    batch.http_status.push(known.http_status);
    batch.db_system.push(cut(&known.db_system, max));
    batch.msg_system.push(cut(&known.msg_system, max));
    batch.rpc_system.push(cut(&known.rpc_system, max));
    batch.peer_service.push(cut(&known.peer_service, max));
}

/// Fills class, dependency, endpoint, peer and error.
fn push_meaning(batch: &mut SpanBatch, known: &Known<'_>, facts: &Facts<'_, '_>) {
    let dep = rules::dep_type(known, facts);
    let mut class = rules::req_class(known, facts);
    let mut text = std::mem::take(&mut batch.work.text);
    if class == ReqClass::None && dep != DepType::None {
        rules::write_operation(&mut text, dep, known, facts);
    } else {
        rules::write_endpoint(&mut text, known, facts);
    }
    batch.endpoint.push(&text);
    if class == ReqClass::Serve && rules::is_probe(&text) {
        class = ReqClass::Probe;
    }
    rules::write_peer(&mut text, dep, known, facts);
    batch.peer.push(&text);
    batch.work.text = text;
    batch.is_error.push(rules::is_error(known, facts, class));
    batch.req_class.push(class.code());
    batch.dep_type.push(dep.code());
    if matches!(dep, DepType::Cache | DepType::Db) && known.has_parent {
        batch.work.db_children.push(batch.dep_type.len() - 1);
    }
}

fn push_rest(batch: &mut SpanBatch, head: &Head<'_>, max: u32) {
    batch.kind.push(head.kind);
    batch.status.push(head.status);
    batch.status_message.push(cut(head.status_message, max));
    batch.trace_state.push(cut(head.trace_state, max));
    batch.adjusted_count.push(if head.trace_state.is_empty() {
        1.0
    } else {
        adjusted_count(head.trace_state)
    });
    batch.flags.push(head.flags);
    batch.exception_type.push(cut(head.exception_type, max));
    batch.is_root.push(batch.parent_span_id.last() == Some(&[0; 8]));
    batch.dropped.push(head.dropped);
}
