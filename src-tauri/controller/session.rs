//! A signed-in session as the controller holds it: the kit's handle, the latest values, and the tasks that bring them.

mod following;

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use carillon_ipc::{AddressView, Notice, VolumeView, YouView};
use carillon_kit::{
    Account, Avatar, CallEntry, CallId, CallStatus, Chat, CommandError, Connection, DeviceEntry, GroupId, GroupInfo,
    GroupKind, LinkState, Member, MessageBody, Moderation, Person, RequestError, Ring, StartCall, UserId, VoiceLevel,
    shown_person,
};
use tokio::{
    sync::{mpsc, watch},
    task::{AbortHandle, JoinSet},
};

use super::{
    changes::Changed,
    chats::Chats,
    files::Files,
    input::{ControllerHandle, Input},
    list::List,
    notices,
    people::People,
    session_event::{CallUpdate, ChangeResult, Fetched, OutboxEvent, SessionEvent},
    unsent::OutboxSaved,
};
use crate::backend::Session;

/// How many calls are shown.
pub(super) const RECENT: u32 = 50;
/// One page of a conversation.
const PAGE: u32 = 50;

pub(super) struct SignedInSession {
    number: u64,
    pub(super) kit: Arc<dyn Session>,
    pub(super) account: Account,
    pub(super) link: LinkState,
    pub(super) ring: Option<Ring>,
    pub(super) call: CallStatus,
    /// How loud each is who is heard in the group call.
    pub(super) voices: watch::Receiver<Vec<VoiceLevel>>,
    /// How loud people are played here, where this user has changed it.
    pub(super) volumes: BTreeMap<UserId, VolumeView>,
    /// The call's picture, as a `data:` URL.
    pub(super) picture: Option<String>,
    pub(super) people: People,
    pub(super) recent: Vec<CallEntry>,
    /// How many missed calls wait to be seen, on whichever device.
    pub(super) missed: u32,
    pub(super) chats: Chats,
    /// Files of them on their way.
    pub(super) files: Files,
    /// Whether what waits in them to be sent is kept for the next start.
    pub(super) outbox_saved: OutboxSaved,
    /// This user's groups and rooms, by name.
    pub(super) groups: Vec<GroupInfo>,
    /// Rooms that were found by name.
    pub(super) rooms: Vec<GroupInfo>,
    /// Who is in the groups that were looked at.
    pub(super) members: BTreeMap<GroupId, Vec<Member>>,
    pub(super) page: MainPage,
    pub(super) list: List,
    /// The call of a person who called during the one there is.
    pub(super) tried: Option<CallEntry>,
    /// The call that is to follow the one there is.
    pub(super) next_call: Option<NextCall>,
    /// The missed call up to which the server was told that all were seen.
    pub(super) seen_up_to: Option<CallId>,
    /// People are being chosen to be brought into the call.
    pub(super) adding: bool,
    /// Whose device has shown another key than before.
    pub(super) keys_changed: BTreeSet<UserId>,
    pub(super) devices: Vec<DeviceEntry>,
    pub(super) you: YouView,
    /// The address that the user is asked about.
    pub(super) visit: Option<AddressView>,
    /// A call is about to begin.
    pub(super) starting_call: bool,
    latest_call: watch::Receiver<CallStatus>,
    orders: mpsc::Sender<Order>,
    handle: ControllerHandle,
    /// Ends with the session.
    tasks: JoinSet<()>,
}

/// What the right side of the main window shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum MainPage {
    #[default]
    Nobody,
    Chat(Chat),
    Requests,
    NewGroup {
        busy: bool,
    },
}

/// A call that was asked for during another one.
pub(super) struct NextCall {
    pub(super) call: StartCall,
    pub(super) with_video: bool,
    /// Whether the user wants the one there is to end for it.
    pub(super) is_confirmed: bool,
}

/// What the kit is to do.
type Order = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The server tells of people whom a search has shown; a person with a new account comes with the next search.
const LOOK_FOR_NEW_PEOPLE: Duration = Duration::from_secs(20);

/// More than a user can order before the kit has done the first.
const ORDERS: usize = 32;

