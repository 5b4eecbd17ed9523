//! Work that takes a core and much memory for a while: a little of it at a time, and a bounded queue before it.
//!
//! It has threads of its own, which come after all others: signals and commits do not wait for a core that a password has.
//!
//! The invariant: a place counts as taken for as long as the work goes on, even if its caller has stopped waiting for it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, mpsc},
};

use tokio::sync::{Semaphore, oneshot};

use crate::runtime::tasks;

/// A tenth of what an ordinary thread gets where both want the same core.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

/// Why a piece of work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// Too much of it waits.
    Crowded,
    /// It panicked, or the server has stopped.
    Failed,
}

/// Does one kind of work.
#[derive(Debug, Clone)]
pub(crate) struct Workers {
    queue: Arc<Semaphore>,
    running: Arc<Semaphore>,
    jobs: mpsc::Sender<Job>,
}

impl Workers {
    /// So many pieces at once; so many may be there in all, and any more are turned away.
    pub(crate) fn new(at_once: usize, in_all: usize) -> Self {
        let (jobs, jobs_rx) = mpsc::channel();
        let jobs_rx = Arc::new(Mutex::new(jobs_rx));
        for _ in 0..at_once {
            let jobs_rx = Arc::clone(&jobs_rx);
            tasks::thread("carillon-work", move || work(&jobs_rx));
        }
        Self { queue: Arc::new(Semaphore::new(in_all)), running: Arc::new(Semaphore::new(at_once)), jobs }
    }

    /// Does a piece of work, once it has its turn. An asker that goes before then gives its place back; later, the work is done all
    /// the same, and has the place until it is.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, NotDone> {
        let place = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| NotDone::Crowded)?;
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| NotDone::Failed)?;
        let (reply, reply_rx) = oneshot::channel();
        let job = move || {
            let done = catch_unwind(AssertUnwindSafe(work));
            drop((place, turn));
            // A caller that has gone does not hear it; one that waits for work that panicked hears that there is no reply.
            let _ = done.map(|done| reply.send(done));
        };
        self.jobs.send(Box::new(job)).map_err(|_| NotDone::Failed)?;
        reply_rx.await.map_err(|_| NotDone::Failed)
    }
}

/// Does one job after the other, until no more can come.
fn work(jobs: &Mutex<mpsc::Receiver<Job>>) {
    step_back();
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        job();
    }
}

/// On other systems it would be the whole process that steps back.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "work has no threads that come after others");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn whoever_comes_when_all_places_are_taken_is_turned_away() {
        let workers = Workers::new(1, 2);
        let (go, may_go) = mpsc::channel::<()>();
        let mut first = Box::pin(workers.run(move || may_go.recv()));
        assert!(first.as_mut().now_or_never().is_none());
        let mut second = Box::pin(workers.run(|| ()));
        assert!(second.as_mut().now_or_never().is_none());

        assert_eq!(workers.run(|| ()).await, Err(NotDone::Crowded));

        drop(second);
        go.send(()).unwrap();
        assert_eq!(first.await, Ok(Ok(())));
        assert_eq!(workers.run(|| "a place was free again").await, Ok("a place was free again"));
    }

    #[tokio::test]
    async fn work_keeps_its_turn_and_its_place_although_its_asker_has_gone() {
        let workers = Workers::new(1, 2);
        let (go, may_go) = mpsc::channel::<()>();
        let mut asker = Box::pin(workers.run(move || may_go.recv()));
        assert!(asker.as_mut().now_or_never().is_none(), "it has begun");

        drop(asker);

        let mut next = Box::pin(workers.run(|| "after it"));
        assert!(next.as_mut().now_or_never().is_none(), "one at a time");
        assert_eq!(workers.run(|| ()).await, Err(NotDone::Crowded), "two in all");
        go.send(()).unwrap();
        assert_eq!(next.await, Ok("after it"));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn work_comes_after_everything_else() {
        use rustix::process::getpriority_process;
        let mine = getpriority_process(None).unwrap();

        let its = Workers::new(1, 1).run(|| getpriority_process(None).unwrap()).await.unwrap();

        assert_eq!(its, (mine + NICENESS).min(19), "a higher number is less urgent");
        assert_eq!(getpriority_process(None).unwrap(), mine, "of its own thread alone");
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_turn_back() {
        let workers = Workers::new(1, 1);

        assert_eq!(workers.run(|| panic!("a fault in one piece")).await, Err::<(), _>(NotDone::Failed));

        assert_eq!(workers.run(|| 7).await, Ok(7));
    }
}
