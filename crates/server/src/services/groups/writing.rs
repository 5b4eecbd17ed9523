//! Writing where one may have to come in first.

use carillon_protocol::{Chat, Done, GroupId, MessageBody};
use serde_json::{Map, Value};

use super::members::join;
use crate::{
    change::{Change, NotChanged},
    services::messages::sending,
    store::{
        chats::{ChatKey, membership},
        group_invitations,
    },
};

/// Writes a message of a user's own. Who is asked into a group and writes there agrees by that.
pub(crate) async fn write(
    change: &mut Change<'_>,
    chat: Chat,
    body: MessageBody,
    ext: Map<String, Value>,
    reply_to: Option<u64>,
) -> Result<Done, NotChanged> {
    if let Chat::Group { group } = &chat
        && is_asked_into(change, group).await?
    {
        join(change, group).await?;
    }
    sending::send(change, chat, body, ext, reply_to).await
}

async fn is_asked_into(change: &mut Change<'_>, group: &GroupId) -> Result<bool, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    if membership(&mut change.tx, app, &ChatKey::group(group), me).await?.is_some() {
        return Ok(false);
    }
    let invitation = group_invitations::find(&mut change.tx, app, group, me).await?;
    Ok(invitation.is_some_and(|invitation| invitation.is_heard))
}