impl SignedInSession {
    /// Listens to a session. `number` sets it apart from all others.
    pub(super) fn begin(number: u64, kit: Arc<dyn Session>, handle: ControllerHandle) -> Self {
        let (orders, orders_rx) = mpsc::channel(ORDERS);
        let (server, calls) = (kit.connection().clone(), kit.calls());
        let mut session = Self {
            number,
            account: server.account(),
            link: *server.link().borrow(),
            ring: None,
            call: CallStatus::default(),
            voices: calls.voices.clone(),
            volumes: BTreeMap::new(),
            picture: None,
            people: People::default(),
            recent: Vec::new(),
            missed: 0,
            chats: Chats::default(),
            files: Files::default(),
            outbox_saved: OutboxSaved::default(),
            groups: Vec::new(),
            rooms: Vec::new(),
            members: BTreeMap::new(),
            page: MainPage::default(),
            list: List::default(),
            tried: None,
            next_call: None,
            seen_up_to: None,
            adding: false,
            keys_changed: BTreeSet::new(),
            devices: Vec::new(),
            you: YouView::default(),
            visit: None,
            starting_call: false,
            latest_call: calls.status.clone(),
            tasks: JoinSet::new(),
            orders,
            kit,
            handle,
        };
        session.carry_out(orders_rx);
        session.search_now_and_then();
        server.confirm_deliveries();
        session.follow(server.link(), SessionEvent::Link);
        session.follow(server.missed_calls(), |count| SessionEvent::Call(CallUpdate::Missed(count)));
        session.follow_calls(calls);
        session.listen(server.signals(), SessionEvent::News, Some(|| SessionEvent::NewsLost));
        session
    }

    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    pub(super) const fn is(&self, number: u64) -> bool {
        self.number == number
    }

    /// Takes over how the call is.
    pub(super) fn set_call(&mut self, status: CallStatus) {
        if status.avatar != self.call.avatar {
            self.picture = status.avatar.as_ref().map(data_url);
        }
        self.call = status;
    }

    /// Takes over how the call is now. The event that says so may come later.
    pub(super) fn set_latest_call(&mut self) {
        let latest = self.latest_call.borrow().clone();
        self.set_call(latest);
    }

    /// Whether this device is in a call or calls; a ring is neither.
    pub(super) fn in_call(&self) -> bool {
        self.call.is_joined()
    }

    /// Orders the kit to do something with the call, after what was ordered before.
    ///
    /// # Errors
    /// If the kit does not keep up; then it is not done.
    pub(super) fn order<F>(&self, order: impl FnOnce(Arc<dyn Session>) -> F) -> Result<(), Notice>
    where
        F: Future<Output = Result<(), CommandError>> + Send + 'static,
    {
        self.order_or(None, order)
    }

    /// The same; `refused` tells the controller that the kit has not done it.
    pub(super) fn order_or<F>(
        &self,
        refused: Option<SessionEvent>,
        order: impl FnOnce(Arc<dyn Session>) -> F,
    ) -> Result<(), Notice>
    where
        F: Future<Output = Result<(), CommandError>> + Send + 'static,
    {
        let (handle, number, order) = (self.handle.clone(), self.number, order(Arc::clone(&self.kit)));
        let order = async move {
            let Err(error) = order.await else { return };
            tracing::debug!(%error, "the kit did not do what was ordered");
            if let Some(refused) = refused {
                handle.tell(Input::Session(number, refused)).await;
            }
        };
        let not_ordered = |_| notices::internal("the kit does not keep up with what is ordered");
        self.orders.try_send(Box::pin(order)).map_err(not_ordered)
    }

    fn search_now_and_then(&mut self) {
        let (handle, number) = (self.handle.clone(), self.number);
        self.tasks.spawn(async move {
            loop {
                tokio::time::sleep(LOOK_FOR_NEW_PEOPLE).await;
                handle.tell(Input::Session(number, SessionEvent::SearchAgain)).await;
            }
        });
    }

    /// One after the other, so that orders stay in order.
    fn carry_out(&mut self, mut orders: mpsc::Receiver<Order>) {
        self.tasks.spawn(async move {
            while let Some(order) = orders.recv().await {
                order.await;
            }
        });
    }

    /// Gives the kit what waits to be sent, one after the other. Without a link nothing leaves, so that it can still be discarded.
    pub(super) fn send_next(&mut self) {
        if self.link != LinkState::Up {
            return;
        }
        let Some(next) = self.chats.next_to_send() else { return };
        self.ask(|server| async move {
            let body = MessageBody::Text { text: next.text };
            let result = server.send_reply_as(next.op, next.chat, body, serde_json::Map::new(), next.reply_to).await;
            Some(SessionEvent::Outbox(OutboxEvent::Sent { id: next.id, result: result.map(Box::new) }))
        });
    }

