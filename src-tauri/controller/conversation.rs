//! From the state to the right side of the main window.

use carillon_ipc::{
    CalledGroupView, ChatView, EventKind, EventView, GroupView, ItemView, MemberView, MessageView, NamedView, Older,
    PageView, QuoteView, RecentView, SendState,
};
use carillon_kit::{
    CallKind, Chat, ContactState, Direction, GroupEvent, GroupId, GroupKind, GroupRole, Member, Message, MessageBody,
    Presence, QUOTED_CHARS, Quote, UserId, shown_line, shown_name, shown_person,
};

use super::{
    chats::{Open, SendStage, UnsentMessage},
    files::{file_view, on_their_way},
    lists::{chat_of, group_view, known_person, name_of, recent_view},
    messages::LOCAL,
    pictures,
    session::{MainPage, SignedInSession},
};

pub(super) fn page(session: &SignedInSession) -> PageView {
    match &session.page {
        MainPage::Nobody => PageView::Nobody,
        MainPage::NewGroup { busy } => PageView::NewGroup { busy: *busy },
        MainPage::Chat(chat @ Chat::User { user }) => {
            let key_changed = session.keys_changed.contains(user);
            let chat = ChatView { key_changed, ..chat_view(session, chat) };
            PageView::Person { person: known_person(session, user), chat }
        }
        MainPage::Chat(chat @ Chat::Group { group }) => PageView::Group {
            group: group_of(session, group),
            members: members(session, group),
            chat: chat_view(session, chat),
        },
    }
}

fn group_of(session: &SignedInSession, group: &GroupId) -> GroupView {
    if let Some(info) = session.groups.iter().find(|info| info.group == *group) {
        return group_view(info, session);
    }
    if let Some(room) = session.rooms.iter().find(|room| room.group == *group) {
        return GroupView { role: None, ..group_view(room, session) };
    }
    let name = session.chats.list().get(&Chat::Group { group: group.clone() }).map(|known| shown_name(&known.name));
    GroupView {
        group: group.clone(),
        kind: GroupKind::Group,
        name: name.unwrap_or_default(),
        picture: None,
        members: 0,
        role: Some(GroupRole::Member), // the list of groups is on its way
        unread: 0,
        invited_by: None,
    }
}

/// Who is in a group, with what is known of them otherwise.
pub(super) fn members(session: &SignedInSession, group: &GroupId) -> Vec<MemberView> {
    let members = session.members.get(group).map(Vec::as_slice).unwrap_or_default();
    members.iter().map(|member| member_view(member, session)).collect()
}

fn member_view(member: &Member, session: &SignedInSession) -> MemberView {
    let mut person = known_person(session, &member.user);
    person.name = shown_person(&member.display_name, &member.user);
    person.picture = pictures::address(member.avatar.as_ref());
    let is_me = member.user == session.account.user;
    if is_me {
        (person.presence, person.contact) = (Presence::Online, ContactState::None);
    }
    MemberView { person, role: member.role, is_me, invited: member.invited }
}

fn chat_view(session: &SignedInSession, chat: &Chat) -> ChatView {
    let view = ChatView::new(chat.clone());
    let Some(open) = session.chats.open().filter(|open| open.chat == *chat) else { return view };
    ChatView {
        items: items(session, open),
        older: open.older,
        unread_from: open.unread_from,
        typing: session.chats.who_types(chat).map(|user| name_of(session, user)).collect(),
        muted: session.chats.is_muted(chat),
        visit: session.visit.clone(),
        ..view
    }
}

/// Messages and calls in one stream. The message that invited to a call stands for it where the log does not know it any more.
fn items(session: &SignedInSession, open: &Open) -> Vec<ItemView> {
    let logged: Vec<_> = session.recent.iter().filter(|entry| chat_of(entry) == open.chat).collect();
    // Calls before the oldest message that is here come with the page that they belong to.
    let since = match open.older {
        Older::None => 0,
        Older::More | Older::Loading | Older::Failed => open.messages.first().map_or(u64::MAX, |message| message.at_ms),
    };
    let calls =
        logged.iter().filter(|entry| entry.at_ms >= since).map(|entry| ItemView::Call(recent_view(entry, session)));
    let is_logged = |message: &&Message| logged.iter().any(|entry| Some(entry.call) == message.call);
    let messages =
        open.messages.iter().filter(|message| !is_logged(message)).filter_map(|message| item(session, message));
    let mut items: Vec<_> = messages.chain(calls).collect();
    items.sort_by_key(ItemView::at_ms);
    items
        .extend(session.chats.outgoing(&open.chat).map(|outgoing| ItemView::Message(outgoing_view(session, outgoing))));
    items.extend(on_their_way(session, &open.chat).map(ItemView::Message));
    items
}

fn item(session: &SignedInSession, message: &Message) -> Option<ItemView> {
    match &message.body {
        MessageBody::Text { .. } if message.call.is_some() => Some(ItemView::Call(invitation(session, message))),
        MessageBody::Text { text } => Some(ItemView::Message(message_view(session, message, text))),
        MessageBody::Deleted => Some(ItemView::Message(message_view(session, message, ""))),
        MessageBody::File { file } => {
            let file = Some(file_view(session, message.pos, file));
            Some(ItemView::Message(MessageView { file, ..message_view(session, message, "") }))
        }
        MessageBody::Event { event } => Some(ItemView::Event(event_view(session, message, event))),
        MessageBody::Command { .. } => None,
    }
}

