//! Calls as messages: what an invitation leaves in the conversations, in the transaction of the call.
//!
//! A call of two is a text between the two. A group call is a text in its group, and a command to each user who is asked. Without a
//! group, the text goes to each of them. The `ext` has the keys of the kits that came before this one.

use carillon_call::record::{Actor, CallRow, LegRow};
use carillon_protocol::{CallKind, CallScope, CallType, Chat, MessageBody};
use serde_json::{Map, Value, json};

use super::sending::{Draft, Speaker, say};
use crate::{change::Change, store};

/// What `ext` says beside the older keys: which text stands for an invitation without words, in the reader's language.
pub(super) const DEFAULT_TEXT: &str = "carillon.call";
/// The action of an invitation, in its `ext` and as a command.
const INVITE: &str = "invite";

/// An invitation that is being committed.
pub(crate) struct CallInvitation<'a> {
    pub(crate) actor: &'a Actor,
    /// The call that they are asked into.
    pub(crate) call: &'a CallRow,
    /// The words of the inviter.
    pub(crate) message: &'a str,
    /// The legs of those who are asked by it, as the record decided.
    pub(crate) legs: &'a [LegRow],
}

/// Writes the messages of an invitation; the caller's device hears of them too, as its answer says nothing of messages.
pub(crate) async fn write(change: &mut Change<'_>, invited: &CallInvitation<'_>) -> store::Result<()> {
    let CallInvitation { actor, call, legs, .. } = *invited;
    let speaker = Speaker { app: &call.app, user: &actor.user, name: &actor.user_name, answered: None };
    let ext = ext(invited, change.stamp.now_ms);
    let draft = |chat, body, sender_only| Draft {
        chat,
        body,
        ext: ext.clone(),
        call: Some(call.id),
        reply_to: None,
        sender_only,
    };
    if let Some(group) = call.scope.group() {
        say(change, speaker, draft(Chat::Group { group: group.clone() }, text(invited), false)).await?;
    }
    for leg in legs {
        let chat = || Chat::User { user: leg.user.clone() };
        if call.scope.group().is_none() {
            say(change, speaker, draft(chat(), text(invited), leg.is_blocked)).await?;
        }
        if call.scope.is_group() {
            let command = MessageBody::Command { action: INVITE.into() };
            say(change, speaker, draft(chat(), command, leg.is_blocked)).await?;
        }
    }
    Ok(())
}

/// The caller's words, or what stands for none.
fn text(invited: &CallInvitation<'_>) -> MessageBody {
    let text = words(invited.message).unwrap_or_else(|| {
        let default = match invited.call.scope.call_type() {
            CallType::Voice => "Voice call",
            CallType::Video => "Video call",
            CallType::GroupVoice => "Group voice call",
            CallType::GroupVideo => "Group video call",
        };
        default.to_owned()
    });
    MessageBody::Text { text }
}

fn words(message: &str) -> Option<String> {
    let words = message.replace('\0', "").trim().to_owned();
    (!words.is_empty()).then_some(words)
}

fn ext(invited: &CallInvitation<'_>, now_ms: u64) -> Map<String, Value> {
    let CallInvitation { actor, call, message, .. } = invited;
    let mut ext = Map::from_iter([
        ("action".to_owned(), json!(INVITE)),
        ("msgType".to_owned(), json!("rtcCallWithAgora")),
        ("channelName".to_owned(), json!(call.channel)),
        ("type".to_owned(), json!(call.scope.call_type())),
        ("callId".to_owned(), json!(call.id)),
        ("callerDevId".to_owned(), json!(actor.device)),
        ("callerIMName".to_owned(), json!(actor.user_name)),
        ("ts".to_owned(), json!(now_ms)),
    ]);
    if words(message).is_none() {
        ext.insert(DEFAULT_TEXT.to_owned(), json!(default_text(&call.scope)));
    }
    if let Some(group) = call.scope.group() {
        ext.insert("ext".to_owned(), json!({ "groupId": group, "groupName": call.scope.name() }));
    }
    ext
}

const fn default_text(scope: &CallScope) -> &'static str {
    match (scope.is_group(), scope.kind()) {
        (false, CallKind::Voice) => "voice",
        (false, CallKind::Video) => "video",
        (true, CallKind::Voice) => "group_voice",
        (true, CallKind::Video) => "group_video",
    }
}
