//! Every task's view of the server's end.

use tokio::sync::watch;

/// Tells when to stop.
#[derive(Debug, Clone)]
pub(crate) struct Stops(watch::Receiver<bool>);

impl Stops {
    /// With the sender that turns true once.
    pub(crate) fn new() -> (watch::Sender<bool>, Self) {
        let (stop, stops) = watch::channel(false);
        (stop, Self(stops))
    }

    /// Returns when the server stops, or is dropped.
    pub(crate) async fn wait(&mut self) {
        self.0.wait_for(|stops| *stops).await.ok();
    }

    pub(crate) fn is_now(&self) -> bool {
        *self.0.borrow()
    }
}
