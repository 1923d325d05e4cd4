//! One log record into one row.

use super::attributes;
use super::keys::Keys;
use super::logs::LogRequest;
use super::span::Attributes;
use super::tenant::tenant;
use crate::limits::cut;
use crate::logs::{Head, Line, LineLimits, Misfits, Repairs, Role, Told, exception, template_id};
use crate::rules::{Attribute, Facts, Slots};
use crate::value::{Any, Order, bytes_kept, key_value, write_text};
use crate::wire::{Fault, Fields};
use crate::{BadMessage, Limits, LogBatch};

/// Recursion never goes deeper than this; the door lets nothing in that is half as deep.
const DEPTH_MAX: u32 = 100;

/// The attributes of the record at hand while they are collected.
struct Collector<'l, 'x> {
    keys: &'l mut Keys,
    limits: &'l Limits,
    list: Attributes<'x>,
    slots: Slots,
    /// Number of the last key.
    before: u32,
    /// How many did not fit.
    dropped: u32,
    /// Where dotted keys are put together.
    key: Vec<u8>,
    depth: u32,
}

impl<'a> LogRequest<'_, 'a> {
    /// Adds a record.
    pub(super) fn log(&mut self, message: &'a [u8], resource: usize, scope: u32) -> Result<(), BadMessage> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let result = self.log_with(message, &mut scratch, resource, scope);
        self.scratch = scratch;
        result
    }

    fn log_with(
        &mut self,
        message: &'a [u8],
        scratch: &mut Vec<u8>,
        resource: usize,
        scope: u32,
    ) -> Result<(), BadMessage> {
        let limits = self.cx.limits;
        let head = Head::read(message)?;
        let mut line = Line::read(head.body, scratch, LineLimits::of(limits))?;
        let told = Told::new(&head, line.as_mut(), self.cx.received_at);
        self.count(line.is_some(), told.repairs);
        let own = told.service.map(|service| self.resource_of(resource, service)).transpose()?.flatten();
        let list = recycled(std::mem::take(&mut self.attributes));
        let mut collector = Collector::new(&mut self.batch.work.keys, limits, list);
        collector.sent(message)?;
        collector.misfits(&told.misfits);
        let scope = match (&mut line, told.logger) {
            (Some(line), Some(logger)) if scope == 0 => {
                line.consume(Role::Scope);
                self.batch.scope.dict.intern(cut(logger, limits.value_bytes_max))
            }
            _ => scope,
        };
        if let Some(line) = &mut line {
            collector.line(line)?;
        }
        if let (Some(service), None) = (told.service, own) {
            collector.put_new(b"service", Any::Text(service));
        }
        let Collector { list, slots, dropped, .. } = collector;
        let resource = own.unwrap_or(resource);
        self.push(&head, &told, resource, scope)?;
        self.batch.dropped.push(head.dropped.saturating_add(dropped));
        self.push_attributes(&list, &slots, resource)?;
        self.attributes = recycled(list);
        Ok(())
    }

    fn count(&mut self, is_line: bool, repairs: Repairs) {
        let appended = &mut self.appended;
        appended.lines_parsed += u32::from(is_line);
        appended.trace_id_invalid += u32::from(repairs.trace_id_invalid);
        appended.trace_id_padded += u32::from(repairs.trace_id_padded);
        appended.timestamp_invalid += u32::from(repairs.timestamp_invalid);
        appended.severity_invalid += u32::from(repairs.severity_invalid);
    }

    fn push(
        &mut self,
        head: &Head<'_>,
        told: &Told<'_>,
        resource: usize,
        scope: u32,
    ) -> Result<(), BadMessage> {
        let limits = self.cx.limits;
        let (batch, resource) = (&mut *self.batch, &self.resources[resource]);
        let max = limits.value_bytes_max;
        batch.org.push(self.cx.org.0);
        batch.ts.push(told.ts);
        batch.observed_delay_us.push(told.observed_delay_us);
        batch.service.push_number(resource.service);
        batch.environment.push_number(resource.environment);
        batch.service_namespace.push_number(resource.namespace);
        batch.service_version.push_number(resource.version);
        batch.scope.push_number(scope);
        batch.severity_number.push(told.severity_number);
        batch.severity_text.push(cut(&told.severity_text, max));
        batch.event_name.push(cut(head.event_name, max));
        batch.trace_id.push(told.trace_id);
        batch.span_id.push(told.span_id);
        batch.flags.push(told.flags);
        push_body(batch, told.body, limits.body_bytes_max)
    }

    /// Fills the maps, and what depends on attributes: tenant, resource and the name of an event.
    fn push_attributes(
        &mut self,
        list: &Attributes<'_>,
        slots: &Slots,
        resource: usize,
    ) -> Result<(), BadMessage> {
        let facts = Facts { slots, attributes: list };
        let keys = &self.batch.work.keys;
        let tenant = tenant(&facts, keys, &self.resources[resource], self.cx, &mut self.appended);
        if self.batch.event_name.index.last() == Some(&0)
            && let Some(name) = event_name(list, keys)
        {
            self.batch.event_name.index.pop();
            self.batch.event_name.push(cut(name, self.cx.limits.value_bytes_max));
        }
        let number = self.batch.tenant.push(&tenant.text);
        attributes::write(&mut self.batch.maps(), list, 0, b"", tenant.exceptions, self.cx)?;
        let id = self.resources[resource].id(&mut self.batch.homes(), self.cx.org.0, number);
        self.batch.resource_id.push(id);
        Ok(())
    }
}

