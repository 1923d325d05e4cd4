//! Builds trees: one span after the other, until something fails.

use std::cell::RefCell;

use super::later::{self, Later};
use super::{Node, subscribers};

/// What the generator knows of an action beside what it did.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Who acted.
    pub tenant: &'a str,
    /// HTTP status of the answer.
    pub status: u16,
    /// `service route` of the injected fault that struck, as answered.
    pub fault: Option<&'a str>,
    /// Attempts of a job of this trace that must fail before one goes well.
    pub failing_attempts: u32,
}

/// How work ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// 4xx: passed on, and no error of who answers it.
    Refused,
    /// 5xx, or no answer: becomes 502 at every caller.
    Broken,
}

/// A story under way: the spans of a trace that come later are collected beside it.
#[derive(Debug)]
pub(super) struct Story<'a> {
    pub(super) told: &'a Told<'a>,
    pub(super) later: RefCell<Vec<Later>>,
}

impl Story<'_> {
    pub(super) fn node(
        &self,
        service: &str,
        name: &str,
        kind: &str,
        is_error: bool,
        children: Vec<Node>,
    ) -> Node {
        let status = if is_error { "error" } else { "unset" }.to_owned();
        let (service, name, kind) = (service.to_owned(), name.to_owned(), kind.to_owned());
        Node { service, name, kind, status, tenant: self.told.tenant.to_owned(), children }
    }

    pub(super) fn has_struck(&self, service: &str, place: &str) -> bool {
        self.told.fault.and_then(|fault| fault.split_once(' ')) == Some((service, place))
    }

    /// A request that a service serves: nothing happens inside when a fault strikes at its door.
    pub(super) fn serve(
        &self,
        service: &'static str,
        route: &str,
        work: impl FnOnce(&mut Work<'_, '_>),
    ) -> (Node, Option<Failure>) {
        let mut inside = Work::new(self, service, false);
        if self.has_struck(service, route) {
            inside.failed = Some(Failure::Broken);
        } else {
            work(&mut inside);
        }
        let is_error = inside.failed == Some(Failure::Broken);
        (self.node(service, route, "server", is_error, inside.children), inside.failed)
    }
}

/// The inside of a span of a service; what comes after a failure is left out.
#[derive(Debug)]
pub(super) struct Work<'s, 'a> {
    pub(super) story: &'s Story<'a>,
    service: &'static str,
    children: Vec<Node>,
    failed: Option<Failure>,
    /// Nobody waits for it, so what follows from it belongs into it.
    is_later: bool,
}

impl<'s, 'a> Work<'s, 'a> {
    pub(super) const fn new(story: &'s Story<'a>, service: &'static str, is_later: bool) -> Self {
        Self { story, service, children: Vec::new(), failed: None, is_later }
    }

    /// What was built, and how it ended.
    pub(super) fn done(self) -> (Vec<Node>, Option<Failure>) {
        (self.children, self.failed)
    }

    pub(super) const fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Ends the work.
    pub(super) fn fail(&mut self, failure: Failure) {
        self.failed.get_or_insert(failure);
    }

    fn push(&mut self, name: &str, kind: &str, is_error: bool, children: Vec<Node>) {
        self.children.push(self.story.node(self.service, name, kind, is_error, children));
    }

    /// A query, or a command of the cache.
    pub(super) fn ask(&mut self, name: &str) {
        if !self.has_failed() {
            self.push(name, "client", false, Vec::new());
        }
    }

    /// A call of a company outside, which leaves no spans of its own.
    pub(super) fn call_outside(&mut self, name: &str, is_broken: bool) {
        if self.has_failed() {
            return;
        }
        self.push(name, "client", is_broken, Vec::new());
        if is_broken {
            self.fail(Failure::Broken);
        }
    }

    /// A business span; it has no status of its own.
    pub(super) fn inside(&mut self, name: &str, work: impl FnOnce(&mut Self)) {
        if self.has_failed() {
            return;
        }
        let mut inner = Self::new(self.story, self.service, self.is_later);
        work(&mut inner);
        self.failed = inner.failed;
        self.push(name, "internal", false, inner.children);
    }

    /// What is done only after something broke: a business span with a query.
    pub(super) fn undo(&mut self, name: &str, query: &str) {
        if self.failed == Some(Failure::Broken) {
            let query = self.story.node(self.service, query, "client", false, Vec::new());
            self.push(name, "internal", false, vec![query]);
        }
    }

    /// A call of another service: a CLIENT span, and below it the SERVER span.
    pub(super) fn call(&mut self, service: &'static str, route: &str, work: impl FnOnce(&mut Work<'_, '_>)) {
        if self.has_failed() {
            return;
        }
        let (server, failed) = self.story.serve(service, route, work);
        self.failed = failed;
        self.push(route, "client", failed.is_some(), vec![server]);
    }

    /// Publishes a message; each group that subscribes to the topic handles it later.
    pub(super) fn send(&mut self, topic: &'static str, kind: &str) {
        if self.has_failed() {
            return;
        }
        let mut inner = Self::new(self.story, self.service, self.is_later);
        inner.call("core-events", "POST /topics/{topic}/messages", |work| {
            work.inside("message.append", |work| work.ask("INSERT messages"));
        });
        let (mut children, failed) = inner.done();
        self.failed = failed;
        let name = format!("send {topic}");
        if failed.is_none() {
            let handled = subscribers(topic).iter().map(|s| later::handled(self.story, s, topic, kind));
            if self.is_later {
                children.extend(handled);
            } else {
                let under = |node| Later { service: self.service.to_owned(), name: name.clone(), node };
                self.story.later.borrow_mut().extend(handled.map(under));
            }
        }
        self.push(&name, "producer", failed.is_some(), children);
    }
}
