//! The keys of other people's devices, as this installation has come to know them, for each server. Nothing in here is secret.

use std::{collections::BTreeMap, io, path::PathBuf};

use carillon_kit::KnownKeys;

use super::files::{read_json, write_private};

/// Where the keys are.
#[derive(Debug, Clone)]
pub struct KeysFile(PathBuf);

impl KeysFile {
    /// `known-keys.json` in the profile's data folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into().join("known-keys.json"))
    }

    /// The keys that are known on a server. What cannot be read is not known, and the next key of each device is trusted.
    pub fn load(&self, server: &str) -> KnownKeys {
        self.all().remove(server).unwrap_or_default()
    }

    /// Keeps the keys of a server, whole or not at all.
    ///
    /// # Errors
    /// What the file system says.
    pub fn save(&self, server: &str, keys: &KnownKeys) -> io::Result<()> {
        let mut all = self.all();
        all.insert(server.to_owned(), keys.clone());
        write_private(&self.0, &serde_json::to_vec(&all).map_err(io::Error::other)?)
    }

    fn all(&self) -> BTreeMap<String, KnownKeys> {
        read_json(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use carillon_kit::{DeviceKey, UserId};

    use super::*;

    #[test]
    fn a_key_is_known_on_its_own_server_after_a_restart() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = KeysFile::in_folder(folder.path());
        let (bob, device) = (UserId::new("bob").expect("a good name"), format!("{:032x}", 7));
        let device = device.parse().expect("hexadecimal is a UUID");
        let mut keys = KnownKeys::default();
        keys.insert(bob, device, DeviceKey::new("a".repeat(43)).expect("base64url"));

        file.save("https://one.example", &keys).expect("the folder is writable");
        file.save("https://other.example", &KnownKeys::default()).expect("the folder is writable");

        assert_eq!(file.load("https://one.example"), keys);
        assert!(file.load("https://other.example").is_empty());
    }
}
