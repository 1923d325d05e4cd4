//! Which series a point belongs to: by its bytes if they were seen before, else by what they say.

use std::sync::Arc;

use sightline_model::TenantBinding;

use super::Appended;
use super::metric_work::TenantNotes;
use super::metrics::{Common, MetricRequest, hash};
use super::resource::{Members, Resource, Texts, lossy, texts};
use super::tenant::tenant;
use crate::identity::{CanonicalAttributes, SeriesHead};
use crate::limits::cut;
use crate::rules::{Attribute, Facts, Slots};
use crate::sanitise::{dialect, write_sanitised};
use crate::semconv::{Fact, place_of};
use crate::value::{Any, key_value, sort_last_wins};
use crate::wire::put_varint;
use crate::{BadMessage, SeriesRow};

impl<'a> MetricRequest<'_, 'a> {
    /// Returns the id of the series of the point at hand, adding its row to the batch the first time.
    pub(super) fn series(
        &mut self,
        common: &Common<'a>,
        resource: &mut Resource<'a>,
    ) -> Result<u128, BadMessage> {
        let key = self.key(common);
        let bound = match self.cx.binding {
            TenantBinding::Bound(tenant) => Some(tenant.as_str()),
            TenantBinding::Trusted => None,
        };
        let (row, notes) = match self.batch.known_series(key, self.cx.org.0, bound) {
            Some((entry, true)) => {
                let (id, notes) = (entry.row.series_id, entry.notes);
                self.note(notes);
                return Ok(id);
            }
            Some((entry, false)) => {
                let (row, notes) = (Arc::clone(&entry.row), entry.notes);
                let tenant = self.batch.tenant_number(row.tenant.as_bytes());
                resource.id(&mut self.batch.homes(), self.cx.org.0, tenant);
                (row, notes)
            }
            None => self.learn(common, resource)?,
        };
        self.note(notes);
        self.batch.place_series(key, &row, notes);
        Ok(row.series_id)
    }

    fn note(&mut self, notes: TenantNotes) {
        self.appended.tenant_invalid += notes.invalid;
        self.appended.tenant_overwritten += notes.overwritten;
    }

    /// Hashes the attributes as they were sent.
    fn key(&mut self, common: &Common<'_>) -> u128 {
        self.said.clear();
        self.said.extend_from_slice(&common.key.to_le_bytes());
        for attribute in &self.sent {
            put_varint(&mut self.said, attribute.len() as u64);
            self.said.extend_from_slice(attribute);
        }
        hash(&self.said)
    }

    /// Reads the attributes: tenant, labels and identity.
    fn learn(
        &mut self,
        common: &Common<'a>,
        resource: &mut Resource<'a>,
    ) -> Result<(Arc<SeriesRow>, TenantNotes), BadMessage> {
        let mut members: Members<'a> = Vec::with_capacity(self.sent.len());
        for message in &self.sent {
            members.push(key_value(message)?);
        }
        let identity = CanonicalAttributes::new(&members)?;
        let slots = self.collect(&members);
        let facts = Facts { slots: &slots, attributes: &self.attributes };
        let mut counted = Appended::default();
        let found = tenant(&facts, &self.batch.work.common.keys, resource, self.cx, &mut counted);
        let notes = TenantNotes { invalid: counted.tenant_invalid, overwritten: counted.tenant_overwritten };
        let moved = found.exceptions.moved.and_then(|at| members.get(at as usize)).map(|member| member.0);
        let tenant = found.text.into_owned();
        let labels = self.labels(members, moved)?;
        let number = self.batch.tenant_number(&tenant);
        let resource_id = resource.id(&mut self.batch.homes(), self.cx.org.0, number);
        let Common { data, metric, scope, .. } = common;
        let head = SeriesHead {
            org: self.cx.org.0,
            tenant: &tenant,
            kind: data.kind.code(),
            temporality: data.temporality,
            is_monotonic: data.is_monotonic,
            metric: metric.name,
            unit: metric.unit,
            scope_name: scope.name,
            scope_version: scope.version,
            resource: resource.identity(),
        };
        let row = SeriesRow {
            org: head.org,
            series_id: head.series_id(&identity),
            metric: lossy(metric.name),
            tenant: lossy(&tenant),
            service: resource.service_name().into(),
            kind: head.kind,
            temporality: head.temporality,
            monotonic: head.is_monotonic,
            unit: lossy(metric.unit),
            description: lossy(metric.description),
            labels,
            resource_id,
            scope: lossy(scope.name),
        };
        Ok((Arc::new(row), notes))
    }

    /// Collects the attributes for the rules.
    fn collect(&mut self, members: &Members<'a>) -> Slots {
        let mut slots = Slots::new();
        let mut before = 0;
        self.attributes.clear();
        let keys = &mut self.batch.work.common.keys;
        for (at, (key, value)) in (0_u32..).zip(members) {
            before = keys.number(cut(key, self.cx.limits.key_bytes_max), before);
            if let Some(place) = keys.place(before) {
                slots.note(place, at);
            }
            self.attributes.push(Attribute { key: before, value: *value });
        }
        slots
    }

    /// Renders the labels: sorted by key, one per key, cut to the limits. `moved` is a claim that the key overrules.
    fn labels(&self, mut members: Members<'a>, moved: Option<&[u8]>) -> Result<Texts, BadMessage> {
        members.retain(|(_, value)| *value != Any::None);
        sort_last_wins(&mut members);
        let mut labels = texts(&members, moved, self.cx)?;
        for (key, text) in &mut labels {
            if place_of(key.as_bytes(), false).is_some_and(|place| place.fact == Fact::DbQuery) {
                let mut kept = Vec::new();
                write_sanitised(&mut kept, text.as_bytes(), dialect(b""));
                *text = lossy(&kept);
            }
        }
        Ok(labels)
    }
}
