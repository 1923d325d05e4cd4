//! Puts the document together.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sightline_model::Kind;
use utoipa::ToSchema;

use crate::error::Problem;
use crate::names::QUERY_ID;
use crate::params::{Param, Shape};
use crate::routes::{Access, Answer, ROUTES, Route};

/// A named schema and those that it refers to.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) schemas: Vec<(String, Value)>,
}

/// Makes a schema, when the document is made.
pub(crate) type Schema = fn() -> Named;

/// Returns the schema that a type derives.
pub(crate) fn schema_of<T: ToSchema>() -> Named {
    let name = T::name().into_owned();
    let mut all = vec![(name.clone(), T::schema())];
    T::schemas(&mut all);
    let schemas = all.into_iter().map(|(name, schema)| (name, json!(schema))).collect();
    Named { name, schemas }
}

/// Returns the document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = BTreeMap::new();
    let problem = collect(schema_of::<Problem>, &mut schemas);
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in ROUTES {
        let verb = route.verb.lower().to_owned();
        paths.entry(route.path).or_default().insert(verb, operation(route, &problem, &mut schemas));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Sightline",
            "version": "v1",
            "summary": "The public HTTP API of Sightline.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "bearerFormat": "sl_<env>_<id>_<secret>_<crc>", "description": "An API key." },
                "session": {
                    "type": "apiKey", "in": "cookie", "name": crate::names::COOKIE_SECURE,
                    "description": "The session of a browser; over plain http the cookie is named `sightline_session`.",
                },
            },
        },
    })
}

/// Returns the document as it is committed and served.
#[must_use]
pub fn document_text() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

/// Adds the schemas and returns a reference to the first.
fn collect(schema: Schema, schemas: &mut BTreeMap<String, Value>) -> Value {
    let named = schema();
    schemas.extend(named.schemas);
    json!({ "$ref": format!("#/components/schemas/{}", named.name) })
}

