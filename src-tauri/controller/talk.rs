//! What the main window asks about people, messages and groups, and what comes of it.

use std::time::Duration;

use carillon_ipc::{ChatRequest, GroupRequest, Notice, NoticeCode, OwnPresence, PeopleRequest};
use carillon_kit::{
    Chat, GroupId, GroupInfo, GroupKind, GroupRole, Member, Message, MessageBody, RequestError, UserId,
};
use carillon_protocol::{RefusalCode, shown_line, shown_name, shown_person};

use super::{
    Controller,
    input::{Input, Said},
    notices, pictures,
    session::{MainPage, SignedInSession},
};
use crate::{
    backend::{Calling, Change},
    desktop::{Desktop, MessageNotification},
};

/// When something is sent again that the server had no time for.
const SEND_LATER: Duration = Duration::from_secs(3);
/// What fits a notice of the system.
const MAX_SHOWN_CHARS: usize = 160;

impl<D: Desktop> Controller<D> {
    pub(super) fn people_request(&mut self, request: PeopleRequest) -> Result<(), Notice> {
        let session = self.session()?;
        match request {
            PeopleRequest::Add { user } => session.change(Change::AddContact(user)),
            PeopleRequest::Remove { user } => session.change(Change::RemoveContact(user)),
            PeopleRequest::Block { user, blocked } => session.change(Change::SetBlocked(user, blocked)),
            PeopleRequest::KeySeen { user } => {
                session.keys_changed.remove(&user);
            }
        }
        Ok(())
    }

    pub(super) fn chat_request(&mut self, request: ChatRequest) -> Result<(), Notice> {
        let now = wall_clock_ms();
        let session = self.session()?;
        match request {
            ChatRequest::Send { chat, text } => {
                session.chats.write(chat, text, now)?;
                session.send_next();
            }
            ChatRequest::SendAgain { id } => {
                local(&id).into_iter().for_each(|id| session.chats.again(id, now));
                session.send_next();
            }
            ChatRequest::Discard { id } => local(&id).into_iter().for_each(|id| session.chats.discard(id)),
            ChatRequest::Older => {
                if let Some((chat, before)) = session.chats.want_older() {
                    session.fetch(chat, before);
                }
            }
            ChatRequest::Read { chat, up_to } => {
                if session.chats.unread(&chat) > 0 {
                    session.chats.read(&chat, up_to, 0);
                    session.change(Change::MarkRead(chat, up_to));
                }
            }
        }
        Ok(())
    }

    pub(super) fn group_request(&mut self, request: GroupRequest) -> Result<(), Notice> {
        use GroupRequest as Ask;
        let session = self.session()?;
        match request {
            Ask::OpenNew => {
                session.show(None);
                session.page = MainPage::NewGroup { busy: false };
            }
            Ask::Create { kind, name, members } => create(session, kind, name, members),
            Ask::Rename { group, name } => session.change(Change::RenameGroup(group, name)),
            Ask::SetPicture { group, picture } => {
                session.change(Change::SetGroupPicture(group, pictures::bytes(&picture)?));
            }
            Ask::AddMembers { group, users } => session.change(Change::AddMembers(group, users)),
            Ask::RemoveMember { group, user } => session.change(Change::RemoveMember(group, user)),
            Ask::SetRole { group, user, role } => session.change(Change::SetGroupRole(group, user, role)),
            Ask::Join { group } => session.change(Change::JoinRoom(group)),
            Ask::Leave { group } => session.change(Change::LeaveGroup(group)),
            Ask::Call { group, users } => return self.call_group(group, users),
        }
        Ok(())
    }

    fn call_group(&mut self, group: GroupId, to: Vec<UserId>) -> Result<(), Notice> {
        let chat_type = self.session()?.chat_type(&group).ok_or_else(|| notices::plain(NoticeCode::NotFound))?;
        self.start(Calling::Group { group, chat_type, to })
    }

    pub(super) fn select(&mut self, chat: Option<Chat>) -> Result<(), Notice> {
        self.session()?.show(chat);
        Ok(())
    }

    pub(super) fn set_presence(&mut self, presence: OwnPresence) -> Result<(), Notice> {
        let silent = presence == OwnPresence::DoNotDisturb;
        let away = presence == OwnPresence::Away;
        let was = (self.setup.settings.away, self.session()?.account.do_not_disturb);
        if was.0 != away {
            self.change_settings(|settings| settings.away = away);
            self.session()?.change(Change::SetAway(away));
        }
        if was.1 != silent {
            self.set_do_not_disturb(silent)?;
        }
        Ok(())
    }

