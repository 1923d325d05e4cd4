//! Options that every command takes, and the client they lead to.

use sightline_client::{Client, Settings};

use crate::context::{Context, Contexts};
use crate::exit::Failure;
use crate::output::Format;

/// Options of every client command.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Global {
    /// URL of the server [env: SIGHTLINE_URL] [default: http://127.0.0.1:4380].
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// API key [env: SIGHTLINE_TOKEN]; better kept in the environment or a context than on the command line.
    #[arg(long, global = true, value_name = "KEY", hide_env_values = true)]
    pub token: Option<String>,
    /// Org, for users of several [env: SIGHTLINE_ORG].
    #[arg(long, global = true, value_name = "SLUG")]
    pub org: Option<String>,
    /// Only this tenant; repeatable [env: SIGHTLINE_TENANT].
    #[arg(long, global = true, value_name = "TENANT")]
    pub tenant: Vec<String>,
    /// Context to use [env: SIGHTLINE_CONTEXT].
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// How to print the answer; a table on a terminal, else JSON lines.
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT")]
    pub output: Option<Format>,
}

/// A command's view of the world: options, environment, contexts.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) global: Global,
    pub(crate) contexts: Contexts,
    environment: Vec<(String, String)>,
}

impl Session {
    /// Reads the contexts; flag, environment, context and default in this order decide later.
    pub(crate) fn open(global: Global, environment: &[(String, String)]) -> Result<Self, Failure> {
        let contexts = Contexts::load(environment)?;
        Ok(Self { global, contexts, environment: environment.to_vec() })
    }

    /// Returns a variable of the environment.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.environment.iter().find(|(k, v)| k == name && !v.is_empty()).map(|(_, v)| v.clone())
    }

    /// Returns a client for the chosen server.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let context = self.context()?;
        let pick = |flag: &Option<String>, variable: &str, stored: Option<&String>| {
            flag.clone().or_else(|| self.variable(variable)).or_else(|| stored.cloned())
        };
        let url = pick(&self.global.url, "SIGHTLINE_URL", context.and_then(|c| c.url.as_ref()));
        let token = pick(&self.global.token, "SIGHTLINE_TOKEN", context.and_then(|c| c.token.as_ref()));
        let org = pick(&self.global.org, "SIGHTLINE_ORG", context.and_then(|c| c.org.as_ref()));
        let url = url.unwrap_or_else(|| "http://127.0.0.1:4380".to_owned());
        let mut settings = Settings::new(url).with_tenants(self.tenants()?);
        if let Some(token) = token {
            settings = settings.with_token(token);
        }
        if let Some(org) = org {
            settings = settings.with_org(org);
        }
        Ok(Client::new(settings)?)
    }

    fn context(&self) -> Result<Option<&Context>, Failure> {
        let wanted = self.global.context.clone().or_else(|| self.variable("SIGHTLINE_CONTEXT"));
        self.contexts.chosen(wanted.as_deref())
    }

    /// Returns the tenants that every question is narrowed to.
    pub(crate) fn tenants(&self) -> Result<Vec<String>, Failure> {
        if !self.global.tenant.is_empty() {
            return Ok(self.global.tenant.clone());
        }
        let named = self.variable("SIGHTLINE_TENANT").map(|tenant| vec![tenant]);
        let stored = self.context()?.map(|context| context.tenants.clone());
        Ok(named.or(stored).unwrap_or_default())
    }

    /// Returns the tenant of what has one at most; `of` begins the sentence that refuses more.
    pub(crate) fn tenant(&self, of: &str) -> Result<Option<String>, Failure> {
        let mut tenants = self.tenants()?;
        match tenants.len() {
            0 | 1 => Ok(tenants.pop()),
            _ => Err(Failure::Usage(format!("{of} one tenant at most; there are {}", tenants.join(", ")))),
        }
    }

    /// Returns how to print.
    pub(crate) fn format(&self) -> Format {
        let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stdout());
        self.global.output.unwrap_or(if is_terminal { Format::Table } else { Format::Jsonl })
    }

    /// Tells whether colours may be printed (no-color.org, and dumb terminals).
    pub(crate) fn has_colour(&self) -> bool {
        std::io::IsTerminal::is_terminal(&std::io::stdout())
            && self.variable("NO_COLOR").is_none()
            && self.variable("TERM").as_deref() != Some("dumb")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_tenant_is_that_of_the_flag_the_environment_or_the_context() {
        let folder = tempfile::tempdir().unwrap();
        let home = ("XDG_CONFIG_HOME".to_owned(), folder.path().display().to_string());
        let check =
            |flags: &[&str], variable: &str, stored: &[&str], expected: Result<Option<&str>, &str>| {
                let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
                let context = Context { tenants: texts(stored), ..Context::default() };
                Contexts::load(std::slice::from_ref(&home)).unwrap().set("here", context).unwrap();
                let environment = [home.clone(), ("SIGHTLINE_TENANT".to_owned(), variable.to_owned())];
                let global = Global { tenant: texts(flags), ..Global::default() };
                let got = Session::open(global, &environment).unwrap().tenant("an event belongs to");
                let got = got.map_err(|error| error.to_string());
                assert_eq!(got, expected.map(|name| name.map(str::to_owned)).map_err(str::to_owned));
            };
        check(&[], "", &[], Ok(None));
        check(&["a"], "b", &["c"], Ok(Some("a")));
        check(&[], "b", &["c"], Ok(Some("b")));
        check(&[], "", &["c"], Ok(Some("c")));
        check(&[], "", &["c", "d"], Err("an event belongs to one tenant at most; there are c, d"));
    }
}
