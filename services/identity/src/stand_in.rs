//! Stands in for Redis on a machine that has none: a server on the loopback interface that speaks the part of its
//! protocol (RESP2) that the cache uses: GET, SET with EX, DEL, PING, CLIENT.
//!
//! The cache reaches it over a real connection, so that spans and failures are the same as with Redis.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// Texts kept at most; beyond, a new one is refused.
const KEYS_MAX: usize = 100_000;
/// Arguments of a command, and bytes of each, at most.
const ARGUMENTS_MAX: usize = 16;
const BYTES_MAX: usize = 64 * 1024;

type Keys = Arc<Mutex<HashMap<Vec<u8>, (Vec<u8>, Option<Instant>)>>>;

/// Starts the stand-in and returns its address. It lives as long as the process.
#[expect(
    clippy::disallowed_methods,
    reason = "like a server outside, it does not stop when identity stops serving"
)]
pub(crate) async fn start() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let address = listener.local_addr()?;
    let keys = Keys::default();
    tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(serve(stream, Arc::clone(&keys)))),
                Err(error) => {
                    tracing::warn!(%error, "the stand-in for redis cannot accept; trying again");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    });
    Ok(address)
}

/// Answers commands until the other side goes or sends what is no command.
async fn serve(stream: TcpStream, keys: Keys) {
    let mut stream = BufReader::new(stream);
    while let Ok(Some(command)) = read(&mut stream).await {
        let answer = answer(&command, &keys, Instant::now());
        if stream.get_mut().write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// Reads a command: `*n`, then n times `$length` and the bytes. None when the other side has gone.
async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<Vec<u8>>>> {
    let Some(count) = header(stream, '*', ARGUMENTS_MAX).await? else { return Ok(None) };
    let mut arguments = Vec::with_capacity(count);
    for _ in 0..count {
        let Some(length) = header(stream, '$', BYTES_MAX).await? else { return Ok(None) };
        let mut argument = vec![0; length + 2];
        stream.read_exact(&mut argument).await?;
        argument.truncate(length);
        arguments.push(argument);
    }
    Ok(Some(arguments))
}

async fn header(stream: &mut BufReader<TcpStream>, mark: char, max: usize) -> std::io::Result<Option<usize>> {
    let mut line = String::new();
    if stream.take(32).read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let number = line.strip_prefix(mark).and_then(|n| n.trim_end().parse().ok()).filter(|n| *n <= max);
    number.map(Some).ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}

fn answer(command: &[Vec<u8>], keys: &Keys, now: Instant) -> Vec<u8> {
    let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
    let name = command.first().map(|name| name.to_ascii_uppercase()).unwrap_or_default();
    let is_current = |until: Option<Instant>| until.is_none_or(|until| now < until);
    match (name.as_slice(), &command[1.min(command.len())..]) {
        (b"PING", []) => b"+PONG\r\n".to_vec(),
        (b"CLIENT", _) => b"+OK\r\n".to_vec(),
        (b"GET", [key]) => match keys.get(key).filter(|(_, until)| is_current(*until)) {
            Some((text, _)) => bulk(text),
            None => b"$-1\r\n".to_vec(),
        },
        (b"DEL", [key]) => format!(":{}\r\n", u8::from(keys.remove(key).is_some())).into_bytes(),
        (b"SET", [key, text, time @ ..]) => {
            let Some(until) = expiry(time, now) else { return b"-ERR syntax error\r\n".to_vec() };
            if keys.len() >= KEYS_MAX {
                keys.retain(|_, (_, until)| is_current(*until));
            }
            if keys.len() >= KEYS_MAX && !keys.contains_key(key) {
                return b"-OOM command not allowed when used memory > 'maxmemory'\r\n".to_vec();
            }
            keys.insert(key.clone(), (text.clone(), until));
            b"+OK\r\n".to_vec()
        }
        _ => format!("-ERR unknown command '{}'\r\n", String::from_utf8_lossy(&name)).into_bytes(),
    }
}

/// Reads `EX seconds`, or nothing; a time of zero is refused as Redis does.
fn expiry(time: &[Vec<u8>], now: Instant) -> Option<Option<Instant>> {
    let [word, seconds] = time else { return time.is_empty().then_some(None) };
    let seconds = std::str::from_utf8(seconds).ok()?.parse().ok().filter(|seconds| *seconds > 0)?;
    word.eq_ignore_ascii_case(b"EX").then(|| now.checked_add(Duration::from_secs(seconds)))
}

fn bulk(text: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", text.len()).as_bytes(), text, b"\r\n"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_answered_as_redis_does() {
        let (keys, start) = (Keys::default(), Instant::now());
        let check = |after_seconds: u64, command: &str, want: &str| {
            let command: Vec<Vec<u8>> = command.split(' ').map(|part| part.as_bytes().to_vec()).collect();
            let got = answer(&command, &keys, start + Duration::from_secs(after_seconds));
            assert_eq!(String::from_utf8(got).unwrap(), want, "{command:?}");
        };
        check(0, "PING", "+PONG\r\n");
        check(0, "GET a", "$-1\r\n");
        check(0, "set a text EX 10", "+OK\r\n");
        check(9, "GET a", "$4\r\ntext\r\n");
        check(10, "GET a", "$-1\r\n");
        check(0, "SET b c", "+OK\r\n");
        check(99_999, "GET b", "$1\r\nc\r\n");
        check(0, "DEL b", ":1\r\n");
        check(0, "DEL b", ":0\r\n");
        check(0, "SET a b EX 0", "-ERR syntax error\r\n");
        check(0, "FLUSHALL", "-ERR unknown command 'FLUSHALL'\r\n");
    }
}
