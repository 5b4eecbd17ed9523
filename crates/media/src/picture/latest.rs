//! A place for one value between two threads: the latest wins, and a value that the receiver did not take in time is gone.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Puts values there.
pub(crate) struct LatestSender<T>(Arc<Place<T>>);

/// Takes values from there. Dropping it closes the place.
pub(crate) struct LatestReceiver<T>(Arc<Place<T>>);

struct Place<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    value: Option<T>,
    is_closed: bool,
}

/// The place, both ends of it.
pub(crate) fn latest<T>() -> (LatestSender<T>, LatestReceiver<T>) {
    let place = Arc::new(Place { state: Mutex::new(State { value: None, is_closed: false }), changed: Condvar::new() });
    (LatestSender(Arc::clone(&place)), LatestReceiver(place))
}

impl<T> LatestSender<T> {
    /// Puts a value there in the place of one that was not taken. `false`: the receiver is gone.
    pub(crate) fn send(&self, value: T) -> bool {
        let mut state = self.0.lock();
        if !state.is_closed {
            state.value = Some(value);
            self.0.changed.notify_one();
        }
        !state.is_closed
    }
}

impl<T> LatestReceiver<T> {
    /// Waits for a value; `None` once there will be none.
    pub(crate) fn recv(&self) -> Option<T> {
        let mut state = self.0.lock();
        loop {
            if let Some(value) = state.value.take() {
                return Some(value);
            }
            if state.is_closed {
                return None;
            }
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// For what a system's own thread brings, which may stay away.
#[cfg(any(windows, target_os = "macos", test))]
impl<T> LatestReceiver<T> {
    /// Waits at most so long for a value.
    pub(crate) fn recv_timeout(&self, most: std::time::Duration) -> Option<T> {
        let is_awaited = |state: &mut State<T>| state.value.is_none() && !state.is_closed;
        let waited = self.0.changed.wait_timeout_while(self.0.lock(), most, is_awaited);
        waited.unwrap_or_else(PoisonError::into_inner).0.value.take()
    }
}

impl<T> Place<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }
}

impl<T> Drop for LatestSender<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<T> Drop for LatestReceiver<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::threads;

    #[test]
    fn of_what_was_not_taken_in_time_the_latest_is_left() {
        let (sender, receiver) = latest();

        (1..=5).for_each(|number| assert!(sender.send(number)));

        assert_eq!(receiver.recv(), Some(5));
    }

    #[test]
    fn the_last_value_is_taken_even_after_the_end() {
        let (sender, receiver) = latest();
        sender.send(1);
        drop(sender);

        assert_eq!(receiver.recv(), Some(1));
        assert_eq!(receiver.recv(), None);
    }

    #[test]
    fn whoever_waits_is_woken_by_a_value_and_by_the_end() {
        let (sender, receiver) = latest();
        let (told_tx, told) = std::sync::mpsc::channel();
        let waiting = move || {
            while let Some(value) = receiver.recv() {
                told_tx.send(value).expect("the test listens");
            }
        };
        let thread = threads::start("waits", waiting, |error| panic!("{error}")).expect("started");

        assert!(sender.send(7));
        assert_eq!(told.recv(), Ok(7));
        drop(sender);

        thread.join().expect("it ends");
    }

    #[test]
    fn whoever_waits_for_a_while_gets_what_is_there_or_comes_meanwhile_and_else_nothing() {
        let (sender, receiver) = latest();
        assert_eq!(receiver.recv_timeout(Duration::from_millis(1)), None);
        sender.send(7);
        assert_eq!(receiver.recv_timeout(Duration::ZERO), Some(7));

        let sending = threads::start("sends", move || assert!(sender.send(8)), |error| panic!("{error}"));

        assert_eq!(receiver.recv_timeout(Duration::from_secs(20)), Some(8));
        sending.expect("started").join().expect("it ends");
        assert_eq!(receiver.recv_timeout(Duration::from_secs(20)), None, "nobody sends any more");
    }

    #[test]
    fn a_place_that_nobody_takes_from_says_so() {
        let (sender, receiver) = latest();
        drop(receiver);

        assert!(!sender.send(1));
    }
}
