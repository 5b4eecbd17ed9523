//! The one place where the threads of a device begin, and where their panics end: none of them is silent.
//!
//! What works on a call's sound is begun anew after a panic, as long as it may help ([`Restarts`]); the call is told either way.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{Builder, JoinHandle};

use crate::error::MediaError;

/// What fails more often than this within one call will not stop to fail.
const MOST_RESTARTS: u32 = 10;

/// Starts a thread; `crashed` is told of a panic in it.
pub(crate) fn start(
    name: &'static str,
    work: impl FnOnce() + Send + 'static,
    crashed: impl FnOnce(MediaError) + Send + 'static,
) -> Result<JoinHandle<()>, MediaError> {
    let run = move || guarded(name, work).unwrap_or_else(crashed);
    #[expect(clippy::disallowed_methods, reason = "the one place that guards what it starts")]
    let thread = Builder::new().name(name.into()).spawn(run);
    thread.map_err(|error| MediaError::Other(error.to_string()))
}

/// Works on this thread, and makes an error of a panic. What the work had in hand is in no known state after it.
pub(crate) fn guarded<T>(name: &'static str, work: impl FnOnce() -> T) -> Result<T, MediaError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let detail = text_of(panic.as_ref());
        tracing::error!(thread = name, detail, "a thread panicked");
        MediaError::Crashed { thread: name, detail }
    })
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no text".into())
}

/// How often some work may still be begun anew.
pub(crate) struct Restarts(u32);

impl Restarts {
    pub(crate) fn new() -> Self {
        Self(MOST_RESTARTS)
    }

    /// Whether it may be once more.
    pub(crate) fn take(&mut self) -> bool {
        let may = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        may
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_panic_in_a_thread_is_told_with_its_text() {
        let (told_tx, told) = mpsc::channel();

        let crashed = move |error| told_tx.send(error).expect("the test listens");
        let thread = start("worker", || panic!("no {}", "luck"), crashed).expect("started");

        let error = MediaError::Crashed { thread: "worker", detail: "no luck".into() };
        assert_eq!(told.recv(), Ok(error));
        thread.join().expect("the thread itself has ended well");
    }

    #[test]
    fn what_fails_again_and_again_is_given_up() {
        let mut restarts = Restarts::new();

        let begun = (0..100).filter(|_| restarts.take()).count();

        assert_eq!(begun, MOST_RESTARTS as usize);
    }
}
