//! What comes of a signed-in session, by area: the kit's values and events, answers of the server, and what is due later.

use carillon_ipc::NoticeCode;
use carillon_kit::{
    CallEntry, CallEvent, CallId, CallStats, CallStatus, Chat, CommandError, Conversation, DeviceEntry, GroupInfo,
    KnownKeys, Levels, LinkState, Member, Message, News, Person, PictureSource, RequestError, Ring, SignInError,
    StartCallError, TransferError, UserId,
};

use super::{Controller, changes::Changed, files::Transfer, session::SignedInSession};
use crate::desktop::Desktop;

/// A group as the server gives it: what it is, and who is in it.
pub(super) type GroupAndMembers = (GroupInfo, Vec<Member>);

/// What comes of a signed-in session.
#[derive(Debug)]
pub(crate) enum SessionEvent {
    /// How the link is.
    Link(LinkState),
    /// What happens besides calls.
    News(News),
    /// Some news were missed.
    NewsLost,
    /// About calls.
    Call(CallUpdate),
    /// The server answers a question.
    Fetched(Fetched),
    /// About messages that the server does not have yet.
    Outbox(OutboxEvent),
    /// A change at the server is made, or refused.
    Change(ChangeResult),
    /// It is time to search for people with new accounts.
    SearchAgain,
    /// *Saved* has been on show for long enough.
    SavedOver,
    /// About files on their way.
    File(FileEvent),
    /// Who was typing may have stopped without a word.
    TypingOver,
}

/// About calls.
#[derive(Debug)]
pub(crate) enum CallUpdate {
    /// What the kit tells.
    Event(CallEvent),
    /// What rings here.
    Ring(Option<Ring>),
    /// How the call is.
    Status(CallStatus),
    /// How loud the call is.
    Levels(Levels),
    /// Who talks in a group call.
    Speaker(UserId),
    /// Whether the other end shows something.
    TheirPicture(PictureSource, bool),
    /// How the call's media are doing.
    Stats(Option<CallStats>),
    /// The keys of other people's devices.
    KnownKeys(KnownKeys),
    /// How many missed calls wait to be seen.
    Missed(u32),
    /// A call did not begin, or the people did not come into the call that there is.
    NotStarted {
        /// The first who was called.
        to: Option<UserId>,
        /// Whether the people were asked into the call that there is.
        into_call: bool,
        error: StartCallError,
    },
    /// What this user wanted in the group call was not done: about this user, if it was about another.
    NotDone { about: Option<UserId>, error: CommandError },
    /// The kit did not take the answer to a ring.
    NotAnswered(CallId),
    /// The kit has declined a ring, and something is written instead; without a text the user writes it.
    Declined { chat: Chat, text: Option<String> },
}

/// An answer of the server to a question.
#[derive(Debug)]
pub(crate) enum Fetched {
    People {
        query: String,
        people: Vec<Person>,
    },
    Contacts(Vec<Person>),
    Recent(Vec<CallEntry>),
    Conversations(Vec<Conversation>),
    /// A page of a conversation; `None`: it could not be had.
    Page {
        chat: Chat,
        page: Option<(Vec<Message>, bool)>,
    },
    /// The latest page of a conversation that is on show already.
    Latest {
        chat: Chat,
        page: Option<(Vec<Message>, bool)>,
    },
    Groups(Vec<GroupInfo>),
    Rooms {
        query: String,
        rooms: Vec<GroupInfo>,
    },
    Group(GroupAndMembers),
    OwnDevices(Vec<DeviceEntry>),
}

/// About messages that the server does not have yet.
#[derive(Debug)]
pub(crate) enum OutboxEvent {
    /// What came of sending a message.
    Sent { id: u64, result: Result<Box<Message>, RequestError> },
    /// It is time to send what waits.
    SendNext,
    /// It is time to save what waits once more, which has failed.
    SaveAgain,
}

/// About files on their way.
#[derive(Debug)]
pub(crate) enum FileEvent {
    /// So much of one has come.
    Progress(Transfer, u64),
    /// What came of sending one, and the message that has it.
    Sent { id: u64, sent: Result<Box<Message>, TransferError> },
    /// What came of saving the one of the message at this place: what it is called.
    Saved { pos: u64, saved: Result<String, TransferError> },
}

