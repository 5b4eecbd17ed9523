//! What a caller asks for.

use std::time::Duration;

use carillon_protocol::{
    CallType, ChannelName, ChatType, GivenName, GroupId, Invitation, NameError, Refusal, Secret, Uid, UserId,
};

/// The options of [`CallKit::start_call`](crate::CallKit::start_call).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartCall {
    /// 0 voice, 1 video, 2 group video, 3 group voice.
    pub call_type: CallType,
    /// Where the invitation's text belongs.
    pub chat_type: ChatType,
    /// Whom to call: exactly one user unless `call_type` is a group's.
    pub to: Vec<UserId>,
    /// The invitation's text.
    pub message: String,
    /// Where the media meet: a name that the caller makes, one for each call.
    pub channel: ChannelName,
    /// An RTC token of the app's own; `None`: the kit fetches one from the server, and renews it.
    pub access_token: Option<Secret>,
    /// As whom to join the channel; `None`: as the [`CallKit`](crate::CallKit) was made for.
    pub uid: Option<Uid>,
    /// The group or chat room; needed for a call in one.
    pub group_id: Option<GroupId>,
    /// What the app calls the group; the server knows better where `group_id` is given.
    pub group_name: Option<String>,
    /// How long to ring; `None`: as long as the server rings.
    pub ring_for: Option<Duration>,
}

impl StartCall {
    /// A voice call to one user, on a channel of its own.
    pub fn voice(to: UserId) -> Self {
        Self::single(CallType::Voice, to)
    }

    /// A video call to one user, on a channel of its own.
    pub fn video(to: UserId) -> Self {
        Self::single(CallType::Video, to)
    }

    /// A call in a group or a chat room, on a channel of its own, to those of its members whom `to` names.
    pub fn group(call_type: CallType, chat_type: ChatType, group_id: GroupId, to: Vec<UserId>) -> Self {
        Self { group_id: Some(group_id), ..Self::on_a_new_channel(call_type, chat_type, to) }
    }

    /// A call of several users who have no group in common, on a channel of its own.
    pub fn several(call_type: CallType, to: Vec<UserId>) -> Self {
        Self::on_a_new_channel(call_type, ChatType::SingleChat, to)
    }

    fn single(call_type: CallType, to: UserId) -> Self {
        Self::on_a_new_channel(call_type, ChatType::SingleChat, vec![to])
    }

    fn on_a_new_channel(call_type: CallType, chat_type: ChatType, to: Vec<UserId>) -> Self {
        let channel = ChannelName::new(uuid::Uuid::new_v4().to_string()).expect("a UUID is short, printable ASCII");
        Self {
            call_type,
            chat_type,
            to,
            message: String::new(),
            channel,
            access_token: None,
            uid: None,
            group_id: None,
            group_name: None,
            ring_for: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), StartCallError> {
        let invalid = |what: &'static str| Err(StartCallError::Invalid(what));
        if self.to.is_empty() {
            return invalid("`to` names nobody");
        }
        if !self.call_type.is_group() && self.to.len() != 1 {
            return invalid("`to` names more than one user, and the call type is for two");
        }
        if self.chat_type != ChatType::SingleChat && self.group_id.is_none() {
            return invalid("a call in a group or a chat room needs `group_id`");
        }
        if self.chat_type == ChatType::SingleChat && self.group_id.is_some() {
            return invalid("`group_id` is for a call in a group or a chat room");
        }
        if !self.call_type.is_group() && self.group_id.is_some() {
            return invalid("`group_id` is given, and the call type is for two");
        }
        let name = self.group_name.as_deref().map(|name| GivenName::from(name).check());
        if self.group_id.is_none() && matches!(name, Some(Err(NameError::TooLong | NameError::Character(_)))) {
            return invalid("`group_name` is too long, or has characters that cannot be seen");
        }
        Ok(())
    }
}

impl From<StartCall> for Invitation {
    fn from(options: StartCall) -> Self {
        Self {
            call_type: options.call_type,
            chat_type: options.chat_type,
            to: options.to,
            message: options.message,
            channel: options.channel,
            access_token: options.access_token,
            uid: options.uid,
            group_id: options.group_id,
            group_name: options.group_name.map(GivenName::from),
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
        let no_group = StartCall { chat_type: ChatType::GroupChat, call_type: CallType::GroupVoice, ..good };
        for options in [nobody, crowd, no_group] {
            assert!(matches!(options.check(), Err(StartCallError::Invalid(_))), "{options:?}");
        }
    }
}
