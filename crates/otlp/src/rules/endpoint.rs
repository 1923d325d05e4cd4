//! What a request asked for, and what a dependency was asked for.

use std::borrow::Cow;

use super::DepType;
use super::facts::{Facts, Known, kind};
use super::peer::write_address;
use super::template::write_template;
use crate::limits::cut;
use crate::semconv::{self, Fact};

/// Longest endpoint.
const BYTES_MAX: u32 = 200;

/// Longest first word of a query that is taken for its operation.
const VERB_BYTES_MAX: usize = 32;

/// Endpoints that health checks and scrapers ask for (vocabulary.md 3).
const PROBES: [&[u8]; 5] = [b"/health", b"/healthz", b"/livez", b"/readyz", b"/metrics"];

/// Databases whose operation is not the first word of a statement.
const NOT_SQL: [&[u8]; 10] = [
    b"mongodb",
    b"aws.dynamodb",
    b"elasticsearch",
    b"opensearch",
    b"couchdb",
    b"hbase",
    b"neo4j",
    b"redis",
    b"valkey",
    b"memcached",
];

/// Tells whether an endpoint of class serve is a health check.
pub(crate) fn is_probe(endpoint: &[u8]) -> bool {
    [b"GET ".as_slice(), b"HEAD "]
        .iter()
        .any(|method| endpoint.strip_prefix(*method).is_some_and(|path| PROBES.contains(&path)))
}

fn limit(out: &mut Vec<u8>) {
    let kept = cut(out, BYTES_MAX).len();
    out.truncate(kept);
}

fn write_pair(out: &mut Vec<u8>, first: &[u8], second: &[u8]) {
    out.extend_from_slice(first);
    if !first.is_empty() && !second.is_empty() {
        out.push(b' ');
    }
    out.extend_from_slice(second);
}

/// Writes the endpoint of a request: HTTP, RPC, messaging, job, else the name of the span.
pub(crate) fn write_endpoint(out: &mut Vec<u8>, known: &Known<'_>, facts: &Facts<'_, '_>) {
    out.clear();
    if is_http_request(known) {
        write_http(out, known);
    } else if let Some(method) = rpc_method(facts) {
        out.extend_from_slice(&method);
    } else if let Some(destination) = destination(facts) {
        write_pair(out, &messaging_operation(known, facts), &destination);
    } else {
        let job = [Fact::JobName, Fact::CeleryTask].map(|fact| facts.text(fact));
        let job = job.iter().find(|name| !name.is_empty());
        out.extend_from_slice(job.map_or(known.name, |name| name));
    }
    limit(out);
}

/// A span inside a server that carries the route, such as a middleware's, is no request unless it names a method.
fn is_http_request(known: &Known<'_>) -> bool {
    known.is_http() && (known.kind == kind::SERVER || !known.http_method.is_empty())
}

fn write_http(out: &mut Vec<u8>, known: &Known<'_>) {
    let method = known.printed_method();
    if !known.http_route.is_empty() {
        out.extend_from_slice(method);
        out.push(b' ');
        write_template(out, &known.http_route);
    } else if is_just_the_method(known) {
        write_pair(out, method, b"(unmatched)");
    } else {
        write_template(out, known.name);
    }
}

/// Old instrumentations name a span `HTTP GET`, new ones `GET`.
fn is_just_the_method(known: &Known<'_>) -> bool {
    let name = known.name.strip_prefix(b"HTTP ").unwrap_or(known.name);
    name.eq_ignore_ascii_case(known.printed_method()) || name.eq_ignore_ascii_case(known.http_method)
}

/// Writes the operation of a dependency. Never text of a query.
pub(crate) fn write_operation(out: &mut Vec<u8>, dep: DepType, known: &Known<'_>, facts: &Facts<'_, '_>) {
    out.clear();
    match dep {
        DepType::Db => write_pair(out, &db_operation(known, facts), &facts.text(Fact::DbCollection)),
        DepType::Cache => out.extend_from_slice(&db_operation(known, facts)),
        DepType::Messaging => {
            if let Some(destination) = destination(facts) {
                write_pair(out, &messaging_operation(known, facts), &destination);
            }
        }
        DepType::Rpc => out.extend_from_slice(&rpc_method(facts).unwrap_or_default()),
        DepType::Http => {
            let template = facts.text(Fact::UrlTemplate);
            out.extend_from_slice(known.printed_method());
            let method = out.len();
            out.push(b' ');
            if template.is_empty() {
                write_address(out, facts)
            } else {
                out.extend_from_slice(&template)
            }
            // No target, no blank in front of it.
            if out.len() == method + 1 {
                out.truncate(method);
            }
        }
        DepType::None | DepType::Other => {}
    }
    if out.is_empty() {
        out.extend_from_slice(known.name);
    }
    limit(out);
}

/// Returns `pkg.Service/Method`; older conventions send the two apart.
fn rpc_method<'a>(facts: &Facts<'_, 'a>) -> Option<Cow<'a, [u8]>> {
    let method = facts.text(Fact::RpcMethod);
    let service = facts.text(Fact::RpcService);
    if method.is_empty() {
        return None;
    }
    let is_whole = service.is_empty() || method.contains(&b'/');
    Some(if is_whole { method } else { Cow::Owned([&*service, b"/", &*method].concat()) })
}

fn destination<'a>(facts: &Facts<'_, 'a>) -> Option<Cow<'a, [u8]>> {
    if facts.is_true(Fact::MsgTemporary) || facts.is_true(Fact::MsgAnonymous) {
        return Some(Cow::Borrowed(b"(temporary)"));
    }
    [Fact::MsgTemplate, Fact::MsgDestination]
        .into_iter()
        .map(|fact| facts.text(fact))
        .find(|text| !text.is_empty())
}

/// The destination as node ids name it.
pub(super) fn destination_or_unknown<'a>(facts: &Facts<'_, 'a>) -> Cow<'a, [u8]> {
    destination(facts).unwrap_or(Cow::Borrowed(b"(unknown)"))
}

fn messaging_operation<'a>(known: &Known<'_>, facts: &Facts<'_, 'a>) -> Cow<'a, [u8]> {
    match facts.text(Fact::MsgOperation) {
        Cow::Borrowed(b"") if known.kind == kind::CONSUMER => Cow::Borrowed(b"process"),
        Cow::Borrowed(b"") => Cow::Borrowed(b"send"),
        Cow::Borrowed(text) => Cow::Borrowed(semconv::messaging_operation(text)),
        Cow::Owned(text) => Cow::Owned(text),
    }
}

/// Returns the operation; of SQL its first word in upper case, because stock SQLAlchemy writes `SELECT billing`.
fn db_operation<'a>(known: &Known<'_>, facts: &Facts<'_, 'a>) -> Cow<'a, [u8]> {
    let operation = facts.text(Fact::DbOperation);
    if operation.is_empty() {
        return Cow::Owned(first_word(&facts.text(Fact::DbQuery)).to_ascii_uppercase());
    }
    if NOT_SQL.contains(&&*known.db_system) {
        return operation;
    }
    Cow::Owned(first_word(&operation).to_ascii_uppercase())
}

fn first_word(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let word = text.split(|b| !b.is_ascii_alphabetic() && *b != b'_').next().unwrap_or_default();
    if word.len() <= VERB_BYTES_MAX { word } else { &[] }
}