    /// Looks people and rooms up by name.
    pub(super) fn search(&mut self, query: &str) {
        self.people.search_for(query);
        self.list.begin_anew();
        self.search_again();
    }

    pub(super) fn search_again(&mut self) {
        let query = self.people.query().to_owned();
        self.fetch(|server| async move {
            // Without a link the list stays as it is; it is asked for again when the link is back.
            let people = server.search_users(&query).await.ok()?;
            Some(Fetched::People { query, people })
        });
        let query = self.people.query().to_owned();
        if query.is_empty() {
            // The one that is looked at is not listed any more, and yet looked at.
            let page = &self.page;
            let is_on_show = |room: &GroupInfo| *page == MainPage::Chat(Chat::Group { group: room.group.clone() });
            return self.rooms.retain(is_on_show);
        }
        self.fetch(|server| async move {
            let rooms = server.search_rooms(&query).await.ok()?;
            Some(Fetched::Rooms { query, rooms })
        });
    }

    /// Reads everything anew.
    pub(super) fn refresh(&mut self) {
        self.search_again();
        self.refresh_contacts();
        self.refresh_devices();
        self.fetch(|server| async move { server.recent_calls(RECENT).await.ok().map(Fetched::Recent) });
        self.refresh_conversations();
        self.fetch(|server| async move { server.groups().await.ok().map(Fetched::Groups) });
        self.refresh_page();
    }

    pub(super) fn refresh_conversations(&mut self) {
        self.fetch(|server| async move { server.conversations().await.ok().map(Fetched::Conversations) });
    }

    pub(super) fn refresh_contacts(&mut self) {
        self.fetch(|server| async move { server.contacts().await.ok().map(Fetched::Contacts) });
    }

    pub(super) fn refresh_devices(&mut self) {
        self.fetch(|server| async move { server.devices().await.ok().map(Fetched::OwnDevices) });
    }

    /// Asks again for what could not be had of the conversation on show.
    fn refresh_page(&mut self) {
        if let MainPage::Chat(Chat::Group { group }) = self.page.clone() {
            self.refresh_group(&group);
        }
        // What was edited or deleted meanwhile is known by asking alone.
        if let Some(chat) = self.chats.open().filter(|open| !open.messages.is_empty()).map(|open| open.chat.clone()) {
            self.fetch(move |server| async move {
                let page = server.history(&chat, None, PAGE).await.ok();
                Some(Fetched::Latest { chat, page })
            });
        } else if let Some((chat, before)) = self.chats.want_older() {
            self.fetch_page(chat, before);
        }
    }

    pub(super) fn refresh_group(&mut self, group: &GroupId) {
        let group = group.clone();
        self.fetch(|server| async move { server.group(&group).await.ok().map(Fetched::Group) });
    }

    /// Gets a page of a conversation.
    pub(super) fn fetch_page(&mut self, chat: Chat, before: Option<u64>) {
        self.fetch(move |server| async move {
            let page = server.history(&chat, before, PAGE).await.ok();
            Some(Fetched::Page { chat, page })
        });
    }

    /// Takes over the latest calls, of which the newest comes first.
    pub(super) fn set_recent(&mut self, mut calls: Vec<CallEntry>) {
        calls.sort_by_key(|entry| std::cmp::Reverse(entry.at_ms));
        calls.truncate(RECENT as usize);
        self.recent = calls;
    }

    /// Missed calls that wait to be seen, as far as they are known here; the newest comes first.
    pub(super) fn unseen_calls(&self) -> impl Iterator<Item = &CallEntry> {
        let missed = usize::try_from(self.missed).unwrap_or(usize::MAX);
        self.recent.iter().filter(|entry| entry.is_missed()).take(missed)
    }

    /// Shows a conversation, or none.
    pub(super) fn show(&mut self, chat: Option<Chat>) {
        if !self.chats.show(chat.as_ref()) {
            self.page = chat.map_or(MainPage::Nobody, MainPage::Chat);
            return;
        }
        (self.page, self.visit) = (chat.clone().map_or(MainPage::Nobody, MainPage::Chat), None);
        let Some(chat) = chat else { return };
        if let Chat::Group { group } = &chat {
            if !self.is_in(group) {
                return self.chats.page(&chat, Some((Vec::new(), false)));
            }
            self.refresh_group(group);
        }
        self.fetch_page(chat, None);
    }

