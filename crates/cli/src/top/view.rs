//! The pages, their names, and the address of the same page in a browser.

/// A page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum View {
    #[default]
    Services,
    Traces,
    /// One trace.
    Trace(String),
    /// One span of a trace.
    Span(String, String),
    Logs,
    Map,
    Metrics,
    /// One metric over time.
    Metric(String),
    Pipeline,
}

impl View {
    /// The pages that have a number key, in order.
    pub(super) const TABS: [(&'static str, Self); 6] = [
        ("Services", Self::Services),
        ("Traces", Self::Traces),
        ("Logs", Self::Logs),
        ("Map", Self::Map),
        ("Metrics", Self::Metrics),
        ("Pipeline", Self::Pipeline),
    ];

    /// Returns the tab that a page belongs to.
    pub(super) fn tab(&self) -> usize {
        let top = match self {
            Self::Trace(_) | Self::Span(..) => &Self::Traces,
            Self::Metric(_) => &Self::Metrics,
            other => other,
        };
        Self::TABS.iter().position(|(_, view)| view == top).unwrap_or(0)
    }

    /// Returns what the path above the page calls it.
    pub(super) fn crumb(&self) -> String {
        let short = |id: &str| id.chars().take(8).collect::<String>();
        match self {
            Self::Trace(id) => format!("trace {}", short(id)),
            Self::Span(_, id) => format!("span {}", short(id)),
            Self::Metric(name) => name.clone(),
            tab => Self::TABS[tab.tab()].0.to_lowercase(),
        }
    }

    /// Tells whether `/` searches names here, instead of asking with the filter language.
    pub(super) const fn is_searched(&self) -> bool {
        matches!(self, Self::Map | Self::Metrics)
    }

    /// Tells whether what is shown depends on a filter or a search.
    pub(super) const fn is_narrowed(&self) -> bool {
        !matches!(self, Self::Pipeline)
    }
}

/// What a link to the pages holds beside the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Web {
    /// The server, without a slash at the end.
    pub(super) url: String,
    pub(super) tenants: Vec<String>,
}

impl Web {
    /// Returns the address of a page in a browser.
    pub(super) fn link(
        &self,
        view: &View,
        range: &str,
        [filter, search]: [&str; 2],
        node: Option<&str>,
    ) -> String {
        let mut parameters = vec![("from", format!("now-{range}")), ("to", "now".to_owned())];
        parameters.extend(self.tenants.iter().map(|tenant| ("tenant", tenant.clone())));
        let mut ask = |name, value: &str| {
            if !value.is_empty() {
                parameters.push((name, value.to_owned()));
            }
        };
        let path = match view {
            View::Services => "/services".to_owned(),
            View::Traces => {
                ask("q", filter);
                "/traces".to_owned()
            }
            View::Trace(id) => format!("/traces/{}", encoded(id)),
            View::Span(trace, span) => {
                ask("span", span);
                format!("/traces/{}", encoded(trace))
            }
            View::Logs => {
                ask("q", filter);
                ask("live", "1");
                "/logs".to_owned()
            }
            View::Map => {
                ask("node", node.unwrap_or_default());
                "/map".to_owned()
            }
            View::Metrics => {
                ask("q", search);
                "/metrics-explorer".to_owned()
            }
            View::Metric(name) => {
                ask("q", filter);
                format!("/metrics-explorer/{}", encoded(name))
            }
            View::Pipeline => "/".to_owned(),
        };
        let pairs: Vec<String> =
            parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        format!("{}{path}?{}", self.url, pairs.join("&"))
    }
}

/// Encodes a part of an address.
pub(super) fn encoded(text: &str) -> String {
    sightline_client::encoded_but(text, b"-_.~:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_the_same_page() {
        let web = Web { url: "http://h:4380".to_owned(), tenants: vec!["t 1".to_owned()] };
        let check = |view: View, want: &str| {
            assert_eq!(
                web.link(&view, "15m", ["a = 'b&c'", "cpu"], Some("service:b")),
                format!("http://h:4380{want}")
            );
        };
        check(View::Services, "/services?from=now-15m&to=now&tenant=t%201");
        check(View::Traces, "/traces?from=now-15m&to=now&tenant=t%201&q=a%20%3D%20%27b%26c%27");
        check(
            View::Span("ab".to_owned(), "cd".to_owned()),
            "/traces/ab?from=now-15m&to=now&tenant=t%201&span=cd",
        );
        check(View::Map, "/map?from=now-15m&to=now&tenant=t%201&node=service:b");
        check(View::Metrics, "/metrics-explorer?from=now-15m&to=now&tenant=t%201&q=cpu");
        check(
            View::Metric("a/b".to_owned()),
            "/metrics-explorer/a%2Fb?from=now-15m&to=now&tenant=t%201&q=a%20%3D%20%27b%26c%27",
        );
    }
}
