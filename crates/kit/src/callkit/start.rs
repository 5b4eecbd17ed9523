//! What a caller asks for.

use std::time::Duration;

use carillon_protocol::{CallType, ChannelName, ChatType, Invitation, Refusal, UserId};

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
    /// An RTC token of the app's own, if it brings one.
    pub access_token: Option<String>,
    /// The group; needed for a group chat.
    pub group_id: Option<String>,
    /// The group's name.
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

    fn single(call_type: CallType, to: UserId) -> Self {
        let channel = ChannelName::new(uuid::Uuid::new_v4().to_string()).expect("a UUID is short, printable ASCII");
        Self {
            call_type,
            chat_type: ChatType::SingleChat,
            to: vec![to],
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
        if self.chat_type == ChatType::GroupChat && self.group_id.is_none() {
            return invalid("a group chat needs `group_id`");
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
            group_id: options.group_id,
            group_name: options.group_name,
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
