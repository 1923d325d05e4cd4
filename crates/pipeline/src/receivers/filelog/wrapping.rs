//! Lines as container runtimes wrap them: Docker's `json-file` driver, and CRI, which Kubernetes has under
//! `/var/log/pods`. Long lines come in parts, which are put together again.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sightline_model::Nanos;

/// What lines of a file are wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrapping {
    /// Nothing: the line is what the program wrote.
    None,
    /// `{"log":"...\n","stream":"stdout","time":"..."}`.
    Docker,
    /// `<time> stdout F ...`.
    Cri,
}

/// What a program wrote, and what its runtime says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) body: String,
    /// When the runtime got it; none without a runtime.
    pub(super) time: Option<Nanos>,
    /// Whether it came by standard error; none without a runtime.
    pub(super) is_error: Option<bool>,
}

/// Docker's line.
#[derive(Deserialize)]
struct Docker<'a> {
    #[serde(borrow)]
    log: Cow<'a, str>,
    #[serde(borrow)]
    stream: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
}

impl Wrapping {
    /// Unwraps lines that follow each other. One that is not wrapped is what it is; a part whose rest is not among
    /// them is a record of its own, and a line does not grow beyond `bytes_max`.
    pub(super) fn unwrap<'a>(
        self,
        lines: impl Iterator<Item = Cow<'a, str>>,
        bytes_max: usize,
    ) -> Vec<Written> {
        let mut all: Vec<Written> = Vec::new();
        // The part that the next line of its stream goes on with.
        let mut open: [Option<usize>; 2] = [None, None];
        for line in lines {
            let Some((next, is_part)) = self.read(&line) else {
                all.push(Written { body: line.into_owned(), time: None, is_error: None });
                continue;
            };
            let stream = usize::from(next.is_error == Some(true));
            let begun = open[stream].take();
            let fits = |at: &usize| all[*at].body.len() + next.body.len() <= bytes_max;
            let at = match begun.filter(fits) {
                Some(at) => {
                    all[at].body.push_str(&next.body);
                    at
                }
                None => {
                    all.push(next);
                    all.len() - 1
                }
            };
            open[stream] = is_part.then_some(at);
        }
        all.retain(|written| !written.body.is_empty());
        all
    }

    /// Reads a line, and whether it goes on in the next.
    fn read(self, line: &str) -> Option<(Written, bool)> {
        let (body, time, stream, is_part) = match self {
            Self::None => return None,
            Self::Docker => {
                let Docker { log, stream, time } = serde_json::from_str(line).ok()?;
                let is_part = !log.ends_with('\n');
                let body = log.trim_end_matches(['\n', '\r']).to_owned();
                (body, sightline_otlp::read_time(&time)?, stream, is_part)
            }
            Self::Cri => {
                let mut words = line.splitn(4, ' ');
                let (time, stream, tags) = (words.next()?, words.next()?, words.next()?);
                let is_part = match tags.split(':').next()? {
                    "P" => true,
                    "F" => false,
                    _ => return None,
                };
                let body = words.next().unwrap_or_default().to_owned();
                (body, sightline_otlp::read_time(time)?, Cow::Borrowed(stream), is_part)
            }
        };
        let is_error = match &*stream {
            "stdout" => false,
            "stderr" => true,
            _ => return None,
        };
        Some((Written { body, time: Some(time), is_error: Some(is_error) }, is_part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "2024-01-20T10:30:45.123456789Z";

    fn check(wrapping: Wrapping, lines: &[&str], expected: &[(&str, Option<bool>)]) {
        let found = wrapping.unwrap(lines.iter().map(|line| Cow::Borrowed(*line)), 20);
        let shown: Vec<_> = found.iter().map(|written| (&*written.body, written.is_error)).collect();
        assert_eq!(shown, expected, "{lines:?}");
        for written in found.iter().filter(|written| written.is_error.is_some()) {
            assert_eq!(written.time, Some(1_705_746_645_123_456_789));
        }
    }

    #[test]
    fn lines_of_runtimes_are_what_the_program_wrote() {
        let docker =
            |log: &str, stream: &str| format!(r#"{{"log":"{log}","stream":"{stream}","time":"{TIME}"}}"#);
        check(
            Wrapping::Docker,
            &[&docker(r#"{\"a\":1}\n"#, "stdout"), &docker(r"b\r\n", "stderr"), &docker(r"\n", "stdout")],
            &[(r#"{"a":1}"#, Some(false)), ("b", Some(true))],
        );
        let cri = |rest: &str| format!("{TIME} {rest}");
        check(
            Wrapping::Cri,
            &[&cri("stdout F a  b"), &cri("stderr F c"), &cri("stdout F"), &cri("stdout F:x d")],
            &[("a  b", Some(false)), ("c", Some(true)), ("d", Some(false))],
        );
    }

    #[test]
    fn parts_are_put_together_by_stream_up_to_a_length() {
        let cri = |rest: &str| format!("{TIME} {rest}");
        check(
            Wrapping::Cri,
            &[&cri("stdout P one "), &cri("stderr F err"), &cri("stdout P line "), &cri("stdout F end")],
            &[("one line end", Some(false)), ("err", Some(true))],
        );
        check(
            Wrapping::Cri,
            &[&cri("stdout P 0123456789abc"), &cri("stdout P 0123456789"), &cri("stdout F x")],
            &[("0123456789abc", Some(false)), ("0123456789x", Some(false))],
        );
    }

    #[test]
    fn what_is_not_wrapped_stays_whole() {
        for wrapping in [Wrapping::None, Wrapping::Docker, Wrapping::Cri] {
            for line in [
                "plain",
                "{}",
                r#"{"log":1,"stream":"x"}"#,
                "now stdout F x",
                "2024-01-20T10:30:45Z stdin F x",
            ] {
                check(wrapping, &[line], &[(line, None)]);
            }
        }
    }
}
