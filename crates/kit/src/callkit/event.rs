//! What apps hear of calls, by the names that the kit's users know.

use std::time::Duration;

use carillon_call::device::CallInfo;
pub use carillon_protocol::HangupReason;
use carillon_protocol::{CallId, CallPath, DeviceId, Leg, PublishedSource, Refusal, Ring, UserId};
use serde::Serialize;

use crate::{MediaNotice, json};

/// One event of a [`CallKit`](crate::CallKit).
///
/// As JSON it is an object whose `event` has the name that users of other kits know, where there is one; the fields stand beside it, and
/// times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum CallEvent {
    /// Another user calls (`onInvite`). This device rings only if the app says
    /// [`answer_call(true, …)`](crate::CallKit::answer_call).
    #[serde(rename = "onInvite")]
    Invited(Ring),
    /// The user wants to bring more people into a group call (`onAddPerson`): ask whom, then
    /// [`start_call`](crate::CallKit::start_call) on the same channel.
    #[serde(rename = "onAddPerson")]
    AddPerson {
        /// The call.
        call: CallInfo,
        /// Who is in it, this user too.
        joined: Vec<UserId>,
    },
    /// A user's part in a group call has changed, or begun: they were asked, did not answer, came or went.
    LegChanged {
        /// The call.
        call: CallId,
        /// Whose, and how it is now.
        leg: Leg,
    },
    /// The state of the call changed (`onStateChange`).
    #[serde(rename = "onStateChange")]
    StateChanged(StateChange),
    /// It rings at the callee's, on so many devices.
    RingingThere {
        /// The call.
        call: CallId,
        /// How many; 0: the server knows the call, and no device has said that it rings.
        devices: u32,
    },
    /// This device rings: [`CallKit::ring`](crate::CallKit::ring) has it.
    RingStarted(#[serde(serialize_with = "json::only_call")] Ring),
    /// This device rings no longer.
    RingStopped {
        /// The call.
        call: CallId,
    },
    /// Media flow: the two hear each other.
    Active {
        /// The call.
        call: CallId,
    },
    /// The first packet of the other end's sound has come in. A silent microphone sends packets too.
    Hearing {
        /// The call.
        call: CallId,
    },
    /// The path between the two is gone, and a new one is looked for.
    Reconnecting {
        /// The call.
        call: CallId,
    },
    /// There is a path again.
    Reconnected {
        /// The call.
        call: CallId,
    },
    /// The server does not reach another participant of the group call for the moment: they cannot be heard, or hear nothing that is said of
    /// the call. The others go on.
    UserReconnecting {
        /// The call.
        call: CallId,
        /// Who.
        user: UserId,
    },
    /// They are reached again.
    UserReconnected {
        /// The call.
        call: CallId,
        /// Who.
        user: UserId,
    },
    /// A participant of the group call has raised their hand; [`Leg::hand`] says in which order.
    HandRaised {
        /// The call.
        call: CallId,
        /// Who; it may be this user.
        user: UserId,
    },
    /// Their hand is down again.
    HandLowered {
        /// The call.
        call: CallId,
        /// Who.
        user: UserId,
    },
    /// A moderator of the group call has muted this user, whose microphone sends nothing from now on. They may
    /// [unmute](crate::CallKit::set_muted) it themself, and nobody else can.
    MutedBy {
        /// The call.
        call: CallId,
        /// The moderator.
        by: UserId,
    },
    /// The media of the call of two go another way from now on, as [`CallInfo::path`](crate::CallInfo::path) has it: its two devices did not
    /// reach each other, or one of them hides its address. There is no way back in this call.
    PathChanged {
        /// The call.
        call: CallId,
        /// Which way.
        path: CallPath,
    },
    /// Something about microphone or speaker that the user should know.
    Media(#[serde(serialize_with = "json::as_notice")] MediaNotice),
    /// The RTC token expires soon. One that the kit has fetched is renewed by it; for one of the app's own this asks for
    /// [`renew_token`](crate::CallKit::renew_token).
    TokenWillExpire {
        /// The call.
        call: CallId,
        /// In so much time; in JSON `left_ms`.
        #[serde(rename = "left_ms", serialize_with = "json::milliseconds")]
        left: Duration,
    },
    /// The RTC token has expired; without another one this device is soon taken out of the call.
    TokenExpired {
        /// The call.
        call: CallId,
        /// In so much time; in JSON `left_ms`.
        #[serde(rename = "left_ms", serialize_with = "json::milliseconds")]
        left: Duration,
    },
    /// The server does not take the other RTC token.
    TokenRefused {
        /// The call.
        call: CallId,
        /// Why not.
        refusal: Refusal,
    },
    /// A user's device has another key than this installation knows: a new installation under an old name, or an impostor in between.
    /// The call goes on unless the app hangs up; from then on the new key is the known one.
    IdentityChanged {
        /// Whose.
        user: UserId,
        /// Which of their devices.
        device: DeviceId,
    },
    /// A media description from the other end was not used, because it does not come from the device that it should come from. A call
    /// that is not connected yet ends as [`HangupReason::MediaFailed`]; one that is goes on over the path that it has.
    Unverified {
        /// The call.
        call: CallId,
        /// Whose it should be.
        user: UserId,
        /// What is wrong with it.
        why: Unverified,
    },
}

/// What is wrong with a media description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Unverified {
    /// The device has a key, and the description has no signature.
    #[error("it is not signed")]
    Unsigned,
    /// Another key has signed, or the description was changed on its way.
    #[error("its signature is wrong")]
    WrongSignature,
}

