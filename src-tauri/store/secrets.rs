//! The sign-in, the one secret of this program: in the system's keychain, or in a file if the user chooses so.

use std::{fs, io, path::PathBuf, sync::Arc};

use carillon_kit::Login;

use super::files::write_private;

/// Why the sign-in could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The system has no keychain, or does not open it.
    #[error("there is no keychain: {0}")]
    NoKeychain(String),
    /// What was kept is not a sign-in.
    #[error("what was kept is not a sign-in: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The file system refuses.
    #[error("the sign-in's file: {0}")]
    File(#[from] io::Error),
}

/// A place that keeps one text. Calls may block for as long as a user takes to unlock a keychain.
pub trait Vault: Send + Sync + 'static {
    /// The text, if one is kept.
    ///
    /// # Errors
    /// [`SecretError`] if the place cannot be read.
    fn read(&self) -> Result<Option<String>, SecretError>;
    /// Keeps a text instead of the one before.
    ///
    /// # Errors
    /// [`SecretError`] if the place cannot be written.
    fn write(&self, text: &str) -> Result<(), SecretError>;
    /// Forgets the text.
    ///
    /// # Errors
    /// [`SecretError`] if the place cannot be written.
    fn forget(&self) -> Result<(), SecretError>;
}

/// The two places, and which of them holds the sign-in.
#[derive(Clone)]
pub struct Secrets {
    keychain: Arc<dyn Vault>,
    file: Arc<dyn Vault>,
}

impl Secrets {
    /// Keeps secrets in these.
    pub fn new(keychain: impl Vault, file: impl Vault) -> Self {
        Self { keychain: Arc::new(keychain), file: Arc::new(file) }
    }

    /// Keeps secrets in this, and never asks for a keychain.
    pub fn in_file_only(file: impl Vault) -> Self {
        Self::new(NoVault, file)
    }

    /// The sign-in that was kept.
    ///
    /// # Errors
    /// [`SecretError`] if the place cannot be read.
    pub async fn load(&self, in_file: bool) -> Result<Option<Login>, SecretError> {
        let vault = self.vault(in_file);
        let text = blocking(move || vault.read()).await?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// Keeps a sign-in, and in that one place only.
    ///
    /// # Errors
    /// [`SecretError`] if the place cannot be written.
    pub async fn save(&self, login: &Login, in_file: bool) -> Result<(), SecretError> {
        let text = serde_json::to_string(login)?;
        let (vault, other) = (self.vault(in_file), self.vault(!in_file));
        blocking(move || {
            vault.write(&text)?;
            other.forget().or_else(absent_is_fine)
        })
        .await
    }

    /// Forgets the sign-in, wherever it was kept.
    ///
    /// # Errors
    /// [`SecretError`] if the file cannot be deleted.
    pub async fn forget(&self) -> Result<(), SecretError> {
        let (file, keychain) = (self.vault(true), self.vault(false));
        blocking(move || {
            file.forget()?;
            keychain.forget().or_else(absent_is_fine)
        })
        .await
    }

    fn vault(&self, in_file: bool) -> Arc<dyn Vault> {
        Arc::clone(if in_file { &self.file } else { &self.keychain })
    }
}

fn absent_is_fine(error: SecretError) -> Result<(), SecretError> {
    if matches!(error, SecretError::NoKeychain(_)) { Ok(()) } else { Err(error) }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error).into()))
}

/// The system's keychain: Secret Service, Keychain Services, or Credential Manager.
#[derive(Debug, Clone)]
pub struct Keychain {
    service: String,
}

impl Keychain {
    const ENTRY: &str = "sign-in";

    /// The entry of this application and profile.
    pub fn new(identifier: impl Into<String>) -> Self {
        Self { service: identifier.into() }
    }

    fn entry(&self) -> Result<keyring::Entry, SecretError> {
        keyring::Entry::new(&self.service, Self::ENTRY).map_err(no_keychain)
    }
}

impl Vault for Keychain {
    fn read(&self) -> Result<Option<String>, SecretError> {
        match self.entry()?.get_password() {
            Ok(text) => Ok(Some(text)),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(no_keychain(error)),
        }
    }

    fn write(&self, text: &str) -> Result<(), SecretError> {
        self.entry()?.set_password(text).map_err(no_keychain)
    }

    fn forget(&self) -> Result<(), SecretError> {
        match self.entry()?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(no_keychain(error)),
        }
    }
}

fn no_keychain(error: keyring::Error) -> SecretError {
    // Some of the errors carry the secret itself in their debug form; the text of `Display` never does.
    SecretError::NoKeychain(error.to_string())
}

/// Where no keychain is wanted.
struct NoVault;

impl Vault for NoVault {
    fn read(&self) -> Result<Option<String>, SecretError> {
        Err(SecretError::NoKeychain("it is not wanted".into()))
    }

    fn write(&self, _: &str) -> Result<(), SecretError> {
        self.read().map(|_| ())
    }

    fn forget(&self) -> Result<(), SecretError> {
        self.read().map(|_| ())
    }
}

/// A file that only this user can read.
#[derive(Debug, Clone)]
pub struct FileVault(PathBuf);

impl FileVault {
    /// `sign-in.json` in the profile's data folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into().join("sign-in.json"))
    }
}

impl Vault for FileVault {
    fn read(&self) -> Result<Option<String>, SecretError> {
        match fs::read_to_string(&self.0) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn write(&self, text: &str) -> Result<(), SecretError> {
        Ok(write_private(&self.0, text.as_bytes())?)
    }

    fn forget(&self) -> Result<(), SecretError> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}
