#![doc = include_str!("../README.md")]

mod address;
mod callkit;
mod clock;
mod connection;
pub mod media;
mod pipeline;
mod sign_in;

pub use address::{AddressError, ServerAddress};
pub use callkit::{
    Avatar, AvatarError, CallEvent, CallInfo, CallKit, CallPhase, CallStatus, Closed, HangupReason, InitError, Peer,
    StartCall, StartCallError, StateChange, Uid,
};
pub use carillon_protocol::{
    AppId, CallEntry, CallId, CallKind, CallType, ChatType, Login, Person, Presence, Ring, UserId,
};
pub use clock::now;
pub use connection::{Connection, LinkState, News, RequestError};
pub use media::{Levels, MediaDevice, MediaNotice, MediaOptions, Microphone, Processing, Speaker};
pub use sign_in::{Register, SignIn, SignInError, register, sign_in, sign_out};
