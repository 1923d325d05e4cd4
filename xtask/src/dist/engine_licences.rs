//! What the engine is made of, asked of itself: ClickHouse lists the licences of all it contains in `system.licenses`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::wire;
use crate::step::Outcome;

/// A server without any rights to take away: it lives for one question, on loopback, without data.
const ENGINE_XML: &str = "<clickhouse><users_config>USERS</users_config></clickhouse>\n";
const USERS_XML: &str = "<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default>\
    <password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>\
    </default></users></clickhouse>\n";
/// One row for each text: the parts that it covers, then the text.
const QUESTION: &str = "SELECT concat(repeat('=', 100), '\\n', arrayStringConcat(arraySort(groupUniqArray(\
    concat(library_name, ' (', license_type, ')'))), '\\n'), '\\n\\n', license_text, '\\n') AS text \
    FROM system.licenses GROUP BY license_text ORDER BY text FORMAT TSVRaw";
/// Licences that the engine lists at least; fewer means that the question went wrong.
const TEXTS_BYTES_MIN: usize = 100_000;

/// Writes the engine's list.
pub(super) fn write(to: &Path, program: &Path, library: &Path) -> Outcome {
    let folder = super::folder().join("engine-licences");
    let failed = |e: std::io::Error| format!("`{}`: {e}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(failed)?;
    }
    fs::create_dir_all(&folder).map_err(failed)?;
    let users = folder.join("users.xml");
    fs::write(&users, USERS_XML).map_err(failed)?;
    let config = folder.join("engine.xml");
    fs::write(&config, ENGINE_XML.replace("USERS", &users.display().to_string())).map_err(failed)?;
    let port = wire::free_port()?;
    let mut command = Command::new(program);
    command.arg("engine").arg("--library").arg(library).arg("--config").arg(&config);
    command.arg("--path").arg(folder.join("data")).args(["--port", &port.to_string()]);
    // It ends when its standard input closes.
    let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = child.map_err(|e| format!("cannot start the engine: {e}"))?;
    let asked = ask(port);
    drop(child.stdin.take());
    child.wait().map_err(|e| format!("the engine does not end: {e}"))?;
    fs::remove_dir_all(&folder).map_err(failed)?;
    fs::write(to, asked?).map_err(|e| format!("`{}`: {e}", to.display()))
}

fn ask(port: u16) -> Outcome<String> {
    let address = format!("127.0.0.1:{port}");
    let answer = wire::until(60, "the engine to answer", || {
        Ok(wire::ask(&address, "POST / HTTP/1.0", QUESTION).filter(|(code, _)| *code != 0))
    });
    match answer? {
        (200, text) if text.len() >= TEXTS_BYTES_MIN => Ok(text),
        (code, text) => Err(format!(
            "the engine's licences: answer {code}: {}",
            text.chars().take(300).collect::<String>()
        )),
    }
}
