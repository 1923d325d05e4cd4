//! One request of log records into rows.

use std::collections::HashMap;

use super::request::scope_name;
use super::resource::Resource;
use super::span::Attributes;
use super::{AppendContext, Appended};
use crate::limits::cut;
use crate::semconv::UNKNOWN_SERVICE;
use crate::wire::Fields;
use crate::{BadMessage, LogBatch};

/// Services that the lines of one request may name; a resource for each is kept while the request is read.
const SERVICES_MAX: usize = 256;

/// The request at hand.
pub(super) struct LogRequest<'b, 'a> {
    pub(super) batch: &'b mut LogBatch,
    pub(super) cx: &'b AppendContext<'b>,
    pub(super) appended: Appended,
    /// Memory for the attributes of a record.
    pub(super) attributes: Attributes<'a>,
    /// Memory for a line of JSON.
    pub(super) scratch: Vec<u8>,
    /// The resources sent, and those that lines name by another service.
    pub(super) resources: Vec<Resource<'a>>,
    /// Resource by the number of the one sent and the service in the line.
    pub(super) by_service: HashMap<(usize, Box<[u8]>), usize>,
}

impl LogBatch {
    /// Adds the log records of an accepted request.
    ///
    /// # Errors
    /// [`BadMessage`] when the bytes are not what [`crate::accept_logs`] returned; the batch is then as before.
    pub fn append(&mut self, body: &[u8], cx: &AppendContext<'_>) -> Result<Appended, BadMessage> {
        let (rows, resources) = (self.len(), self.resources.len());
        let result = append(self, body, cx);
        if result.is_err() {
            self.truncate_rows(rows);
            self.resources.truncate(resources);
            self.work.forget_resources(resources);
        }
        result
    }
}

/// Adds the records of a request; on an error rows may be half written.
fn append(batch: &mut LogBatch, body: &[u8], cx: &AppendContext<'_>) -> Result<Appended, BadMessage> {
    let first = batch.len();
    let mut request = LogRequest {
        batch,
        cx,
        appended: Appended::default(),
        attributes: Vec::new(),
        scratch: Vec::new(),
        resources: Vec::new(),
        by_service: HashMap::new(),
    };
    let mut fields = Fields::new(body);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            request.resource_logs(field.bytes()?)?;
        }
    }
    request.appended.records = u32::try_from(request.batch.len() - first).unwrap_or(u32::MAX);
    Ok(request.appended)
}

impl<'a> LogRequest<'_, 'a> {
    fn resource_logs(&mut self, message: &'a [u8]) -> Result<(), BadMessage> {
        let resource = Resource::read(message, &mut self.batch.homes(), self.cx)?;
        let number = self.resources.len();
        self.resources.push(resource);
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if field.number == 2 {
                self.scope_logs(field.bytes()?, number)?;
            }
        }
        Ok(())
    }

    fn scope_logs(&mut self, message: &'a [u8], resource: usize) -> Result<(), BadMessage> {
        let name = cut(scope_name(message)?, self.cx.limits.value_bytes_max);
        let scope = self.batch.scope.dict.intern(name);
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if field.number == 2 {
                self.log(field.bytes()?, resource, scope)?;
            }
        }
        Ok(())
    }

    /// Returns the resource of a line that names its service, which counts more than the one sent (vocabulary.md 5.1);
    /// none when lines of the request name too many.
    pub(super) fn resource_of(&mut self, sent: usize, service: &[u8]) -> Result<Option<usize>, BadMessage> {
        let known = self.by_service.get(&(sent, service.into())).copied();
        if known.is_none() && self.by_service.len() >= SERVICES_MAX {
            return Ok(None);
        }
        let number = match known {
            Some(number) => number,
            None if self.resources[sent].says_service(service) => sent,
            None => {
                let own = self.resources[sent].with_service(service, &mut self.batch.homes(), self.cx)?;
                self.resources.push(own);
                self.resources.len() - 1
            }
        };
        self.by_service.insert((sent, service.into()), number);
        let (own, other) = (&self.resources[number], &self.resources[sent]);
        let is_conflict = own.service != other.service && other.service_name() != UNKNOWN_SERVICE;
        self.appended.service_conflicts += u32::from(is_conflict);
        Ok(Some(number))
    }
}
