//! The way of a request from its header to its acknowledgement, the same for every receiver.

use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use sightline_model::{
    AuthError, Authenticator, Credential, FUTURE_NS_MAX, IngestScope, Kind, Nanos, OrgId, RejectReason,
    Signal,
};
use sightline_otlp::SeriesGuard;
use sightline_runtime::{Clock, Scope};
use sightline_wal::{Appended, Wal};
use tokio::sync::Semaphore;

use super::credential::{credential_of, may_be_keyless};
use super::{
    Backlog, BodyLimits, BodyRules, Encoding, Framing, Permit, Permits, Pressure, Refusal, decompress,
    idempotency, read_body,
};
use crate::config::{Config, Retention, ms};
use crate::envelope::Envelope;
use crate::names;
use crate::signals::{Spec, Taken};

const DAY: Duration = Duration::from_hours(24);
/// Larger bodies are decoded on the blocking pool: 64 KiB of spans take well under 500 us.
const INLINE_BYTES_MAX: usize = 64 << 10;

/// How the records of a body are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Protobuf,
    Json,
}

/// A request whose sender is known. It holds its bytes of the budget until it is dropped.
pub(crate) struct Visit {
    scope: IngestScope,
    spec: &'static Spec,
    started: Duration,
    permit: Permit,
}

/// What a receiver read of a request.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) encoding: Encoding,
    pub(crate) format: Format,
    pub(crate) batch_id: Option<Bytes>,
    pub(crate) body: Bytes,
}

/// The request is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Records that were refused one by one.
    pub(crate) rejected: u64,
    /// Why the first of them was.
    pub(crate) reason: Option<RejectReason>,
    /// Why, for the sender.
    pub(crate) message: Option<String>,
}

/// What a door works with.
pub(crate) struct DoorParts<'a> {
    pub(crate) config: &'a Config,
    pub(crate) auth: Arc<dyn Authenticator>,
    pub(crate) wal: Wal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) backlog: Arc<Backlog>,
    pub(crate) pressure: Arc<Pressure>,
    /// Where work runs that a client may no longer cancel.
    pub(crate) scope: Scope,
}

/// What all receivers share.
pub(crate) struct Door {
    auth: Arc<dyn Authenticator>,
    wal: Wal,
    clock: Arc<dyn Clock>,
    permits: Permits,
    backlog: Arc<Backlog>,
    pressure: Arc<Pressure>,
    scope: Scope,
    /// Turns on the blocking pool: each thread keeps the memory that decoding took.
    decoders: Semaphore,
    body_rules: BodyRules,
    body_limits: BodyLimits,
    record_limits: sightline_otlp::Limits,
    series: SeriesGuard,
    retention: Retention,
}

struct Decoded {
    taken: Taken,
    key: [u8; 16],
    received_at: Nanos,
}

impl Door {
    /// Makes the door.
    pub(crate) fn new(parts: DoorParts<'_>) -> Self {
        let DoorParts { config, auth, wal, clock, backlog, pressure, scope } = parts;
        let limits = &config.limits;
        Self {
            auth,
            wal,
            clock,
            permits: Permits::new(limits.in_flight_bytes_max),
            backlog,
            pressure,
            scope,
            decoders: Semaphore::new(decoders()),
            body_rules: BodyRules {
                bytes_max: limits.body_bytes_max,
                timeout: ms(config.connections.body_timeout_ms),
                bytes_per_s_min: config.connections.body_bytes_per_s_min,
            },
            body_limits: BodyLimits { bytes_max: limits.decompressed_bytes_max, ratio_max: limits.ratio_max },
            record_limits: limits.into(),
            series: SeriesGuard::new(),
            retention: config.retention.clone(),
        }
    }

    /// Finds out who sends, before a byte of the body is read.
    pub(crate) fn enter(
        &self,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
        spec: &'static Spec,
    ) -> Result<Visit, Refusal> {
        let started = self.clock.monotonic();
        let credential = credential_of(headers);
        if credential == Credential::Missing && !may_be_keyless(headers, peer) {
            return Err(Refusal::auth(AuthError::Missing));
        }
        let scope = self.auth.ingest(&credential, spec.signal).map_err(Refusal::auth)?;
        if self.scope.stop().is_cancelled() {
            return Err(closing());
        }
        Ok(Visit { scope, spec, started, permit: self.permits.open() })
    }

