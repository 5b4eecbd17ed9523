//! Calls as messages: what an invitation leaves in the conversations, in the transaction of the call.
//!
//! A call of two is a text between the two. A group call is a text in its group, and a command to everybody who is asked. Without a
//! group, the text goes to each of them. The `ext` has the keys of the kits that came before this one.

use carillon_call::record::Actor;
use carillon_protocol::{AppId, CallId, CallKind, CallType, Chat, DeviceId, Invitation, MessageBody, UserId};
use serde_json::{Map, Value, json};

use super::sending::{Said, Speaker, say};
use crate::store::{
    self, Tx,
    chats::{ChatKey, membership},
    people::is_blocked,
};

/// What `ext` says beside the older keys: which text stands for an invitation without words, in the reader's language.
pub(super) const DEFAULT_TEXT: &str = "carillon.call";
/// The action of an invitation, in its `ext` and as a command.
const INVITE: &str = "invite";

/// An invitation that is being committed.
pub(crate) struct Invited<'a> {
    pub(crate) app: &'a AppId,
    pub(crate) actor: &'a Actor,
    pub(crate) call: CallId,
    pub(crate) invitation: &'a Invitation,
    /// Who is asked by it, as the record decided.
    pub(crate) users: &'a [UserId],
}

/// Writes the messages of an invitation; gives the devices that are to be told, the caller's among them: its answer says nothing of
/// messages.
pub(crate) async fn write(tx: &mut Tx, invited: &Invited<'_>, mail: (u64, u64)) -> store::Result<Vec<DeviceId>> {
    let is_group = invited.invitation.call_type.is_group();
    let ext = ext(tx, invited, mail.0).await?;
    let mut told = Vec::new();
    let group = invited.invitation.group_id.as_ref().filter(|_| is_group);
    if let Some(group) = group {
        let chat = Chat::Group { group: group.clone() };
        if membership(tx, invited.app, &ChatKey::group(group), &invited.actor.user).await?.is_some() {
            told.extend(write_one(tx, invited, chat, text(invited.invitation), &ext, mail).await?);
        }
    }
    for user in invited.users {
        let chat = || Chat::User { user: user.clone() };
        if group.is_none() {
            told.extend(write_one(tx, invited, chat(), text(invited.invitation), &ext, mail).await?);
        }
        if is_group {
            let command = MessageBody::Command { action: INVITE.into() };
            told.extend(write_one(tx, invited, chat(), command, &ext, mail).await?);
        }
    }
    Ok(told)
}

async fn write_one(
    tx: &mut Tx,
    invited: &Invited<'_>,
    chat: Chat,
    body: MessageBody,
    ext: &Map<String, Value>,
    mail: (u64, u64),
) -> store::Result<Vec<DeviceId>> {
    let sender_only = match &chat {
        Chat::User { user } => is_blocked(tx, invited.app, user, &invited.actor.user).await?,
        Chat::Group { .. } => false,
    };
    let speaker = Speaker { app: invited.app, user: &invited.actor.user, answered: None };
    let said = Said { chat, body, ext: ext.clone(), call: Some(invited.call), sender_only };
    say(tx, speaker, said, mail).await.map(|(_, told)| told)
}

/// The caller's words, or what stands for none.
fn text(invitation: &Invitation) -> MessageBody {
    let words = invitation.message.trim();
    let default = match invitation.call_type {
        CallType::Voice => "Voice call",
        CallType::Video => "Video call",
        CallType::GroupVoice => "Group voice call",
        CallType::GroupVideo => "Group video call",
    };
    let text = if words.is_empty() { default } else { words };
    MessageBody::Text { text: text.replace('\0', "") }
}

async fn ext(tx: &mut Tx, invited: &Invited<'_>, now_ms: u64) -> store::Result<Map<String, Value>> {
    let Invited { app, actor, call, invitation, .. } = invited;
    let name = store::people::display_name(tx, app, &actor.user).await?;
    let mut ext = Map::from_iter([
        ("action".to_owned(), json!(INVITE)),
        ("msgType".to_owned(), json!("rtcCallWithAgora")),
        ("channelName".to_owned(), json!(invitation.channel)),
        ("type".to_owned(), json!(invitation.call_type)),
        ("callId".to_owned(), json!(call)),
        ("callerDevId".to_owned(), json!(actor.device)),
        ("callerIMName".to_owned(), json!(name)),
        ("ts".to_owned(), json!(now_ms)),
    ]);
    if invitation.message.trim().is_empty() {
        ext.insert(DEFAULT_TEXT.to_owned(), json!(default_text(invitation.call_type)));
    }
    if let Some(group) = &invitation.group_id {
        let known = store::groups::info(tx, app, group, None).await?.map(|info| info.name);
        ext.insert("ext".to_owned(), json!({ "groupId": group, "groupName": known }));
    }
    Ok(ext)
}

const fn default_text(call_type: CallType) -> &'static str {
    match (call_type.is_group(), call_type.kind()) {
        (false, CallKind::Voice) => "voice",
        (false, CallKind::Video) => "video",
        (true, CallKind::Voice) => "group_voice",
        (true, CallKind::Video) => "group_video",
    }
}
