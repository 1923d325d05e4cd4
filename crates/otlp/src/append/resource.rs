//! What all records of a resource share.

use std::borrow::Cow;

use sightline_model::TenantBinding;

use super::AppendContext;
use super::homes::Homes;
use crate::identity::CanonicalAttributes;
use crate::limits::cut;
use crate::rules::{Attribute, Facts, Slots, short_text};
use crate::semconv::{self, Fact, place_of};
use crate::value::{Any, Order, key_value, write_text};
use crate::wire::Fields;
use crate::{BadMessage, ResourceRow};

/// Where a claim goes that differs from the tenant of the key (decisions.md 1).
pub(super) const RECEIVED_TENANT: &[u8] = b"sightline.received.tenant.id";

/// Names the service of a resource.
const SERVICE_NAME: &[u8] = b"service.name";

/// The shared part, with column numbers ready.
#[derive(Debug)]
pub(super) struct Resource<'a> {
    pub(super) service: u32,
    pub(super) environment: u32,
    pub(super) namespace: u32,
    pub(super) version: u32,
    /// The text of its tenant attribute; none if there is none.
    pub(super) tenant: Option<Cow<'a, [u8]>>,
    /// Whether that text differs from the tenant that the key is bound to.
    pub(super) is_overwritten: bool,
    identity: CanonicalAttributes,
    attrs: Texts,
    schema_url: &'a [u8],
    service_name: String,
    /// Identities already computed: number of the tenant, id. A request has few tenants.
    ids: Vec<(u32, u64)>,
    /// Sorted by key, one per key.
    members: Members<'a>,
}

/// Key and text of each attribute.
pub(super) type Texts = Vec<(Box<str>, Box<str>)>;

pub(super) type Members<'a> = Vec<(&'a [u8], Any<'a>)>;

/// Reads the attributes of all `Resource` messages of a `ResourceSpans` or its like, and its schema URL.
fn read<'a>(message: &'a [u8]) -> Result<(Members<'a>, &'a [u8]), BadMessage> {
    let (mut members, mut schema_url): (_, &[u8]) = (Vec::new(), &[]);
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => read_attributes(field.bytes()?, &mut members)?,
            3 => schema_url = field.bytes()?,
            _ => {}
        }
    }
    Ok((members, schema_url))
}

fn read_attributes<'a>(message: &'a [u8], members: &mut Members<'a>) -> Result<(), BadMessage> {
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            members.push(key_value(field.bytes()?)?);
        }
    }
    Ok(())
}

pub(super) fn lossy(text: &[u8]) -> Box<str> {
    String::from_utf8_lossy(text).into()
}

/// Renders the attributes: sorted by key, of equal keys the last, cut to the limits. The members are that already,
/// except for the limits.
pub(super) fn texts(
    members: &Members<'_>,
    moved_key: Option<&[u8]>,
    cx: &AppendContext<'_>,
) -> Result<Texts, BadMessage> {
    let limits = cx.limits;
    let mut out = Vec::with_capacity(members.len());
    for (key, value) in members.iter().take(limits.attributes_max as usize) {
        let key = if moved_key == Some(*key) { RECEIVED_TENANT } else { cut(key, limits.key_bytes_max) };
        let mut text = Vec::new();
        write_text(&mut text, *value, Order::Canonical)?;
        out.push((lossy(key), lossy(cut(&text, limits.value_bytes_max))));
    }
    out.sort();
    out.dedup_by(|later, earlier| later.0 == earlier.0);
    Ok(out)
}

impl<'a> Resource<'a> {
    /// Reads what a `ResourceSpans` or its like says about its resource.
    pub(super) fn read(
        message: &'a [u8],
        homes: &mut Homes<'_>,
        cx: &AppendContext<'_>,
    ) -> Result<Self, BadMessage> {
        let (members, schema_url) = read(message)?;
        Self::new(members, schema_url, homes, cx)
    }

