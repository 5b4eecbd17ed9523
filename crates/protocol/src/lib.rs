//! Ids and signalling messages of Carillon on the wire.
//!
//! The one vocabulary that a device and the server share: what is here is what may be said over a link, and nothing else.
//! Only data and its own validity lives here; who may say what, and what it does, is the business of `carillon-call`.
//! No I/O, no clock: the crate builds for wasm.
//!
//! Times on the wire are durations (`ring_left_ms`), never clock times, except in records of the past (`at_ms`: milliseconds
//! since the Unix epoch, by the server's clock).

mod account;
mod call;
mod chat;
pub mod close;
mod device;
pub mod identity;
mod ids;
mod link;
mod log;
mod media;
mod moderation;
mod name;
mod people;
mod published;
mod scope;

pub use account::{
    Account, DeleteAccountRequest, Login, PasswordRequest, RefreshRequest, Refreshed, RegisterRequest, Registration,
    RtcToken, RtcTokenRequest, SignInRequest, SignedIn, VersionInfo,
};
pub use call::{
    CallKind, CallPath, EndReason, Ended, Handled, HandledHow, HangupReason, Invitation, Leg, LegState, MAX_LEGS,
    MAX_LEGS_EVER, Ring,
};
pub use chat::{
    Attachment, CHANGEABLE_MS, Chat, Conversation, GroupEvent, GroupInfo, GroupKind, GroupRole, Inviter, MAX_EXT_BYTES,
    MAX_MEMBERS, MAX_PAGE, MAX_TEXT_BYTES, Member, Message, MessageBody, NewAttachment, PictureSides, QUOTED_CHARS,
    Quote, Receipts, Received, TYPING_AGAIN_MS,
};
pub use device::{DeviceCard, DeviceEntry, OtherEnd};
pub use ids::{
    AppId, AttachmentId, AvatarId, CallId, ChannelName, DeviceId, DeviceKey, GroupId, IdError, MessageId, Nonce, OpId,
    Secret, SessionId, Signature, Uid, UserId,
};
pub use link::{
    Answer, ClientFrame, Done, Greeting, PendingRequest, Refusal, RefusalCode, Request, ServerFrame, Signal, Snapshot,
    SnapshotCall, signal_frame,
};
pub use log::{CallEntry, CalledGroup, Direction};
pub use media::{
    Candidate, Description, DescriptionKind, MediaSignal, MediaSlot, RECEIVING_SLOTS, WantedPicture, slots_of,
    source_of_slot,
};
pub use moderation::{CallRole, Moderation, MutedBy};
pub use name::{GivenName, MAX_NAME_CHARS, NameError, shown_line, shown_name, shown_person, turned_round};
pub use people::{ContactState, Person, Presence};
pub use published::{
    MAX_PUBLISHED_SIDE, MicrophoneState, Published, PublishedSize, PublishedSizeError, PublishedSource, WantedLayers,
    Wants,
};
pub use scope::{CallScope, CallType, ChatType, ScopeError};

/// The version of the protocol in this crate; a server greets with its own.
pub const PROTOCOL_VERSION: u32 = 1;

/// The largest frame that a device sends, in bytes, and as much as a page of an answer takes: a generous SDP with its candidates fits many times over.
pub const MAX_FRAME_BYTES: usize = 64 * 1024;

/// The largest frame that a server sends, in bytes: a call with all its legs fits.
pub const MAX_TOLD_BYTES: usize = 256 * 1024;

/// How long a device of the callee rings if the caller chose no other time.
pub const DEFAULT_RING_MS: u64 = 30_000;
/// The shortest ring time that a caller may ask for.
pub const MIN_RING_MS: u64 = 15_000;
/// The longest ring time that a caller may ask for.
pub const MAX_RING_MS: u64 = 90_000;
