//! Accounts and sign-ins: the REST part's bodies.

use serde::{Deserialize, Serialize};

use crate::{AppId, AvatarId, ChannelName, DeviceId, DeviceKey, GivenName, Uid, UserId};

/// `GET /version`: how a client tells a Carillon server from any other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionInfo {
    /// Always `carillon`.
    pub server: String,
    /// The program's version.
    pub version: String,
    /// [`crate::PROTOCOL_VERSION`].
    pub protocol: u32,
    /// Who may make an account.
    #[serde(default)]
    pub registration: Registration,
}

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Anyone.
    Open,
    /// A person with an invite.
    #[default]
    Invite,
    /// Only the operator.
    Closed,
}

/// `POST /v1/register`: make an account and sign its first device in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterRequest {
    /// The invite that the server printed, or that another user passed on; empty where registration is open.
    #[serde(default)]
    pub invite: String,
    /// The account's name.
    pub user: UserId,
    /// What others see; at most 64 characters. Empty: the account's name.
    #[serde(default)]
    pub display_name: GivenName,
    /// At least 8 characters.
    pub password: String,
    /// What to call this device; at most 64 characters.
    pub device_name: GivenName,
    /// The device's own key; from then on its links and its media are signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_key: Option<DeviceKey>,
}

/// `POST /v1/sign-in`: sign a device in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInRequest {
    /// The account's name.
    pub user: UserId,
    /// Its password.
    pub password: String,
    /// What to call this device; at most 64 characters.
    pub device_name: GivenName,
    /// The id that an earlier sign-in gave this installation, so that it stays the same device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The device's own key; another one than before makes it a device that others are warned of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_key: Option<DeviceKey>,
}

impl Account {
    /// An account as it is when it is new.
    pub fn new(user: UserId, display_name: impl Into<String>) -> Self {
        Self { user, display_name: display_name.into(), avatar: None, do_not_disturb: false, hides_reading: false }
    }
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
    /// How long the token opens links, in seconds.
    pub token_expires_in_s: u64,
    /// Gets the next token, once. A secret.
    pub refresh_token: String,
}

/// `POST /v1/refresh`: the next token. The refresh token is used up by it; one that is used twice voids the whole sign-in, unless
/// the second use only repeats a first whose answer was lost.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshRequest {
    /// As the last sign-in or refresh gave it.
    pub refresh_token: String,
}

/// The body of a successful refresh.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refreshed {
    /// The bearer token. A secret.
    pub token: String,
    /// How long it opens links, in seconds.
    pub token_expires_in_s: u64,
    /// Gets the next token, once. A secret.
    pub refresh_token: String,
}

/// `POST /v1/password`: another password; all other devices of the user are signed out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordRequest {
    /// The password until now.
    pub old: String,
    /// At least 8 characters.
    pub new: String,
}

/// `POST /v1/delete-account`: the account, its messages and its devices are deleted. Its name is given to no account again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteAccountRequest {
    /// The account's password, so that whoever finds an open device deletes nothing.
    pub password: String,
}

/// `POST /v1/rtc-token`: a token for a channel, for this user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RtcTokenRequest {
    /// Which channel.
    pub channel: ChannelName,
    /// As whom; `None`: by the account's name. A number must be this user's own, or unclaimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uid>,
}

/// The body of a successful `POST /v1/rtc-token`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RtcToken {
    /// AccessToken2 text. A secret.
    pub token: String,
    /// For how long, in seconds.
    pub expires_in_s: u64,
}

/// What a device keeps to sign in again; it prints without its secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The server's address.
    pub server: String,
    /// What the server said at sign-in, and at refreshes since.
    pub signed_in: SignedIn,
    /// The device's own secret key: the 32-byte Ed25519 seed as base64url. A secret that never leaves the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_secret: Option<String>,
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
    SignedIn { account, device, app, token_expires_in_s },
    RefreshRequest {},
    Refreshed { token_expires_in_s },
    PasswordRequest {},
    DeleteAccountRequest {},
    RtcToken { expires_in_s },
    Login { server, signed_in }
);

/// An account as its own user sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account's name.
    pub user: UserId,
    /// What others see.
    pub display_name: String,
    /// The user's picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<AvatarId>,
    /// Whether the user's devices keep silent.
    #[serde(default)]
    pub do_not_disturb: bool,
    /// Whether others do not learn what the user has read, and the user not what they have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hides_reading: bool,
}
