//! `sightline env`: the variables with which an OpenTelemetry SDK, any of them or ours, sends here.

use serde_json::{Map, Value};

use crate::exit::Failure;
use crate::output;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  eval \"$(sightline env --service billing)\"\n  sightline env --service billing --key \"$KEY\" --environment production --format dotenv > .env\n  docker run --env-file <(sightline env --service billing --endpoint obs:4317 --format dotenv) billing\n\nSIGNOZ_* is read by the SDK of Sightline, OTEL_* by that one and every other."
)]
pub struct Args {
    /// What the service is called.
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Key that the service sends with; the key of this command line is not put in.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Deployment environment of the service.
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Another resource attribute; repeatable.
    #[arg(long = "attribute", value_name = "KEY=VALUE")]
    attributes: Vec<String>,
    /// Where telemetry is received, as the service sees it; asked of the server when left out.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// What the SDK speaks.
    #[arg(long, value_enum, default_value_t = Protocol::Grpc)]
    protocol: Protocol,
    /// How to print them.
    #[arg(long, value_enum, default_value_t = Style::Sh)]
    format: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Protocol {
    /// OTLP over gRPC.
    Grpc,
    /// OTLP over HTTP with protobuf bodies, for SDKs without gRPC.
    #[value(name = "http/protobuf", alias = "http")]
    Http,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Style {
    /// `export NAME='value'`, for `eval`.
    Sh,
    /// `NAME=value`, for `.env` files and `docker run --env-file`.
    Dotenv,
    /// One object.
    Json,
    /// `Environment=` lines of a unit.
    Systemd,
    /// `-e NAME=value` arguments of `docker run`, to paste.
    Docker,
}

type Variables = Vec<(&'static str, String)>;

pub(super) async fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let endpoint = match &args.endpoint {
        Some(endpoint) => with_scheme(endpoint),
        None => asked(session, args.protocol).await?,
    };
    if args.key.is_none() {
        eprintln!(
            "no --key: only a server with the profile `dev` on this machine takes telemetry without one; make one with \
             `sightline keys create NAME --scope ingest:traces --scope ingest:metrics --scope ingest:logs`"
        );
    }
    let variables = args.variables(&endpoint, session.tenant("a service sends for")?)?;
    output::write(written(&variables, args.format)?.as_bytes())
}

impl Args {
    fn variables(&self, endpoint: &str, tenant: Option<String>) -> Result<Variables, Failure> {
        let mut out: Variables = Vec::new();
        if self.protocol == Protocol::Grpc {
            out.push(("SIGNOZ_ENDPOINT", endpoint.to_owned()));
        }
        out.extend(self.key.clone().map(|key| ("SIGNOZ_ACCESS_TOKEN", key)));
        out.push(("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.to_owned()));
        let protocol = if self.protocol == Protocol::Grpc { "grpc" } else { "http/protobuf" };
        out.push(("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()));
        if let Some(key) = &self.key {
            out.push(("OTEL_EXPORTER_OTLP_HEADERS", format!("signoz-access-token={}", encoded(key))));
        }
        out.extend(self.service.clone().map(|service| ("OTEL_SERVICE_NAME", service)));
        let resource = self.resource(tenant)?;
        if !resource.is_empty() {
            out.push(("OTEL_RESOURCE_ATTRIBUTES", resource));
        }
        let exporters = ["OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER"];
        out.extend(exporters.map(|name| (name, "otlp".to_owned())));
        match out.iter().find(|(_, value)| value.chars().any(char::is_control)) {
            Some((name, _)) => {
                Err(Failure::Usage(format!("`{name}` would hold a line break or another control character")))
            }
            None => Ok(out),
        }
    }

    /// As the OpenTelemetry specification of `OTEL_RESOURCE_ATTRIBUTES` has it: `key=value` with commas, percent-encoded.
    fn resource(&self, tenant: Option<String>) -> Result<String, Failure> {
        let named = [("environment", self.environment.clone()), ("tenant", tenant)];
        let mut pairs: Vec<String> = named
            .into_iter()
            .filter_map(|(key, value)| Some(format!("{key}={}", encoded(&value?))))
            .collect();
        for text in &self.attributes {
            let (key, value) = text
                .split_once('=')
                .filter(|(key, _)| !key.is_empty())
                .ok_or_else(|| Failure::Usage(format!("--attribute `{text}`: write it as KEY=VALUE")))?;
            pairs.push(format!("{}={}", encoded(key), encoded(value)));
        }
        Ok(pairs.join(","))
    }
}

/// Asks the server where it receives; a server that listens everywhere is named as this command line names it.
async fn asked(session: &Session, protocol: Protocol) -> Result<String, Failure> {
    let client = session.client()?;
    let status: Value = client.get("/status", &[]).await?;
    let name = if protocol == Protocol::Grpc { "otlp_grpc" } else { "otlp_http" };
    let said = status["endpoints"][name].as_str().unwrap_or_default();
    if said.is_empty() {
        let hint = "the server does not say where it receives; give --endpoint";
        return Err(Failure::Usage(hint.to_owned()));
    }
    Ok(seen_from_here(said, client.url()))
}

fn seen_from_here(listens: &str, url: &str) -> String {
    let (host, port) = listens.rsplit_once(':').unwrap_or((listens, "4317"));
    let is_anywhere = matches!(host, "0.0.0.0" | "[::]" | "");
    let named = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = named.split('/').next().unwrap_or(named);
    let named = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => authority,
    };
    format!("http://{}:{port}", if is_anywhere { named } else { host })
}

fn with_scheme(endpoint: &str) -> String {
    if endpoint.contains("://") { endpoint.to_owned() } else { format!("http://{endpoint}") }
}

/// Percent-encodes what has a meaning in lists of pairs (W3C Baggage 3.3.1).
fn encoded(text: &str) -> String {
    sightline_client::encoded_but(text, b"-_.~:/@+*!")
}

fn written(variables: &Variables, style: Style) -> Result<String, Failure> {
    if style == Style::Json {
        let object: Map<String, Value> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))).collect();
        return Ok(serde_json::to_string_pretty(&object).map_err(std::io::Error::other)? + "\n");
    }
    Ok(variables.iter().map(|(name, value)| line(name, value, style) + "\n").collect())
}

fn line(name: &str, value: &str, style: Style) -> String {
    let quoted = || format!("'{}'", value.replace('\'', r"'\''"));
    let is_plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~:/@+,=%".contains(&b));
    match style {
        Style::Sh if is_plain => format!("export {name}={value}"),
        Style::Sh | Style::Json => format!("export {name}={}", quoted()),
        // Docker takes everything after `=` as it stands, other readers strip a pair of quotes: quoted only when it must be.
        Style::Dotenv if !value.contains(|c: char| c.is_whitespace() || "#'\"$\\`".contains(c)) => {
            format!("{name}={value}")
        }
        Style::Dotenv => {
            let value =
                value.replace('\\', r"\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`");
            format!("{name}=\"{value}\"")
        }
        // A unit expands `%` and, in quotes, backslashes (systemd.exec, systemd.syntax).
        Style::Systemd => {
            let value = value.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%");
            format!("Environment=\"{name}={value}\"")
        }
        Style::Docker if is_plain => format!("-e {name}={value}"),
        Style::Docker => format!("-e {name}={}", quoted()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Line;
    use clap::Parser as _;

    fn printed(line: &[&str], tenant: Option<&str>) -> Result<String, String> {
        let args = Line::<Args>::try_parse_from([&["env"], line].concat()).unwrap().args;
        let tenant = tenant.map(str::to_owned);
        let variables = args.variables("http://collector:4317", tenant).map_err(|e| e.to_string())?;
        written(&variables, args.format).map_err(|e| e.to_string())
    }

    #[test]
    fn each_format_says_the_same() {
        let all = ["--service", "it's", "--key", "sl_k", "--environment", "a b", "--attribute", "team=50%,x"];
        for format in ["sh", "dotenv", "json", "systemd", "docker"] {
            let text = printed(&[&all[..], &["--format", format]].concat(), Some("tenant-001")).unwrap();
            insta::assert_snapshot!(format, text);
        }
    }

    #[test]
    fn what_cannot_be_said_is_refused_by_name() {
        for (line, want) in [
            (
                &["--service", "a\nb"][..],
                "`OTEL_SERVICE_NAME` would hold a line break or another control character",
            ),
            (&["--attribute", "x"], "--attribute `x`: write it as KEY=VALUE"),
        ] {
            assert_eq!(printed(line, None), Err(want.to_owned()));
        }
        let http = printed(&["--protocol", "http/protobuf"], None).unwrap();
        assert!(!http.contains("SIGNOZ_ENDPOINT") && http.contains("PROTOCOL=http/protobuf"), "{http}");
    }

    #[test]
    fn a_server_that_listens_everywhere_is_called_as_we_call_it() {
        for (listens, url, want) in [
            ("127.0.0.1:4317", "http://127.0.0.1:4380", "http://127.0.0.1:4317"),
            ("0.0.0.0:4317", "http://obs.example:4380/x", "http://obs.example:4317"),
            ("[::]:14317", "https://obs.example", "http://obs.example:14317"),
            ("0.0.0.0:4317", "http://[::1]:4380", "http://[::1]:4317"),
        ] {
            assert_eq!(seen_from_here(listens, url), want);
        }
    }
}
