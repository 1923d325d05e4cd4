//! Request class and kind of dependency.

use super::facts::{Facts, Known, kind};
use super::{DepType, ReqClass};
use crate::semconv::{self, Fact};

/// Returns the request class, probes not yet told apart: that needs the endpoint.
pub(crate) fn req_class(known: &Known<'_>, facts: &Facts<'_, '_>) -> ReqClass {
    if facts.slots.find(Fact::JobName).is_some() {
        return ReqClass::Job;
    }
    match known.kind {
        kind::SERVER => ReqClass::Serve,
        kind::CONSUMER => {
            let operation = facts.text(Fact::MsgOperation);
            match semconv::messaging_operation(&operation) {
                b"receive" | b"settle" => ReqClass::None,
                _ => ReqClass::Consume,
            }
        }
        kind::INTERNAL if !known.has_parent => ReqClass::Job,
        _ => ReqClass::None,
    }
}

/// Returns what the span depends on; nested database spans are told apart later, when their parent is known.
pub(crate) fn dep_type(known: &Known<'_>, facts: &Facts<'_, '_>) -> DepType {
    let has_db = !known.db_system.is_empty();
    let calls = match known.kind {
        kind::CLIENT | kind::PRODUCER => true,
        kind::INTERNAL => has_db,
        _ => false,
    };
    if !calls {
        return DepType::None;
    }
    let told = |fact| facts.slots.find(fact).is_some();
    if has_db {
        match &*known.db_system {
            b"redis" | b"valkey" | b"memcached" => DepType::Cache,
            _ => DepType::Db,
        }
    } else if !known.msg_system.is_empty() || told(Fact::MsgDestination) {
        DepType::Messaging
    } else if !known.rpc_system.is_empty() || told(Fact::RpcMethod) {
        DepType::Rpc
    } else if known.is_http() || told(Fact::UrlFull) {
        DepType::Http
    } else {
        DepType::Other
    }
}
