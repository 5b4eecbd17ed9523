//! What passes between a link's task and those who use it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use carillon_protocol::{Answer, OpId, PendingRequest, Signal, SnapshotCall};
use tokio::sync::{mpsc, oneshot};

use super::RequestError;

/// Signals of one call and its media; the reader does nothing slow.
const FEED_QUEUE: usize = 512;

/// What the handles want of the link.
#[derive(Debug)]
pub(crate) enum LinkOrder {
    /// A window's question.
    Ask { request: PendingRequest, reply: oneshot::Sender<Result<Answer, RequestError>> },
    /// The call machine's request.
    Call(PendingRequest),
    /// From now on there is a call machine.
    Attach(mpsc::Sender<Feed>),
    /// The end.
    Close,
}

/// What the call machine hears of the link, in order.
#[derive(Debug)]
pub(crate) enum Feed {
    Resumed,
    Reset(Option<SnapshotCall>),
    Down,
    Signal(Signal),
    Answer { op: OpId, result: Answer },
}

/// The link as the call machine's driver has it.
pub(crate) struct CallLink {
    orders: mpsc::Sender<LinkOrder>,
    /// Until the link has been told.
    attach: Option<mpsc::Sender<Feed>>,
    feed: mpsc::Receiver<Feed>,
    /// Whether the connection has a call machine: no longer, when this is dropped.
    attached: Arc<AtomicBool>,
}

impl Drop for CallLink {
    fn drop(&mut self) {
        self.attached.store(false, Ordering::Release);
    }
}

impl CallLink {
    /// Tells the link that there is a call machine; the first [`Feed`] is a reset.
    pub(super) fn new(orders: mpsc::Sender<LinkOrder>, attached: Arc<AtomicBool>) -> Self {
        let (attach, feed) = mpsc::channel(FEED_QUEUE);
        let attach = match orders.try_send(LinkOrder::Attach(attach)) {
            Err(mpsc::error::TrySendError::Full(LinkOrder::Attach(attach))) => Some(attach),
            // Told; or closed, which `next` tells.
            _ => None,
        };
        Self { orders, attach, feed, attached }
    }

    /// Tells the link, if it was too busy before.
    pub(crate) async fn attach(&mut self) {
        if let Some(feed) = self.attach.take() {
            // A link that is closed drops the other end, which `next` tells.
            let _ = self.orders.send(LinkOrder::Attach(feed)).await;
        }
    }

    /// What comes next; `None` if the link is closed for good.
    pub(crate) async fn next(&mut self) -> Option<Feed> {
        self.feed.recv().await
    }

    /// Asks the server, and repeats until it answers.
    pub(crate) async fn ask(&self, request: PendingRequest) {
        // A link that is closed has been told of as down.
        let _ = self.orders.send(LinkOrder::Call(request)).await;
    }
}
