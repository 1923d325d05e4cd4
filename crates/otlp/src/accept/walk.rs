//! The walk over resources and scopes.

use sightline_model::RejectReason;

use super::record::{Place, Record, Verdict};
use crate::value::{Findings, Sizes};
use crate::wire::Fields;
use crate::{BadMessage, Door, Limits};

/// The walk of one request, and what it has found so far.
pub(super) struct Walk<'a, R: Record> {
    body: &'a [u8],
    pub(super) door: &'a Door<'a>,
    pub(super) sizes: Sizes,
    resource: u32,
    scope: u32,
    records: u32,
    /// The attributes of the resource, and the scope, as they were sent.
    pub(super) around: (&'a [u8], &'a [u8]),
    pub(super) slices: Vec<R::Slice>,
    /// Offsets of the rejected records, in order.
    pub(super) rejected_at: Vec<u32>,
    pub(super) tally: Tally,
    /// Texts and list members beyond their limit.
    pub(super) cut: u32,
}

/// How many records were rejected for which reason.
#[derive(Debug, Default)]
pub(super) struct Tally(Vec<(RejectReason, u32)>);

impl Tally {
    fn add(&mut self, reason: RejectReason, records: u32) {
        match self.0.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count = count.saturating_add(records),
            None => self.0.push((reason, records)),
        }
    }

    /// Returns the counts in the order of the list of reasons.
    pub(super) fn counts(&self) -> Vec<(RejectReason, u32)> {
        let mut counts = self.0.clone();
        counts.sort_unstable();
        counts
    }

    /// Says what was rejected and how to send it better.
    pub(super) fn message<R: Record>(&self, door: &Door<'_>) -> String {
        let total = self.0.iter().fold(0_u32, |sum, (_, count)| sum.saturating_add(*count));
        let texts: Vec<String> = self
            .counts()
            .into_iter()
            .map(|(reason, count)| {
                format!("{count} {} ({})", reason.as_str(), remedy::<R>(reason, door.limits))
            })
            .collect();
        format!("rejected {total} {}: {}", R::NOUN, texts.join(", "))
    }
}

fn remedy<R: Record>(reason: RejectReason, limits: &Limits) -> String {
    match reason {
        RejectReason::BadId => "trace ids have 16 bytes, span ids 8, not all zero".to_owned(),
        RejectReason::BadUtf8 => "texts are UTF-8".to_owned(),
        RejectReason::AttributeLimit => {
            format!("attribute values are nested at most {} deep", limits.nesting_max)
        }
        RejectReason::TooOld => format!("the {} lies before the retention", R::TIME),
        RejectReason::TooNew => format!("the {} lies in the future; check the clock of the sender", R::TIME),
        RejectReason::BadMessage => {
            "a metric has a name and data of a known kind, a point a value that its kind \
                                     can have, a histogram one bucket more than ascending bounds and as many \
                                     values in them as its count"
                .to_owned()
        }
        RejectReason::Cardinality => format!(
            "an org may send `{}` series of a metric and `{}` of all in a day; leave out the attribute that has so \
             many values",
            limits.metric_series_max, limits.org_series_max
        ),
        RejectReason::ReservedName => {
            "names that begin with `sightline.` are those of the platform; give the metric another".to_owned()
        }
        RejectReason::DiskFull => "a disk is nearly full; debug logs are not taken".to_owned(),
        other => other.as_str().to_owned(),
    }
}

/// What is wrong with a resource or scope, hence with all its records.
pub(super) const fn reason_of(findings: Findings) -> Option<RejectReason> {
    if findings.is_bad_utf8 {
        Some(RejectReason::BadUtf8)
    } else if findings.is_too_deep {
        Some(RejectReason::AttributeLimit)
    } else {
        None
    }
}

impl<'a, R: Record> Walk<'a, R> {
    pub(super) fn new(body: &'a [u8], door: &'a Door<'a>) -> Self {
        let limits = door.limits;
        let sizes = Sizes {
            key_bytes_max: limits.key_bytes_max as usize,
            value_bytes_max: limits.value_bytes_max as usize,
            nesting_max: limits.nesting_max,
        };
        Self {
            body,
            door,
            sizes,
            resource: 0,
            scope: 0,
            records: 0,
            around: (&[], &[]),
            slices: Vec::new(),
            rejected_at: Vec::new(),
            tally: Tally::default(),
            cut: 0,
        }
    }