fn message_view(session: &SignedInSession, message: &Message, text: &str) -> MessageView {
    let own = message.from == session.account.user;
    MessageView {
        id: message.id.to_string(),
        pos: message.pos,
        from: message.from.clone(),
        name: shown_person(&message.from_name, &message.from),
        picture: known_person(session, &message.from).picture,
        own,
        text: text.to_owned(),
        at_ms: message.at_ms,
        state: if own { reached(session, message) } else { SendState::Sent },
        reply: message.reply_to.as_ref().map(|quote| quote_view(session, quote)),
        edited: message.edited_at_ms.is_some(),
        deleted: message.body == MessageBody::Deleted,
        file: None,
    }
}

/// How far an own message has come.
fn reached(session: &SignedInSession, message: &Message) -> SendState {
    let receipts = session.chats.receipts(&message.chat);
    if receipts.read_up_to >= message.pos {
        SendState::Read
    } else if receipts.delivered_up_to >= message.pos {
        SendState::Delivered
    } else {
        SendState::Sent
    }
}

fn quote_view(session: &SignedInSession, quote: &Quote) -> QuoteView {
    let is_me = quote.from == session.account.user;
    let who = NamedView { name: shown_person(&quote.from_name, &quote.from), is_me };
    QuoteView { pos: quote.pos, who, text: quote.text.clone() }
}

fn event_view(session: &SignedInSession, message: &Message, event: &GroupEvent) -> EventView {
    let named = |user: &UserId| NamedView { name: name_of(session, user), is_me: *user == session.account.user };
    let what = match event {
        GroupEvent::Joined => EventKind::Joined,
        GroupEvent::Left => EventKind::Left,
        GroupEvent::Added { users } => EventKind::Added { people: users.iter().map(named).collect() },
        GroupEvent::Removed { user } => EventKind::Removed { person: named(user) },
        GroupEvent::Renamed { name } => EventKind::Renamed { name: shown_name(name) },
        GroupEvent::NewOwner { user } => EventKind::NewOwner { person: named(user) },
    };
    let is_me = message.from == session.account.user;
    let by = NamedView { name: shown_person(&message.from_name, &message.from), is_me };
    EventView { id: message.id.to_string(), pos: message.pos, at_ms: message.at_ms, by, what }
}

/// A call of which only its invitation is known: it goes on, or was long ago.
fn invitation(session: &SignedInSession, message: &Message) -> RecentView {
    let by_me = message.from == session.account.user;
    let group = match &message.chat {
        Chat::Group { .. } => Some(CalledGroupView { chat: Some(message.chat.clone()), name: String::new() }),
        Chat::User { .. } => None,
    };
    RecentView {
        id: message.id.to_string(),
        with: known_person(session, &message.from),
        direction: if by_me { Direction::Outgoing } else { Direction::Incoming },
        kind: kind(message),
        group,
        reason: None,
        missed: false,
        at_ms: message.at_ms,
        duration_ms: 0,
    }
}

/// Voice or video, as the invitation's own words for programs say it: the kit's `callType`.
fn kind(message: &Message) -> CallKind {
    match message.ext.get("type").and_then(serde_json::Value::as_u64) {
        Some(1 | 2) => CallKind::Video,
        _ => CallKind::Voice,
    }
}

fn outgoing_view(session: &SignedInSession, outgoing: &UnsentMessage) -> MessageView {
    let me = &session.account;
    MessageView {
        id: format!("{LOCAL}{}", outgoing.id),
        pos: 0,
        from: me.user.clone(),
        name: shown_person(&me.display_name, &me.user),
        picture: None,
        own: true,
        text: outgoing.text.clone(),
        at_ms: outgoing.at_ms,
        state: match &outgoing.stage {
            SendStage::Waiting => SendState::Waiting,
            SendStage::Sending => SendState::Sending,
            SendStage::Failed(notice) => SendState::Failed { notice: notice.clone() },
        },
        reply: outgoing.reply_to.and_then(|pos| answered(session, pos)),
        edited: false,
        deleted: false,
        file: None,
    }
}

/// A message on show that one on its way answers.
fn answered(session: &SignedInSession, pos: u64) -> Option<QuoteView> {
    let message = session.chats.open()?.messages.iter().find(|message| message.pos == pos)?;
    let is_me = message.from == session.account.user;
    let who = NamedView { name: shown_person(&message.from_name, &message.from), is_me };
    let text = match &message.body {
        MessageBody::Text { text } => shown_line(text, QUOTED_CHARS).into_owned(),
        MessageBody::File { file } => shown_line(&file.name, QUOTED_CHARS).into_owned(),
        MessageBody::Command { .. } | MessageBody::Event { .. } | MessageBody::Deleted => String::new(),
    };
    Some(QuoteView { pos, who, text })
}
