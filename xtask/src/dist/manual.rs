//! The manual page, from what the program says of itself.

use std::path::Path;
use std::process::Command;

use crate::step::{self, Outcome};

/// Returns `sightline.1`: the program's help, then that of each command.
pub(super) fn page(program: &Path) -> Outcome<String> {
    // Nothing of this machine's settings may stand in it.
    let help =
        |command: Option<&str>| step::output(Command::new(program).args(command).arg("--help").env_clear());
    let whole = help(None)?;
    let sections: Outcome<Vec<(String, String)>> =
        commands(&whole).into_iter().map(|name| Ok((name.clone(), help(Some(&name))?))).collect();
    Ok(render(&whole, &sections?))
}

/// Reads the names of the list below `Commands:`.
fn commands(help: &str) -> Vec<String> {
    let list = help.lines().skip_while(|line| line.trim() != "Commands:").skip(1);
    let list = list.take_while(|line| !line.trim().is_empty());
    let indent = |line: &&str| line.len() - line.trim_start().len() == 2;
    let names = list.filter(indent).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

fn render(whole: &str, sections: &[(String, String)]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut page = format!(".TH SIGHTLINE 1 \"\" \"sightline {version}\" \"User Commands\"\n.SH NAME\n");
    page.push_str("sightline \\- traces, logs and metrics of many services and tenants\n.SH SYNOPSIS\n");
    page.push_str(".B sightline\n.I COMMAND\n[\\fIOPTION\\fR]...\n.SH DESCRIPTION\n");
    page.push_str(&verbatim(whole));
    for (name, help) in sections {
        page.push_str(&format!(".SH \"SIGHTLINE {}\"\n{}", name.to_uppercase(), verbatim(help)));
    }
    page
}

/// Text as it stands: roff reads backslashes, and dots and quotes where a line begins.
fn verbatim(text: &str) -> String {
    let line = |line: &str| {
        let escaped = line.replace('\\', "\\e").replace('-', "\\-");
        if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}\n") } else { format!("{escaped}\n") }
    };
    format!(".nf\n{}.fi\n", text.trim_end().lines().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELP: &str = "Sightline\n\nCommands:\n  serve   Run\n          on\n  trace   One\n  help    Print\n\nOptions:\n  -h\n";

    #[test]
    fn every_command_gets_a_section() {
        assert_eq!(commands(HELP), ["serve", "trace"]);
        let page = render(HELP, &[("serve".to_owned(), ".dot \\ back".to_owned())]);
        assert!(page.contains(".SH \"SIGHTLINE SERVE\"\n.nf\n\\&.dot \\e back\n.fi\n"), "{page}");
    }
}
