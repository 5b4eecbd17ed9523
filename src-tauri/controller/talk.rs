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
    session::{Live, Page},
};
use crate::{
    backend::{Calling, Change},
    desktop::{Desktop, MessageShown},
};

/// When something is sent again that the server had no time for.
const SEND_LATER: Duration = Duration::from_secs(3);
/// What fits a notice of the system.
const MAX_SHOWN_CHARS: usize = 160;

impl<D: Desktop> Controller<D> {
    pub(super) fn people_request(&mut self, request: PeopleRequest) -> Result<(), Notice> {
        let live = self.live()?;
        match request {
            PeopleRequest::Add { user } => live.change(Change::AddContact(user)),
            PeopleRequest::Remove { user } => live.change(Change::RemoveContact(user)),
            PeopleRequest::Block { user, blocked } => live.change(Change::SetBlocked(user, blocked)),
            PeopleRequest::KeySeen { user } => {
                live.keys_changed.remove(&user);
            }
        }
        Ok(())
    }

    pub(super) fn chat_request(&mut self, request: ChatRequest) -> Result<(), Notice> {
        let now = wall_clock_ms();
        let live = self.live()?;
        match request {
            ChatRequest::Send { chat, text } => {
                live.chats.write(chat, text, now)?;
                live.send_next();
            }
            ChatRequest::SendAgain { id } => {
                local(&id).into_iter().for_each(|id| live.chats.again(id, now));
                live.send_next();
            }
            ChatRequest::Discard { id } => local(&id).into_iter().for_each(|id| live.chats.discard(id)),
            ChatRequest::Older => {
                if let Some((chat, before)) = live.chats.want_older() {
                    live.fetch(chat, before);
                }
            }
            ChatRequest::Read { chat, up_to } => {
                if live.chats.unread(&chat) > 0 {
                    live.chats.read(&chat, up_to, 0);
                    live.change(Change::MarkRead(chat, up_to));
                }
            }
        }
        Ok(())
    }

    pub(super) fn group_request(&mut self, request: GroupRequest) -> Result<(), Notice> {
        use GroupRequest as Ask;
        let live = self.live()?;
        match request {
            Ask::OpenNew => {
                live.show(None);
                live.page = Page::NewGroup { busy: false };
            }
            Ask::Create { kind, name, members } => create(live, kind, name, members),
            Ask::Rename { group, name } => live.change(Change::RenameGroup(group, name)),
            Ask::SetPicture { group, picture } => {
                live.change(Change::SetGroupPicture(group, pictures::bytes(&picture)?));
            }
            Ask::AddMembers { group, users } => live.change(Change::AddMembers(group, users)),
            Ask::RemoveMember { group, user } => live.change(Change::RemoveMember(group, user)),
            Ask::SetRole { group, user, role } => live.change(Change::SetGroupRole(group, user, role)),
            Ask::Join { group } => live.change(Change::JoinRoom(group)),
            Ask::Leave { group } => live.change(Change::LeaveGroup(group)),
            Ask::Call { group, users } => return self.call_group(group, users),
        }
        Ok(())
    }

    fn call_group(&mut self, group: GroupId, to: Vec<UserId>) -> Result<(), Notice> {
        let place = self.live()?.place(&group).ok_or_else(|| notices::plain(NoticeCode::NotFound))?;
        self.start(Calling::Group { group, place, to })
    }

    pub(super) fn select(&mut self, chat: Option<Chat>) -> Result<(), Notice> {
        self.live()?.show(chat);
        Ok(())
    }

    pub(super) fn set_presence(&mut self, presence: OwnPresence) -> Result<(), Notice> {
        let silent = presence == OwnPresence::DoNotDisturb;
        let away = presence == OwnPresence::Away;
        let was = (self.setup.settings.away, self.live()?.account.do_not_disturb);
        if was.0 != away {
            self.change_settings(|settings| settings.away = away);
            self.live()?.change(Change::SetAway(away));
        }
        if was.1 != silent {
            self.set_do_not_disturb(silent)?;
        }
        Ok(())
    }

    pub(super) fn set_do_not_disturb(&mut self, on: bool) -> Result<(), Notice> {
        let live = self.live()?;
        live.account.do_not_disturb = on; // so it is unless the server says otherwise
        live.change(Change::SetDoNotDisturb(on));
        Ok(())
    }

    /// What the kit says about people, messages and groups. Gives back what is about something else.
    pub(super) fn talk(&mut self, said: Said) -> Option<Said> {
        let live = self.account.live_mut()?;
        match said {
            Said::People { query, people } => live.people.take(&query, people),
            Said::Contacts(people) => live.people.set_contacts(people),
            Said::Conversations(conversations) => live.chats.set_list(conversations),
            Said::Page { chat, page } => live.chats.page(&chat, page),
            Said::Sent { id, result } => self.sent(id, result.map(|message| *message)),
            Said::SendOn => live.send_next(),
            Said::KeepUnsentAgain => self.keep_unsent_again(),
            Said::Groups(groups) => live.groups = groups,
            Said::Rooms { query, rooms } if query == live.people.query() => live.rooms = rooms,
            Said::Rooms { .. } => {}
            Said::Group { info, members } => keep_group(live, info, members),
            Said::GroupMade(result) => self.group_made(result),
            Said::Changed { change, result } => self.changed(change, result),
            other => return Some(other),
        }
        None
    }

