//! Texts that try to get out of their place: in every parameter they are values, or a refusal of ours.

use serde_json::json;
use sightline_model::language::parse_filter;
use sightline_model::{Kind, Signal};

use super::cells;
use super::lines::line;
use super::world::{World, ask, span};
use crate::{
    Bin, By, CompleteQuery, FieldsQuery, LogsQuery, OperationsQuery, RedQuery, ServicesQuery, SpansQuery,
    TracesQuery, ValuesQuery, Variable,
};

const NAUGHTY: [&str; 22] = [
    "'",
    "\\",
    "\\'",
    "''",
    "\\\\' OR 1=1 -- ",
    "' OR '1'='1",
    "'; DROP TABLE sightline.spans; --",
    "`",
    "`) OR 1 --",
    "{p0:String}",
    "{scope:spans}",
    "{_org:UInt32}",
    "%",
    "_",
    "a\\%b",
    "\t",
    "\n",
    "\u{0}",
    "\u{1F600}\u{301}",
    "--sightline-0000000000000000",
    "\r\n--sightline-0000000000000000--\r\n",
    "\\N",
];

/// Writes a text as the language quotes it.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '\'' => "\\'".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            c => c.to_string(),
        })
        .collect();
    format!("'{escaped}'")
}

/// A control character is refused by the language; everything else must be answered.
fn is_fine(result: Result<Vec<String>, crate::Error>, what: &str) -> Vec<String> {
    match result {
        Ok(cells) => cells,
        Err(error) => {
            let refused = matches!(error.kind(), Kind::Invalid | Kind::Unprocessable | Kind::NotFound);
            assert!(refused, "{what:?}: {error}");
            Vec::new()
        }
    }
}

#[tokio::test]
async fn values_of_filters_are_found_as_they_are_and_nothing_else() {
    let world = World::of(151).await;
    let specs: Vec<_> = NAUGHTY
        .iter()
        .zip(1..)
        .map(|(text, id)| {
            span(id, id).with(|s| {
                s.name = format!("n{id}");
                s.attributes = json!({"v": text});
            })
        })
        .collect();
    world.write(&specs).await;
    for (text, id) in NAUGHTY.iter().zip(1..) {
        let names = async |filter: String| {
            let query = SpansQuery { ask: ask(), filter: filter.clone(), limit: None, after: None };
            let frame = world.service.spans(&world.scope, &query).await;
            is_fine(frame.map(|frame| cells(&frame, "name")), &filter)
        };
        let own = format!("n{id}");
        if *text != "\u{0}" {
            let q = quoted(text);
            let each = format!("v = {q} AND v IN ({q}, 'zz') AND v CONTAINS {q} AND NOT v != {q}");
            assert_eq!(names(each).await, [own.as_str()], "{text:?}");
        }
        let mut ask = ask();
        ask.vars.insert("v".to_owned(), Variable::Values(vec![json!(text)]));
        let query = SpansQuery { ask, filter: "v = $v".to_owned(), limit: None, after: None };
        let frame = world.service.spans(&world.scope, &query).await.unwrap();
        assert_eq!(cells(&frame, "name"), [own.as_str()], "variable {text:?}");
        // In one statement, so that each name of a key and each pattern stands beside the others.
        let each = [
            format!("{text} = 1"),
            format!("`{}` = 1", text.replace('`', "``")),
            format!("resource.`{}` EXISTS", text.replace('`', "``")),
            format!("event.`{}` EXISTS", text.replace('`', "``")),
            format!("v LIKE {}", quoted(text)),
            format!("v REGEXP {}", quoted(text)),
            format!("has(v, {})", quoted(text)),
            format!("search({}, v)", quoted(text)),
            quoted(text),
            (*text).to_owned(),
        ];
        let valid = each.into_iter().filter(|filter| parse_filter(filter, Signal::Traces).is_ok());
        let joined = valid.map(|filter| format!("({filter}\n)")).collect::<Vec<_>>().join(" OR ");
        names(joined).await;
    }
}

