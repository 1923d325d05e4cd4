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
