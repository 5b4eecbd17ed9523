//! Places where tests let the server die. Release builds have none.
//!
//! `CARILLON_FAILPOINT=after-commit` aborts the process when the first accept is committed and nobody has been told of it yet;
//! `after-commit:3` waits for the third.

/// An accept is committed, and nobody knows.
#[cfg(debug_assertions)]
pub(crate) fn after_accept() {
    use std::sync::atomic::{AtomicU32, Ordering};
    static ACCEPTS: AtomicU32 = AtomicU32::new(0);

    let Ok(wanted) = std::env::var("CARILLON_FAILPOINT") else { return };
    let Some(rest) = wanted.strip_prefix("after-commit") else { return };
    let nth = rest.strip_prefix(':').and_then(|number| number.parse().ok()).unwrap_or(1);
    if ACCEPTS.fetch_add(1, Ordering::SeqCst) + 1 == nth {
        std::process::abort();
    }
}

/// An accept is committed, and nobody knows.
#[cfg(not(debug_assertions))]
pub(crate) const fn after_accept() {}