/// What happened to the call (`info.type` of `onStateChange`).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum StateChange {
    /// It is over for this device; exactly once for each call.
    Hangup {
        /// Why.
        #[serde(flatten)]
        reason: HangupReason,
        /// Which.
        call: CallInfo,
    },
    /// It was answered, here or there.
    Accept {
        /// Which.
        call: CallInfo,
        /// By whom.
        user: UserId,
    },
    /// It was declined, here or there. A `Hangup` follows, unless others in a group call go on.
    Refuse {
        /// Which.
        call: CallInfo,
        /// By whom.
        user: UserId,
    },
    /// A user can be heard, or seen, by this source now: their device says so.
    UserPublished {
        /// Who.
        user: UserId,
        /// What.
        source: PublishedSource,
    },
    /// A user can no longer be heard, or seen, by this source: it is off, or muted.
    UserUnpublished {
        /// Who.
        user: UserId,
        /// What.
        source: PublishedSource,
    },
    /// A user has left the call. With two users a `Hangup` follows.
    UserLeft {
        /// Who.
        user: UserId,
    },
}

#[cfg(test)]
mod tests {
    use carillon_call::device::CallInfo;
    use carillon_protocol::{AppId, CallKind, CallScope, ChannelName, Direction, HandledHow, LegState, RefusalCode};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::MediaDevice;

    const CALL: &str = "00000000-0000-0000-0000-000000000001";

    #[test]
    fn the_seeds_events_have_the_seeds_names() {
        let invited = serde_json::to_value(CallEvent::Invited(ring())).expect("JSON");
        assert_eq!(
            (&invited["event"], &invited["from"], &invited["call"]),
            (&json!("onInvite"), &json!("bob"), &json!(CALL))
        );

        let joined = vec![user("bob")];
        let add = serde_json::to_value(CallEvent::AddPerson { call: info(), joined }).expect("JSON");
        assert_eq!(
            (&add["event"], &add["joined"], &add["call"]["with"]),
            (&json!("onAddPerson"), &json!(["bob"]), &json!("bob"))
        );

        let hangup = StateChange::Hangup { reason: HangupReason::Remote, call: info() };
        let hangup = serde_json::to_value(CallEvent::StateChanged(hangup)).expect("JSON");
        assert_eq!(
            (&hangup["event"], &hangup["type"], &hangup["reason"]),
            (&json!("onStateChange"), &json!("hangup"), &json!("remote"))
        );
        assert_eq!(
            hangup["call"],
            json!({
                "call": CALL, "direction": "incoming", "with": "bob", "with_name": "Bob", "kind": "voice", "path": "direct", "call_type": 0,
                "chat_type": "singleChat", "channel": "meadow", "message": "", "duration_ms": 1500
            })
        );
    }

    #[test]
    fn changes_of_state_have_the_seeds_types() {
        let (user, source) = (user("bob"), PublishedSource::Camera);
        let changes = [
            (StateChange::Accept { call: info(), user: user.clone() }, "accept"),
            (StateChange::Refuse { call: info(), user: user.clone() }, "refuse"),
            (StateChange::UserPublished { user: user.clone(), source }, "user-published"),
            (StateChange::UserUnpublished { user: user.clone(), source }, "user-unpublished"),
            (StateChange::UserLeft { user }, "user-left"),
        ];
        for (change, kind) in changes {
            assert_eq!(serde_json::to_value(CallEvent::StateChanged(change)).expect("JSON")["type"], kind);
        }
        let sources = PublishedSource::ALL.map(|source| serde_json::to_value(source).expect("JSON"));
        assert_eq!(sources, ["microphone", "camera", "screen", "screen_sound"]);
    }

