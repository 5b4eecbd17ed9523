//! How a ring reaches a person beside its window: the system's notification, the tray, a bell, attention.
//!
//! Every surface follows the same `watch<Option<RingContent>>` and rebuilds itself from each new value. Nobody keeps a flag of its
//! own, so whatever ends a ring (an answer elsewhere, a hang-up, the time) ends it on all surfaces in one way.

#[cfg(target_os = "linux")]
mod freedesktop;
mod notifier;
#[cfg(all(test, target_os = "linux"))]
mod tests;

#[cfg(target_os = "linux")]
pub use freedesktop::FreedesktopNotifier;
pub use notifier::{NoNotifier, RingNotifier, follow};

use carillon_ipc::Locale;
use carillon_protocol::{CallId, CallKind};

/// A ring, ready to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingContent {
    /// The call.
    pub call: CallId,
    /// Who calls, from the server's records, as [`carillon_protocol::shown_name`] has it.
    pub name: String,
    /// Voice or video.
    pub kind: CallKind,
    /// Whether more than two are called.
    pub group: bool,
    /// The language to say it in.
    pub locale: Locale,
    /// Whether the system's notification shows it.
    pub notification: bool,
}

/// What somebody pressed on a ring surface. It names the ring that was on show, because that may be over by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingPress {
    /// The call that was on show.
    pub call: CallId,
    /// What to do about it.
    pub action: RingAction,
}

/// What to do about a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RingAction {
    /// Show the window.
    Open,
    /// Answer.
    Accept,
    /// Decline on all devices.
    Decline,
}
