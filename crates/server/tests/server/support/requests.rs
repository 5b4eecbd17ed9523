//! Requests that many stories make.

use carillon_protocol::{
    CallId, CallKind, CallScope, Candidate, ChannelName, Chat, Invitation, MediaSignal, Message, MessageBody, OpId,
    Request, UserId,
};
use serde_json::Map;
use uuid::Uuid;

pub(crate) fn new_op() -> OpId {
    OpId::new(Uuid::now_v7())
}

pub(crate) fn with(user: &str) -> Chat {
    Chat::User { user: user.parse().unwrap() }
}

pub(crate) fn write(chat: &Chat, text: &str) -> Request {
    Request::SendMessage {
        chat: chat.clone(),
        body: MessageBody::Text { text: text.into() },
        ext: Map::new(),
        reply_to: None,
    }
}

pub(crate) fn text_of(letter: &Message) -> String {
    match &letter.body {
        MessageBody::Text { text } => text.clone(),
        other => panic!("not a text: {other:?}"),
    }
}

pub(crate) fn invite(whom: &str) -> Request {
    invite_to(whom, &Uuid::new_v4().to_string())
}

pub(crate) fn invite_to(whom: &str, channel: &str) -> Request {
    Request::Invite(Invitation {
        scope: CallScope::Pair { kind: CallKind::Voice },
        to: vec![UserId::new(whom).unwrap()],
        message: "hello".into(),
        channel: ChannelName::new(channel).unwrap(),
        access_token: None,
        uid: None,
        ring_ms: None,
        hides_address: false,
    })
}

pub(crate) fn accept(call: CallId) -> Request {
    Request::Accept { call, access_token: None, uid: None, hides_address: false }
}

pub(crate) fn candidate(text: &str) -> MediaSignal {
    MediaSignal::Candidate(Candidate { candidate: text.into(), sdp_mid: Some("0".into()), sdp_m_line_index: Some(0) })
}
