//! One message on the link between a device and the server.
//!
//! A link is FIFO. What the server tells carries a `seq` and is repeated after a reconnect until acknowledged; what a device
//! asks carries an `op_id` and is repeated until answered. Both ends may therefore hear things twice, and say so by ignoring
//! the second time.

mod request;
mod signal;

use serde::{Deserialize, Serialize};

pub use self::{
    request::{Answer, Done, Refusal, RefusalCode, Request},
    signal::{Signal, Snapshot, SnapshotCall},
};
use crate::{Account, AppId, Chat, DeviceId, MAX_LEGS, Nonce, OpId, SessionId, Signature, UserId};

/// From a device to the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame on every link: go on with a session, or begin one.
    Hello {
        /// The session to go on with, and the last `seq` that this device has processed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resume: Option<(SessionId, u64)>,
        /// The device's signature of [`crate::identity::link_text`]; needed from a device that has a key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<Signature>,
    },
    /// Please do.
    Request(PendingRequest),
    /// Everything up to `seq` is processed.
    Ack {
        /// The last processed one.
        seq: u64,
    },
}

/// What a device asks for, from the call machine and the app on until the server answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRequest {
    /// Its id, which the answer has too: the same, however often it is asked.
    pub op_id: OpId,
    /// What.
    pub body: Request,
}

/// From the server to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The first frame on every link: what the device signs to show that it is the device.
    Challenge {
        /// Used once.
        nonce: Nonce,
    },
    /// Goes on where the device left off: signals after its `seq` follow.
    Resumed {
        /// The same session.
        session: SessionId,
        /// Who this link belongs to.
        greeting: Greeting,
    },
    /// A new session: forget what was, this is how things are. `seq` starts after `snapshot.seq`.
    Reset {
        /// The new session.
        session: SessionId,
        /// Who this link belongs to.
        greeting: Greeting,
        /// How things are. Nothing rings before it is processed.
        snapshot: Snapshot,
    },
    /// Something happened.
    Signal {
        /// One more than the one before.
        seq: u64,
        /// What.
        body: Signal,
    },
    /// A user is writing in a conversation of this device's user, or not any more. It has no `seq`, is never repeated, and may be lost: after
    /// twice [`crate::TYPING_AGAIN_MS`] without another one they type no more.
    Typing {
        /// Where.
        chat: Chat,
        /// Who.
        user: UserId,
        /// Which.
        typing: bool,
    },
    /// The reply to a request.
    Answer {
        /// Which request.
        op_id: OpId,
        /// What came of it.
        result: Answer,
    },
}

/// The text of a [`ServerFrame::Signal`] whose body is written down already.
pub fn signal_frame(seq: u64, body: &str) -> String {
    format!(r#"{{"t":"signal","seq":{seq},"body":{body}}}"#)
}

/// The server's first words of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Who this link belongs to, as the server knows it.
    pub account: Account,
    /// This installation.
    pub device: DeviceId,
    /// The application that calls belong to.
    pub app: AppId,
    /// `host:port` of the server's STUN service, for gathering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stun: Option<String>,
    /// How many users can be in a group call at once, at most [`MAX_LEGS`].
    #[serde(default = "most_legs")]
    pub call_size: u16,
}

/// As servers have it that do not say.
const fn most_legs() -> u16 {
    MAX_LEGS as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_is_written_down_makes_the_same_frame() {
        let body = Signal::CallsSeen { missed: 3 };

        let text = signal_frame(7, &serde_json::to_string(&body).unwrap());

        assert_eq!(text, serde_json::to_string(&ServerFrame::Signal { seq: 7, body }).unwrap());
    }
}
