//! What a connection tells besides calls.

use carillon_protocol::{
    Account, CallEntry, Chat, GroupId, GroupInfo, Login, Message, Person, Presence, Receipts, Signal, UserId,
};
use serde::Serialize;

use crate::json;

/// What a [`Connection`](super::Connection) tells besides calls. As JSON it is an object whose `type` says what it is; the fields stand
/// beside it, and a login has none of its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum News {
    /// Another user came, went, or began or ended a call.
    PresenceChanged {
        /// Who.
        user: UserId,
        /// How they can be reached now.
        presence: Presence,
    },
    /// This user's own account was changed, on some device.
    AccountChanged(Account),
    /// This user's devices have changed: ask again.
    DevicesChanged,
    /// A contact, a request for one, or what a contact shows of themself has changed.
    PersonChanged(Person),
    /// A message in one of this user's conversations; also their own, on all devices. Each once, in the order of their places, also
    /// those that were written while there was no link.
    Message(Message),
    /// A text in one of this user's conversations was edited or deleted: this is how it is now.
    MessageChanged(Message),
    /// This user's own messages have come further in a conversation of two.
    ReceiptsChanged {
        /// Which.
        chat: Chat,
        /// How far.
        receipts: Receipts,
    },
    /// This user has muted a conversation on some device, or wants its notifications again.
    ChatMuted {
        /// Which.
        chat: Chat,
        /// Which of the two.
        muted: bool,
    },
    /// Another user is writing, or not any more. It may be lost: after twice [`TYPING_AGAIN_MS`](crate::TYPING_AGAIN_MS) without another one
    /// they write no more.
    Typing {
        /// Where.
        chat: Chat,
        /// Who.
        user: UserId,
        /// Which.
        typing: bool,
    },
    /// A conversation was read, on some device of the user.
    Read {
        /// Which.
        chat: Chat,
        /// Up to which place.
        up_to: u64,
        /// How many texts are unread.
        unread: u32,
    },
    /// A group or chat room of this user is new or has changed, its members perhaps too; or this user is asked into one.
    GroupChanged(GroupInfo),
    /// This user is not in a group or chat room any more, or not asked into it.
    GroupLeft {
        /// Which.
        group: GroupId,
    },
    /// An entry of this user's call log is new.
    CallLogged(CallEntry),
    /// Missed calls were seen, on some device of the user.
    CallsSeen {
        /// How many still wait to be seen.
        missed: u32,
    },
    /// The sign-in has other tokens now: keep it in the place of the one before, which does not open links for long any more. Told
    /// before the new one is used.
    LoginChanged(#[serde(serialize_with = "json::without_secrets")] Login),
    /// The session began anew: what was known of presence, groups and the call log may be old. Missed messages follow.
    Refresh,
}

impl News {
    /// The news in a signal; the signal itself if it is the call machine's, or a message, which has its own way.
    pub(super) fn of(signal: Signal) -> Result<Self, Box<Signal>> {
        Ok(match signal {
            Signal::PresenceChanged { user, presence } => Self::PresenceChanged { user, presence },
            Signal::AccountChanged(account) => Self::AccountChanged(account),
            Signal::DevicesChanged => Self::DevicesChanged,
            Signal::PersonChanged(person) => Self::PersonChanged(person),
            Signal::Read { chat, up_to, unread } => Self::Read { chat, up_to, unread },
            Signal::MessageChanged(message) => Self::MessageChanged(message),
            Signal::ReceiptsChanged { chat, receipts } => Self::ReceiptsChanged { chat, receipts },
            Signal::ChatMuted { chat, muted } => Self::ChatMuted { chat, muted },
            Signal::GroupChanged(group) => Self::GroupChanged(group),
            Signal::GroupLeft { group } => Self::GroupLeft { group },
            Signal::CallLogged(entry) => Self::CallLogged(entry),
            Signal::CallsSeen { missed } => Self::CallsSeen { missed },
            of_a_call @ (Signal::Ring(_)
            | Signal::RingingOn { .. }
            | Signal::Accepted { .. }
            | Signal::PathChanged { .. }
            | Signal::LegChanged { .. }
            | Signal::PublishedChanged { .. }
            | Signal::TokenWillExpire { .. }
            | Signal::TokenExpired { .. }
            | Signal::Handled(_)
            | Signal::Ended(_)
            | Signal::Media { .. }
            | Signal::MediaSlots { .. }
            | Signal::Message(_)
            | Signal::Unknown) => return Err(Box::new(of_a_call)),
        })
    }
}

#[cfg(test)]
mod tests {
    use carillon_protocol::{AppId, DeviceId, SignedIn};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn news_as_json_are_their_type_and_their_fields_and_a_login_keeps_its_secrets() {
        let user = UserId::new("alice").expect("a good name");
        let signed_in = SignedIn {
            account: Account::new(user.clone(), "Alice"),
            device: DeviceId::new(Uuid::from_u128(1)),
            app: AppId::new("carillon").expect("a good name"),
            token: "secret".into(),
            token_expires_in_s: 60,
            refresh_token: "secret".into(),
        };
        let login =
            Login { server: "https://calls.example.org".into(), signed_in, device_secret: Some("secret".into()) };
        let news = [
            (News::Refresh, json!({ "type": "refresh" })),
            (News::CallsSeen { missed: 2 }, json!({ "type": "calls-seen", "missed": 2 })),
            (
                News::PresenceChanged { user, presence: Presence::InCall },
                json!({ "type": "presence-changed", "user": "alice", "presence": "in_call" }),
            ),
            (
                News::LoginChanged(login),
                json!({ "type": "login-changed", "server": "https://calls.example.org", "user": "alice" }),
            ),
        ];
        for (news, expected) in news {
            assert_eq!(serde_json::to_value(news).expect("JSON"), expected);
        }
    }
}
