//! Which commands look something up, and what they found.

use ::redis::Value;

/// Hits and misses of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Found {
    pub(super) hits: u64,
    pub(super) misses: u64,
}

/// Tells whether a command asks for something that may be absent.
pub(super) fn is_lookup(command: &str) -> bool {
    matches!(command, "GET" | "GETEX" | "GETDEL" | "MGET" | "HGET" | "HMGET" | "HGETALL" | "EXISTS")
}

/// Counts the answer of a lookup.
pub(super) fn found(answer: &Value) -> Found {
    let one = |is_hit: bool| Found { hits: is_hit.into(), misses: (!is_hit).into() };
    match answer {
        Value::Nil | Value::Int(0) => one(false),
        Value::Map(pairs) => one(!pairs.is_empty()),
        Value::Array(values) if values.is_empty() => one(false),
        Value::Array(values) => {
            let misses = values.iter().filter(|value| matches!(value, Value::Nil)).count() as u64;
            Found { hits: values.len() as u64 - misses, misses }
        }
        _ => one(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_of_an_answer_is_a_hit_or_a_miss() {
        let text = || Value::BulkString(b"x".to_vec());
        for (answer, hits, misses) in [
            (text(), 1, 0),
            (Value::Nil, 0, 1),
            (Value::Array(vec![text(), Value::Nil, text()]), 2, 1),
            (Value::Array(vec![]), 0, 1),
            (Value::Map(vec![(text(), text())]), 1, 0),
            (Value::Map(vec![]), 0, 1),
            (Value::Int(0), 0, 1),
            (Value::Int(1), 1, 0),
        ] {
            assert_eq!(found(&answer), Found { hits, misses }, "{answer:?}");
        }
        assert!(is_lookup("MGET") && !is_lookup("SET"));
    }
}
