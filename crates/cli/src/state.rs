//! The device id that belongs to a name, so that `--device NAME` is the same device every time. Nothing in here is secret.

use std::{fs, io, path::PathBuf};

use carillon_protocol::DeviceId;

use crate::args::Cli;

/// The file of one device of one account on one server.
#[derive(Debug)]
pub(crate) struct DeviceFile {
    path: Option<PathBuf>,
}

impl DeviceFile {
    pub(crate) fn of(cli: &Cli) -> Self {
        let name = [&cli.server, &cli.user, &cli.device].map(|part| plain(part)).join("@");
        let path = cli.state_dir.clone().or_else(default_dir).map(|dir| dir.join(name));
        Self { path }
    }

    pub(crate) fn read(&self) -> Option<DeviceId> {
        fs::read_to_string(self.path.as_ref()?).ok()?.trim().parse().ok()
    }

    /// # Errors
    /// If the file cannot be written; the next run is another device then.
    pub(crate) fn write(&self, device: DeviceId) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        fs::write(path, format!("{device}\n"))
    }
}

/// Every text has a file name of its own, and no text leaves the folder.
fn plain(text: &str) -> String {
    let keep = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.chars().map(|c| if keep(c) { c.to_string() } else { format!("%{:x}", u32::from(c)) }).collect()
}

fn default_dir() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if cfg!(windows) {
        return set("LOCALAPPDATA").map(|dir| dir.join("carillon"));
    }
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    state.map(|dir| dir.join("carillon"))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_cannot_leave_the_folder_and_two_names_never_share_a_file() {
        assert_eq!(plain("../../etc/passwd"), "%2e%2e%2f%2e%2e%2fetc%2fpasswd");
        assert_ne!(plain("a/b"), plain("a_b"));
        assert_ne!(plain("a%2f"), plain("a/"));
    }
}
