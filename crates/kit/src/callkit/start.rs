//! What a caller asks for.

use std::time::Duration;

use carillon_call::device::CallInfo;
use carillon_protocol::{
    CallKind, CallScope, ChannelName, GivenName, GroupId, GroupKind, Invitation, NameError, Refusal, Secret, Uid,
    UserId,
};

use crate::media::FirstPictures;

/// The options of [`CallKit::start_call`](crate::CallKit::start_call).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartCall {
    /// Voice or video, between two users or more, and where it belongs.
    pub scope: CallScope,
    /// Whom to call: exactly one user unless it is a group call.
    pub to: Vec<UserId>,
    /// The invitation's text.
    pub message: String,
    /// Where the media meet: a name that the caller makes, one for each call.
    pub channel: ChannelName,
    /// An RTC token of the app's own; `None`: the kit fetches one from the server, and renews it.
    pub access_token: Option<Secret>,
    /// As whom to join the channel; `None`: as the [`CallKit`](crate::CallKit) was made for.
    pub uid: Option<Uid>,
    /// How long to ring; `None`: as long as the server rings.
    pub ring_for: Option<Duration>,
    /// What the other end sees as soon as it can. People who are added to a call change nothing of that.
    pub pictures: FirstPictures,
}

impl StartCall {
    /// A voice call to one user, on a channel of its own.
    pub fn voice(to: UserId) -> Self {
        Self::on_a_new_channel(CallScope::Pair { kind: CallKind::Voice }, vec![to])
    }

    /// A video call to one user, on a channel of its own.
    pub fn video(to: UserId) -> Self {
        Self::on_a_new_channel(CallScope::Pair { kind: CallKind::Video }, vec![to])
    }

    /// A call in a group or a chat room, on a channel of its own, to those of its members whom `to` names.
    pub fn group(kind: CallKind, place: GroupKind, group: GroupId, to: Vec<UserId>) -> Self {
        Self::on_a_new_channel(CallScope::Group { kind, group, place, name: None }, to)
    }

    /// A call of several users who have no group in common, on a channel of its own.
    pub fn several(kind: CallKind, to: Vec<UserId>) -> Self {
        Self::on_a_new_channel(CallScope::Several { kind, name: None }, to)
    }

    /// More people for the group call in hand, as [`CallEvent::AddPerson`](crate::CallEvent::AddPerson) has it: on its channel.
    pub fn more(call: &CallInfo, to: Vec<UserId>) -> Self {
        let channel = call.channel.clone();
        Self { channel, message: call.message.clone(), ..Self::on_a_new_channel(call.scope.clone(), to) }
    }

    fn on_a_new_channel(scope: CallScope, to: Vec<UserId>) -> Self {
        let channel = ChannelName::new(uuid::Uuid::new_v4().to_string()).expect("a UUID is short, printable ASCII");
        let pictures = FirstPictures::default();
        Self { scope, to, message: String::new(), channel, access_token: None, uid: None, ring_for: None, pictures }
    }

    pub(crate) fn check(&self) -> Result<(), StartCallError> {
        let invalid = |what: &'static str| Err(StartCallError::Invalid(what));
        if self.to.is_empty() {
            return invalid("`to` names nobody");
        }
        if !self.scope.is_group() && self.to.len() != 1 {
            return invalid("`to` names more than one user, and the call is for two");
        }
        if let CallScope::Several { name: Some(name), .. } = &self.scope
            && let Err(NameError::TooLong | NameError::Character(_)) = GivenName::from(name.as_str()).check()
        {
            return invalid("the call's name is too long, or has characters that cannot be seen");
        }
        Ok(())
    }
}

impl From<StartCall> for Invitation {
    fn from(options: StartCall) -> Self {
        Self {
            scope: options.scope,
            to: options.to,
            message: options.message,
            channel: options.channel,
            access_token: options.access_token,
            uid: options.uid,
            hides_address: false,
            ring_ms: options.ring_for.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

/// Why a call did not begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartCallError {
    /// The options contradict each other.
    #[error("invalid option: {0}")]
    Invalid(&'static str),
    /// This device calls, rings or talks already.
    #[error("this device is in a call already")]
    InAnotherCall,
    /// There is no link to the server.
    #[error("there is no link to the server")]
    Offline,
    /// The server said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It was over before the server knew of it.
    #[error("the call ended before it began")]
    Ended,
    /// The kit is shut down.
    #[error("the kit is closed")]
    Closed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_contradict_each_other_are_refused_before_anything_is_sent() {
        let bob = UserId::new("bob").expect("a good name");
        let good = StartCall::voice(bob.clone());
        assert_eq!(good.check(), Ok(()));

        let nobody = StartCall { to: vec![], ..good.clone() };
        let crowd = StartCall { to: vec![bob.clone(), bob], ..good.clone() };
        let name = Some("Your\u{202e}knab".to_owned());
        let odd_name = StartCall { scope: CallScope::Several { kind: CallKind::Voice, name }, ..good };
        for options in [nobody, crowd, odd_name] {
            assert!(matches!(options.check(), Err(StartCallError::Invalid(_))), "{options:?}");
        }
    }
}
