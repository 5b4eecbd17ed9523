//! The device id and the key that belong to a name, so that `--device NAME` is the same device every time, and the keys of others that
//! it knows. The key is a secret: only this user may read the file.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use carillon_kit::{DeviceId, KnownKeys, ServerAddress};

use crate::args::Cli;

/// The longest part of a path, in bytes: most file systems take 255, and endings come to it.
const MAX_PART: usize = 200;

/// The file of one device of one account on one server.
#[derive(Debug)]
pub(crate) struct DeviceFile {
    path: Option<PathBuf>,
    /// Where earlier versions kept it, if that was under another name.
    before: Option<PathBuf>,
}

impl DeviceFile {
    pub(crate) fn of(cli: &Cli) -> Self {
        let dir = cli.state_dir.clone().or_else(default_dir);
        let (server, user) = (canonical(&cli.server), cli.user.trim().to_ascii_lowercase());
        let path = dir.as_ref().map(|dir| path_in(dir, &[&server, &user, cli.device.trim()].map(plain).join("@")));
        let before = dir.map(|dir| dir.join([&cli.server, &cli.user, &cli.device].map(|part| plain(part)).join("@")));
        Self { before: before.filter(|before| Some(before) != path.as_ref()), path }
    }

    /// The id and the secret key, as far as they are kept.
    pub(crate) fn read(&self) -> (Option<DeviceId>, Option<String>) {
        let kept = |path: &PathBuf| fs::read_to_string(path).ok();
        let text = self.path.iter().chain(&self.before).find_map(kept).unwrap_or_default();
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
        let paths = self.path.iter().chain(&self.before).map(|path| keys_path(path));
        let text = paths.into_iter().find_map(|path| fs::read(path).ok());
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// # Errors
    /// If the file cannot be written; the next run trusts first keys again then.
    pub(crate) fn keep_known_keys(&self, known: &KnownKeys) -> io::Result<()> {
        let text = serde_json::to_string(known).map_err(io::Error::other)?;
        self.path.as_ref().map_or(Ok(()), |path| write(&keys_path(path), &text))
    }
}

/// No device's file has a dot in its name.
fn keys_path(path: &Path) -> PathBuf {
    path.with_extension("keys")
}

/// One spelling for one server; what is no address is refused elsewhere.
fn canonical(server: &str) -> String {
    // It is allowed or refused elsewhere.
    ServerAddress::parse(server, true).map_or_else(|_| server.trim().to_owned(), |address| address.to_string())
}

/// A name that is too long for a file goes on in folders. A plus, which no name has, keeps folders and files apart.
fn path_in(dir: &Path, name: &str) -> PathBuf {
    let mut parts = name.as_bytes().chunks(MAX_PART).map(String::from_utf8_lossy).peekable();
    let mut path = dir.to_owned();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        path.push(if is_last { part.into_owned() } else { format!("{part}+") });
    }
    path
}

/// A whole file or none, which no other user of the machine may read.
fn write(path: &Path, text: &str) -> io::Result<()> {
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
    use clap::Parser as _;

    use super::*;

    #[test]
    fn a_name_cannot_leave_the_folder_and_two_names_never_share_a_file() {
        assert_eq!(plain("../../etc/passwd"), "%2e%2e%2f%2e%2e%2fetc%2fpasswd");
        assert_ne!(plain("a/b"), plain("a_b"));
        assert_ne!(plain("a%2f"), plain("a/"));
    }

    #[test]
    fn one_device_has_one_file_however_its_server_and_its_user_are_spelt() {
        let file = |server, user| file_of("/state", server, user, "desk").path;

        assert_eq!(file("http://HOST/", "Alice"), file("http://host", "alice"));
        assert_eq!(file("host:4747", " alice "), file("https://host:4747/", "alice"));
        assert_ne!(file("http://host", "alice"), file("https://host", "alice"));
        assert_ne!(file("http://host", "alice"), file("http://host", "bob"));
    }

    #[test]
    fn a_device_with_a_name_as_long_as_may_be_is_the_same_device_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().to_str().expect("text");
        let names = ["会".repeat(42), "会".repeat(64), "会".repeat(43), "x".repeat(64)];

        for (number, name) in (1..).zip(&names) {
            let device = DeviceId::new(uuid::Uuid::from_u128(number));
            file_of(dir, "http://host", "alice", name).write(device, "secret").expect("a file");
        }

        for (number, name) in (1..).zip(&names) {
            let device = DeviceId::new(uuid::Uuid::from_u128(number));
            let kept = file_of(dir, "http://host", "alice", name).read();
            assert_eq!(kept, (Some(device), Some("secret".to_owned())));
        }
    }

    #[test]
    fn what_an_earlier_version_kept_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let device = DeviceId::new(uuid::Uuid::from_u128(7));
        let earlier = folder.path().join("http%3a%2f%2fHOST@Alice@desk");
        fs::write(earlier, format!("{device}\nsecret\n")).expect("a file");

        let file = file_of(folder.path().to_str().expect("text"), "http://HOST", "Alice", "desk");

        assert_eq!(file.read(), (Some(device), Some("secret".to_owned())));
    }

    fn file_of(dir: &str, server: &str, user: &str, device: &str) -> DeviceFile {
        let typed = ["carillon", "--state-dir", dir, "--server", server, "--user", user, "--device", device, "listen"];
        DeviceFile::of(&Cli::try_parse_from(typed).expect("a good command line"))
    }
}
