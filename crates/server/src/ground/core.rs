//! What all parts of the server share: the truth, the hints, the clock, and the choices.

use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc;

use super::{deadlines::Deadlines, drain::Drain};
use crate::{
    bus::Bus,
    clock::Clock,
    config::Config,
    health::Health,
    http::{Hosts, Proxies},
    limits::LimitTable,
    metrics::Metrics,
    passwords::Passwords,
    pictures::Pictures,
    presence::PresenceBook,
    rtc_tokens::RtcTokens,
    stops::Stops,
    store::Store,
    tasks::{Broken, Tasks},
};

/// One server.
pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) clock: Clock,
    pub(crate) metrics: Metrics,
    pub(crate) passwords: Passwords,
    pub(crate) pictures: Pictures,
    pub(crate) rate_limits: LimitTable,
    pub(crate) rtc_tokens: RtcTokens,
    pub(crate) hosts: Hosts,
    pub(crate) proxies: Proxies,
    pub(crate) drain: Drain,
    pub(crate) presence: PresenceBook,
    pub(crate) deadlines: Deadlines,
    pub(crate) health: Health,
    /// Where clients connect, as a URL.
    pub(crate) url: OnceLock<String>,
    /// The port that STUN is answered on.
    pub(crate) stun_port: OnceLock<u16>,
    /// Held by every link; when the last one is gone, a shutdown may go on.
    pub(crate) links_open: mpsc::WeakSender<()>,
    pub(crate) stops: Stops,
    pub(crate) tasks: Tasks,
}

/// The way in which every task has it.
pub(crate) type Shared = Arc<Core>;

impl Core {
    /// Carries out a change to the last thing that follows its commit, whether the asker waits for it or not.
    pub(crate) fn carry_out<T, C>(
        self: &Arc<Self>,
        change: impl FnOnce(Shared) -> C,
    ) -> impl Future<Output = Result<T, Broken>> + Send
    where
        T: Send + 'static,
        C: Future<Output = T> + Send + 'static,
    {
        self.tasks.carry_out(change(Arc::clone(self)))
    }
}
