//! What a token is good for: one entry per service, with whom and where it holds.

use crate::{
    ApaasPrivilege, ChatPrivilege, FcdnPrivilege, FpaPrivilege, MintError, ParseError, Permissions, Privileges, Role,
    RtcPrivilege, Rtm2Privilege, RtmPrivilege, StreamingPrivilege,
    wire::{Reader, Writer},
};

const RTC: u16 = 1;
const RTM: u16 = 2;
const STREAMING: u16 = 3;
const FPA: u16 = 4;
const CHAT: u16 = 5;
const FCDN: u16 = 6;
const APAAS: u16 = 7;
const RTM2: u16 = 8;

/// One service of a token. An empty `uid` is a wildcard: it stands for any user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Service {
    /// Calls.
    Rtc {
        /// What may be done.
        privileges: Privileges<RtcPrivilege>,
        /// Where the media meet.
        channel: String,
        /// Who, as text; see [`uid_text`] for numbers.
        uid: String,
    },
    /// Real-time messaging.
    Rtm {
        /// What may be done.
        privileges: Privileges<RtmPrivilege>,
        /// Who.
        user: String,
    },
    /// Pushing a channel to other networks.
    Streaming {
        /// What may be done.
        privileges: Privileges<StreamingPrivilege>,
        /// Where the media meet.
        channel: String,
        /// Who, as text.
        uid: String,
    },
    /// The path accelerator.
    Fpa {
        /// What may be done.
        privileges: Privileges<FpaPrivilege>,
    },
    /// Chat.
    Chat {
        /// What may be done.
        privileges: Privileges<ChatPrivilege>,
        /// Who; empty where the token speaks for the application.
        user: String,
    },
    /// The fusion CDN.
    Fcdn {
        /// What may be done.
        privileges: Privileges<FcdnPrivilege>,
        /// Where the media meet.
        channel: String,
        /// Who, as text.
        uid: String,
    },
    /// Classrooms.
    Apaas {
        /// What may be done.
        privileges: Privileges<ApaasPrivilege>,
        /// The room; empty where the token is not for one.
        room: String,
        /// Who; empty where the token speaks for the application.
        user: String,
        /// The user's role in the room, a number of the application's; -1 for none.
        role: i16,
    },
    /// Real-time messaging with permissions.
    Rtm2 {
        /// What may be done.
        privileges: Privileges<Rtm2Privilege>,
        /// Who.
        user: String,
        /// With which channels, groups and users.
        permissions: Permissions,
    },
}

impl Service {
    /// The service for calls, for a role whose privileges all end `privilege_s` after issue (zero: with the token).
    pub fn rtc(role: Role, channel: impl Into<String>, uid: impl Into<String>, privilege_s: u32) -> Self {
        Self::Rtc { privileges: role.privileges(privilege_s), channel: channel.into(), uid: uid.into() }
    }

    /// The service's number in the token.
    pub const fn number(&self) -> u16 {
        match self {
            Self::Rtc { .. } => RTC,
            Self::Rtm { .. } => RTM,
            Self::Streaming { .. } => STREAMING,
            Self::Fpa { .. } => FPA,
            Self::Chat { .. } => CHAT,
            Self::Fcdn { .. } => FCDN,
            Self::Apaas { .. } => APAAS,
            Self::Rtm2 { .. } => RTM2,
        }
    }

    /// Reads what follows a service's number; `None` where the number is of no service, and nothing can be read.
    ///
    /// The fields are read in the order in which they are written here, which is the token's.
    pub(crate) fn decode(number: u16, reader: &mut Reader<'_>) -> Result<Option<Self>, ParseError> {
        Ok(Some(match number {
            RTC => Self::Rtc { privileges: Privileges::decode(reader)?, channel: reader.text()?, uid: reader.text()? },
            RTM => Self::Rtm { privileges: Privileges::decode(reader)?, user: reader.text()? },
            STREAMING => Self::Streaming {
                privileges: Privileges::decode(reader)?,
                channel: reader.text()?,
                uid: reader.text()?,
            },
            FPA => Self::Fpa { privileges: Privileges::decode(reader)? },
            CHAT => Self::Chat { privileges: Privileges::decode(reader)?, user: reader.text()? },
            FCDN => {
                Self::Fcdn { privileges: Privileges::decode(reader)?, channel: reader.text()?, uid: reader.text()? }
            }
            APAAS => Self::Apaas {
                privileges: Privileges::decode(reader)?,
                room: reader.text()?,
                user: reader.text()?,
                role: reader.i16()?,
            },
            RTM2 => Self::Rtm2 {
                privileges: Privileges::decode(reader)?,
                user: reader.text()?,
                permissions: Permissions::decode(reader)?,
            },
            _ => return Ok(None),
        }))
    }

    pub(crate) fn encode(&self, writer: &mut Writer) -> Result<(), MintError> {
        writer.u16(self.number());
        self.encode_privileges(writer)?;
        match self {
            Self::Fpa { .. } => Ok(()),
            Self::Rtm { user, .. } | Self::Chat { user, .. } => writer.text(user),
            Self::Rtc { channel, uid, .. } | Self::Streaming { channel, uid, .. } | Self::Fcdn { channel, uid, .. } => {
                writer.text(channel)?;
                writer.text(uid)
            }
            Self::Apaas { room, user, role, .. } => {
                writer.text(room)?;
                writer.text(user)?;
                writer.i16(*role);
                Ok(())
            }
            Self::Rtm2 { user, permissions, .. } => {
                writer.text(user)?;
                permissions.encode(writer)
            }
        }
    }

    fn encode_privileges(&self, writer: &mut Writer) -> Result<(), MintError> {
        match self {
            Self::Rtc { privileges, .. } => privileges.encode(writer),
            Self::Rtm { privileges, .. } => privileges.encode(writer),
            Self::Streaming { privileges, .. } => privileges.encode(writer),
            Self::Fpa { privileges } => privileges.encode(writer),
            Self::Chat { privileges, .. } => privileges.encode(writer),
            Self::Fcdn { privileges, .. } => privileges.encode(writer),
            Self::Apaas { privileges, .. } => privileges.encode(writer),
            Self::Rtm2 { privileges, .. } => privileges.encode(writer),
        }
    }
}

/// A number uid as a token has it: in decimals, and 0, which stands for any user, as the empty text.
pub fn uid_text(uid: u32) -> String {
    if uid == 0 { String::new() } else { uid.to_string() }
}
