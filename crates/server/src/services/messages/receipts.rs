//! What others learn of a user besides what they write: what has reached them, what they have read, and that they are writing.
//!
//! In a conversation of two only, but for writing. Nothing is told between users of whom one has blocked the other.

use carillon_protocol::{Chat, Done, Receipts, RefusalCode, ServerFrame, Signal, UserId};

use crate::{
    change::{Change, NotChanged, refuse, signed_out},
    ground::shared::Ground,
    services::people,
    store::{self, Who, chats::ChatKey},
};

/// A device has all messages up to a place.
pub(crate) async fn mark_delivered(change: &mut Change<'_>, up_to: u64) -> Result<Done, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    for (writer, receipts) in store::receipts::delivered(&mut change.tx, app, me, up_to).await? {
        tell(change, &writer, receipts);
    }
    Ok(Done::Done)
}

/// This user has read what the other wrote.
pub(super) async fn has_read(change: &mut Change<'_>, key: &ChatKey, writer: &UserId, up_to: u64) -> store::Result<()> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    if let Some(receipts) = store::receipts::seen(&mut change.tx, app, key, me, writer, up_to).await? {
        tell(change, writer, receipts);
    }
    Ok(())
}

fn tell(change: &mut Change<'_>, writer: &UserId, receipts: Receipts) {
    let chat = Chat::User { user: change.who.account.user.clone() };
    change.tell_user(writer, Signal::ReceiptsChanged { chat, receipts });
}

/// Whether others learn what this user reads, and this user what they read.
pub(crate) async fn share(change: &mut Change<'_>, on: bool) -> Result<Done, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    store::receipts::set_hides_reading(&mut change.tx, app, me, !on).await?;
    let account = people::account(change).await?;
    change.tell_user(me, Signal::AccountChanged(account));
    Ok(Done::Done)
}

/// This user wants no notifications of a conversation, or wants them again; on all devices.
pub(crate) async fn mute(change: &mut Change<'_>, chat: Chat, muted: bool) -> Result<Done, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let key = ChatKey::of(me, &chat);
    if !store::chats::set_muted(&mut change.tx, app, &key, me, muted).await? {
        return refuse(RefusalCode::NotFound, "there is no such conversation for this user");
    }
    change.tell_user(me, Signal::ChatMuted { chat, muted });
    Ok(Done::Done)
}

/// Tells the links of the others that this user is writing. Nothing of it is written down.
pub(crate) async fn set_typing(ground: &Ground, who: &Who, chat: Chat, typing: bool) -> Result<Done, NotChanged> {
    let device = who.clone();
    let is_signed_in = ground.store.ask(async move |conn| {
        if store::sign_ins::is_signed_in(conn, &device).await? {
            Ok(())
        } else {
            Err(NotChanged::Refused(signed_out()))
        }
    });
    is_signed_in.await?;
    let me = &who.account.user;
    let devices = ground.store.devices_of_others(&who.app, &ChatKey::of(me, &chat), me).await?;
    let seen_as = match chat {
        Chat::User { .. } => Chat::User { user: me.clone() },
        group @ Chat::Group { .. } => group,
    };
    ground.bus.pass(&devices, &ServerFrame::Typing { chat: seen_as, user: me.clone(), typing });
    Ok(Done::Done)
}
