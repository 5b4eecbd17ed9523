//! Stopping: as little as possible is cut off, and none of it waits without end.

use tokio::time::{Instant, timeout_at};

use super::Running;
use crate::{bus::CloseReason, runtime::tasks::TaskDied};

/// What links may take of a shutdown's time: there are many, and what was begun must have its time after them.
const LINKS_SHARE: f32 = 0.6;
/// When changes and tasks must be over; the rest is for closing the database.
const CHANGES_SHARE: f32 = 0.8;

impl Running {
    /// Waits until a task has died that the server cannot do without. It is to be stopped then: what that task did is not done.
    pub async fn failed(&self) -> TaskDied {
        self.server.lifecycle.tasks.death().await
    }

    /// Stops: nothing new is taken, links are told why they close, and what was begun is committed. What takes longer than a shutdown
    /// may is left behind; nothing that was answered is lost by that.
    pub async fn shutdown(self) {
        let Self { server, stop, links_open, mut links_closed, kept, .. } = self;
        let (began, all) = (Instant::now(), server.config.patience.shutdown);
        let (links_until, changes_until) = (began + all.mul_f32(LINKS_SHARE), began + all.mul_f32(CHANGES_SHARE));
        drop(links_open);
        // In this order: a link that comes in between sees that it came too late.
        stop.send_replace(true);
        server.bus.dismiss_all(CloseReason::ServerStops);
        in_time(links_until, "some links did not close in time", async {
            while links_closed.recv().await.is_some() {}
        })
        .await;
        in_time(changes_until, "some changes were not carried out in time", server.lifecycle.tasks.finish_changes())
            .await;
        let ended = async {
            for task in kept {
                task.await.ok();
            }
        };
        in_time(changes_until, "some tasks did not end in time", ended).await;
        in_time(began + all, "the database was not closed in time", server.store.close()).await;
    }
}

async fn in_time(until: Instant, too_late: &'static str, ending: impl Future<Output = ()>) {
    if timeout_at(until, ending).await.is_err() {
        tracing::warn!("{too_late}");
    }
}
