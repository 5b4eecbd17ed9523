//! Names of things. Every id from outside is checked once, here, while it is parsed.

use std::{fmt, str::FromStr};

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
    fn a_bad_id_does_not_parse_from_json() {
        assert!(serde_json::from_str::<UserId>("\"a\\u0000\"").is_err());
        assert!(serde_json::from_str::<CallId>("\"not-a-uuid\"").is_err());
    }
}
