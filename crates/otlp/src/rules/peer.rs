//! Whom a dependency span calls: the node ids of the service map (vocabulary.md 3).

use std::borrow::Cow;

use super::DepType;
use super::endpoint::destination_or_unknown;
use super::facts::{Facts, Known};
use crate::limits::cut;
use crate::semconv::Fact;

/// Longest node id.
const BYTES_MAX: u32 = 200;

/// Writes the node id; nothing for a span that calls nobody.
pub(crate) fn write_peer(out: &mut Vec<u8>, dep: DepType, known: &Known<'_>, facts: &Facts<'_, '_>) {
    out.clear();
    if dep == DepType::None {
        return;
    }
    if !known.peer_service.is_empty() {
        out.extend_from_slice(b"service:");
        out.extend_from_slice(&known.peer_service);
    } else {
        write_virtual(out, dep, known, facts);
    }
    let kept = cut(out, BYTES_MAX).len();
    out.truncate(kept);
}

fn write_virtual(out: &mut Vec<u8>, dep: DepType, known: &Known<'_>, facts: &Facts<'_, '_>) {
    match dep {
        DepType::Cache => {
            write_all(out, &[b"cache:", &known.db_system, b"@"]);
            write_address(out, facts);
        }
        DepType::Db => {
            let namespace = facts.text(Fact::DbNamespace);
            write_all(out, &[b"db:", &known.db_system, b"/", &namespace, b"@"]);
            write_address(out, facts);
        }
        DepType::Messaging => {
            write_all(out, &[b"queue:", &known.msg_system, b"/", &destination_or_unknown(facts)]);
        }
        _ => write_external(out, facts),
    }
}

fn write_all(out: &mut Vec<u8>, parts: &[&[u8]]) {
    for part in parts {
        out.extend_from_slice(part);
    }
}

fn write_external(out: &mut Vec<u8>, facts: &Facts<'_, '_>) {
    out.extend_from_slice(b"external:");
    let start = out.len();
    write_address(out, facts);
    if out.len() == start {
        out.extend_from_slice(b"(unknown)");
    }
    let told = told_address(facts);
    let (_, own_port) = split_port(&told);
    let port = facts.text(Fact::ServerPort);
    let port = if port.is_empty() { own_port } else { &port };
    if !matches!(port, b"" | b"80" | b"443") {
        out.push(b':');
        out.extend_from_slice(port);
    }
}

/// Writes the host that is called, in lower case; an IPv6 address in brackets, however it was sent.
pub(super) fn write_address(out: &mut Vec<u8>, facts: &Facts<'_, '_>) {
    let told = told_address(facts);
    let (host, _) = split_port(&told);
    let start = out.len();
    let is_bare_ipv6 = !host.starts_with(b"[") && host.iter().filter(|b| **b == b':').count() >= 2;
    if is_bare_ipv6 {
        write_all(out, &[b"[", host, b"]"]);
    } else {
        out.extend_from_slice(host);
    }
    out[start..].make_ascii_lowercase();
}

/// Returns what names the host: its own attribute first, then `http.host`, then the URL (stock Python's `requests`
/// sends nothing else).
fn told_address<'a>(facts: &Facts<'_, 'a>) -> Cow<'a, [u8]> {
    match facts.text(Fact::ServerAddress) {
        Cow::Borrowed(b"") => match facts.text(Fact::UrlFull) {
            Cow::Borrowed(url) => Cow::Borrowed(authority_of(url)),
            Cow::Owned(url) => Cow::Owned(authority_of(&url).to_vec()),
        },
        told => told,
    }
}

/// Returns what stands between `//` and the path, without user and password.
fn authority_of(url: &[u8]) -> &[u8] {
    let Some(start) = url.windows(2).position(|pair| pair == b"//") else { return &[] };
    let rest = &url[start + 2..];
    let authority = rest.split(|b| matches!(b, b'/' | b'?' | b'#')).next().unwrap_or_default();
    authority.rsplit(|b| *b == b'@').next().unwrap_or_default()
}

/// Splits `host:port`; an IPv6 address without brackets has no port.
fn split_port(authority: &[u8]) -> (&[u8], &[u8]) {
    let Some(colon) = authority.iter().rposition(|b| *b == b':') else { return (authority, &[]) };
    let (host, port) = (&authority[..colon], &authority[colon + 1..]);
    let is_bare_ipv6 = host.contains(&b':') && !host.ends_with(b"]");
    if is_bare_ipv6 || port.is_empty() || !port.iter().all(u8::is_ascii_digit) {
        return (authority, &[]);
    }
    (host, port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_hosts_are_taken_apart() {
        for (url, authority) in [
            ("https://User:pw@Host.example:8443/a?b", "Host.example:8443"),
            ("http://h", "h"),
            ("http://h?x=//y", "h"),
            ("/path", ""),
        ] {
            assert_eq!(authority_of(url.as_bytes()), authority.as_bytes(), "{url}");
        }
        for (text, host, port) in [
            ("h:80", "h", "80"),
            ("h", "h", ""),
            ("h:", "h:", ""),
            ("::1", "::1", ""),
            ("[::1]:443", "[::1]", "443"),
            ("h:x", "h:x", ""),
        ] {
            assert_eq!(split_port(text.as_bytes()), (host.as_bytes(), port.as_bytes()), "{text}");
        }
    }
}