fn operation(route: &Route, problem: &Value, schemas: &mut BTreeMap<String, Value>) -> Value {
    let mut parameters: Vec<Value> = path_parts(route.path).map(path_parameter).collect();
    parameters.extend(route.query.iter().copied().flatten().map(query_parameter));
    if route.is_query {
        parameters.push(json!({
            "name": QUERY_ID.as_str(), "in": "header", "required": false,
            "description": "Names the query, so that it can be ended while it runs. One is made when left out.",
            "schema": { "type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$" },
        }));
    }
    let mut out = json!({
        "operationId": operation_id(route),
        "tags": [route.tag],
        "summary": route.summary,
        "responses": responses(route, problem, schemas),
    });
    if !parameters.is_empty() {
        out["parameters"] = Value::Array(parameters);
    }
    if let Some(input) = route.input {
        let schema = collect(input, schemas);
        out["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    let scopes = |names: &[&str]| json!([{ "key": names }, { "session": names }]);
    match route.access {
        Access::Public => out["security"] = json!([]),
        Access::Optional => out["security"] = json!([{}, { "key": [] }, { "session": [] }]),
        Access::SignedIn => out["security"] = scopes(&[]),
        Access::Needs(permission) => out["security"] = scopes(&[permission.as_str()]),
        Access::Platform(permission) => {
            out["security"] = scopes(&[permission.as_str()]);
            out["description"] = json!("For credentials of the org `platform` only.");
        }
    }
    out
}

/// `getServicesRed` for `GET /api/v1/services/{service}/red`, `getTrace` style names would need a list by hand.
fn operation_id(route: &Route) -> String {
    let mut id = route.verb.lower().to_owned();
    let path = route.path.strip_prefix(crate::names::BASE).unwrap_or_else(|| {
        // `/metrics` is about the server, `/api/v1/metrics` about what it stores.
        id.push_str("Server");
        route.path
    });
    for part in path.split(['/', '.']).filter(|part| !part.is_empty()) {
        let by = part.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
        if by.is_some() {
            id.push_str("By");
        }
        let mut chars = by.unwrap_or(part).chars();
        id.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        id.push_str(chars.as_str());
    }
    id
}

fn path_parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameter(name: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
}

fn query_parameter(param: &Param) -> Value {
    let one = match param.shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::Number { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Shape::Word(words) => json!({ "type": "string", "enum": words }),
        Shape::Tenant => json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" }),
    };
    let schema = if param.repeats { json!({ "type": "array", "items": one }) } else { one };
    json!({ "name": param.name, "in": "query", "required": false, "description": param.about, "schema": schema })
}

fn responses(route: &Route, problem: &Value, schemas: &mut BTreeMap<String, Value>) -> Value {
    let mut all = BTreeMap::new();
    let json_body = |schema: Value| json!({ "application/json": { "schema": schema } });
    let headers = if route.is_query {
        json!({ "Sightline-Query-Id": { "description": "Names the query.", "schema": { "type": "string" } } })
    } else {
        json!({ "Sightline-Request-Id": { "description": "Names the request in the log.", "schema": { "type": "string" } } })
    };
    let (status, answer) = match &route.answer {
        Answer::Json(schema) => (
            "200",
            json!({ "description": "The answer.", "headers": headers, "content": json_body(collect(*schema, schemas)) }),
        ),
        Answer::Created(schema) => (
            "201",
            json!({ "description": "Made.", "headers": headers, "content": json_body(collect(*schema, schemas)) }),
        ),
        Answer::Empty => ("204", json!({ "description": "Done.", "headers": headers })),
        Answer::Text(content_type) => {
            ("200", json!({ "description": "The answer.", "content": { *content_type: {} } }))
        }
    };
    all.insert(status.to_owned(), answer);
    for (kind, text) in refusals(route) {
        let content = json!({ "application/problem+json": { "schema": problem } });
        all.insert(kind.http().to_string(), json!({ "description": text, "content": content }));
    }
    json!(all)
}

/// The refusals that a caller of the route should be ready for.
fn refusals(route: &Route) -> Vec<(Kind, &'static str)> {
    let mut all = Vec::new();
    if !matches!(route.access, Access::Public) || route.input.is_some() {
        all.push((Kind::Unauthenticated, "No valid credential."));
    }
    if !route.access.is_open() {
        all.push((Kind::Denied, "The credential does not include this."));
        all.push((Kind::Unavailable, "Overloaded, or a part is away; try again after `Retry-After`."));
    }
    if !route.query.is_empty() || route.input.is_some() || route.is_query {
        all.push((Kind::Invalid, "Something in the request is wrong; `errors` says what and where."));
    }
    if route.path.contains('{') {
        all.push((Kind::NotFound, "There is no such thing, or not for this caller."));
    }
    if route.input.is_some() {
        all.push((Kind::TooLarge, "The body is too large."));
        all.push((Kind::Unsupported, "The body is not JSON."));
    }
    if matches!(route.answer, Answer::Created(_)) || route.is_query {
        all.push((Kind::Conflict, "The present state does not allow it."));
    }
    if route.is_query {
        all.push((Kind::Unprocessable, "Too expensive, or not built yet."));
        all.push((Kind::Timeout, "No row in time."));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_operation_has_its_own_name() {
        let document = document();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        let mut names: Vec<String> = ROUTES.iter().map(operation_id).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn every_route_is_in_the_document_with_a_summary_and_a_tag() {
        let document = document();
        for route in ROUTES {
            let operation = &document["paths"][route.path][route.verb.lower()];
            assert!(
                !operation["summary"].as_str().unwrap().is_empty(),
                "{} {}",
                route.verb.lower(),
                route.path
            );
            assert!(
                !operation["tags"][0].as_str().unwrap().is_empty(),
                "{} {}",
                route.verb.lower(),
                route.path
            );
            let is_open = operation["security"] == json!([]);
            assert_eq!(is_open, route.access == Access::Public, "{} {}", route.verb.lower(), route.path);
        }
    }

    #[test]
    fn the_committed_document_is_this_one() {
        let committed = include_str!("../../../../docs/api/openapi.json");
        assert!(
            committed == document_text(),
            "docs/api/openapi.json is old; run `cargo run -p sightline-api --example openapi` and look at the diff"
        );
    }
}