/// Keeps the memory of a list for records of another lifetime.
fn recycled<'b>(mut list: Attributes<'_>) -> Attributes<'b> {
    list.clear();
    list.into_iter().map(|attribute| Attribute { key: attribute.key, value: Any::None }).collect()
}

/// Names of events from before there was a field for it (vocabulary.md 2.2).
fn event_name<'x>(list: &Attributes<'x>, keys: &Keys) -> Option<&'x [u8]> {
    let is_name =
        |attribute: &&Attribute<'x>| matches!(keys.text(attribute.key), b"otel.event.name" | b"event.name");
    match list.iter().find(is_name)?.value {
        Any::Text(name) => Some(name),
        _ => None,
    }
}

fn push_body(batch: &mut LogBatch, body: Any<'_>, bytes_max: u32) -> Result<(), BadMessage> {
    let text = &mut batch.body.bytes;
    let start = text.len();
    match body {
        Any::Text(body) => text.extend_from_slice(cut(body, bytes_max)),
        Any::Bytes(bytes) => {
            let kept = bytes.len().min(bytes_kept(bytes_max as usize));
            write_text(text, Any::Bytes(&bytes[..kept]), Order::AsSent)?;
        }
        body => {
            write_text(text, body, Order::AsSent)?;
            let kept = cut(&text[start..], bytes_max).len();
            text.truncate(start + kept);
        }
    }
    batch.template_id.push(template_id(&text[start..], &mut batch.work.text));
    batch.body.close();
    Ok(())
}

impl<'l, 'x> Collector<'l, 'x> {
    fn new(keys: &'l mut Keys, limits: &'l Limits, list: Attributes<'x>) -> Self {
        Self { keys, limits, list, slots: Slots::new(), before: 0, dropped: 0, key: Vec::new(), depth: 0 }
    }

    /// Collects the attributes that were sent as such.
    fn sent(&mut self, message: &'x [u8]) -> Result<(), Fault> {
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if field.number == 6 {
                let (key, value) = key_value(field.bytes()?)?;
                self.put(key, value);
            }
        }
        Ok(())
    }

    #[inline]
    fn put(&mut self, key: &[u8], value: Any<'x>) {
        if self.list.len() >= self.limits.attributes_max as usize {
            self.dropped += 1;
            return;
        }
        let number = self.keys.number(cut(key, self.limits.key_bytes_max), self.before);
        self.before = number;
        self.push(number, value);
    }

    #[inline]
    fn push(&mut self, key: u32, value: Any<'x>) {
        if let Some(place) = self.keys.place(key) {
            self.slots.note(place, u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        }
        self.list.push(Attribute { key, value });
    }

    /// Collects an attribute that does not replace one of the same key.
    fn put_new(&mut self, key: &[u8], value: Any<'x>) {
        let number = self.keys.number(cut(key, self.limits.key_bytes_max), self.before);
        if value == Any::None || self.list.iter().any(|attribute| attribute.key == number) {
            return;
        }
        if self.list.len() >= self.limits.attributes_max as usize {
            self.dropped += 1;
            return;
        }
        self.push(number, value);
    }

    fn misfits(&mut self, misfits: &'x Misfits) {
        let Misfits { trace_id, span_id, timestamp } = misfits;
        for (key, text) in [("trace_id", trace_id), ("span_id", span_id), ("timestamp", timestamp)] {
            if let Some(text) = text {
                self.put_new(key.as_bytes(), Any::Text(text.as_bytes()));
            }
        }
    }

    /// Collects what a line holds besides what it tells.
    fn line(&mut self, line: &mut Line<'x>) -> Result<(), Fault> {
        if let Some(Any::KvList(members)) = line.value(Role::Attributes) {
            line.consume(Role::Attributes);
            self.key.clear();
            self.members(members)?;
        }
        if let Some(Any::Text(stack)) = line.value(Role::Exception) {
            line.consume(Role::Exception);
            self.put_new(b"exception.stacktrace", Any::Text(stack));
            if let Some((kind, message)) = exception(stack) {
                self.put_new(b"exception.type", Any::Text(kind));
                self.put_new(b"exception.message", Any::Text(message));
            }
        }
        for (key, value) in line.attributes() {
            self.key.clear();
            self.member(key, value)?;
        }
        Ok(())
    }

    fn members(&mut self, message: &'x [u8]) -> Result<(), Fault> {
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if field.number == 1 {
                let (key, value) = key_value(field.bytes()?)?;
                self.member(key, value)?;
            }
        }
        Ok(())
    }

    /// Objects are taken apart, with dots in the keys.
    fn member(&mut self, key: &[u8], value: Any<'x>) -> Result<(), Fault> {
        let outer = self.key.len();
        if outer > 0 {
            self.key.push(b'.');
        }
        self.key.extend_from_slice(key);
        if let Any::KvList(members) = value {
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                return Err(Fault::GroupDepth);
            }
            self.members(members)?;
            self.depth -= 1;
        } else {
            let key = std::mem::take(&mut self.key);
            self.put_new(&key, value);
            self.key = key;
        }
        self.key.truncate(outer);
        Ok(())
    }
}
