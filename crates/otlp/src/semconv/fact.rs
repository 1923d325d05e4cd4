//! What the rules need to know of a span or resource, and which key says it.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::families::{FAMILIES, Side};

/// What a family tells the rules. The number is the place in the table of facts of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is named after the canonical key of its family")]
pub enum Fact {
    HttpMethod,
    HttpStatus,
    HttpRoute,
    UrlTemplate,
    UrlFull,
    ServerAddress,
    ServerPort,
    DbSystem,
    DbNamespace,
    DbCollection,
    DbOperation,
    DbQuery,
    MsgSystem,
    MsgDestination,
    MsgTemplate,
    MsgTemporary,
    MsgAnonymous,
    MsgOperation,
    RpcSystem,
    RpcMethod,
    RpcService,
    RpcStatus,
    PeerService,
    Tenant,
    JobName,
    JobOutcome,
    CeleryTask,
    ServiceName,
    ServiceNamespace,
    ServiceVersion,
    Environment,
}

impl Fact {
    /// How many facts there are.
    pub(crate) const COUNT: usize = Self::Environment as usize + 1;
}

/// Where a key stands: which fact it tells, and how far from the canonical spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) fact: Fact,
    /// 0 is the canonical spelling; the smallest present rank wins.
    pub(crate) rank: u8,
}

type Places = HashMap<&'static [u8], Place>;

fn places(of_resources: bool) -> Places {
    let mut places = Places::new();
    for family in FAMILIES {
        let Some(fact) = family.fact else { continue };
        if family.is_resource != of_resources && fact != Fact::Tenant {
            continue;
        }
        // The server's own address is in no column, so spellings that mean it are left to the query.
        let older = family.older.iter().filter(|older| older.side != Side::Server).map(|older| older.key);
        for (rank, key) in (0_u8..).zip(std::iter::once(family.canonical).chain(older)) {
            places.entry(key.as_bytes()).or_insert(Place { fact, rank });
        }
    }
    places
}

/// Returns what a key of a span (or of a resource) tells.
pub(crate) fn place_of(key: &[u8], of_resource: bool) -> Option<Place> {
    static SPAN: LazyLock<Places> = LazyLock::new(|| places(false));
    static RESOURCE: LazyLock<Places> = LazyLock::new(|| places(true));
    (if of_resource { &RESOURCE } else { &SPAN }).get(key).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_spelling_ranks_first() {
        for (key, of_resource, expected) in [
            ("http.request.method", false, Some((Fact::HttpMethod, 0))),
            ("http.method", false, Some((Fact::HttpMethod, 1))),
            ("rpc.grpc.status_code", false, Some((Fact::RpcStatus, 2))),
            ("dotmac.tenant.id", false, Some((Fact::Tenant, 3))),
            ("tenant", true, Some((Fact::Tenant, 1))),
            ("env", true, Some((Fact::Environment, 3))),
            ("env", false, None),
            ("http.method", true, None),
            ("net.host.name", false, None),
            ("net.peer.name", false, Some((Fact::ServerAddress, 1))),
            ("nonsense", false, None),
        ] {
            let place = place_of(key.as_bytes(), of_resource).map(|place| (place.fact, place.rank));
            assert_eq!(place, expected, "{key}");
        }
    }
}
