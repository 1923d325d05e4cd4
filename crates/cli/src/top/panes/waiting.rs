//! A page without rows: why, and what to do about it.

use ratatui::Frame as Screen;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};

use crate::top::Listening;
use crate::top::look::Tone;
use crate::top::state::State;
use crate::top::view::View;

/// Says what is missing, or that the answer is not there yet.
pub(in crate::top) fn waiting(screen: &mut Screen<'_>, area: Rect, state: &State) {
    if let Some(listening) = state.listening.as_ref().filter(|_| state.view == View::Services) {
        let lines: Vec<Line<'_>> = how_to_send(listening).into_iter().map(Line::from).collect();
        return screen.render_widget(Paragraph::new(lines), area);
    }
    let text = match (&state.answer, &state.view) {
        (None, View::Logs) => "waiting for records; they are shown as they are stored",
        (None, _) => "asking ...",
        (_, View::Services) => {
            "no service has sent spans in this range; ] widens it, `sightline env` tells how to send"
        }
        (_, View::Traces) => "no trace fits; ] widens the range, / changes the filter",
        (_, View::Map) => "no calls between services in this range; ] widens it",
        (_, View::Metrics) => "no metric in this range; ] widens it, / changes the search",
        (_, View::Metric(_)) => "no points in this range; ] widens it",
        _ => "nothing",
    };
    let line = Line::styled(format!(" {text}"), state.look.style(Tone::Dim));
    screen.render_widget(Paragraph::new(line).wrap(Wrap { trim: false }), area);
}

/// What a newcomer needs: where to send, and the variables to copy.
fn how_to_send(listening: &Listening) -> Vec<String> {
    let Listening { grpc, http, notes, .. } = listening;
    let mut out = vec![
        String::new(),
        format!(" Receiving OpenTelemetry: gRPC on {grpc}, HTTP on {http}. No key is needed."),
        " Nothing has arrived yet. Start a service with:".to_owned(),
        String::new(),
        format!("   export OTEL_EXPORTER_OTLP_ENDPOINT=http://{grpc}"),
        "   export OTEL_EXPORTER_OTLP_PROTOCOL=grpc".to_owned(),
        "   export OTEL_SERVICE_NAME=my-service".to_owned(),
        "   export OTEL_TRACES_EXPORTER=otlp OTEL_METRICS_EXPORTER=otlp OTEL_LOGS_EXPORTER=otlp".to_owned(),
        String::new(),
        " or, for an SDK that speaks HTTP only:".to_owned(),
        String::new(),
        format!("   export OTEL_EXPORTER_OTLP_ENDPOINT=http://{http}"),
        "   export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf".to_owned(),
        String::new(),
    ];
    out.extend(notes.iter().map(|note| format!(" {note}")));
    out.push(" Everything is kept in a temporary folder and is gone when you quit (q).".to_owned());
    out
}