/// What came of a change at the server.
#[derive(Debug)]
pub(crate) enum ChangeResult {
    Changed { what: Changed, result: Result<(), RequestError> },
    GroupMade(Result<GroupAndMembers, RequestError>),
    PasswordChanged(Result<(), SignInError>),
    AccountDeleted(Result<(), SignInError>),
}

impl<D: Desktop> Controller<D> {
    pub(super) fn session_event(&mut self, number: u64, event: SessionEvent) {
        let Some(session) = self.account.session_mut().filter(|session| session.is(number)) else { return };
        match event {
            SessionEvent::Link(state) => self.link_changed(state),
            SessionEvent::News(news) => self.news(news),
            SessionEvent::NewsLost => session.refresh(),
            SessionEvent::Call(update) => self.call_update(update),
            SessionEvent::Fetched(Fetched::OwnDevices(devices)) => self.own_devices(devices),
            SessionEvent::Fetched(fetched) => session.fetched(fetched),
            SessionEvent::Outbox(event) => self.outbox_event(event),
            SessionEvent::Change(result) => self.change_result(result),
            SessionEvent::SearchAgain => session.search_again(),
            SessionEvent::SavedOver => session.you.saved = None,
            SessionEvent::File(event) => self.file_event(event),
            SessionEvent::TypingOver => session.chats.forget_typing(tokio::time::Instant::now()),
        }
    }

    fn link_changed(&mut self, state: LinkState) {
        if state == LinkState::SignedOut {
            return self.signed_out_by_server();
        }
        let Some(session) = self.account.session_mut() else { return };
        let was = std::mem::replace(&mut session.link, state);
        session.seen_up_to = None; // what was asked may be lost
        if state == LinkState::Up && (was != state || session.people.is_loading()) {
            session.refresh();
            self.main_notice.take_if(|notice| notice.code == NoticeCode::Offline);
            self.link_is_up();
        }
    }

    fn news(&mut self, news: News) {
        let Some(session) = self.account.session_mut() else { return };
        match news {
            News::CallLogged(entry) => self.call_logged(entry),
            News::Message(message) => self.message(message),
            News::MessageChanged(message) => self.message_changed(message),
            News::ReceiptsChanged { chat, receipts } => self.receipts_changed(&chat, receipts),
            News::ChatMuted { chat, muted } => self.chat_muted(&chat, muted),
            News::Typing { chat, user, typing } => self.typing(chat, user, typing),
            News::LoginChanged(login) => self.keep(login),
            News::PresenceChanged { user, presence } => {
                if !session.people.set_presence(&user, presence) {
                    session.search_again(); // a new person
                }
            }
            News::AccountChanged(account) => session.account = account,
            News::DevicesChanged => session.refresh_devices(),
            News::PersonChanged(person) => session.people.changed(person),
            News::Read { chat, up_to, unread } => session.chats.read(&chat, up_to, unread),
            News::GroupChanged(info) => {
                if session.members.contains_key(&info.group) {
                    session.refresh_group(&info.group);
                }
                session.group_changed(info);
            }
            News::GroupLeft { group } => session.group_left(&group),
            News::CallsSeen { .. } => {} // the count comes as a value
            News::Refresh => {
                session.refresh();
                self.link_is_up();
            }
        }
    }
}

impl SignedInSession {
    fn fetched(&mut self, fetched: Fetched) {
        match fetched {
            Fetched::People { query, people } => self.people.take(&query, people),
            Fetched::Contacts(people) => self.people.set_contacts(people),
            Fetched::Recent(calls) => self.set_recent(calls),
            Fetched::Conversations(conversations) => self.chats.set_list(conversations),
            Fetched::Page { chat, page } => {
                self.chats.page(&chat, page);
                // It opens at the first unread one, which may be a few pages back.
                if let Some((chat, before)) = self.chats.want_first_unread() {
                    self.fetch_page(chat, before);
                }
            }
            Fetched::Latest { chat, page } => {
                if let Some(page) = page {
                    self.chats.renew(&chat, page);
                }
            }
            Fetched::Groups(groups) => self.groups = groups,
            Fetched::Rooms { query, rooms } => {
                if query == self.people.query() {
                    self.rooms = rooms;
                }
            }
            Fetched::Group((info, members)) => self.keep_group(info, members),
            Fetched::OwnDevices(devices) => self.devices = devices,
        }
    }
}
