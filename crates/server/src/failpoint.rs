//! Places where tests let the server die. Release builds have none.
//!
//! `CARILLON_FAILPOINT=after-commit` aborts the process when the first accept is committed and nobody has been told of it yet;
//! `after-commit:3` waits for the third. `after-message` does the same for messages.

/// An accept is committed, and nobody knows.
#[cfg(debug_assertions)]
pub(crate) fn after_accept() {
    use std::sync::atomic::AtomicU32;
    static ACCEPTS: AtomicU32 = AtomicU32::new(0);
    die_at("after-commit", &ACCEPTS);
}

/// A message is committed, and nobody knows.
#[cfg(debug_assertions)]
pub(crate) fn after_message() {
    use std::sync::atomic::AtomicU32;
    static MESSAGES: AtomicU32 = AtomicU32::new(0);
    die_at("after-message", &MESSAGES);
}

#[cfg(debug_assertions)]
fn die_at(place: &str, passed: &std::sync::atomic::AtomicU32) {
    use std::sync::atomic::Ordering;

    let Ok(wanted) = std::env::var("CARILLON_FAILPOINT") else { return };
    let Some(rest) = wanted.strip_prefix(place) else { return };
    let nth = rest.strip_prefix(':').and_then(|number| number.parse().ok()).unwrap_or(1);
    if passed.fetch_add(1, Ordering::SeqCst) + 1 == nth {
        std::process::abort();
    }
}

/// An accept is committed, and nobody knows.
#[cfg(not(debug_assertions))]
pub(crate) const fn after_accept() {}

/// A message is committed, and nobody knows.
#[cfg(not(debug_assertions))]
pub(crate) const fn after_message() {}
