//! Passwords: hashed and checked with argon2id, a few at a time.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};

use crate::runtime::workers::{NotDone, Workers};

/// Each costs 19 MiB and a ground for some 20 ms: more at once would be a way to stop the server.
const AT_ONCE: usize = 2;
/// More than this are turned away.
const IN_ALL: usize = 32;
/// OWASP's first recommendation for argon2id: memory in KiB, passes, lanes.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// glibc keeps what is freed below 32 MiB, for every thread its own; above, it gives it back at once. What is reserved and not
/// touched costs nothing.
const RESERVED_BLOCKS: usize = 33 * 1024;

/// Why a password could not be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PasswordError {
    #[error("too many sign-ins at once")]
    Crowded,
    #[error("the password could not be hashed")]
    Failed,
}

impl From<NotDone> for PasswordError {
    fn from(why: NotDone) -> Self {
        match why {
            NotDone::Crowded => Self::Crowded,
            NotDone::Failed => Self::Failed,
        }
    }
}

/// Hashes and checks passwords.
#[derive(Clone)]
pub(crate) struct Passwords {
    workers: Workers,
    nobodys: Arc<str>,
    work: Arc<Work>,
}

/// How much was hashed, and how much of it at once: an account that is not there must cost what one costs that is.
#[derive(Debug, Default)]
struct Work {
    hashes: AtomicU64,
    running: AtomicU64,
    most: AtomicU64,
}

/// Counts one piece of work for as long as it lives.
struct Working(Arc<Work>);

impl Working {
    fn begin(work: &Arc<Work>) -> Self {
        work.hashes.fetch_add(1, Relaxed);
        work.most.fetch_max(work.running.fetch_add(1, Relaxed) + 1, Relaxed);
        Self(Arc::clone(work))
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Relaxed);
    }
}

impl Passwords {
    pub(crate) async fn new() -> Result<Self, PasswordError> {
        let workers = Workers::new(AT_ONCE, IN_ALL);
        let mut passwords = Self { workers, nobodys: Arc::from(""), work: Arc::default() };
        passwords.nobodys = passwords.hash(crate::ground::secrets::new_token()).await?.into();
        Ok(passwords)
    }

    /// A salted hash in PHC format.
    pub(crate) async fn hash(&self, password: String) -> Result<String, PasswordError> {
        self.run(move || hash(&password)).await
    }

    /// Whether a password is the one that was hashed. Without a hash (no such user) it costs the same, and is wrong.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, PasswordError> {
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobodys.to_string());
        let matches = self.run(move || matches(&password, &hash)).await?;
        Ok(matches && exists)
    }

    /// How many passwords were hashed, and the most at once.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.work.hashes.load(Relaxed), self.work.most.load(Relaxed))
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Option<T> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let counts = Arc::clone(&self.work);
        let done = self.workers.run(move || {
            let _working = Working::begin(&counts);
            work()
        });
        done.await?.ok_or(PasswordError::Failed)
    }
}

fn hash(password: &str) -> Option<String> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).ok()?;
    let salt = rand::random::<[u8; 16]>();
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).ok()?,
        salt: Some(Salt::new(&salt).ok()?),
        hash: Some(output(password, &salt, params)?),
    };
    Some(hash.to_string())
}

/// With the cost that the hash was made with, which may not be today's.
fn matches(password: &str, hash: &str) -> Option<bool> {
    let hash = PasswordHash::new(hash).ok()?;
    let params = Params::try_from(&hash).ok()?;
    // Comparing outputs takes the same time wherever they differ.
    Some(output(password, hash.salt.as_ref()?, params)? == hash.hash?)
}

fn output(password: &str, salt: &[u8], params: Params) -> Option<Output> {
    let mut memory = Vec::with_capacity(RESERVED_BLOCKS.max(params.block_count()));
    memory.resize(params.block_count(), Block::default());
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, &mut memory).ok()?;
    Output::new(&output).ok()
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordVerifier as _;
    use futures_util::FutureExt as _;

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

    #[test]
    fn our_hashes_are_what_everybody_understands() {
        let ours = hash("correct horse").unwrap();
        let parsed = PasswordHash::new(&ours).unwrap();

        assert!(Argon2::default().verify_password(b"correct horse", &parsed).is_ok());
        assert!(Argon2::default().verify_password(b"wrong horse", &parsed).is_err());
        assert_ne!(hash("correct horse").unwrap(), ours, "salted");
    }

    #[tokio::test]
    async fn a_crowd_of_sign_ins_is_turned_away_instead_of_piling_up() {
        let passwords = Passwords::new().await.unwrap();

        let crowd = (0..33).map(|_| passwords.verify("any".into(), None));
        let answers = futures_util::future::join_all(crowd).await;

        let turned_away = answers.iter().filter(|answer| **answer == Err(PasswordError::Crowded)).count();
        assert_eq!(turned_away, 1);
    }

    #[tokio::test]
    async fn s22_no_more_than_two_passwords_are_hashed_at_once() {
        let passwords = Passwords::new().await.unwrap();

        let crowd = (0..8).map(|_| passwords.verify("any".into(), None));
        futures_util::future::join_all(crowd).await;

        assert_eq!(passwords.counts(), (9, 2));
    }

    #[tokio::test]
    async fn s22_sign_ins_that_hang_up_are_no_way_around_that() {
        let passwords = Passwords::new().await.unwrap();

        for _ in 0..8 {
            let hangs_up = Box::pin(passwords.verify("any".into(), None)).now_or_never();
            assert_eq!(hangs_up, None);
        }
        passwords.verify("any".into(), None).await.unwrap();

        let (hashes, at_once) = passwords.counts();
        assert!(hashes <= 4, "of those that had not begun none is worked on: {hashes}");
        assert!(at_once <= 2, "{at_once}");
    }
}