    pub(super) fn set_do_not_disturb(&mut self, on: bool) -> Result<(), Notice> {
        let session = self.session()?;
        session.account.do_not_disturb = on; // so it is unless the server says otherwise
        session.change(Change::SetDoNotDisturb(on));
        Ok(())
    }

    /// What the kit says about people, messages and groups. Gives back what is about something else.
    pub(super) fn talk(&mut self, said: Said) -> Option<Said> {
        let session = self.account.session_mut()?;
        match said {
            Said::People { query, people } => session.people.take(&query, people),
            Said::Contacts(people) => session.people.set_contacts(people),
            Said::Conversations(conversations) => session.chats.set_list(conversations),
            Said::MainPage { chat, page } => session.chats.page(&chat, page),
            Said::Sent { id, result } => self.sent(id, result.map(|message| *message)),
            Said::SendOn => session.send_next(),
            Said::KeepUnsentAgain => self.keep_unsent_again(),
            Said::Groups(groups) => session.groups = groups,
            Said::Rooms { query, rooms } if query == session.people.query() => session.rooms = rooms,
            Said::Rooms { .. } => {}
            Said::Group { info, members } => keep_group(session, info, members),
            Said::GroupMade(result) => self.group_made(result),
            Said::Changed { change, result } => self.changed(change, result),
            other => return Some(other),
        }
        None
    }

    /// What no server has said no to waits until one has taken it.
    fn sent(&mut self, id: u64, result: Result<Message, RequestError>) {
        let Some(session) = self.account.session_mut() else { return };
        match result {
            Ok(message) => {
                let me = session.account.user.clone();
                session.chats.sent(id, message, &me);
            }
            Err(RequestError::Offline | RequestError::Closed) => return self.send_later(id),
            Err(RequestError::Refused(refusal)) if refusal.code == RefusalCode::RateLimited => {
                return self.send_later(id);
            }
            Err(error @ RequestError::Refused(_)) => {
                let why = session.chats.text_of(id).map(|text| notices::of_message(&error, text));
                session.chats.not_sent(id, why);
            }
        }
        session.send_next();
    }

    fn send_later(&mut self, id: u64) {
        let Some(session) = self.account.session_mut() else { return };
        session.chats.not_sent(id, None);
        let on = Input::Session(session.number(), Said::SendOn);
        self.later(SEND_LATER, on);
    }

    fn group_made(&mut self, result: Result<(GroupInfo, Vec<Member>), RequestError>) {
        let Some(session) = self.account.session_mut() else { return };
        match result {
            Ok((info, members)) => {
                let chat = Chat::Group { group: info.group.clone() };
                keep_group(session, info, members);
                session.show(Some(chat));
            }
            Err(error) => {
                session.page = MainPage::NewGroup { busy: false };
                self.main_notice = Some(notices::of_request(&error, ""));
            }
        }
    }

    fn changed(&mut self, change: Change, result: Result<(), RequestError>) {
        if let Err(error) = result {
            return self.not_changed(&change, &error);
        }
        let Some(session) = self.account.session_mut() else { return };
        match change {
            Change::AddContact(_) | Change::RemoveContact(_) | Change::SetBlocked(..) => {
                session.refresh_contacts();
                session.search_again();
            }
            Change::AddMembers(group, _) | Change::RemoveMember(group, _) | Change::SetGroupRole(group, ..) => {
                session.refresh_group(&group);
            }
            Change::JoinRoom(group) => self.joined(group),
            Change::LeaveGroup(group) => session.group_left(&group),
            Change::RenameDevice(..) | Change::RevokeDevice(_) | Change::SetRingHere(..) => session.refresh_devices(),
            other => self.saved(&other),
        }
    }

    fn joined(&mut self, group: GroupId) {
        let Some(session) = self.account.session_mut() else { return };
        if let Some(info) = session.groups.iter().chain(&session.rooms).find(|info| info.group == group).cloned() {
            session.group_changed(GroupInfo { role: Some(GroupRole::Member), invited_by: None, ..info });
        }
        session.show(None);
        session.show(Some(Chat::Group { group }));
    }

