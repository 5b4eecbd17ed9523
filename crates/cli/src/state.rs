//! The device id and the key that belong to a name, so that `--device NAME` is the same device every time, and the keys of others that
//! it knows. The key is a secret: only this user may read the file.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
};

use carillon_kit::KnownKeys;
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

    /// The id and the secret key, as far as they are kept.
    pub(crate) fn read(&self) -> (Option<DeviceId>, Option<String>) {
        let text = self.path.as_ref().and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
        let mut lines = text.lines().map(str::trim);
        (lines.next().and_then(|id| id.parse().ok()), lines.next().map(str::to_owned))
    }

    /// # Errors
    /// If the file cannot be written; the next run is another device then.
    pub(crate) fn write(&self, device: DeviceId, secret: &str) -> io::Result<()> {
        self.path.as_ref().map_or(Ok(()), |path| write(path, &format!("{device}\n{secret}\n")))
    }

    /// The keys of other devices; none if there is no such file.
    pub(crate) fn known_keys(&self) -> KnownKeys {
        let text = self.keys_path().and_then(|path| fs::read(path).ok());
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// # Errors
    /// If the file cannot be written; the next run trusts first keys again then.
    pub(crate) fn keep_known_keys(&self, known: &KnownKeys) -> io::Result<()> {
        let text = serde_json::to_string(known).map_err(io::Error::other)?;
        self.keys_path().map_or(Ok(()), |path| write(&path, &text))
    }

    fn keys_path(&self) -> Option<PathBuf> {
        let path = self.path.as_ref()?;
        // No device's file has a dot in its name.
        Some(path.with_extension("keys"))
    }
}

/// A whole file or none, which nobody else may read.
fn write(path: &std::path::Path, text: &str) -> io::Result<()> {
    let dir = path.parent().unwrap_or(path);
    fs::create_dir_all(dir)?;
    let new = path.with_extension(format!("new{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&new)?.write_all(text.as_bytes())?;
    fs::rename(new, path)
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
