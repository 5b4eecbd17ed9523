#![doc = include_str!("../README.md")]

mod address;
mod callkit;
mod clock;
mod connection;
mod identity;
mod json;
pub mod media;
mod proxy;
mod rest;
mod sign_in;
pub mod testing;

pub use address::{AddressError, ServerAddress};
pub use callkit::{
    Avatar, AvatarError, CallEvent, CallEvents, CallInfo, CallKit, CallPhase, CallStatus, CommandError, HangupReason,
    InitError, StartCall, StartCallError, StateChange, Unverified,
};
pub use carillon_protocol::{
    Account, AppId, Attachment, AttachmentId, AvatarId, CHANGEABLE_MS, CallEntry, CallId, CallKind, CallPath, CallRole,
    CallScope, CallType, CalledGroup, ChannelName, Chat, ChatType, ContactState, Conversation, DeviceCard, DeviceEntry,
    DeviceId, DeviceKey, Direction, EndReason, GroupEvent, GroupId, GroupInfo, GroupKind, GroupRole, HandledHow,
    IdError, Invitation, Inviter, Leg, LegState, Login, MAX_LEGS, MAX_PAGE, MAX_TEXT_BYTES, Member, Message,
    MessageBody, MessageId, MicrophoneState, Moderation, MutedBy, NewAttachment, OpId, Person, PictureSides, Presence,
    Published, PublishedSize, PublishedSource, QUOTED_CHARS, Quote, Receipts, Refusal, RefusalCode, Ring, RtcToken,
    ScopeError, Secret, SignedIn, TYPING_AGAIN_MS, Uid, UserId, WantedLayers, Wants, shown_line, shown_name,
    shown_person,
};
pub use clock::now;
pub use connection::{Connection, LinkState, News, RequestError, TransferError};
pub use identity::KnownKeys;
pub use media::{
    CallStats, CandidateKind, Codec, End, FirstPictures, Levels, MediaDevice, MediaNotice, MediaOptions, MediaPath,
    Microphone, PictureCodec, PictureLayer, PictureSource, PictureStats, Processing, Speaker, StreamStats, VoiceLevel,
    WantedView, Wire,
};
pub use sign_in::{Register, SignIn, SignInError, register, sign_in, sign_out};
