//! How a worker sleeps until one of its devices, or another thread, has something for it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mio::{Events, Poll, Token};

use crate::error::MediaError;

/// The worker's side. It does not say what woke it: the worker looks at everything that it has.
pub(crate) struct Sleeper {
    poll: Poll,
    events: Events,
    waker: Waker,
}

/// Wakes one worker. Never blocks, so that a device's callback may do it.
#[derive(Clone)]
pub(crate) struct Waker(Arc<Inner>);

struct Inner {
    waker: mio::Waker,
    #[cfg(target_os = "linux")]
    registry: mio::Registry,
}

/// Events only say that there is something.
const ANY: Token = Token(0);

impl Sleeper {
    pub(crate) fn new() -> Result<Self, MediaError> {
        Self::set_up().map_err(|error| MediaError::Other(error.to_string()))
    }

    fn set_up() -> io::Result<Self> {
        let poll = Poll::new()?;
        let inner = Inner {
            waker: mio::Waker::new(poll.registry(), ANY)?,
            #[cfg(target_os = "linux")]
            registry: poll.registry().try_clone()?,
        };
        Ok(Self { poll, events: Events::with_capacity(8), waker: Waker(Arc::new(inner)) })
    }

    pub(crate) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Until something wakes it, or the time is over. May return early.
    pub(crate) fn sleep(&mut self, at_most: Duration) {
        // A signal interrupts it, and the worker looks around for nothing.
        let _ = self.poll.poll(&mut self.events, Some(at_most));
    }
}

impl Waker {
    pub(crate) fn wake(&self) {
        // Fails only where the worker is gone.
        let _ = self.0.waker.wake();
    }

    /// Wakes whenever more can be read from `source`, or it has ended.
    #[cfg(target_os = "linux")]
    pub(crate) fn watch(&self, source: &mut impl mio::event::Source) -> io::Result<()> {
        self.0.registry.register(source, ANY, mio::Interest::READABLE)
    }

    /// Wakes no more for it.
    #[cfg(target_os = "linux")]
    pub(crate) fn ignore(&self, source: &mut impl mio::event::Source) -> io::Result<()> {
        self.0.registry.deregister(source)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Far longer than a wake takes.
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_wake_ends_the_sleep_and_one_before_it_is_not_lost() {
        let mut sleeper = Sleeper::new().expect("a sleeper");
        let (waker, began) = (sleeper.waker(), Instant::now());

        waker.wake();
        sleeper.sleep(LONG);
        std::thread::scope(|other| {
            other.spawn(|| waker.wake());
            sleeper.sleep(LONG);
        });

        assert!(began.elapsed() < LONG);
    }

    #[test]
    fn unwoken_it_sleeps_for_as_long_as_it_was_told() {
        let mut sleeper = Sleeper::new().expect("a sleeper");
        let began = Instant::now();

        sleeper.sleep(Duration::from_millis(30));

        assert!(began.elapsed() >= Duration::from_millis(30));
    }
}
