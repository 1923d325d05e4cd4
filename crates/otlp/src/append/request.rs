//! One request into rows: the walk, then what needs a second span of the same request.

use sightline_model::TenantBinding;

use super::resource::Resource;
use super::span::Attributes;
use super::{AppendContext, Appended};
use crate::columns::DictColumn;
use crate::limits::cut;
use crate::rules::DepType;
use crate::wire::Fields;
use crate::{BadMessage, SpanBatch};

/// The request at hand.
pub(super) struct Request<'b, 'a> {
    pub(super) batch: &'b mut SpanBatch,
    pub(super) cx: &'b AppendContext<'b>,
    pub(super) appended: Appended,
    pub(super) attributes: Attributes<'a>,
    /// First row of the request.
    first: usize,
    resources: Vec<Resource<'a>>,
}

/// Adds the spans of a request; on an error rows may be half written.
pub(super) fn append(
    batch: &mut SpanBatch,
    body: &[u8],
    cx: &AppendContext<'_>,
) -> Result<Appended, BadMessage> {
    batch.work.start_request();
    let first = batch.len();
    let appended = Appended::default();
    let mut request = Request { batch, cx, appended, attributes: Vec::new(), first, resources: Vec::new() };
    let mut fields = Fields::new(body);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            request.resource_spans(field.bytes()?)?;
        }
    }
    request.finish();
    Ok(request.appended)
}

impl<'a> Request<'_, 'a> {
    fn resource_spans(&mut self, message: &'a [u8]) -> Result<(), BadMessage> {
        let resource = Resource::read(message, &mut self.batch.homes(), self.cx)?;
        let number = u32::try_from(self.resources.len()).unwrap_or(u32::MAX);
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if field.number == 2 {
                self.scope_spans(field.bytes()?, &resource, number)?;
            }
        }
        self.resources.push(resource);
        Ok(())
    }

    fn scope_spans(
        &mut self,
        message: &'a [u8],
        resource: &Resource<'a>,
        number: u32,
    ) -> Result<(), BadMessage> {
        let first = self.batch.scope.index.len();
        let mut scope = 0;
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => {
                    let Some(name) = name_of_scope(field.bytes()?)? else { continue };
                    scope = self.batch.scope.dict.intern(cut(name, self.cx.limits.value_bytes_max));
                }
                2 => {
                    self.span(field.bytes()?, resource, scope)?;
                    self.batch.work.resource_of.push(number);
                }
                _ => {}
            }
        }
        // The scope stands in front of its spans as a rule, but it need not.
        if self.batch.scope.index.get(first).is_some_and(|named| *named != scope) {
            self.batch.scope.index[first..].fill(scope);
        }
        Ok(())
    }

    /// Fills what depends on other spans of the request.
    fn finish(&mut self) {
        let rows = self.batch.len() - self.first;
        self.appended.records = u32::try_from(rows).unwrap_or(u32::MAX);
        // Under a bound key every span has its tenant already.
        let inherits =
            *self.cx.binding == TenantBinding::Trusted && !self.batch.work.without_tenant.is_empty();
        if inherits || !self.batch.work.db_children.is_empty() {
            let mut ancestors = std::mem::take(&mut self.batch.work.ancestors);
            ancestors.index(self.batch, self.first);
            self.batch.work.ancestors = ancestors;
        }
        if inherits {
            self.inherit_tenants();
        }
        self.fold_nested_db();
        self.fill_resource_ids();
    }

    /// Gives spans without a tenant that of their nearest ancestor (vocabulary.md 6.2, row 5).
    fn inherit_tenants(&mut self) {
        let SpanBatch { tenant, work, .. } = &mut *self.batch;
        let mut path = Vec::new();
        // Whoever has been looked at is settled, so every span is passed once, cycles included.
        let mut is_settled = vec![false; work.resource_of.len()];
        for &start in &work.without_tenant {
            let mut row = start - self.first;
            let found = loop {
                let number = tenant.index[self.first + row];
                if number != 0 || is_settled[row] {
                    break number;
                }
                is_settled[row] = true;
                path.push(row);
                match work.ancestors.parent(row) {
                    Some(parent) => row = parent,
                    None => break 0,
                }
            };
            self.appended.tenant_inherited += settle(tenant, self.first, &path, found);
            path.clear();
        }
    }

    /// Takes the driver's span below an ORM's out of the dependencies: same service, same database (vocabulary.md 3).
    fn fold_nested_db(&mut self) {
        let batch = &mut *self.batch;
        let is_nested = |row: &usize| {
            let parent = batch.work.ancestors.parent(*row - self.first).map(|parent| parent + self.first);
            parent.is_some_and(|parent| {
                let is_db =
                    [DepType::Db, DepType::Cache].map(DepType::code).contains(&batch.dep_type[parent]);
                is_db
                    && parent != *row
                    && batch.service.index[parent] == batch.service.index[*row]
                    && batch.db_system.index[parent] == batch.db_system.index[*row]
            })
        };
        let nested: Vec<usize> = batch.work.db_children.iter().copied().filter(is_nested).collect();
        for row in nested {
            batch.dep_type[row] = DepType::None.code();
            batch.peer.index[row] = 0;
        }
    }

    fn fill_resource_ids(&mut self) {
        let org = self.cx.org.0;
        for at in 0..self.batch.work.resource_of.len() {
            let tenant = self.batch.tenant.index[self.first + at];
            let number = self.batch.work.resource_of[at] as usize;
            let id = self.resources[number].id(&mut self.batch.homes(), org, tenant);
            self.batch.resource_id[self.first + at] = id;
        }
    }
}

/// Gives all rows of a path the tenant found at its end; returns how many got one.
fn settle(tenant: &mut DictColumn, first: usize, path: &[usize], found: u32) -> u32 {
    if found == 0 {
        return 0;
    }
    for row in path {
        tenant.index[first + row] = found;
    }
    u32::try_from(path.len()).unwrap_or(u32::MAX)
}

pub(super) fn scope_name(message: &[u8]) -> Result<&[u8], BadMessage> {
    let mut name: &[u8] = &[];
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            name = name_of_scope(field.bytes()?)?.unwrap_or(name);
        }
    }
    Ok(name)
}

fn name_of_scope(message: &[u8]) -> Result<Option<&[u8]>, BadMessage> {
    let mut name = None;
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            name = Some(field.bytes()?);
        }
    }
    Ok(name)
}