    fn not_changed(&mut self, change: &Change, error: &RequestError) {
        if matches!(change, Change::SetAway(_) | Change::MarkRead(..) | Change::MarkCallsSeen(_)) {
            return tracing::debug!(?change, %error, "not changed"); // it is said again when the link is back
        }
        let name = match change {
            Change::AddContact(user) => {
                self.account.session().map(|session| name_of(session, user)).unwrap_or_default()
            }
            _ => String::new(),
        };
        let notice = match change {
            Change::SetPicture(_) | Change::SetGroupPicture(..) => notices::of_picture(error),
            _ => notices::of_request(error, &name),
        };
        if matches!(change, Change::SetDoNotDisturb(_))
            && let Some(session) = self.account.session_mut()
        {
            session.account = session.kit.account();
        }
        match change {
            Change::SetDisplayName(_) | Change::SetPicture(_) => self.not_saved(change, notice),
            Change::RenameDevice(..) | Change::RevokeDevice(_) | Change::SetRingHere(..) => {
                self.settings_notice = Some(notice);
            }
            _ => self.main_notice = Some(notice),
        }
    }

    /// A message has come.
    pub(super) fn message(&mut self, message: Message) {
        let focused = self.focused;
        let Some(session) = self.account.session_mut() else { return };
        let me = session.account.user.clone();
        let on_show = session.page == MainPage::Chat(message.chat.clone());
        session.chats.message(message.clone(), &me, on_show && focused);
        let silent = session.account.do_not_disturb || !self.setup.settings.notifications;
        let wanted = message.from != me && message.call.is_none() && !silent && !(on_show && focused);
        if let MessageBody::Text { text } = &message.body
            && wanted
        {
            let shown =
                MessageNotification { chat: message.chat.clone(), title: self.title_of(&message), text: preview(text) };
            self.desktop.message(shown);
        }
    }

    fn title_of(&self, message: &Message) -> String {
        let name = shown_person(&message.from_name, &message.from);
        let Chat::Group { group } = &message.chat else { return name };
        let info = self.account.session().and_then(|session| session.groups.iter().find(|info| info.group == *group));
        let Some(info) = info else { return name };
        let group = shown_name(&info.name);
        self.texts.with("message-in-group", &[("name", name.as_str().into()), ("group", group.as_str().into())])
    }
}

fn create(session: &mut SignedInSession, kind: GroupKind, name: String, members: Vec<UserId>) {
    if session.page != (MainPage::NewGroup { busy: false }) {
        return; // a second click
    }
    session.page = MainPage::NewGroup { busy: true };
    let kit = std::sync::Arc::clone(&session.kit);
    session.ask(async move { Some(Said::GroupMade(kit.create_group(kind, &name, members).await)) });
}

fn keep_group(session: &mut SignedInSession, info: GroupInfo, members: Vec<Member>) {
    session.members.insert(info.group.clone(), members);
    session.group_changed(info);
}

/// What is shown of somebody.
pub(super) fn name_of(session: &SignedInSession, user: &UserId) -> String {
    let listed = session.person(user).map(|person| person.display_name.as_str());
    let member = || {
        let mut members = session.members.values().flatten();
        members.find(|member| member.user == *user).map(|member| member.display_name.as_str())
    };
    let talked = || session.chats.list().get(&Chat::User { user: user.clone() }).map(|known| known.name.as_str());
    shown_name(listed.or_else(member).or_else(talked).unwrap_or(user.as_str()))
}

/// The number of a message that is on its way, as windows name it.
fn local(id: &str) -> Option<u64> {
    id.strip_prefix(LOCAL)?.parse().ok()
}

/// Sets the names of messages that are on their way apart from those that the server has.
pub(super) const LOCAL: &str = "local-";

/// The beginning of a text, where a daemon may take markup for what it is: the signs of it are put as their likes.
fn preview(text: &str) -> String {
    let safe = |c| match c {
        '<' => '‹',
        '>' => '›',
        '&' => '＆',
        other => other,
    };
    shown_line(text, MAX_SHOWN_CHARS).chars().map(safe).collect()
}

/// Milliseconds since the Unix epoch, for messages that the server has not dated yet.
fn wall_clock_ms() -> u64 {
    let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s25_a_text_in_a_notice_is_no_markup_and_not_long() {
        assert_eq!(preview("<b>hi</b>\n &amp; \u{202e}bye"), "‹b›hi‹/b› ＆amp; bye");
        assert_eq!(preview(&"x".repeat(10_000)).chars().count(), MAX_SHOWN_CHARS);
    }
}