    /// Whether this user is in a group.
    pub(super) fn is_in(&self, group: &GroupId) -> bool {
        self.groups.iter().any(|info| info.group == *group && info.role.is_some())
    }

    /// Whether it is a group or a chat room.
    pub(super) fn place(&self, group: &GroupId) -> Option<GroupKind> {
        self.groups.iter().find(|info| info.group == *group).map(|info| info.kind)
    }

    /// A group is new here, or has changed.
    pub(super) fn group_changed(&mut self, info: GroupInfo) {
        self.groups.retain(|other| other.group != info.group);
        self.rooms.retain(|other| other.group != info.group);
        self.groups.push(info);
        self.groups.sort_by_key(|info| info.name.to_lowercase());
    }

    /// This user is in a group no more.
    pub(super) fn group_left(&mut self, group: &GroupId) {
        self.groups.retain(|info| info.group != *group);
        self.members.remove(group);
        self.chats.forget(group);
        if self.page == MainPage::Chat(Chat::Group { group: group.clone() }) {
            self.show(None);
        }
    }

    /// Keeps what a group is, and who is in it.
    pub(super) fn keep_group(&mut self, info: GroupInfo, members: Vec<Member>) {
        self.members.insert(info.group.clone(), members);
        self.group_changed(info);
    }

    /// Calls one or several users once `after` is over; `into_call`: into the group call that there is.
    pub(super) fn start_call(
        &mut self,
        call: StartCall,
        into_call: bool,
        after: impl Future<Output = ()> + Send + 'static,
    ) {
        let kit = Arc::clone(&self.kit);
        self.ask(move |_| async move {
            after.await;
            let to = call.to.first().cloned();
            let error = kit.start_call(call).await.err()?;
            Some(SessionEvent::Call(CallUpdate::NotStarted { to, into_call, error }))
        });
    }

    /// Raises this user's hand in the group call, or lowers it.
    pub(super) fn set_hand(&mut self, raised: bool) {
        let kit = Arc::clone(&self.kit);
        self.ask(move |_| async move {
            let error = kit.set_hand(raised).await.err()?;
            Some(SessionEvent::Call(CallUpdate::NotDone { about: None, error }))
        });
    }

    /// Does this about somebody in it. What else is ordered does not wait for the server's answer.
    pub(super) fn moderate(&mut self, user: UserId, what: Moderation) {
        let kit = Arc::clone(&self.kit);
        self.ask(move |_| async move {
            let error = kit.moderate(user.clone(), what).await.err()?;
            Some(SessionEvent::Call(CallUpdate::NotDone { about: Some(user), error }))
        });
    }

    /// What somebody in the call is called.
    pub(super) fn name_in_call(&self, user: &UserId) -> String {
        let leg = self.call.legs().iter().find(|leg| leg.user == *user);
        shown_person(leg.map_or("", |leg| leg.name.as_str()), user)
    }

    /// Changes something at the server.
    pub(super) fn change<F>(&mut self, what: Changed, change: impl FnOnce(Connection) -> F)
    where
        F: Future<Output = Result<(), RequestError>> + Send + 'static,
    {
        let change = change(self.kit.connection().clone());
        self.ask(|_| async move {
            let result = change.await;
            Some(SessionEvent::Change(ChangeResult::Changed { what, result }))
        });
    }

    pub(super) fn person(&self, user: &UserId) -> Option<&Person> {
        self.people.find(user)
    }

    fn fetch<F>(&mut self, question: impl FnOnce(Connection) -> F)
    where
        F: Future<Output = Option<Fetched>> + Send + 'static,
    {
        let answer = question(self.kit.connection().clone());
        self.ask(|_| async move { answer.await.map(SessionEvent::Fetched) });
    }

    /// Asks the server in a task of its own; what comes of it, if anything, is an event.
    pub(super) fn ask<F>(&mut self, question: impl FnOnce(Connection) -> F) -> AbortHandle
    where
        F: Future<Output = Option<SessionEvent>> + Send + 'static,
    {
        while self.tasks.try_join_next().is_some() {} // those that are done
        let answer = question(self.kit.connection().clone());
        let (handle, number) = (self.handle.clone(), self.number);
        self.tasks.spawn(async move {
            if let Some(event) = answer.await {
                handle.tell(Input::Session(number, event)).await;
            }
        })
    }
}

/// What a window can show without fetching anything.
fn data_url(picture: &Avatar) -> String {
    format!("data:{};base64,{}", picture.media_type(), BASE64_STANDARD.encode(picture.bytes()))
}
