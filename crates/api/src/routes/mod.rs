//! The route table: every route with who may use it, its parameters, body and answer.
//!
//! The router, the OpenAPI document and the access test are made from this table and from nothing else.

mod events;
mod fields;
mod health;
mod keys;
mod logs;
mod me;
mod metrics;
mod orgs;
mod parameters;
mod query;
mod services;
mod session;
mod spans;
mod status;
mod table;
mod tail;
mod tenants;
mod traces;
mod usage;
mod users;

use axum::routing::{MethodFilter, MethodRouter};
use http::Method;
use sightline_model::Permission;

use crate::ApiState;
use crate::openapi::Schema;
use crate::params::Param;

pub(crate) use table::ROUTES;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody; a credential is not looked at.
    Public,
    /// Everybody; a credential that is sent must be valid and may open more.
    Optional,
    /// Whoever has a valid credential.
    SignedIn,
    /// Whoever has the permission.
    Needs(Permission),
    /// Whoever has the permission and belongs to the org `platform`.
    Platform(Permission),
}

impl Access {
    /// Tells whether no credential is needed.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Public | Self::Optional)
    }
}

/// A route as the outside sees it; for tests that walk all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteInfo {
    /// HTTP method.
    pub method: Method,
    /// Path with `{names}` of its variable parts.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
}

/// Returns every route.
pub fn route_table() -> impl Iterator<Item = RouteInfo> {
    ROUTES.iter().map(|route| RouteInfo {
        method: route.verb.method(),
        path: route.path,
        access: route.access,
    })
}

/// The methods that routes use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Delete,
}

impl Verb {
    pub(crate) const fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Delete => Method::DELETE,
        }
    }

    /// The key of an operation in the document.
    pub(crate) const fn lower(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Delete => "delete",
        }
    }

    pub(crate) const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) verb: Verb,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    /// Groups the routes in the document.
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) query: &'static [&'static [Param]],
    pub(crate) input: Option<Schema>,
    pub(crate) answer: Answer,
    /// Runs a query that has an id.
    pub(crate) is_query: bool,
    pub(crate) handler: fn(MethodFilter) -> MethodRouter<ApiState>,
}

/// What a route answers when all is well.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// 200 with JSON.
    Json(Schema),
    /// 201 with JSON.
    Created(Schema),
    /// 204.
    Empty,
    /// 200 with text of this content type.
    Text(&'static str),
}

impl Route {
    /// Begins a row that reads.
    pub(crate) const fn get(
        path: &'static str,
        access: Access,
        handler: fn(MethodFilter) -> MethodRouter<ApiState>,
    ) -> Self {
        Self::new(Verb::Get, path, access, handler)
    }

    /// Begins a row that creates or asks with a body.
    pub(crate) const fn post(
        path: &'static str,
        access: Access,
        handler: fn(MethodFilter) -> MethodRouter<ApiState>,
    ) -> Self {
        Self::new(Verb::Post, path, access, handler)
    }

    /// Begins a row that removes.
    pub(crate) const fn delete(
        path: &'static str,
        access: Access,
        handler: fn(MethodFilter) -> MethodRouter<ApiState>,
    ) -> Self {
        Self::new(Verb::Delete, path, access, handler)
    }

    const fn new(
        verb: Verb,
        path: &'static str,
        access: Access,
        handler: fn(MethodFilter) -> MethodRouter<ApiState>,
    ) -> Self {
        Self {
            verb,
            path,
            access,
            tag: "",
            summary: "",
            query: &[],
            input: None,
            answer: Answer::Empty,
            is_query: false,
            handler,
        }
    }

    pub(crate) const fn about(self, tag: &'static str, summary: &'static str) -> Self {
        Self { tag, summary, ..self }
    }

    pub(crate) const fn query(self, query: &'static [&'static [Param]]) -> Self {
        Self { query, ..self }
    }

    pub(crate) const fn input(self, input: Schema) -> Self {
        Self { input: Some(input), ..self }
    }

    pub(crate) const fn answer(self, answer: Answer) -> Self {
        Self { answer, ..self }
    }

    /// Marks a route that runs a query.
    pub(crate) const fn runs_query(self) -> Self {
        Self { is_query: true, ..self }
    }
}
