//! AccessToken2, the token that begins with `007`: what a user may do in which channel, and until when, signed with the
//! certificate of an app.
//!
//! A token is minted by a server that knows the certificate, travels through the hands of a user, and is verified by the server
//! that lets the user in. The format is the one of the SDKs that are out there, for all of its services, so that a token server
//! which a team already runs goes on working.
//!
//! * [`mint`] makes the text of a [`Token`].
//! * [`parse`] reads one strictly: this is what our own doors use. [`parse_as_reference`] reads like the published
//!   implementations, which leave out what they do not know.
//! * [`Parsed::verify`] checks the signature over the bytes that came, never over bytes that we wrote again, and in constant time.
//! * [`check_join`] says whether a token opens one channel to one user now, and if not, why.
//!
//! *Invariants:* no text, however made, costs more than [`MAX_TEXT_BYTES`] of reading and [`MAX_PAYLOAD_BYTES`] of memory, or
//! panics. Nothing here reads a clock or draws a random number: issue time, salt and `now_s` are handed in. A [`Certificate`]
//! does not print itself.
//!
//! *Not here:* who may have a token, how long it should live, and whether its user has been thrown out since.
//!
//! ```
//! use carillon_token::{AppId, Certificate, Join, Role, Service, Token, check_join, mint, parse};
//!
//! let app_id: AppId = "970CA35de60c44645bbae8a215061b33".parse()?;
//! let certificate: Certificate = "5CFd2fd1755d40ecb72977518be15d3b".parse()?;
//! let services = vec![Service::rtc(Role::Publisher, "stand-up", "ada", 600)];
//! let token = Token { app_id: app_id.clone(), issued_at_s: 1_800_000_000, expire_s: 600, salt: 7, services };
//!
//! let text = mint(&token, &certificate)?;
//!
//! let join = Join { app_id: &app_id, channel: "stand-up", uid: "ada", now_s: 1_800_000_060 };
//! let grant = check_join(&parse(&text)?, &certificate.into(), &join)?;
//! assert_eq!(grant.until_s, 1_800_000_600);
//! assert!(grant.may_publish_audio(join.now_s));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod app;
mod envelope;
#[doc(hidden)]
pub mod fuzz;
mod join;
mod parse;
mod permissions;
mod privileges;
mod service;
mod signature;
mod token;
mod wire;

pub use app::{AppId, Certificate, Certificates, NotHex};
pub use join::{Join, JoinGrant, JoinRefusal, MAX_CLOCK_SKEW_S, check_join};
pub use parse::{BadSignature, ParseError, Parsed, parse, parse_as_reference};
pub use permissions::{Access, Permissions, Resource};
pub use privileges::{
    ApaasPrivilege, ChatPrivilege, FcdnPrivilege, FpaPrivilege, Privilege, Privileges, Role, RtcPrivilege,
    Rtm2Privilege, RtmPrivilege, StreamingPrivilege,
};
pub use service::{Service, uid_text};
pub use token::{MintError, Token, mint};

/// The longest text that is read or minted: every published token fits fourteen times.
pub const MAX_TEXT_BYTES: usize = 4 * 1024;

/// The longest payload that a text may inflate to. Deflate shrinks up to a thousandfold, so the text's limit bounds nothing.
pub const MAX_PAYLOAD_BYTES: usize = 8 * 1024;

/// The most services in one token: there are eight, and the published implementations let them repeat.
pub const MAX_SERVICES: usize = 16;
