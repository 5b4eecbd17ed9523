//! From the state to the right side of the main window.

use carillon_ipc::{
    CalledGroupView, ChatView, GroupView, ItemView, MemberView, MessageView, Older, PageView, RecentView, SendState,
};
use carillon_kit::{
    CallKind, Chat, ContactState, Direction, GroupId, GroupKind, GroupRole, Member, Message, MessageBody, Presence,
    shown_name, shown_person,
};

use super::{
    chats::{Open, SendStage, UnsentMessage},
    lists::{chat_of, group_view, known_person, recent_view, requests},
    messages::LOCAL,
    pictures,
    session::{MainPage, SignedInSession},
};

pub(super) fn page(session: &SignedInSession) -> PageView {
    match &session.page {
        MainPage::Nobody => PageView::Nobody,
        MainPage::Requests => PageView::Requests { people: requests(session) },
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

pub(super) fn group_of(session: &SignedInSession, group: &GroupId) -> GroupView {
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
    ChatView { items: items(session, open), older: open.older, unread_from: open.unread_from, ..view }
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
    items
}

fn item(session: &SignedInSession, message: &Message) -> Option<ItemView> {
    let MessageBody::Text { text } = &message.body else { return None };
    Some(match message.call {
        Some(_) => ItemView::Call(invitation(session, message)),
        None => ItemView::Message(MessageView {
            id: message.id.to_string(),
            pos: message.pos,
            from: message.from.clone(),
            name: shown_person(&message.from_name, &message.from),
            picture: known_person(session, &message.from).picture,
            own: message.from == session.account.user,
            text: text.clone(),
            at_ms: message.at_ms,
            state: SendState::Sent,
        }),
    })
}

/// A call of which only its invitation is known: it goes on, or was long ago.
pub(super) fn invitation(session: &SignedInSession, message: &Message) -> RecentView {
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
    }
}
