//! A metric over time: lines in braille dots, or bars, and a legend whose chosen line stands out.

use ratatui::Frame as Screen;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Paragraph};
use serde_json::Value;
use sightline_model::{Body, Series};

use super::waiting;
use crate::safe_text::shown;
use crate::top::look::Tone;
use crate::top::state::State;
use crate::units;

/// Lines of the legend.
const LEGEND_MAX: u16 = 12;

/// A line of the chart.
struct Curve {
    name: String,
    points: Vec<(f64, f64)>,
}

pub(in crate::top) fn metric(screen: &mut Screen<'_>, area: Rect, state: &State) {
    let Some(Body::Series { x, series, columns, .. }) = state.frame().map(|frame| &frame.body) else {
        return waiting(screen, area, state);
    };
    let curves: Vec<Curve> = series.iter().map(|line| curve(x, line)).collect();
    if curves.iter().all(|curve| curve.points.is_empty()) {
        return waiting(screen, area, state);
    }
    let unit = columns.first().and_then(|column| column.unit.clone()).unwrap_or_default();
    let legend = u16::try_from(curves.len()).unwrap_or(u16::MAX).min(LEGEND_MAX).min(area.height / 2);
    let [top, bottom] = Layout::vertical([Constraint::Min(4), Constraint::Length(legend)]).areas(area);
    chart(screen, top, state, &curves, &unit);
    let height = usize::from(bottom.height);
    let from = state.selected.saturating_sub(height.saturating_sub(1));
    let line = |(at, curve): (usize, &Curve)| {
        let tone = if at == state.selected { Tone::Chosen } else { Tone::Line(at) };
        Line::styled(legend_of(curve, &unit), state.look.style(tone))
    };
    let lines: Vec<Line<'_>> = curves.iter().enumerate().skip(from).take(height).map(line).collect();
    screen.render_widget(Paragraph::new(lines), bottom);
}

fn curve(x: &[i64], line: &Series) -> Curve {
    #[expect(clippy::cast_precision_loss, reason = "places on a screen")]
    let point = |(at, value): (&i64, &Value)| Some((*at as f64 / 1000.0, value.as_f64()?));
    let labels: Vec<String> =
        line.labels.iter().map(|(key, value)| format!("{key}={}", units::plain(value))).collect();
    let labels = if labels.is_empty() { "of all series".to_owned() } else { labels.join(" ") };
    let name = format!("{} {labels}", line.column);
    Curve {
        name: shown(name.trim()).into_owned(),
        points: x.iter().zip(&line.values).filter_map(point).collect(),
    }
}

fn legend_of(curve: &Curve, unit: &str) -> String {
    let values = || curve.points.iter().map(|(_, value)| *value);
    let amount = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| written(value, unit));
    let (last, least, most) = (values().next_back(), values().reduce(f64::min), values().reduce(f64::max));
    format!(" {}  last {}  min {}  max {}", curve.name, amount(last), amount(least), amount(most))
}

fn written(value: f64, unit: &str) -> String {
    match unit {
        "s" => units::duration(value),
        "By" => units::bytes(value),
        "1" | "" => units::number(value),
        unit => format!("{} {unit}", units::number(value)),
    }
}

fn chart(screen: &mut Screen<'_>, area: Rect, state: &State, curves: &[Curve], unit: &str) {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let bounds = |pick: fn(&(f64, f64)) -> f64| {
        let all = || points().map(pick);
        [all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max)]
    };
    let (x, [least, most]) = (bounds(|point| point.0), bounds(|point| point.1));
    // A line on zero alone, or a single value, still needs a height.
    let (low, high) =
        (least.min(0.0), if most > least.min(0.0) { most.max(0.0) } else { least.min(0.0) + 1.0 });
    let shape = if state.has_bars { GraphType::Bar } else { GraphType::Line };
    let is_plain = state.has_bars;
    let line = |(at, curve)| dataset(at, curve, state, shape, is_plain);
    // The chosen line is drawn last, over the others.
    let mut order: Vec<(usize, &Curve)> = curves.iter().enumerate().collect();
    order.sort_by_key(|(at, _)| *at == state.selected);
    let clock = |seconds: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "seconds since the epoch")]
        let instant = jiff::Timestamp::from_second(seconds as i64).unwrap_or_default();
        instant.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
    };
    let axis = Axis::default().style(state.look.style(Tone::Dim));
    let chart = Chart::new(order.into_iter().map(line).collect())
        .legend_position(None)
        .x_axis(axis.clone().bounds(x).labels([clock(x[0]), clock(x[1])]))
        .y_axis(
            axis.bounds([low, high]).labels([low, f64::midpoint(low, high), high].map(|v| written(v, unit))),
        );
    screen.render_widget(chart, area);
}

fn dataset<'a>(at: usize, curve: &'a Curve, state: &State, shape: GraphType, is_plain: bool) -> Dataset<'a> {
    let style: Style = state.look.style(Tone::Line(at));
    let style = if at == state.selected { style.patch(state.look.style(Tone::Bold)) } else { style };
    let marker = if is_plain { Marker::HalfBlock } else { Marker::Braille };
    Dataset::default().data(&curve.points).graph_type(shape).marker(marker).style(style)
}
