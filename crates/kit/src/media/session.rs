//! One call's media: the one place where `carillon-media` and `carillon-rtc` meet.
//!
//! A pipeline is prepared while it rings: sockets, certificate, candidates, codec, threads. Its devices open with
//! [`Pipeline::open`], which only ever follows this device's own user's consent, and close with it.

use carillon_call::device::{Media, MediaRole};
use carillon_protocol::MediaSignal;
use carillon_rtc::TransportConfig;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::run;
use crate::{Levels, MediaDevice, MediaNotice, MediaOptions};

/// The other end's description with all its candidates fits many times over.
const ORDER_QUEUE: usize = 256;

/// What the user has set, for this call and the next ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    pub(crate) media: MediaOptions,
    pub(crate) muted: bool,
}

impl Settings {
    pub(crate) fn new(media: MediaOptions) -> Self {
        Self { media, muted: false }
    }
}

/// What a pipeline tells. Pipelines are numbered, so that a replaced one is not believed any more.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) by: u64,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    /// For the call machine.
    Media(Media),
    /// The other end's first sound came in.
    Hearing,
    /// For the user.
    Notice(MediaNotice),
    /// Whether much is lost or late.
    PoorNetwork(bool),
    /// This end is mute or deaf, and will be.
    Useless,
}

#[derive(Debug)]
pub(super) enum Order {
    Open,
    Deliver(MediaSignal),
    Restart,
}

/// Where a pipeline tells things.
#[derive(Clone)]
pub(crate) struct Outlets {
    pub(crate) said: mpsc::Sender<Said>,
    pub(crate) levels: watch::Sender<Levels>,
}

/// A handle of one call's media. Dropping it closes them.
pub(crate) struct Pipeline {
    pub(crate) number: u64,
    orders: mpsc::Sender<Order>,
    task: JoinHandle<()>,
}

impl Pipeline {
    /// Makes everything ready that needs no consent.
    pub(crate) fn prepare(
        number: u64,
        role: MediaRole,
        config: TransportConfig,
        settings: watch::Receiver<Settings>,
        outlets: Outlets,
    ) -> Self {
        let (orders, orders_rx) = mpsc::channel(ORDER_QUEUE);
        let said = outlets.said.clone();
        let task = watched(number, run::run(number, role, config, settings, orders_rx, outlets), said);
        Self { number, orders, task }
    }

    /// This device's own user called or accepted.
    pub(crate) fn open(&self) {
        self.order(Order::Open);
    }

    pub(crate) fn deliver(&self, signal: MediaSignal) {
        self.order(Order::Deliver(signal));
    }

    pub(crate) fn restart(&self) {
        self.order(Order::Restart);
    }

    /// Closes devices and transport; the task ends when that is done.
    pub(crate) fn close(self) -> JoinHandle<()> {
        self.task
    }

    fn order(&self, order: Order) {
        if let Err(error) = self.orders.try_send(order) {
            // The transport finds its path with fewer candidates; without its description it fails, and says so.
            tracing::warn!(%error, "a media order is lost");
        }
    }
}

/// A pipeline's task; of a panic in it the call hears.
fn watched(number: u64, run: impl Future<Output = ()> + Send + 'static, said: mpsc::Sender<Said>) -> JoinHandle<()> {
    let task = tokio::spawn(run);
    tokio::spawn(async move {
        if let Err(error) = task.await {
            tracing::error!(%error, "a call's media panicked");
            let notice = MediaNotice::Failed { device: MediaDevice::Microphone, detail: error.to_string() };
            for what in [What::Notice(notice), What::Useless] {
                // A driver that is gone has no call either.
                let _ = said.send(Said { by: number, what }).await;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_in_a_calls_media_is_told_and_ends_the_call() {
        let (said_tx, mut said) = mpsc::channel(8);

        watched(7, async { panic!("a test wants it") }, said_tx).await.expect("the watch ends well");

        let first = said.recv().await.expect("it is told");
        assert!(matches!(first, Said { by: 7, what: What::Notice(MediaNotice::Failed { .. }) }), "{first:?}");
        let second = said.recv().await.expect("the call is ended");
        assert!(matches!(second, Said { by: 7, what: What::Useless }), "{second:?}");
    }
}
