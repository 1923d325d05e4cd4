//! Looks up one embedded file and says how to serve it.

use std::borrow::Cow;
use std::fmt::Write as _;

use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[cfg_attr(ui_built, folder = "dist")]
#[cfg_attr(not(ui_built), folder = "placeholder")]
struct Folder;

/// A file of the web application and how to serve it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The body, already in `encoding`.
    pub bytes: Cow<'static, [u8]>,
    /// Value of `Content-Type`.
    pub content_type: &'static str,
    /// Value of `Content-Encoding`; none means as it is. The answer also needs `Vary: Accept-Encoding`.
    pub encoding: Option<&'static str>,
    /// True when the name holds a hash of the content: the browser may keep it for ever. Else `no-cache` with the tag.
    pub immutable: bool,
    /// Value of `ETag`, quotes included; differs between encodings.
    pub etag: String,
}

/// Returns the embedded file at `path` (with or without a leading slash), compressed when the browser takes that.
///
/// None for an unknown path; the caller then decides between `asset("index.html", ..)` (pages of the application) and 404.
#[must_use]
pub fn asset(path: &str, accept_encoding: &str) -> Option<Asset> {
    let path = path.trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let packed = accepts_gzip(accept_encoding).then(|| Folder::get(&format!("{path}.gz"))).flatten();
    let (file, encoding) = match packed {
        Some(file) => (file, Some("gzip")),
        None => (Folder::get(path)?, None),
    };
    Some(Asset {
        etag: etag(&file, encoding),
        content_type: content_type(path)?,
        immutable: path.starts_with("assets/"),
        bytes: file.data,
        encoding,
    })
}

/// Names the type of a file by its ending; None for what is never served as itself (`.gz`).
fn content_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

/// Reads `Accept-Encoding` (RFC 9110 12.5.3) as far as one coding needs: `gzip` or `*`, unless its weight is zero.
fn accepts_gzip(header: &str) -> bool {
    let weight = |wanted: &str| {
        header.split(',').find_map(|item| {
            let mut parts = item.split(';').map(str::trim);
            let coding = parts.next()?;
            let weight = parts.find_map(|p| p.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            coding.eq_ignore_ascii_case(wanted).then_some(weight)
        })
    };
    weight("gzip").or_else(|| weight("*")).is_some_and(|q: f32| q > 0.0)
}

/// Eight bytes of the content's SHA-256 tell versions apart; the suffix tells encodings apart.
fn etag(file: &EmbeddedFile, encoding: Option<&str>) -> String {
    let mut tag = String::from("\"");
    for byte in file.metadata.sha256_hash().iter().take(8) {
        write!(tag, "{byte:02x}").expect("writing to a string cannot fail");
    }
    if encoding.is_some() {
        tag.push_str("-gz");
    }
    tag.push('"');
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_page_is_always_there_and_is_revalidated() {
        for path in ["", "/", "index.html", "/index.html"] {
            let page = asset(path, "").expect("a page is always embedded");
            assert_eq!(page.content_type, "text/html; charset=utf-8");
            assert_eq!(page.encoding, None);
            assert!(!page.immutable, "index.html names the hashed files and must be fresh");
            assert!(page.etag.starts_with('"') && page.etag.ends_with('"'), "{}", page.etag);
        }
    }

    #[test]
    fn unknown_and_outside_paths_are_nothing() {
        for path in ["api/v1/services", "../Cargo.toml", "/../src/lib.rs", "index.html.gz", "assets", "index"]
        {
            assert_eq!(asset(path, "gzip"), None, "{path}");
        }
    }

    #[test]
    fn every_embedded_file_has_a_type_and_packs_to_another_tag() {
        for path in Folder::iter().filter(|p| !p.ends_with(".gz")) {
            let plain = asset(&path, "identity").unwrap_or_else(|| panic!("no content type for `{path}`"));
            let packed = asset(&path, "br, gzip").expect("same path");
            assert_eq!(packed.encoding.is_some(), packed.etag != plain.etag, "{path}");
            assert_eq!(plain.immutable, path.starts_with("assets/"), "{path}");
        }
    }

    #[test]
    fn accept_encoding_is_read_with_weights() {
        let check = |header: &str, expected: bool| assert_eq!(accepts_gzip(header), expected, "{header:?}");
        check("gzip", true);
        check("gzip, deflate, br, zstd", true);
        check("br;q=1.0, GZIP;q=0.8", true);
        check("*", true);
        check("gzip;q=0, *", false);
        check("gzip;q=0", false);
        check("identity", false);
        check("", false);
        check("gzip;q=high", false);
    }
}