    #[test]
    fn every_other_event_is_its_name_and_its_fields() {
        let (call, left) = (call(), Duration::from_millis(1500));
        let leg = leg_that_left();
        let device = DeviceId::new(Uuid::from_u128(2));
        let refusal = Refusal { code: RefusalCode::TokenDenied, detail: "no".into() };
        let notice = MediaNotice::Missing { device: MediaDevice::Speaker };
        let events = [
            (
                CallEvent::RingingThere { call, devices: 2 },
                json!({ "event": "ringing-there", "call": CALL, "devices": 2 }),
            ),
            (CallEvent::RingStarted(ring()), json!({ "event": "ring-started", "call": CALL })),
            (CallEvent::RingStopped { call }, json!({ "event": "ring-stopped", "call": CALL })),
            (CallEvent::Active { call }, json!({ "event": "active", "call": CALL })),
            (CallEvent::Hearing { call }, json!({ "event": "hearing", "call": CALL })),
            (CallEvent::Reconnecting { call }, json!({ "event": "reconnecting", "call": CALL })),
            (CallEvent::Reconnected { call }, json!({ "event": "reconnected", "call": CALL })),
            (
                CallEvent::PathChanged { call, path: CallPath::Server },
                json!({ "event": "path-changed", "call": CALL, "path": "server" }),
            ),
            (
                CallEvent::LegChanged { call, leg },
                json!({
                    "event": "leg-changed", "call": CALL,
                    "leg": { "user": "bob", "name": "Bob", "state": "left", "version": 2 }
                }),
            ),
            (
                CallEvent::TokenWillExpire { call, left },
                json!({ "event": "token-will-expire", "call": CALL, "left_ms": 1500 }),
            ),
            (
                CallEvent::TokenExpired { call, left },
                json!({ "event": "token-expired", "call": CALL, "left_ms": 1500 }),
            ),
            (
                CallEvent::TokenRefused { call, refusal },
                json!({ "event": "token-refused", "call": CALL, "refusal": { "code": "token_denied", "detail": "no" } }),
            ),
            (
                CallEvent::IdentityChanged { user: user("bob"), device },
                json!({ "event": "identity-changed", "user": "bob", "device": device }),
            ),
            (
                CallEvent::Unverified { call, user: user("bob"), why: Unverified::WrongSignature },
                json!({ "event": "unverified", "call": CALL, "user": "bob", "why": "wrong-signature" }),
            ),
            (
                CallEvent::Media(notice),
                json!({ "event": "media", "notice": { "type": "missing", "device": "speaker" } }),
            ),
        ];
        for (event, expected) in events {
            assert_eq!(serde_json::to_value(event).expect("JSON"), expected);
        }
    }

    #[test]
    fn what_there_is_in_group_calls_only_names_the_user_too() {
        let (call, bob) = (call(), || user("bob"));
        let events = [
            (CallEvent::UserReconnecting { call, user: bob() }, "user-reconnecting", "user"),
            (CallEvent::UserReconnected { call, user: bob() }, "user-reconnected", "user"),
            (CallEvent::HandRaised { call, user: bob() }, "hand-raised", "user"),
            (CallEvent::HandLowered { call, user: bob() }, "hand-lowered", "user"),
            (CallEvent::MutedBy { call, by: bob() }, "muted-by", "by"),
        ];
        for (event, name, who) in events {
            let expected = json!({ "event": name, "call": CALL, who: "bob" });
            assert_eq!(serde_json::to_value(event).expect("JSON"), expected);
        }
    }

    #[test]
    fn a_reason_is_read_back_as_it_was_written() {
        let elsewhere = HangupReason::HandledElsewhere { how: HandledHow::Declined, device: "phone".into() };
        for reason in [HangupReason::Normal, elsewhere, HangupReason::Refused { code: RefusalCode::RateLimited }] {
            let text = serde_json::to_string(&reason).expect("JSON");
            assert_eq!(serde_json::from_str::<HangupReason>(&text).expect("a reason"), reason);
        }
    }

    fn leg_that_left() -> Leg {
        Leg { version: 2, ..Leg::new(user("bob"), "Bob", LegState::Left) }
    }

    fn info() -> CallInfo {
        CallInfo { direction: Direction::Incoming, talked: Duration::from_millis(1500), ..CallInfo::incoming(&ring()) }
    }

    fn ring() -> Ring {
        Ring {
            call: call(),
            app: AppId::new("carillon").expect("a good name"),
            from: user("bob"),
            from_name: "Bob".into(),
            from_avatar: None,
            from_device: None,
            from_uid: None,
            scope: CallScope::Pair { kind: CallKind::Voice },
            channel: ChannelName::new("meadow").expect("a good name"),
            message: String::new(),
            round: 0,
            ring_left_ms: 30_000,
            also_on: Vec::new(),
            path: CallPath::Direct,
        }
    }

    fn call() -> CallId {
        CallId::new(Uuid::from_u128(1))
    }

    fn user(name: &str) -> UserId {
        UserId::new(name).expect("a good name")
    }
}