    /// Takes what the server has fetched or made itself, for the owner that settings or a caller of the API name. Taken
    /// twice under one name it is in the log once.
    pub(crate) async fn take_own(
        self: &Arc<Self>,
        owner: IngestScope,
        signal: Signal,
        format: Format,
        name: impl Into<Bytes>,
        body: Bytes,
    ) -> Result<Receipt, Refusal> {
        let spec = Spec::of(signal).ok_or_else(Refusal::internal)?;
        if self.scope.stop().is_cancelled() {
            return Err(closing());
        }
        self.pressure.check()?;
        let mut permit = self.permits.open();
        permit.grow_to(body.len()).map_err(|_| overload())?;
        let visit = Visit { scope: owner, spec, started: self.clock.monotonic(), permit };
        let batch_id = Some(name.into());
        self.take(visit, Parts { encoding: Encoding::Identity, format, batch_id, body }).await
    }

    /// Takes what nobody will send again, as [`Self::take_own`] does: what is refused now is missing, and counted.
    pub(crate) async fn take_once(
        self: &Arc<Self>,
        owner: IngestScope,
        signal: Signal,
        format: Format,
        name: impl Into<Bytes>,
        body: Bytes,
    ) -> Result<Receipt, Refusal> {
        let org = owner.org;
        let taken = self.take_own(owner, signal, format, name, body).await;
        if let Err(refusal) = &taken {
            self.count_refusal(signal, Some(org), refusal);
        }
        taken
    }

    /// Returns the time of the door.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Reads the body as it comes over the wire.
    pub(crate) async fn read<B>(&self, visit: &mut Visit, body: B, framing: Framing) -> Result<Bytes, Refusal>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: std::fmt::Display,
    {
        // Only now, so that the refusal is counted for its org.
        self.pressure.check()?;
        read_body(body, &self.body_rules, framing, &mut visit.permit).await
    }

    /// Decodes the request and makes it durable. What was begun is finished even if the client goes away, so that the
    /// counters always tell what is in the log; cancel-safe in that sense.
    pub(crate) async fn take(self: &Arc<Self>, visit: Visit, parts: Parts) -> Result<Receipt, Refusal> {
        let (tx, rx) = tokio::sync::oneshot::channel();
        let door = Arc::clone(self);
        self.scope.spawn("ingest", |_stop| async move {
            let result = door.admit(visit, parts).await;
            // The client may have gone away; the work is done all the same.
            drop(tx.send(result));
        });
        // The sender is dropped without an answer only when the task panicked.
        rx.await.unwrap_or_else(|_| Err(Refusal::internal()))
    }

    /// Counts a refused request.
    pub(crate) fn count_refusal(&self, signal: Signal, org: Option<OrgId>, refusal: &Refusal) {
        if let Some(org) = org {
            names::received(signal, org).add(refusal.records);
        }
        names::rejected(signal, refusal.reason, org).add(refusal.records);
        if refusal.kind == Kind::Internal {
            tracing::error!(signal = signal.as_str(), "a request was refused because of a defect");
        }
    }

    async fn admit(self: Arc<Self>, mut visit: Visit, parts: Parts) -> Result<Receipt, Refusal> {
        names::received_bytes(visit.spec.signal, visit.scope.org).add(as_u64(parts.body.len()));
        let decoded = if parts.body.len() <= INLINE_BYTES_MAX && parts.encoding == Encoding::Identity {
            self.decode(&mut visit, &parts)?
        } else {
            let door = Arc::clone(&self);
            // Never closed; the body that waits is in the budget already.
            let _turn = self.decoders.acquire().await.map_err(|_| Refusal::internal())?;
            let (back, decoded) = crate::offload(&self.scope, "decode", move || {
                let decoded = door.decode(&mut visit, &parts);
                (visit, decoded)
            })
            .await
            .ok_or_else(Refusal::internal)?;
            visit = back;
            decoded?
        };
        self.append(&visit, decoded).await
    }