    fn new(
        mut members: Members<'a>,
        schema_url: &'a [u8],
        homes: &mut Homes<'_>,
        cx: &AppendContext<'_>,
    ) -> Result<Self, BadMessage> {
        let identity = CanonicalAttributes::new(&members)?;
        members.retain(|(_, value)| *value != Any::None);
        crate::value::sort_last_wins(&mut members);
        let (slots, attributes) = facts_of(&members);
        let facts = Facts { slots: &slots, attributes: &attributes };

        let tenant = facts.value(Fact::Tenant).map(|(value, _)| short_text(value));
        let is_overwritten = match (&tenant, cx.binding) {
            (Some(text), TenantBinding::Bound(own)) => **text != *own.as_str().as_bytes(),
            _ => false,
        };
        let tenant_key = slots.find(Fact::Tenant).and_then(|(at, _)| members.get(at as usize)).map(|m| m.0);
        let attrs = texts(&members, tenant_key.filter(|_| is_overwritten), cx)?;
        let service = facts.text(Fact::ServiceName);
        let service = semconv::normalise_service(&String::from_utf8_lossy(&service)).into_owned();
        let kept = |fact| facts.text(fact);
        let max = cx.limits.value_bytes_max;
        Ok(Self {
            service: homes.service.dict.intern(cut(service.as_bytes(), max)),
            environment: homes.environment.dict.intern(cut(&kept(Fact::Environment), max)),
            namespace: homes.namespace.dict.intern(cut(&kept(Fact::ServiceNamespace), max)),
            version: homes.version.dict.intern(cut(&kept(Fact::ServiceVersion), max)),
            tenant,
            is_overwritten,
            identity,
            attrs,
            schema_url: cut(schema_url, max),
            service_name: service,
            ids: Vec::new(),
            members,
        })
    }

    /// Returns its attributes as identities are made of them.
    pub(super) const fn identity(&self) -> &CanonicalAttributes {
        &self.identity
    }

    /// Tells whether this is the resource of that service.
    pub(super) fn says_service(&self, service: &[u8]) -> bool {
        let own = self.members.iter().find(|(key, _)| *key == SERVICE_NAME);
        own.is_some_and(|(_, value)| *value == Any::Text(service))
    }

    /// Returns the service as columns show it.
    pub(super) fn service_name(&self) -> &str {
        &self.service_name
    }

    /// Makes the resource that differs in its service only.
    pub(super) fn with_service(
        &self,
        service: &[u8],
        homes: &mut Homes<'_>,
        cx: &AppendContext<'_>,
    ) -> Result<Self, BadMessage> {
        let others = self.members.iter().filter(|(key, _)| *key != SERVICE_NAME).copied();
        let mut members: Members<'_> = others.collect();
        members.push((SERVICE_NAME, Any::Text(service)));
        let own = Resource::new(members, self.schema_url, homes, cx)?;
        let Resource { service, environment, namespace, version, identity, attrs, service_name, .. } = own;
        let (tenant, is_overwritten) = (self.tenant.clone(), self.is_overwritten);
        let (schema_url, members, ids) = (self.schema_url, self.members.clone(), Vec::new());
        Ok(Self {
            service,
            environment,
            namespace,
            version,
            tenant,
            is_overwritten,
            identity,
            attrs,
            schema_url,
            service_name,
            ids,
            members,
        })
    }

    /// Returns the id of the resource for a tenant, adding its row to the batch the first time.
    pub(super) fn id(&mut self, homes: &mut Homes<'_>, org: u32, tenant: u32) -> u64 {
        if let Some((_, id)) = self.ids.iter().find(|(known, _)| *known == tenant) {
            return *id;
        }
        let name = homes.tenant.dict.get(tenant);
        let id = self.identity.resource_id(org, name);
        if let std::collections::hash_map::Entry::Vacant(free) = homes.known.entry((org, id)) {
            free.insert(homes.resources.len());
            homes.resources.push(ResourceRow {
                org,
                resource_id: id,
                tenant: lossy(name),
                service: self.service_name.as_str().into(),
                attrs: self.attrs.clone(),
                schema_url: lossy(self.schema_url),
            });
        }
        self.ids.push((tenant, id));
        id
    }
}

fn facts_of<'a>(members: &Members<'a>) -> (Slots, Vec<Attribute<'a>>) {
    let mut slots = Slots::new();
    for (at, (key, _)) in (0_u32..).zip(members) {
        if let Some(place) = place_of(key, true) {
            slots.note(place, at);
        }
    }
    let attributes = members.iter().map(|(_, value)| Attribute { key: 0, value: *value }).collect();
    (slots, attributes)
}
