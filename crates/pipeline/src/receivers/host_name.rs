//! What the machine is called: `host.name` of everything that the server fetches on it.

use std::path::Path;

/// Reads the name where the machine tells of itself (`pipeline.host.proc_dir`); empty when it does not tell.
pub(super) fn host_name(proc_dir: &Path) -> String {
    let text = std::fs::read_to_string(proc_dir.join("sys/kernel/hostname"));
    text.unwrap_or_default().trim().to_owned()
}