    /// Walks the whole request.
    pub(super) fn run(mut self) -> Result<Self, BadMessage> {
        let mut fields = Fields::new(self.body);
        while let Some(field) = fields.next()? {
            if field.number == 1 {
                self.of_resource(field.bytes()?)?;
                self.resource += 1;
            }
        }
        Ok(self)
    }

    fn of_resource(&mut self, message: &'a [u8]) -> Result<(), BadMessage> {
        // The resource may stand behind its records, so it is read first.
        let mut findings = Findings::default();
        self.around = (&[], &[]);
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => {
                    self.around = (field.bytes()?, &[]);
                    self.resource(self.around.0, &mut findings)?;
                }
                2 => drop(field.bytes()?),
                3 => findings.text(field.bytes()?, self.sizes.value_bytes_max),
                _ => {}
            }
        }
        self.cut += findings.cut;
        let outer = reason_of(findings);
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if field.number == 2 {
                self.of_scope(field.bytes()?, outer)?;
                self.scope += 1;
            }
        }
        Ok(())
    }

    fn resource(&mut self, message: &[u8], findings: &mut Findings) -> Result<(), BadMessage> {
        let mut count = 0;
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => {
                    findings.key_value(field.bytes()?, &self.sizes)?;
                    count += 1;
                }
                2 => drop(field.varint()?),
                3 => drop(field.bytes()?),
                _ => {}
            }
        }
        findings.cut += excess(count, self.door.limits.attributes_max);
        Ok(())
    }

    fn of_scope(&mut self, message: &'a [u8], outer: Option<RejectReason>) -> Result<(), BadMessage> {
        let mut findings = Findings::default();
        self.around.1 = &[];
        let mut records = 0;
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => {
                    self.around.1 = field.bytes()?;
                    self.scope(self.around.1, &mut findings)?;
                }
                2 => records += R::count(field.bytes()?)?,
                3 => findings.text(field.bytes()?, self.sizes.value_bytes_max),
                _ => {}
            }
        }
        self.records = self.records.saturating_add(records);
        let max = self.door.limits.records_max;
        if self.records > max {
            return Err(BadMessage::too_large(format!(
                "the request holds more than `{max}` {}; send smaller batches",
                R::NOUN
            )));
        }
        self.slices.reserve(records as usize);
        self.cut += findings.cut;
        let outer = outer.or_else(|| reason_of(findings));
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if field.number == 2 {
                R::walk(self, field.bytes()?, outer)?;
            }
        }
        Ok(())
    }

    fn scope(&mut self, message: &[u8], findings: &mut Findings) -> Result<(), BadMessage> {
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 | 2 => findings.text(field.bytes()?, self.sizes.value_bytes_max),
                3 => findings.key_value(field.bytes()?, &self.sizes)?,
                4 => drop(field.varint()?),
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns where a message of the body starts.
    fn offset(&self, message: &[u8]) -> u32 {
        u32::try_from(message.as_ptr().addr() - self.body.as_ptr().addr())
            .expect("a body above 4 GiB was refused")
    }

    /// Notes that a message is left out, and with it so many records.
    pub(super) fn leave_out(&mut self, message: &'a [u8], reason: RejectReason, records: u32) {
        self.rejected_at.push(self.offset(message));
        self.tally.add(reason, records);
    }

    /// Settles what becomes of a record that was checked.
    pub(super) fn settle(
        &mut self,
        message: &'a [u8],
        outer: Option<RejectReason>,
        (verdict, findings): (Verdict<R::Head>, Findings),
    ) {
        let head = match (verdict, outer) {
            (Verdict::Accepted(head), None) => head,
            (Verdict::Rejected(reason), _) | (Verdict::Accepted(_), Some(reason)) => {
                return self.leave_out(message, reason, 1);
            }
        };
        self.cut += findings.cut;
        let place = Place {
            resource: self.resource,
            scope: self.scope,
            offset: self.offset(message),
            len: u32::try_from(message.len()).expect("a body above 4 GiB was refused"),
        };
        self.slices.push(R::slice(place, head));
    }
}

/// Returns how many of `count` members are beyond the limit.
pub(super) const fn excess(count: u32, max: u32) -> u32 {
    count.saturating_sub(max)
}
