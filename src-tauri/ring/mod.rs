//! How a ring reaches a person beside its window: the system's notification, the tray, a bell, attention.
//!
//! Every surface follows the same `watch<Option<RingContent>>` and rebuilds itself from each new value. No surface keeps a flag of its
//! own, so an answer elsewhere, a hang-up and the end of the ring time all end a ring on all surfaces in one way.

mod content;
#[cfg(target_os = "linux")]
mod freedesktop;
#[cfg(target_os = "linux")]
mod lock;
#[cfg(target_os = "macos")]
mod notification_centre;
mod notifier;
#[cfg(any(not(target_os = "linux"), test))]
mod tagged;
#[cfg(all(test, target_os = "linux"))]
mod tests;
#[cfg(all(test, target_os = "linux"))]
pub(crate) use tests::daemon as testing;
#[cfg(any(windows, test))]
mod toast;
#[cfg(windows)]
mod toasts;

#[cfg(target_os = "linux")]
pub use freedesktop::FreedesktopNotifier;
#[cfg(target_os = "linux")]
pub use lock::watch_lock;
pub use notifier::{NoNotifier, RingNotifier, follow};
#[cfg(not(target_os = "linux"))]
pub(crate) use tagged::TaggedNotifier;

use carillon_ipc::{Locale, RingAnswer};
use carillon_kit::{CallId, CallKind};

/// A ring, ready to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingContent {
    /// The call.
    pub call: CallId,
    /// Who calls, and which group, from the server's records, as [`carillon_kit::shown_name`] has it.
    pub name: String,
    /// Voice or video.
    pub kind: CallKind,
    /// Whether more than two are called.
    pub group: bool,
    /// The language to say it in.
    pub locale: Locale,
    /// Whether the system's notification shows it, because no window can.
    pub notification: bool,
}

/// What the user pressed on the ring's notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RingPress {
    /// Show the ring window.
    Open,
    /// Answer the ring that was on show, which may be over by now.
    Answer(RingAnswer),
}
