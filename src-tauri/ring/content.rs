//! What the notification of a ring says and asks, in words and keys that all systems share.

use carillon_ipc::{RingAnswer, Texts};
use carillon_kit::{CallId, CallKind};

use super::{RingContent, RingPress};

/// A click on the notification itself.
pub(super) const OPEN: &str = "default";
/// The button that answers.
pub(super) const ACCEPT: &str = "accept";
/// The button that declines.
pub(super) const DECLINE: &str = "decline";

/// In the language of the ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) open: String,
    pub(super) accept: String,
    pub(super) decline: String,
}

impl Words {
    pub(super) fn of(ring: &RingContent) -> Self {
        let texts = Texts::new(ring.locale);
        let kind = match ring.kind {
            _ if ring.group => "notification-group",
            CallKind::Voice => "notification-voice",
            CallKind::Video => "notification-video",
        };
        Self {
            name: ring.name.clone(),
            kind: texts.t(kind),
            open: texts.t("notification-open"),
            accept: texts.t("notification-accept"),
            decline: texts.t("notification-decline"),
        }
    }
}

/// What a press means on the notification of this call.
pub(super) fn press(key: &str, call: CallId) -> Option<RingPress> {
    Some(match key {
        OPEN => RingPress::Open,
        ACCEPT => RingPress::Answer(RingAnswer::Accept { call }),
        DECLINE => RingPress::Answer(RingAnswer::Decline { call }),
        _ => return None,
    })
}
