//! Wakes a worker that waits for datagrams.

use std::io;

/// Wakes a worker.
#[cfg(target_os = "linux")]
#[derive(Clone)]
pub(super) struct Waker(std::sync::Arc<std::os::fd::OwnedFd>);

#[cfg(target_os = "linux")]
impl Waker {
    pub(super) fn new() -> io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        Ok(Self(std::sync::Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)))
    }

    pub(super) fn wake(&self) {
        rustix::io::write(&self.0, &1_u64.to_ne_bytes()).ok();
    }

    /// It was woken.
    pub(super) fn rest(&self) {
        rustix::io::read(&self.0, &mut [0; 8]).ok();
    }
}

#[cfg(target_os = "linux")]
impl std::os::fd::AsFd for Waker {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Elsewhere workers look often enough.
#[cfg(not(target_os = "linux"))]
#[derive(Clone)]
pub(super) struct Waker;

#[cfg(not(target_os = "linux"))]
impl Waker {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn wake(&self) {}
}
