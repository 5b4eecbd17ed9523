//! What a service lets its user do, and for how long: typed numbers of 16 bits, each with a number of seconds.

use std::{collections::BTreeMap, marker::PhantomData};

use crate::{
    MintError, ParseError,
    wire::{Reader, Writer},
};

/// A privilege of one kind of service, by its number in the token.
pub trait Privilege: Copy {
    /// The number in the token.
    fn id(self) -> u16;
}

macro_rules! privilege {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $variant:ident = $id:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum $name {
            $($(#[$what])* $variant = $id),+
        }

        impl Privilege for $name {
            fn id(self) -> u16 {
                self as u16
            }
        }
    };
}

privilege! {
    /// What a user may do in a channel.
    RtcPrivilege {
        /// Be in it. Without this one the others are worth nothing, and they end where it ends.
        Join = 1,
        /// Be heard.
        PublishAudio = 2,
        /// Be seen.
        PublishVideo = 3,
        /// Send data.
        PublishData = 4,
    }
}
privilege! {
    /// What a user may do in real-time messaging.
    RtmPrivilege {
        /// Sign in.
        Login = 1,
    }
}
privilege! {
    /// What a user may push to other networks.
    StreamingPrivilege {
        /// The mixed stream.
        PublishMix = 1,
        /// A stream as it is.
        PublishRaw = 2,
    }
}
privilege! {
    /// What a user may do with the path accelerator.
    FpaPrivilege {
        /// Sign in.
        Login = 1,
    }
}
privilege! {
    /// Whom a chat token speaks for.
    ChatPrivilege {
        /// One user.
        User = 1,
        /// The application.
        App = 2,
    }
}
privilege! {
    /// What a user may do with a fusion CDN stream.
    FcdnPrivilege {
        /// Send it.
        Publish = 1,
        /// Watch it.
        Play = 2,
    }
}
privilege! {
    /// Whom a classroom token speaks for.
    ApaasPrivilege {
        /// A user in a room.
        RoomUser = 1,
        /// A user.
        User = 2,
        /// The application.
        App = 3,
    }
}
privilege! {
    /// What a user may do in real-time messaging with permissions.
    Rtm2Privilege {
        /// Sign in.
        Login = 1,
    }
}

/// Privileges, each with the seconds after the token's issue at which it ends.
///
/// Zero is what the published builders write when they are given no time. It means that the privilege has no limit of its own: it
/// ends with the token. Numbers that `P` does not have are kept and written again, and give nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privileges<P> {
    expire_s: BTreeMap<u16, u32>,
    of: PhantomData<P>,
}

impl<P: Privilege> Privileges<P> {
    /// The seconds after issue at which a privilege ends; `None` if it is not given.
    pub fn expire_s(&self, privilege: P) -> Option<u32> {
        self.expire_s.get(&privilege.id()).copied()
    }
}

impl<P> Privileges<P> {
    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self { expire_s: reader.map(Reader::u32)?, of: PhantomData })
    }

    pub(crate) fn encode(&self, writer: &mut Writer) -> Result<(), MintError> {
        writer.map(&self.expire_s, |writer, &expire_s| {
            writer.u32(expire_s);
            Ok(())
        })
    }
}

impl<P: Privilege, const N: usize> From<[(P, u32); N]> for Privileges<P> {
    fn from(privileges: [(P, u32); N]) -> Self {
        privileges.into_iter().collect()
    }
}

impl<P: Privilege> FromIterator<(P, u32)> for Privileges<P> {
    fn from_iter<I: IntoIterator<Item = (P, u32)>>(privileges: I) -> Self {
        let expire_s = privileges.into_iter().map(|(privilege, expire_s)| (privilege.id(), expire_s)).collect();
        Self { expire_s, of: PhantomData }
    }
}

/// The two sets of RTC privileges that token servers hand out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Joins, and sends sound, picture and data.
    Publisher,
    /// Joins, and sends nothing.
    Subscriber,
}

impl Role {
    /// The role's privileges, all with the same end.
    pub fn privileges(self, expire_s: u32) -> Privileges<RtcPrivilege> {
        use RtcPrivilege::{Join, PublishAudio, PublishData, PublishVideo};
        match self {
            Self::Publisher => {
                [Join, PublishAudio, PublishVideo, PublishData].map(|privilege| (privilege, expire_s)).into()
            }
            Self::Subscriber => [(Join, expire_s)].into(),
        }
    }
}
