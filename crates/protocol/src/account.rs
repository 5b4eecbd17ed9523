//! People and accounts: the REST part's bodies, and what a link tells about people.

use serde::{Deserialize, Serialize};

use crate::{AppId, CallId, CallKind, DeviceId, EndReason, UserId};

/// `GET /version`: how a client tells a Carillon server from any other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionInfo {
    /// Always `carillon`.
    pub server: String,
    /// The program's version.
    pub version: String,
    /// [`crate::PROTOCOL_VERSION`].
    pub protocol: u32,
    /// Who may make an account here.
    #[serde(default)]
    pub registration: Registration,
}

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Anybody.
    Open,
    /// Whoever has an invite.
    #[default]
    Invite,
    /// Nobody: only the operator makes accounts.
    Closed,
}

/// `POST /v1/register`: make an account and sign its first device in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterRequest {
    /// The invite that the server printed, or that somebody passed on; empty where registration is open.
    #[serde(default)]
    pub invite: String,
    /// The account's name.
    pub user: UserId,
    /// What others see; at most 64 characters. Empty: the account's name.
    #[serde(default)]
    pub display_name: String,
    /// At least 8 characters.
    pub password: String,
    /// What to call this device; at most 64 characters.
    pub device_name: String,
}

/// `POST /v1/sign-in`: sign a device in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInRequest {
    /// The account's name.
    pub user: UserId,
    /// Its password.
    pub password: String,
    /// What to call this device; at most 64 characters.
    pub device_name: String,
    /// The id that an earlier sign-in gave this installation, so that it stays the same device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
}

/// The body of a successful register or sign-in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// Who signed in.
    pub account: Account,
    /// This installation.
    pub device: DeviceId,
    /// The application that calls belong to.
    pub app: AppId,
    /// The bearer token for the link and the REST part. A secret.
    pub token: String,
}

/// What a device keeps to sign in again; it prints without its secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The server's address.
    pub server: String,
    /// What the server said at sign-in.
    pub signed_in: SignedIn,
}

macro_rules! hide_secrets {
    ($($name:ident { $($shown:ident),* }),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($shown), &self.$shown))*.finish_non_exhaustive()
            }
        }
    )*};
}
hide_secrets!(
    RegisterRequest { user, display_name, device_name },
    SignInRequest { user, device_name, device },
    SignedIn { account, device, app },
    Login { server, signed_in }
);

/// An account as its own user sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account's name.
    pub user: UserId,
    /// What others see.
    pub display_name: String,
}

/// Whether somebody can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// At least one device has a link.
    Online,
    /// In a call.
    InCall,
    /// No device has a link.
    Offline,
}

/// Somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The account's name.
    pub user: UserId,
    /// What others see.
    pub display_name: String,
    /// Whether they can be reached.
    pub presence: Presence,
}

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// This user was called.
    Incoming,
    /// This user called.
    Outgoing,
}

/// One ended call in a user's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEntry {
    /// The call.
    pub call: CallId,
    /// The other user.
    pub with: UserId,
    /// Their display name when the entry was read.
    pub with_name: String,
    /// Who called whom.
    pub direction: Direction,
    /// Voice or video.
    pub kind: CallKind,
    /// Why it ended.
    pub reason: EndReason,
    /// Whether this user answered, on any device. An incoming call that was neither answered nor declined is *missed*.
    pub answered: bool,
    /// When it began, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// How long they talked, in milliseconds; 0 if it was never answered.
    pub duration_ms: u64,
}

impl CallEntry {
    /// Whether this user should call back: it rang for them (or would have), and nobody answered or declined.
    pub fn is_missed(&self) -> bool {
        self.direction == Direction::Incoming && !self.answered && self.reason != EndReason::Declined
    }
}

/// The server's first words on a link.
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
}