#[tokio::test]
async fn every_other_parameter_is_a_value_too() {
    let world = World::of(152).await;
    world.write(&[span(1, 1).with(|s| s.attributes = json!({"tenant.id": "a", "color": "red"}))]).await;
    for text in NAUGHTY {
        let owned = || text.to_owned();
        let mut ask_in = ask();
        ask_in.environment = Some(owned());
        let service = &world.service;
        let scope = &world.scope;
        let spans = SpansQuery { ask: ask_in, filter: String::new(), limit: None, after: None };
        assert!(is_fine(service.spans(scope, &spans).await.map(|f| cells(&f, "name")), text).is_empty());
        let red = RedQuery {
            ask: ask(),
            service: owned(),
            namespace: Some(owned()),
            bin: Bin::Auto,
            max_points: 0,
            by: By::Endpoint,
            filter: format!("endpoint = {}", quoted(text)),
        };
        is_fine(service.red(scope, &red).await.map(|_| Vec::new()), text);
        let cursor = TracesQuery {
            ask: ask(),
            filter: String::new(),
            sort: crate::Sort::Start,
            limit: None,
            after: Some(format!("1-{text}")),
        };
        is_fine(service.traces(scope, &cursor).await.map(|_| Vec::new()), text);
        let mut zoned = ask();
        zoned.tz = owned();
        let zoned = SpansQuery { ask: zoned, filter: String::new(), limit: None, after: None };
        is_fine(service.spans(scope, &zoned).await.map(|_| Vec::new()), text);
        let fields = FieldsQuery { ask: ask(), signal: Signal::Traces, prefix: owned() };
        is_fine(service.fields(scope, &fields).await.map(|_| Vec::new()), text);
        for key in [owned(), format!("resource.{text}"), "color".to_owned()] {
            let values = ValuesQuery {
                ask: ask(),
                signal: Signal::Traces,
                key,
                prefix: owned(),
                filter: String::new(),
                limit: None,
            };
            is_fine(service.field_values(scope, &values).await.map(|_| Vec::new()), text);
        }
        let complete =
            CompleteQuery { ask: ask(), signal: Signal::Traces, text: format!("color = {text}"), cursor: 9 };
        is_fine(service.complete(scope, &complete).await.map(|_| Vec::new()), text);
    }
}

#[tokio::test]
async fn names_of_services_and_environments_are_values_too() {
    let world = World::of(9406).await;
    world.write(&[span(1, 1).with(|s| s.attributes = json!({"tenant.id": "a", "color": "red"}))]).await;
    let (service, scope) = (&world.service, &world.scope);
    for text in NAUGHTY {
        let owned = || text.to_owned();
        let mut ask_in = ask();
        ask_in.environment = Some(owned());
        let services =
            ServicesQuery { ask: ask_in, filter: String::new(), has_tenants: true, is_exact: true };
        assert!(
            is_fine(service.services(scope, &services).await.map(|f| cells(&f, "service")), text).is_empty()
        );
        let operations = OperationsQuery {
            ask: ask(),
            service: owned(),
            namespace: Some(owned()),
            filter: String::new(),
            is_exact: true,
        };
        assert!(
            is_fine(service.operations(scope, &operations).await.map(|f| cells(&f, "endpoint")), text)
                .is_empty()
        );
    }
}

#[tokio::test]
async fn values_of_filters_over_lines_are_values_too() {
    let world = World::of(153).await;
    world.log(&[line(1, "nothing of it")]).await;
    for text in NAUGHTY {
        let (q, name) = (quoted(text), text.replace('`', "``"));
        let filter = format!("body = {q} OR body.`{name}` = {q} OR search({q}, a) OR severity_text = {q}");
        let own = LogsQuery { ask: ask(), filter, limit: None, after: None };
        let found = world.service.logs(&world.scope, &own).await;
        assert!(is_fine(found.map(|frame| cells(&frame, "body")), text).is_empty());
        let cursor = LogsQuery { after: Some(format!("1-{text}")), filter: String::new(), ..own };
        is_fine(world.service.logs(&world.scope, &cursor).await.map(|_| Vec::new()), text);
    }
}
