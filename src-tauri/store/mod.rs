//! What outlives the program: settings in a plain file, the sign-in in the keychain.

mod files;
mod keys;
mod outbox;
mod secrets;
mod settings;

pub use keys::KeysFile;
pub use outbox::{OutboxFile, Unsent};
pub use secrets::{FileVault, Keychain, SecretError, Secrets, Vault};
pub use settings::{Settings, SettingsFile};
