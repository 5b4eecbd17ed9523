//! The server's tasks: changes, connections, and what runs from its start to its end.
//!
//! A client may go at any moment, and a request that takes too long is given up: the future that answers it is dropped then,
//! wherever it stands. So a change is carried out in a task of its own, from its first statement to the last thing that follows its
//! commit.
//!
//! The invariants: nothing is written but in such a task or in one that the server keeps ([`is_undisturbed`]), and no task that the
//! server keeps dies without a word. No other module spawns tasks; clippy holds that.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::{
    sync::{Semaphore, watch},
    task::{JoinHandle, spawn_blocking},
};

/// So many changes may be under way, most of them waiting for the writer; one more waits before it begins.
const MOST_CHANGES: u32 = 1024;

tokio::task_local! {
    static UNDISTURBED: ();
}

/// A change was not carried out to its end: it panicked, or the server has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server failed")]
pub(crate) struct ChangeDied;

/// A task that the server cannot do without has died.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the server's {task} died: {why}")]
pub struct TaskDied {
    task: &'static str,
    why: String,
}

/// The tasks of one server.
#[derive(Debug, Clone)]
pub(crate) struct Tasks {
    changes: Arc<Semaphore>,
    died: watch::Sender<Option<TaskDied>>,
}

impl Default for Tasks {
    fn default() -> Self {
        Self { changes: Arc::new(Semaphore::new(MOST_CHANGES as usize)), died: watch::Sender::new(None) }
    }
}

impl Tasks {
    /// Carries out a change, whether the asker waits for it or not. Within another change it is a part of that one.
    pub(crate) fn carry_out<T: Send + 'static>(
        &self,
        change: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = Result<T, ChangeDied>> + Send {
        // A change may be large; the task that waits for it need not be.
        self.carry_out_boxed(change.boxed())
    }

    #[expect(clippy::disallowed_methods, reason = "this is the way to a change's task")]
    async fn carry_out_boxed<T: Send + 'static>(&self, change: BoxFuture<'static, T>) -> Result<T, ChangeDied> {
        if is_undisturbed() {
            return Ok(change.await);
        }
        let place = Arc::clone(&self.changes).acquire_owned().await.map_err(|_| ChangeDied)?;
        let task = tokio::spawn(undisturbed(async move {
            let _place = place;
            change.await
        }));
        task.await.map_err(|_| ChangeDied)
    }

    /// Returns when all changes that were begun are over.
    pub(crate) async fn settle(&self) {
        drop(self.changes.acquire_many(MOST_CHANGES).await);
    }

    /// The same, and none begins any more.
    pub(crate) async fn finish_changes(&self) {
        self.settle().await;
        self.changes.close();
    }

    /// Runs a task that the server cannot do without.
    #[expect(clippy::disallowed_methods, reason = "this is the way to a task that the server keeps")]
    pub(crate) fn keep(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        let died = self.died.clone();
        tokio::spawn(undisturbed(async move {
            if let Err(panic) = AssertUnwindSafe(task).catch_unwind().await {
                let death = TaskDied { task: name, why: words_of(&*panic) };
                tracing::error!("{death}");
                died.send_replace(Some(death));
            }
        }))
    }

    /// Waits until a task that the server cannot do without has died.
    pub(crate) async fn death(&self) -> TaskDied {
        let mut died = self.died.subscribe();
        match died.wait_for(Option::is_some).await.ok().and_then(|death| death.clone()) {
            Some(death) => death,
            None => std::future::pending().await,
        }
    }
}

/// Serves one connection. If it panics, it ends alone.
#[expect(clippy::disallowed_methods, reason = "this is the way to a connection's task")]
pub(crate) fn serve(connection: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(connection);
}

/// Runs what may wait, for the disk or for another process, on a thread that may do so. It goes on even if its caller has stopped
/// waiting, so a permit that bounds it has to be moved into `work`.
#[expect(clippy::disallowed_methods, reason = "this is the way to a thread that may wait")]
pub(crate) fn block<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    spawn_blocking(work)
}

/// Starts a thread that needs no runtime. Without it, what it is to do fails.
#[expect(clippy::disallowed_methods, reason = "this is the way to a thread")]
pub(crate) fn thread(name: &str, work: impl FnOnce() + Send + 'static) {
    if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(work) {
        tracing::error!(%error, "a thread could not be started");
    }
}

/// Runs what is not given up halfway: a program that does one thing, or the start of a server.
pub(crate) async fn undisturbed<T>(work: impl Future<Output = T>) -> T {
    UNDISTURBED.scope((), work).await
}

/// Whether the current task goes on even if the client that asked for it has gone.
pub(crate) fn is_undisturbed() -> bool {
    UNDISTURBED.try_with(|()| ()).is_ok()
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".into())
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_change_is_carried_out_although_its_asker_has_gone() {
        let tasks = Tasks::default();
        let (go, may_go) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel();

        let mut asker = Box::pin(tasks.carry_out(async {
            may_go.await.unwrap();
            done.send("committed, and told").unwrap();
        }));
        assert!(asker.as_mut().now_or_never().is_none(), "it waits");
        drop(asker);
        go.send(()).unwrap();

        assert_eq!(is_done.await, Ok("committed, and told"));
    }

    #[tokio::test]
    async fn a_change_within_a_change_is_a_part_of_it() {
        let tasks = Tasks::default();
        let inner = tasks.clone();

        let same = tasks.carry_out(async move {
            let outer = tokio::task::id();
            inner.carry_out(async move { tokio::task::id() == outer }).await
        });

        assert_eq!(same.await, Ok(Ok(true)));
        assert!(!is_undisturbed(), "the asker's task is as it was");
    }

    #[tokio::test]
    async fn a_change_that_panics_takes_nobody_with_it() {
        let tasks = Tasks::default();

        assert_eq!(tasks.carry_out(async { panic!("a fault in one change") }).await, Err::<(), _>(ChangeDied));

        assert_eq!(tasks.carry_out(async { 7 }).await, Ok(7));
    }

    #[tokio::test]
    async fn the_end_waits_for_changes_that_were_begun_and_lets_none_begin() {
        let tasks = Tasks::default();
        let (go, may_go) = oneshot::channel::<()>();
        let mut change = Box::pin(tasks.carry_out(may_go));
        assert!(change.as_mut().now_or_never().is_none());

        let mut end = Box::pin(tasks.finish_changes());
        assert!(end.as_mut().now_or_never().is_none(), "a change is under way");
        go.send(()).unwrap();
        assert_eq!(change.await, Ok(Ok(())));
        end.await;

        assert_eq!(tasks.carry_out(async {}).await, Err(ChangeDied));
    }

    #[tokio::test]
    async fn a_kept_task_that_dies_says_so() {
        let tasks = Tasks::default();

        tasks.keep("sweeper", async { panic!("no deadline is {}", "negative") });

        let death = tasks.death().await;
        assert_eq!(death.to_string(), "the server's sweeper died: no deadline is negative");
    }
}