    /// What no server has said no to waits until one has taken it.
    fn sent(&mut self, id: u64, result: Result<Message, RequestError>) {
        let Some(live) = self.account.live_mut() else { return };
        match result {
            Ok(message) => {
                let me = live.account.user.clone();
                live.chats.sent(id, message, &me);
            }
            Err(RequestError::Offline | RequestError::Closed) => return self.send_later(id),
            Err(RequestError::Refused(refusal)) if refusal.code == RefusalCode::RateLimited => {
                return self.send_later(id);
            }
            Err(error @ RequestError::Refused(_)) => {
                let why = live.chats.text_of(id).map(|text| notices::of_message(&error, text));
                live.chats.not_sent(id, why);
            }
        }
        live.send_next();
    }

    fn send_later(&mut self, id: u64) {
        let Some(live) = self.account.live_mut() else { return };
        live.chats.not_sent(id, None);
        let on = Input::Session(live.number(), Said::SendOn);
        self.later(SEND_LATER, on);
    }

    fn group_made(&mut self, result: Result<(GroupInfo, Vec<Member>), RequestError>) {
        let Some(live) = self.account.live_mut() else { return };
        match result {
            Ok((info, members)) => {
                let chat = Chat::Group { group: info.group.clone() };
                keep_group(live, info, members);
                live.show(Some(chat));
            }
            Err(error) => {
                live.page = Page::NewGroup { busy: false };
                self.main_notice = Some(notices::of_request(&error, ""));
            }
        }
    }

    fn changed(&mut self, change: Change, result: Result<(), RequestError>) {
        if let Err(error) = result {
            return self.not_changed(&change, &error);
        }
        let Some(live) = self.account.live_mut() else { return };
        match change {
            Change::AddContact(_) | Change::RemoveContact(_) | Change::SetBlocked(..) => {
                live.refresh_contacts();
                live.search_again();
            }
            Change::AddMembers(group, _) | Change::RemoveMember(group, _) | Change::SetGroupRole(group, ..) => {
                live.refresh_group(&group);
            }
            Change::JoinRoom(group) => self.joined(group),
            Change::LeaveGroup(group) => live.group_left(&group),
            Change::RenameDevice(..) | Change::RevokeDevice(_) | Change::SetRingHere(..) => live.refresh_devices(),
            other => self.saved(&other),
        }
    }

    fn joined(&mut self, group: GroupId) {
        let Some(live) = self.account.live_mut() else { return };
        if let Some(info) = live.groups.iter().chain(&live.rooms).find(|info| info.group == group).cloned() {
            live.group_changed(GroupInfo { role: Some(GroupRole::Member), invited_by: None, ..info });
        }
        live.show(None);
        live.show(Some(Chat::Group { group }));
    }

    fn not_changed(&mut self, change: &Change, error: &RequestError) {
        if matches!(change, Change::SetAway(_) | Change::MarkRead(..) | Change::MarkCallsSeen(_)) {
            return tracing::debug!(?change, %error, "not changed"); // it is said again when the link is back
        }
        let name = match change {
            Change::AddContact(user) => self.account.live().map(|live| name_of(live, user)).unwrap_or_default(),
            _ => String::new(),
        };
        let notice = match change {
            Change::SetPicture(_) | Change::SetGroupPicture(..) => notices::of_picture(error),
            _ => notices::of_request(error, &name),
        };
        if matches!(change, Change::SetDoNotDisturb(_))
            && let Some(live) = self.account.live_mut()
        {
            live.account = live.kit.account();
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
        let Some(live) = self.account.live_mut() else { return };
        let me = live.account.user.clone();
        let on_show = live.page == Page::Chat(message.chat.clone());
        live.chats.message(message.clone(), &me, on_show && focused);
        let silent = live.account.do_not_disturb || !self.setup.settings.notifications;
        let wanted = message.from != me && message.call.is_none() && !silent && !(on_show && focused);
        if let MessageBody::Text { text } = &message.body
            && wanted
        {
            let shown =
                MessageShown { chat: message.chat.clone(), title: self.title_of(&message), text: preview(text) };
            self.desktop.message(shown);
        }
    }

    fn title_of(&self, message: &Message) -> String {
        let name = shown_person(&message.from_name, &message.from);
        let Chat::Group { group } = &message.chat else { return name };
        let info = self.account.live().and_then(|live| live.groups.iter().find(|info| info.group == *group));
        let Some(info) = info else { return name };
        let group = shown_name(&info.name);
        self.texts.with("message-in-group", &[("name", name.as_str().into()), ("group", group.as_str().into())])
    }
}

fn create(live: &mut Live, kind: GroupKind, name: String, members: Vec<UserId>) {
    if live.page != (Page::NewGroup { busy: false }) {
        return; // a second click
    }
    live.page = Page::NewGroup { busy: true };
    let kit = std::sync::Arc::clone(&live.kit);
    live.ask(async move { Some(Said::GroupMade(kit.create_group(kind, &name, members).await)) });
}

fn keep_group(live: &mut Live, info: GroupInfo, members: Vec<Member>) {
    live.members.insert(info.group.clone(), members);
    live.group_changed(info);
}

/// What is shown of somebody.
pub(super) fn name_of(live: &Live, user: &UserId) -> String {
    let listed = live.person(user).map(|person| person.display_name.as_str());
    let member = || {
        let mut members = live.members.values().flatten();
        members.find(|member| member.user == *user).map(|member| member.display_name.as_str())
    };
    let talked = || live.chats.list().get(&Chat::User { user: user.clone() }).map(|known| known.name.as_str());
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
