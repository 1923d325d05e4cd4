//! The trace that an action must leave, as a tree of (service, name, kind, status, tenant).
//!
//! It is written from what the demo services are documented to do, not from their spans.

use serde::{Deserialize, Serialize};

use crate::plan::Action;

/// A span that must be stored, with its children in order of their start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Node {
    /// `service.name`
    pub service: String,
    /// Span name.
    pub name: String,
    /// `server`, `client`, `internal`
    pub kind: String,
    /// `unset` or `error`
    pub status: String,
    /// `tenant.id`
    pub tenant: String,
    /// What it called.
    pub children: Vec<Self>,
}

impl Node {
    /// Calls `see` for this node and all below.
    pub fn visit(&self, see: &mut impl FnMut(&Self)) {
        see(self);
        self.children.iter().for_each(|child| child.visit(see));
    }

    /// Sorts children by content, for comparing trees whose siblings ran at the same time.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.children = self.children.into_iter().map(Self::sorted).collect();
        self.children.sort();
        self
    }
}

/// Builds the trees of one tenant, given where a fault struck.
struct Story<'a> {
    tenant: &'a str,
    fault: Option<&'a str>,
    limited: bool,
}

impl Story<'_> {
    fn node(&self, service: &str, name: &str, kind: &str, failed: bool, children: Vec<Node>) -> Node {
        let status = if failed { "error" } else { "unset" }.to_owned();
        let (service, name, kind) = (service.to_owned(), name.to_owned(), kind.to_owned());
        Node { service, name, kind, status, tenant: self.tenant.to_owned(), children }
    }

    fn struck(&self, place: &str) -> bool {
        self.fault == Some(place)
    }

    fn sql(&self, service: &str, name: &str) -> Node {
        self.node(service, name, "client", false, Vec::new())
    }

    /// A call of the gateway: CLIENT span, and below it the SERVER span of the other service.
    fn call(&self, server: Node, refused: bool) -> Node {
        let failed = server.status == "error" || refused;
        let name = server.name.clone();
        self.node("api-gateway", &name, "client", failed, vec![server])
    }

    fn served(&self, service: &str, route: &str, children: Vec<Node>, failed_inside: bool) -> Node {
        if self.struck(&format!("{service} {route}")) {
            return self.node(service, route, "server", true, Vec::new());
        }
        self.node(service, route, "server", failed_inside, children)
    }

    fn login(&self, wrong: bool) -> Node {
        let verify = self.node(
            "identity",
            "login.verify",
            "internal",
            false,
            vec![self.sql("identity", "SELECT users")],
        );
        let open = self.node(
            "identity",
            "session.open",
            "internal",
            false,
            vec![self.sql("identity", "INSERT sessions")],
        );
        let children = if wrong { vec![verify] } else { vec![verify, open] };
        let server = self.served("identity", "POST /login", children, false);
        self.gateway("POST /api/login", |story| vec![story.call(server.clone(), wrong)])
    }

    fn gateway(&self, route: &str, calls: impl Fn(&Self) -> Vec<Node>) -> Node {
        if self.struck(&format!("api-gateway {route}")) {
            return self.node("api-gateway", route, "server", true, Vec::new());
        }
        let calls = calls(self);
        // A refusal below (4xx) is passed on and is no error of the gateway; a failure below becomes 502.
        let failed = calls.iter().any(|call| call.children.iter().any(|server| server.status == "error"));
        self.node("api-gateway", route, "server", failed, calls)
    }

    fn authenticated(&self, route: &str, billing: impl Fn(&Self) -> Node) -> Node {
        self.gateway(route, |story| {
            let check = story.served(
                "identity",
                "GET /sessions/{token}",
                vec![story.sql("identity", "SELECT sessions")],
                false,
            );
            let check = story.call(check, false);
            if check.status == "error" || story.limited {
                vec![check]
            } else {
                vec![check, story.call(billing(story), false)]
            }
        })
    }

    fn create(&self) -> Node {
        let calculate = self.node("billing", "invoice.calculate", "internal", false, Vec::new());
        let children = vec![calculate, self.sql("billing", "INSERT invoices")];
        self.authenticated("POST /api/invoices", |s| {
            s.served("billing", "POST /invoices", children.clone(), false)
        })
    }

    fn read(&self) -> Node {
        let children = vec![self.sql("billing", "SELECT invoices")];
        self.authenticated("GET /api/invoices/{id}", |s| {
            s.served("billing", "GET /invoices/{id}", children.clone(), false)
        })
    }

    fn pay(&self) -> Node {
        let refused = self.struck("billing provider");
        let charge = self.node("billing", "POST /charges", "client", refused, Vec::new());
        let mut children = vec![
            self.sql("billing", "SELECT invoices"),
            self.node("billing", "payment.charge", "internal", false, vec![charge]),
        ];
        if !refused {
            children.push(self.sql("billing", "UPDATE invoices"));
        }
        self.authenticated("POST /api/invoices/{id}/pay", |s| {
            s.served("billing", "POST /invoices/{id}/pay", children.clone(), refused)
        })
    }
}

/// Returns the trace of an action. `fault` is `service route` of the injected fault that struck, as answered; `limited`
/// says that the gateway refused because the tenant sends too much (429).
#[must_use]
pub fn tree(action: Action, tenant: &str, fault: Option<&str>, limited: bool) -> Node {
    let story = Story { tenant, fault, limited };
    match action {
        Action::Login => story.login(false),
        Action::WrongLogin => story.login(true),
        Action::Create => story.create(),
        Action::Read => story.read(),
        Action::Pay => story.pay(),
    }
}
