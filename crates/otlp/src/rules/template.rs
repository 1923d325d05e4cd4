//! Paths without the parts that differ from request to request.

/// What stands for a part that differs.
const ID: &[u8] = b"{id}";

/// A longer part of a path is taken for a value.
const SEGMENT_BYTES_MAX: usize = 32;

/// Fewest hex digits that are taken for a value.
const HEX_DIGITS_MIN: usize = 16;

/// Appends a text with `{id}` for every segment of its path that looks like a value. The path starts at the first `/`
/// and ends at `?`.
pub(crate) fn write_template(out: &mut Vec<u8>, text: &[u8]) {
    let Some(slash) = text.iter().position(|&b| b == b'/') else {
        out.extend_from_slice(text);
        return;
    };
    let (head, path) = text.split_at(slash);
    out.extend_from_slice(head);
    let path = path.split(|&b| b == b'?').next().unwrap_or_default();
    for (at, segment) in path.split(|&b| b == b'/').enumerate() {
        if at > 0 {
            out.push(b'/');
        }
        out.extend_from_slice(if is_value(segment) { ID } else { segment });
    }
}

fn is_value(segment: &[u8]) -> bool {
    if segment.is_empty() {
        return false;
    }
    segment.len() > SEGMENT_BYTES_MAX
        || segment.iter().all(u8::is_ascii_digit)
        || segment.len() >= HEX_DIGITS_MIN && segment.iter().all(u8::is_ascii_hexdigit)
        || segment.contains(&b'@')
    // A UUID has 36 characters, so it is longer than a segment may be.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_paths_become_ids() {
        for (text, expected) in [
            ("/users/123", "/users/{id}"),
            ("/users/123/orders/", "/users/{id}/orders/"),
            ("/v1/x", "/v1/x"),
            ("GET /items/0f8fad5b-d9cb-469f-a165-70867728950e", "GET /items/{id}"),
            ("/h/0123456789abcdef", "/h/{id}"),
            ("/h/0123456789abcde", "/h/0123456789abcde"),
            ("/h/0123456789abcdeg", "/h/0123456789abcdeg"),
            ("/mail/a@b.example", "/mail/{id}"),
            ("/s/aaaaaaaaaabbbbbbbbbbccccccccccdddd", "/s/{id}"),
            ("/items/{item_id}", "/items/{item_id}"),
            ("/find?q=1/2", "/find"),
            ("/", "/"),
            ("no path 123", "no path 123"),
            ("", ""),
        ] {
            let mut out = Vec::new();
            write_template(&mut out, text.as_bytes());
            assert_eq!(String::from_utf8(out).unwrap(), expected, "`{text}`");
        }
    }
}
