//! The key to the sound server that all programs of a user share.
//!
//! Servers turn away a client that shows none of the right length, also those that would let in any client. libpulse makes one where there
//! is none; a home that it was never used in has none.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

const LENGTH: usize = 256;

/// Where libpulse keeps it, in the user's home.
const PLACE: &str = ".config/pulse/cookie";

/// Makes one if there is a server and none to show it.
pub(in crate::sound::devices) fn ensure() {
    let is_needed = pulseaudio::socket_path_from_env().is_some() && pulseaudio::cookie_path_from_env().is_none();
    let Some(home) = std::env::home_dir().filter(|_| is_needed) else { return };
    if let Err(error) = make(&home.join(PLACE)) {
        tracing::warn!(%error, "there is no key to the sound server");
    }
}

/// What is there stays: another program may have been faster.
fn make(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut cookie = [0; LENGTH];
    File::open("/dev/urandom")?.read_exact(&mut cookie)?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => file.write_all(&cookie),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn it_is_made_for_nobody_else_and_only_once() {
        let home = tempfile::tempdir().expect("a home");
        let path = home.path().join(PLACE);

        make(&path).expect("made");
        let cookie = fs::read(&path).expect("a cookie");
        make(&path).expect("there");

        assert_eq!(cookie.len(), LENGTH);
        assert_eq!(fs::read(&path).expect("a cookie"), cookie);
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
    }
}
