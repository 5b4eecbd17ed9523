//! Places where tests let the server die, or stand still. Release builds have none.
//!
//! `CARILLON_FAILPOINT=after-commit` aborts the process when the first accept is committed and no device has been told of it yet;
//! `after-commit:3` waits for the third. `after-message` does the same for messages.
//! `sweep` panics in the sweeper, and with `picture` a picture takes for ever.

/// An accept is committed, and no device knows.
#[cfg(debug_assertions)]
pub(crate) fn after_accept() {
    use std::sync::atomic::AtomicU32;
    static ACCEPTS: AtomicU32 = AtomicU32::new(0);
    die_at("after-commit", &ACCEPTS);
}

/// A message is committed, and no device knows.
#[cfg(debug_assertions)]
pub(crate) fn after_message() {
    use std::sync::atomic::AtomicU32;
    static MESSAGES: AtomicU32 = AtomicU32::new(0);
    die_at("after-message", &MESSAGES);
}

/// The sweeper is about to look.
#[cfg(debug_assertions)]
pub(crate) fn in_sweep() {
    assert!(!is_chosen("sweep"), "as the failpoint has it");
}

/// A picture is being read, on a thread that may wait.
#[cfg(debug_assertions)]
pub(crate) fn in_picture() {
    while is_chosen("picture") {
        tracing::warn!("a picture takes for ever");
        std::thread::park();
    }
}

#[cfg(debug_assertions)]
fn is_chosen(place: &str) -> bool {
    std::env::var("CARILLON_FAILPOINT").is_ok_and(|wanted| wanted == place)
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

/// An accept is committed, and no device knows.
#[cfg(not(debug_assertions))]
pub(crate) const fn after_accept() {}

/// A message is committed, and no device knows.
#[cfg(not(debug_assertions))]
pub(crate) const fn after_message() {}

/// The sweeper is about to look.
#[cfg(not(debug_assertions))]
pub(crate) const fn in_sweep() {}

/// A picture is being read, on a thread that may wait.
#[cfg(not(debug_assertions))]
pub(crate) const fn in_picture() {}
