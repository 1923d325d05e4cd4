//! The books of the pipeline: what came in, what lies in the store, what waits, and how log, engine and disk are.

use ratatui::Frame as Screen;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use serde_json::Value;

use super::waiting;
use crate::safe_text::shown;
use crate::top::books::{Books, SIGNALS};
use crate::top::load::Answer;
use crate::top::look::Tone;
use crate::top::state::State;
use crate::units;

/// Lag from which on the store is behind, in seconds.
const LAG_S: f64 = 30.0;

pub(in crate::top) fn pipeline(screen: &mut Screen<'_>, area: Rect, state: &State) {
    let Some(Answer::Books(books)) = &state.answer else { return waiting(screen, area, state) };
    let mut lines = vec![(
        Tone::Bold,
        format!(
            " {:<8} {:>12} {:>10} {:>12} {:>9} {:>9} {:>9} {:>7}",
            "SIGNAL", "RECEIVED", "PER S", "STORED", "REJECTED", "REPEATED", "IN LOG", "LAG"
        ),
    )];
    lines.extend(SIGNALS.map(|signal| row(books, state.earlier.as_ref(), signal)));
    let reasons: Vec<String> =
        books.reasons().into_iter().map(|(reason, n)| format!("{reason} {}", units::number(n))).collect();
    if !reasons.is_empty() {
        lines.push((Tone::Bad, format!(" rejected because of: {}", reasons.join(", "))));
    }
    lines.push((Tone::Plain, String::new()));
    lines.extend(parts(books));
    let line = |(tone, text): (Tone, String)| Line::styled(shown(&text).into_owned(), state.look.style(tone));
    screen.render_widget(Paragraph::new(lines.into_iter().map(line).collect::<Vec<_>>()), area);
}

fn row(books: &Books, earlier: Option<&Books>, signal: &str) -> (Tone, String) {
    let count = |name: &str| books.of(name, signal).unwrap_or(0.0);
    let rate = earlier.and_then(|earlier| books.rate(earlier, "pipeline_received_total", signal));
    let rate = rate.map_or_else(|| "-".to_owned(), units::number);
    let lag = books.of("pipeline_watermark_lag", signal).unwrap_or(0.0);
    let [received, stored, rejected, repeated] = ["received", "stored", "rejected", "deduplicated"]
        .map(|name| count(&format!("pipeline_{name}_total")))
        .map(units::number);
    let waiting = units::number(count("pipeline_in_wal"));
    let line = format!(
        " {signal:<8} {received:>12} {rate:>10} {stored:>12} {rejected:>9} {repeated:>9} {waiting:>9} {:>7}",
        units::duration(lag)
    );
    (if lag >= LAG_S { Tone::Warning } else { Tone::Plain }, line)
}

fn parts(books: &Books) -> Vec<(Tone, String)> {
    let status = &books.status;
    let text = |path: &str| status.pointer(path).and_then(Value::as_str).unwrap_or("-");
    let number = |path: &str| status.pointer(path).and_then(Value::as_f64);
    let bytes = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), units::bytes);
    let count = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), units::number);
    let state = text("/engine/state");
    let lost = books.total("wal_quarantined").unwrap_or(0.0);
    let mut out = vec![
        (
            Tone::Plain,
            format!(
                " log     {} in {} files, {} records to store, oldest {}",
                bytes(books.total("wal_size")),
                count(books.total("wal_segments")),
                count(books.total("wal_backlog")),
                units::duration(books.total("wal_oldest_age").unwrap_or(0.0)),
            ),
        ),
        (
            if matches!(state, "up" | "external") { Tone::Plain } else { Tone::Warning },
            format!(
                " engine  {state} {}, {} restarts, {}",
                text("/engine/version"),
                count(number("/engine/restarts")),
                bytes(number("/engine/rss_bytes")),
            ),
        ),
    ];
    if lost > 0.0 {
        out.insert(1, (Tone::Bad, format!(" log     {lost} records could not be read and are set aside")));
    }
    if let (Some(free), Some(total)) = (number("/disk/free_bytes"), number("/disk/total_bytes")) {
        let tone = if free < total * 0.1 { Tone::Warning } else { Tone::Plain };
        out.push((tone, format!(" disk    {} free of {}", units::bytes(free), units::bytes(total))));
    }
    let up = units::duration(number("/uptime_s").unwrap_or(0.0));
    out.push((Tone::Plain, format!(" server  {}, up {up}", text("/version"))));
    let ends = format!(
        " receives gRPC on {}, HTTP on {}",
        text("/endpoints/otlp_grpc"),
        text("/endpoints/otlp_http")
    );
    out.push((Tone::Plain, ends));
    out.push((Tone::Dim, " numbers of the whole server since its start, all orgs".to_owned()));
    out
}
