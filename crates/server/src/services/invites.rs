//! Invites: each makes one account.

use std::time::Duration;

use crate::{
    ground::{
        clock::{Clock, millis},
        config::Config,
        secrets,
    },
    runtime::tasks::{Tasks, undisturbed},
    store::{
        self, Store, StoreError,
        audit::{Act, Entry},
        file::FileError,
        folder::{self, FolderError},
    },
};

/// Why there are no invites.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotMinted {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("the database cannot be opened: {0}")]
    File(#[from] FileError),
    #[error("the database cannot be opened: {0}")]
    Store(#[from] StoreError),
}

/// Makes invites in a data folder, whether a server runs on it or not.
pub(crate) async fn mint(config: &Config, how_many: u32) -> Result<Vec<String>, NotMinted> {
    folder::make(&config.data_dir)?;
    let mint = async {
        let (tasks, clock) = (Tasks::default(), Clock::default());
        // Beside a server that runs, the tables stay as they are.
        let database = folder::prepared(&config.data_dir).await?;
        let store = match folder::lock(&config.data_dir) {
            Ok(_lock) => Store::open(&database, &tasks).await?,
            Err(FolderError::AlreadyRunning(_)) => Store::open_current(&database, &tasks).await?,
            Err(error) => return Err(error.into()),
        };
        let invites = add(&store, &clock, config.patience.invite, how_many).await;
        store.add_audit(&Entry::done(Act::Invite), clock.now_ms()).await?;
        store.close().await;
        Ok(invites?)
    };
    undisturbed(mint).await
}

/// Makes invites, and gives their codes.
pub(crate) async fn add(store: &Store, clock: &Clock, good_for: Duration, how_many: u32) -> store::Result<Vec<String>> {
    let invites: Vec<String> = (0..how_many).map(|_| secrets::new_invite()).collect();
    let hashes: Vec<String> = invites.iter().map(|invite| secrets::hash_secret(invite)).collect();
    let now_ms = clock.now_ms();
    store.add_invites(&hashes, now_ms, now_ms + millis(good_for)).await?;
    Ok(invites)
}
