//! The check of the points of one metric: every field read once, nothing kept.

use sightline_model::{Nanos, RejectReason};

use super::rebuild;
use super::record::{Checked, Place, Record, Verdict};
use super::walk::{Walk, excess, reason_of};
use crate::metrics::{Data, Exemplar, Lists, Metric, Part, Point, is_whole, unknown_points};
use crate::series_guard::Sender;
use crate::value::{Findings, Sizes};
use crate::wire::{Fault, Fields};
use crate::{BadMessage, Door};

/// Where a metric point lies in the accepted body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointSlice {
    /// Number of its `ResourceMetrics` in the body.
    pub resource: u32,
    /// Number of its `ScopeMetrics` in the body, counted over all resources.
    pub scope: u32,
    /// Where the message of the point starts, behind its tag and length.
    pub offset: u32,
    /// Bytes of the message of the point.
    pub len: u32,
    /// Its time.
    pub time: Nanos,
}

/// Metric points.
pub(super) struct Points;

impl Record for Points {
    type Head = Nanos;
    type Slice = PointSlice;
    const NOUN: &'static str = "data points";
    const TIME: &'static str = "time";
    const LEVELS: &'static [&'static [u32]] = rebuild::OF_METRICS;

    fn count(metric: &[u8]) -> Result<u32, Fault> {
        let mut count = 0;
        let mut fields = Fields::new(metric);
        while let Some(field) = fields.next()? {
            if let Some(data) = Data::of_field(&field)? {
                count += data.count()?;
            }
        }
        Ok(count)
    }

    fn walk<'a>(
        walk: &mut Walk<'a, Self>,
        message: &'a [u8],
        outer: Option<RejectReason>,
    ) -> Result<(), BadMessage> {
        let metric = Metric::read(message)?;
        if !metric.has_data {
            return leave_out_unknown(walk, message);
        }
        let findings = texts(message, &metric, &walk.sizes)?;
        walk.cut += findings.cut;
        let misnamed = misnamed(metric.name, walk.door);
        let outer = outer.or_else(|| reason_of(findings)).or(misnamed);
        let sender = Sender::new(walk.around.0, walk.around.1, metric.name, metric.unit);
        let mut work = Work::default();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if let Some(data) = Data::of_field(&field)? {
                points(walk, &data, outer, sender, &mut work)?;
            }
        }
        Ok(())
    }

    fn slice(place: Place, time: Nanos) -> PointSlice {
        let Place { resource, scope, offset, len } = place;
        PointSlice { resource, scope, offset, len, time }
    }
}

/// Tells what is wrong with a name. Names of the platform are for its own org, but for those of its SDK, which lives in
/// the services of others (vocabulary.md, rule 2).
fn misnamed(name: &[u8], door: &Door<'_>) -> Option<RejectReason> {
    let is_reserved = || name.starts_with(b"sightline.") && !name.starts_with(b"sightline.sdk.");
    match name {
        [] => Some(RejectReason::BadMessage),
        _ if !door.is_platform && is_reserved() => Some(RejectReason::ReservedName),
        _ => None,
    }
}

/// A metric whose data nobody knows is left out as a whole; one without any is no loss.
fn leave_out_unknown<'a>(walk: &mut Walk<'a, Points>, message: &'a [u8]) -> Result<(), BadMessage> {
    let mut points = 0_u32;
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        points = points.saturating_add(unknown_points(&field));
    }
    if points > 0 {
        walk.leave_out(message, RejectReason::BadMessage, points);
    }
    Ok(())
}

/// Checks the texts of a metric, those that are not stored too.
fn texts(message: &[u8], metric: &Metric<'_>, sizes: &Sizes) -> Result<Findings, Fault> {
    let mut findings = Findings::default();
    for text in [metric.name, metric.description, metric.unit] {
        findings.text(text, sizes.value_bytes_max);
    }
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        if field.number == 12 {
            findings.key_value(field.bytes()?, sizes)?;
        }
    }
    Ok(findings)
}

fn points<'a>(
    walk: &mut Walk<'a, Points>,
    data: &Data<'a>,
    outer: Option<RejectReason>,
    sender: Sender,
    work: &mut Work<'a>,
) -> Result<(), BadMessage> {
    let mut fields = Fields::new(data.message);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            let message = field.bytes()?;
            let (mut verdict, findings) = check(message, data, walk.door, &walk.sizes, work)?;
            // Last: what is rejected for another reason makes no series.
            if let (Verdict::Accepted(_), None, Some(of_org)) = (&verdict, outer, walk.door.series) {
                let series = sender.series(data.kind.code(), work.attributes.iter().copied());
                if !of_org.admits(sender.metric, series, walk.door.limits) {
                    verdict = Verdict::Rejected(RejectReason::Cardinality);
                }
            }
            walk.settle(message, outer, (verdict, findings));
        }
    }
    Ok(())
}

/// Memory of the points of a metric.
#[derive(Default)]
struct Work<'a> {
    lists: Lists,
    /// Attributes of the point at hand as sent.
    attributes: Vec<&'a [u8]>,
}

fn check<'a>(
    message: &'a [u8],
    data: &Data<'_>,
    door: &Door<'_>,
    sizes: &Sizes,
    work: &mut Work<'a>,
) -> Checked<Nanos> {
    let mut findings = Findings::default();
    let mut exemplars = 0;
    let Work { lists, attributes } = work;
    attributes.clear();
    let point = Point::read(data.kind, message, lists, |part| match part {
        Part::Attribute(attribute) => {
            attributes.push(attribute);
            findings.key_value(attribute, sizes)
        }
        Part::Exemplar(exemplar) => {
            exemplars += 1;
            check_exemplar(exemplar, door, sizes, &mut findings)
        }
    })?;
    let attributes = u32::try_from(attributes.len()).unwrap_or(u32::MAX);
    findings.cut +=
        excess(attributes, door.limits.attributes_max) + excess(exemplars, door.limits.events_max);
    let time = Nanos::try_from(point.time).unwrap_or(Nanos::MAX);
    let verdict = if let Some(reason) = reason_of(findings) {
        Verdict::Rejected(reason)
    } else if time > door.newest {
        Verdict::Rejected(RejectReason::TooNew)
    } else if time < door.oldest {
        Verdict::Rejected(RejectReason::TooOld)
    } else if is_whole(data, &point, lists) {
        Verdict::Accepted(time)
    } else {
        Verdict::Rejected(RejectReason::BadMessage)
    };
    Ok((verdict, findings))
}

/// Ids of exemplars are no reason: one that is none is as good as absent.
fn check_exemplar(
    message: &[u8],
    door: &Door<'_>,
    sizes: &Sizes,
    findings: &mut Findings,
) -> Result<(), Fault> {
    let mut attributes = 0;
    Exemplar::read(message, |attribute| {
        attributes += 1;
        findings.key_value(attribute, sizes)
    })?;
    findings.cut += excess(attributes, door.limits.attributes_max);
    Ok(())
}
