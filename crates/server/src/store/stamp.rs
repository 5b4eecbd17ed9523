//! When something is written into devices' streams.

/// When something is written into devices' streams, and how many signals a stream keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) now_ms: u64,
    pub(crate) keep: u64,
}
