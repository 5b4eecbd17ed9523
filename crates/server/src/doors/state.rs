//! The server as its doors have it.

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
};

use tokio::sync::mpsc;

use super::http::{Hosts, Proxies};
use crate::{
    ground::shared::Ground,
    runtime::tasks::ChangeDied,
    services::{passwords::Passwords, pictures::Pictures},
};

/// The ground, and what only the doors need.
pub(crate) struct ServerState {
    pub(crate) ground: Arc<Ground>,
    pub(crate) passwords: Passwords,
    pub(crate) pictures: Pictures,
    pub(crate) hosts: Hosts,
    pub(crate) proxies: Proxies,
    /// Where clients connect, as a URL.
    pub(crate) url: String,
    /// The port that STUN is answered on.
    pub(crate) stun_port: OnceLock<u16>,
    /// Held by every link; when the last one is gone, a shutdown may go on.
    pub(crate) links_open: mpsc::WeakSender<()>,
}

/// As every task of a door has it.
pub(crate) type SharedState = Arc<ServerState>;

impl ServerState {
    /// Carries out a change to the last thing that follows its commit, whether its client waits for it or not.
    pub(crate) fn carry_out<T, C>(
        self: &Arc<Self>,
        change: impl FnOnce(SharedState) -> C,
    ) -> impl Future<Output = Result<T, ChangeDied>> + Send
    where
        T: Send + 'static,
        C: Future<Output = T> + Send + 'static,
    {
        self.lifecycle.tasks.carry_out(change(Arc::clone(self)))
    }
}

impl Deref for ServerState {
    type Target = Ground;

    fn deref(&self) -> &Ground {
        &self.ground
    }
}
