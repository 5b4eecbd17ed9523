//! Tokens, invites and passwords: made here, and kept by others only as hashes.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

/// Each costs 19 MiB and a core for some 20 ms: more at once would be a way to stop the server.
const PASSWORDS_AT_ONCE: usize = 2;
/// Whoever comes when so many wait is turned away.
const PASSWORDS_WAITING: usize = 32;
/// No two of these characters look alike, and none needs explaining on the phone.
const INVITE_ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";

/// A random secret of 256 bits, as it goes into an `Authorization` header.
pub(crate) fn new_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// A random secret of 80 bits that a person can pass on, such as `k7fq-2m9x-…`.
pub(crate) fn new_invite() -> String {
    let letters = rand::random::<[u8; 16]>().map(|byte| char::from(INVITE_ALPHABET[usize::from(byte % 32)]));
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// What is kept of a token or an invite. They are random, so a fast hash without salt is enough.
pub(crate) fn hash_secret(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.trim().as_bytes()))
}

/// Why a password could not be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PasswordError {
    #[error("too many sign-ins at once")]
    Crowded,
    #[error("the password could not be hashed")]
    Failed,
}

/// Hashes and checks passwords with argon2id, a few at a time.
#[derive(Clone)]
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    queue: Arc<Semaphore>,
    running: Arc<Semaphore>,
    nobodys: Arc<str>,
}

impl Passwords {
    pub(crate) async fn new() -> Result<Self, PasswordError> {
        // OWASP's first recommendation for argon2id.
        let params = Params::new(19_456, 2, 1, None).map_err(|_| PasswordError::Failed)?;
        let mut passwords = Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            queue: Arc::new(Semaphore::new(PASSWORDS_WAITING)),
            running: Arc::new(Semaphore::new(PASSWORDS_AT_ONCE)),
            nobodys: Arc::from(""),
        };
        passwords.nobodys = passwords.hash(new_token()).await?.into();
        Ok(passwords)
    }

    /// A salted hash in PHC format.
    pub(crate) async fn hash(&self, password: String) -> Result<String, PasswordError> {
        let argon2 = self.argon2.clone();
        self.run(move || argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(|_| PasswordError::Failed)
    }

    /// Whether a password is the one that was hashed. Without a hash (no such user) it costs the same, and is wrong.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, PasswordError> {
        let argon2 = self.argon2.clone();
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobodys.to_string());
        let matches = move || {
            let hash = PasswordHash::new(&hash)?;
            Ok::<_, argon2::password_hash::phc::Error>(argon2.verify_password(password.as_bytes(), &hash).is_ok())
        };
        let matches = self.run(matches).await?.map_err(|_| PasswordError::Failed)?;
        Ok(matches && exists)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
        let _place = self.queue.clone().try_acquire_owned().map_err(|_| PasswordError::Crowded)?;
        let _turn = self.running.clone().acquire_owned().await.map_err(|_| PasswordError::Failed)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| PasswordError::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_an_existing_user_is_right() {
        let passwords = Passwords::new().await.unwrap();
        let hash = passwords.hash("correct horse".into()).await.unwrap();

        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("wrong horse".into(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_crowd_of_sign_ins_is_turned_away_instead_of_piling_up() {
        let passwords = Passwords::new().await.unwrap();
        let _everybody = passwords.queue.clone().try_acquire_many_owned(32).unwrap();

        assert_eq!(passwords.verify("any".into(), None).await, Err(PasswordError::Crowded));
    }

    #[test]
    fn secrets_are_long_and_never_the_same() {
        assert_eq!(new_token().len(), 43);
        assert_eq!(new_invite().len(), 19);
        assert_ne!(new_token(), new_token());
        assert_ne!(new_invite(), new_invite());
    }
}
