//! Which statements this thread has run. Changes run where they are made, so a test on one thread sees all of theirs; questions and
//! commits run on threads of their own.

use std::cell::RefCell;

thread_local! {
    static RAN: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// A statement runs.
pub(super) fn note(text: &'static str) {
    RAN.with_borrow_mut(|ran| ran.push(text));
}

/// The statements that ran since this was asked last.
pub(crate) fn take() -> Vec<&'static str> {
    RAN.take()
}
