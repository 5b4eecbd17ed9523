//! Names of things. Every id from outside is checked once, here, while it is parsed.

use std::{fmt, str::FromStr};

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is not the id that it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing was given.
    #[error("it is empty")]
    Empty,
    /// More characters than the kind of id allows.
    #[error("it is longer than {0} characters")]
    TooLong(usize),
    /// A character that the kind of id does not allow.
    #[error("it contains {0:?}, which is not allowed")]
    Character(char),
    /// Not a UUID.
    #[error("it is not a UUID")]
    NotUuid,
    /// A number, which names users in channels and no new accounts.
    #[error("it is a number")]
    Number,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that the caller made.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError::NotUuid)
            }
        }
    };
}

uuid_id! {
    /// One call, from invite to end. UUIDv7, minted by the server, so that lower means earlier.
    CallId
}
uuid_id! {
    /// One installation of one user.
    DeviceId
}
uuid_id! {
    /// One request of a device, chosen by the device (UUIDv7): the same id twice has the effect of once.
    OpId
}
uuid_id! {
    /// One message. UUIDv7, minted by the server.
    MessageId
}
uuid_id! {
    /// One file in a conversation. Random, minted by the server.
    AttachmentId
}
uuid_id! {
    /// One signed-in device's stream of signals at the server; what RESUME names.
    SessionId
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, max $max:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters that this id may have.
            pub const MAX_CHARS: usize = $max;

            /// Checks a text and takes it.
            ///
            /// # Errors
            /// [`IdError`] says what is wrong with the text.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                if text.is_empty() {
                    return Err(IdError::Empty);
                }
                if text.chars().count() > Self::MAX_CHARS {
                    return Err(IdError::TooLong(Self::MAX_CHARS));
                }
                match text.chars().find(|c| !$allowed(*c)) {
                    Some(c) => Err(IdError::Character(c)),
                    None => Ok(Self(text)),
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

/// Lower case and ASCII only: two names that look alike are the same name, and no name needs escaping anywhere.
fn user_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-')
}

fn base64url_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn printable(c: char) -> bool {
    c.is_ascii_graphic() || c == ' '
}

text_id! {
    /// An account's name: lower-case ASCII letters, digits, `.`, `_` and `-`.
    UserId, max 64, user_char
}
text_id! {
    /// The application that accounts, channels and tokens belong to.
    AppId, max 64, user_char
}
text_id! {
    /// Where the media of a call meet, named by the caller: printable ASCII.
    ChannelName, max 64, printable
}

text_id! {
    /// A group or a chat room, minted by the server.
    GroupId, max 64, user_char
}
text_id! {
    /// A picture, by its content: lower-case hexadecimal SHA-256.
    AvatarId, max 64, user_char
}
text_id! {
    /// A device's public Ed25519 key (RFC 8032): 32 bytes as base64url without padding.
    DeviceKey, max 43, base64url_char
}
text_id! {
    /// An Ed25519 signature: 64 bytes as base64url without padding.
    Signature, max 86, base64url_char
}
text_id! {
    /// What a server challenges a device with; used once.
    Nonce, max 64, base64url_char
}

impl UserId {
    /// Reads a name as a person types it: compatible forms and capitals are the letters that they stand for (NFKC, lower case), so that
    /// an account has one spelling.
    ///
    /// # Errors
    /// [`IdError`] says what is wrong with the text.
    pub fn typed(text: &str) -> Result<Self, IdError> {
        Self::new(ComposingNormalizerBorrowed::new_nfkc().normalize(text.trim()).to_lowercase())
    }

    /// Whether a new account may have this name. Numbers are uids: an account of that name would be taken for the user who has the number.
    ///
    /// # Errors
    /// [`IdError::Number`].
    pub fn check_new(&self) -> Result<(), IdError> {
        if self.as_str().bytes().all(|b| b.is_ascii_digit()) { Err(IdError::Number) } else { Ok(()) }
    }
}

/// A secret on its way: it prints as nothing, so that no log has it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes a text that is not to be printed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for code that has to use it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How a user is named in a channel: by a number, or by the account's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged, from = "WrittenUid")]
pub enum Uid {
    /// A number; it names the same user as the account whose name is that number. 0 names no user in particular.
    Number(u32),
    /// The account's name.
    User(UserId),
}

impl From<u32> for Uid {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl From<UserId> for Uid {
    /// An old account whose name is a number has the same uid as that number; but for 0, which would be every user.
    fn from(user: UserId) -> Self {
        match user.as_str().parse::<u32>() {
            Ok(number) if number > 0 && number.to_string() == user.as_str() => Self::Number(number),
            _ => Self::User(user),
        }
    }
}

/// A uid as it is written; a number may stand in quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenUid {
    Number(u32),
    User(UserId),
}

impl From<WrittenUid> for Uid {
    fn from(written: WrittenUid) -> Self {
        match written {
            WrittenUid::Number(number) => Self::Number(number),
            WrittenUid::User(user) => Self::from(user),
        }
    }
}

impl fmt::Display for Uid {
    /// As RTC tokens have it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::User(user) => user.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_lower_case_and_short() {
        assert!(UserId::new("ada.lovelace-2").is_ok());
        assert_eq!(UserId::new(""), Err(IdError::Empty));
        assert_eq!(UserId::new("Ada"), Err(IdError::Character('A')));
        assert_eq!(UserId::new("аda"), Err(IdError::Character('а')), "a Cyrillic look-alike");
        assert_eq!(UserId::new("a".repeat(65)), Err(IdError::TooLong(64)));
    }

    #[test]
    fn an_account_has_one_spelling_however_it_is_typed() {
        for typed in ["alice", " Alice ", "ALICE", "ａｌｉｃｅ", "Ａlice", "ａＬＩＣＥ\n"] {
            assert_eq!(UserId::typed(typed).as_ref().map(UserId::as_str), Ok("alice"), "{typed:?}");
        }
        assert_eq!(UserId::typed("аlice"), Err(IdError::Character('а')), "a Cyrillic look-alike");
        assert!(UserId::typed("ali\u{200b}ce").is_err());
    }

    #[test]
    fn a_number_names_no_new_account() {
        for number in ["0", "7", "007", "4294967295", "99999999999999999999"] {
            assert_eq!(UserId::new(number).expect("old accounts have such names").check_new(), Err(IdError::Number));
        }
        assert_eq!(UserId::new("r2d2").expect("a good name").check_new(), Ok(()));
    }

    #[test]
    fn a_uid_is_one_however_it_is_written_and_no_account_is_everybody() {
        let uid = |json: &str| serde_json::from_str::<Uid>(json).expect("a uid");
        let user = |name: &str| Uid::from(UserId::new(name).expect("a good name"));

        assert_eq!(uid("4294967295"), uid("\"4294967295\""));
        assert_eq!(user("4294967295"), uid("\"4294967295\""), "an old account names itself");
        assert_eq!(user("0"), uid("\"0\""));
        assert_ne!(user("0"), uid("0"));
        assert_eq!(serde_json::to_string(&user("ada")).expect("a text"), "\"ada\"");
    }

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::new("token");

        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(serde_json::to_string(&secret).expect("a text"), "\"token\"");
    }

    #[test]
    fn a_bad_id_does_not_parse_from_json() {
        assert!(serde_json::from_str::<UserId>("\"a\\u0000\"").is_err());
        assert!(serde_json::from_str::<CallId>("\"not-a-uuid\"").is_err());
    }
}