    fn decode(&self, visit: &mut Visit, parts: &Parts) -> Result<Decoded, Refusal> {
        let plain = match parts.encoding {
            Encoding::Identity => parts.body.clone(),
            other => decompress(other, &parts.body, self.body_limits, &mut visit.permit)?.into(),
        };
        if plain.len() > self.body_limits.bytes_max {
            return Err(Refusal::too_large(format!(
                "the body is larger than {} bytes; send smaller batches",
                self.body_limits.bytes_max
            )));
        }
        let key = idempotency::key_of(&visit.scope, visit.spec.signal, parts.batch_id.as_deref(), &plain);
        let body = match parts.format {
            Format::Protobuf => plain,
            Format::Json => (visit.spec.from_json)(&plain, &self.record_limits).map_err(|e| bad(&e))?.into(),
        };
        let now = self.clock.unix_nanos();
        let series = self.series.of_org(visit.scope.org, now);
        let door = sightline_otlp::Door {
            limits: &self.record_limits,
            oldest: now.saturating_sub(nanos(DAY * u32::from((visit.spec.days)(&self.retention)))),
            newest: now.saturating_add(FUTURE_NS_MAX),
            severity_min: self.pressure.severity_min(),
            series: Some(&series),
            is_platform: visit.scope.org == OrgId::PLATFORM,
        };
        let taken = (visit.spec.accept)(body, &door).map_err(|e| bad(&e))?;
        Ok(Decoded { taken, key, received_at: now })
    }

    async fn append(&self, visit: &Visit, decoded: Decoded) -> Result<Receipt, Refusal> {
        let Decoded { taken, key, received_at } = decoded;
        let (signal, org) = (visit.spec.signal, visit.scope.org);
        let rejected: u64 = taken.rejected.iter().map(|(_, n)| u64::from(*n)).sum();
        let kept = u32::try_from(taken.records).map_err(|_| Refusal::internal())?;
        if kept > 0 {
            let record = Envelope {
                scope: visit.scope.clone(),
                signal,
                received_at,
                count: kept,
                key,
                body: taken.body,
            }
            .into_record();
            let appended = self.wal.append(record).await.map_err(|error| {
                tracing::warn!(%error, "a request was refused by the log");
                self.refused_by_log(&error).of_records(u64::from(kept) + rejected)
            })?;
            self.count_kept(signal, org, u64::from(kept), appended);
        }
        names::received(signal, org).add(u64::from(kept) + rejected);
        for (reason, n) in &taken.rejected {
            names::rejected(signal, *reason, Some(org)).add(u64::from(*n));
        }
        if taken.attributes_cut > 0 {
            names::attributes_cut(signal, org).add(u64::from(taken.attributes_cut));
        }
        names::ack_duration(signal).record(self.clock.monotonic().saturating_sub(visit.started));
        let reason = taken.rejected.first().map(|(reason, _)| *reason);
        Ok(Receipt { rejected, reason, message: taken.message })
    }

    fn count_kept(&self, signal: Signal, org: OrgId, kept: u64, appended: Appended) {
        match appended {
            Appended::Stored { .. } => {
                names::in_wal(signal, org).add(i64::try_from(kept).unwrap_or(i64::MAX));
                self.backlog.add(kept);
            }
            Appended::Duplicate { .. } => names::deduplicated(signal, org).add(kept),
        }
    }

    fn refused_by_log(&self, error: &sightline_wal::Error) -> Refusal {
        use sightline_wal::Error as E;
        let delay = self.backlog.delay(rand::random());
        match error {
            E::Full { limit: "disk" } => {
                Refusal::later(RejectReason::DiskFull, "the disk of the log is full; free some space", delay)
            }
            E::Full { .. } => {
                Refusal::later(RejectReason::WalFull, "the log is full until the store has caught up", delay)
            }
            E::TooLarge { bytes_max, .. } => Refusal::too_large(format!(
                "the request is larger than the {bytes_max} bytes of a record of the log; send smaller batches"
            )),
            E::Closed => closing(),
            _ => Refusal::later(RejectReason::Internal, "the log cannot be written now", delay),
        }
    }
}

impl Visit {
    /// Returns the org that the request belongs to.
    pub(crate) const fn org(&self) -> OrgId {
        self.scope.org
    }
}

/// More at a time would not be faster, only larger.
fn decoders() -> usize {
    2 * std::thread::available_parallelism().map_or(2, NonZero::get)
}

/// Too many bytes are in flight.
pub(super) fn overload() -> Refusal {
    let delay = Duration::from_secs_f64(1.0 + rand::random::<f64>());
    Refusal::later(RejectReason::Overload, "too many requests are in flight", delay)
}

fn closing() -> Refusal {
    Refusal::later(RejectReason::Overload, "the server is stopping", Duration::from_secs(1))
}

fn bad(error: &sightline_otlp::BadMessage) -> Refusal {
    match error.kind() {
        Kind::TooLarge => Refusal::too_large(error.to_string()),
        _ => Refusal::bad_message(error.to_string()),
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

fn as_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
