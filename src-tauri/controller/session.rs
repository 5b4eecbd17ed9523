//! A signed-in session as the controller holds it: the kit's handle, the latest values, and the tasks that bring them.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use carillon_ipc::YouView;
use carillon_kit::{
    Account, Avatar, CallEntry, CallStatus, Chat, DeviceEntry, GroupId, GroupInfo, GroupKind, LinkState, Member,
    Person, Ring, UserId,
};
use tokio::{
    sync::{broadcast, mpsc, watch},
    task::JoinSet,
};

use super::{
    chats::Chats,
    input::{ControllerHandle, Input, Said},
    people::People,
    unsent::OutboxSaved,
};
use crate::backend::{CallOrder, Calling, Change, Session};

/// How many calls are shown.
pub(super) const RECENT: usize = 50;

pub(super) struct SignedInSession {
    number: u64,
    pub(super) kit: Arc<dyn Session>,
    pub(super) account: Account,
    pub(super) link: LinkState,
    pub(super) ring: Option<Ring>,
    pub(super) call: CallStatus,
    /// The call's picture, as a `data:` URL.
    pub(super) picture: Option<String>,
    pub(super) people: People,
    pub(super) recent: Vec<CallEntry>,
    /// How many missed calls wait to be seen, on whichever device.
    pub(super) missed: u32,
    pub(super) chats: Chats,
    /// Whether what waits in them to be sent is kept for the next start.
    pub(super) kept: OutboxSaved,
    /// This user's groups and rooms, by name.
    pub(super) groups: Vec<GroupInfo>,
    /// Rooms that were found by name.
    pub(super) rooms: Vec<GroupInfo>,
    /// Who is in the groups that were looked at.
    pub(super) members: BTreeMap<GroupId, Vec<Member>>,
    pub(super) page: MainPage,
    /// People are being chosen to be brought into the call.
    pub(super) adding: bool,
    /// Whose device has shown another key than before.
    pub(super) keys_changed: BTreeSet<UserId>,
    pub(super) devices: Vec<DeviceEntry>,
    pub(super) you: YouView,
    orders: mpsc::Sender<CallOrder>,
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
    NewGroup {
        busy: bool,
    },
}

/// The server tells of people whom a search has shown; somebody with a new account comes with the next search.
const LOOK_FOR_NEW_PEOPLE: Duration = Duration::from_secs(60);

/// Nobody clicks faster than the kit takes orders.
const ORDERS: usize = 32;

impl SignedInSession {
    /// Listens to a session. `number` sets it apart from all others.
    pub(super) fn begin(number: u64, kit: Arc<dyn Session>, handle: ControllerHandle) -> Self {
        let (orders, orders_rx) = mpsc::channel(ORDERS);
        let mut session = Self {
            number,
            account: kit.account(),
            link: *kit.link().borrow(),
            ring: None,
            call: CallStatus::default(),
            picture: None,
            people: People::default(),
            recent: Vec::new(),
            missed: 0,
            chats: Chats::default(),
            kept: OutboxSaved::default(),
            groups: Vec::new(),
            rooms: Vec::new(),
            members: BTreeMap::new(),
            page: MainPage::default(),
            adding: false,
            keys_changed: BTreeSet::new(),
            devices: Vec::new(),
            you: YouView::default(),
            tasks: JoinSet::new(),
            orders,
            kit,
            handle,
        };
        session.pass_on(orders_rx);
        session.look_for_new_people();
        session.follow(session.kit.link(), Said::Link);
        session.follow(session.kit.ring(), Said::Ring);
        session.follow(session.kit.call(), Said::Call);
        session.follow(session.kit.levels(), Said::Levels);
        session.follow(session.kit.missed_calls(), Said::Missed);
        session.follow_changes(session.kit.known_keys(), Said::KnownKeys);
        session.listen(session.kit.events(), Said::Event, None);
        session.listen(session.kit.news(), Said::News, Some(|| Said::NewsLost));
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

    /// Whether somebody talks, calls or is being called by this device; a ring is not that.
    pub(super) fn in_call(&self) -> bool {
        self.call.is_live() && self.call.phase != carillon_kit::CallPhase::RingingHere
    }

    /// Tells the kit to do something; what comes of it is an event.
    pub(super) fn order(&self, order: CallOrder) {
        if self.orders.try_send(order).is_err() {
            tracing::warn!(?order, "the kit does not keep up with what is ordered");
        }
    }

    fn look_for_new_people(&mut self) {
        let (handle, number) = (self.handle.clone(), self.number);
        self.tasks.spawn(async move {
            loop {
                tokio::time::sleep(LOOK_FOR_NEW_PEOPLE).await;
                handle.tell(Input::Session(number, Said::LookAgain)).await;
            }
        });
    }

    /// One after the other, so that orders stay in order.
    fn pass_on(&mut self, mut orders: mpsc::Receiver<CallOrder>) {
        let kit = Arc::clone(&self.kit);
        self.tasks.spawn(async move {
            while let Some(order) = orders.recv().await {
                kit.order(order).await;
            }
        });
    }

    /// Gives the kit what waits to be sent, one after the other. Without a link nothing leaves, so that it can still be discarded.
    pub(super) fn send_next(&mut self) {
        if self.link != LinkState::Up {
            return;
        }
        let Some(next) = self.chats.next_to_send() else { return };
        let kit = Arc::clone(&self.kit);
        self.ask(async move {
            let result = kit.send_text(next.op, next.chat, &next.text).await;
            Some(Said::Sent { id: next.id, result: result.map(Box::new) })
        });
    }

    /// Looks people and rooms up by name.
    pub(super) fn search(&mut self, query: &str) {
        self.people.search_for(query);
        self.search_again();
    }

    pub(super) fn search_again(&mut self) {
        let (kit, query) = (Arc::clone(&self.kit), self.people.query().to_owned());
        self.ask(async move {
            // Without a link the list stays as it is; it is asked for again when the link is back.
            let people = kit.search(&query).await.ok()?;
            Some(Said::People { query, people })
        });
        if self.people.query().is_empty() {
            return self.rooms.clear();
        }
        let (kit, query) = (Arc::clone(&self.kit), self.people.query().to_owned());
        self.ask(async move {
            let rooms = kit.rooms(&query).await.ok()?;
            Some(Said::Rooms { query, rooms })
        });
    }

    /// Reads everything anew.
    pub(super) fn refresh(&mut self) {
        self.search_again();
        self.refresh_contacts();
        self.refresh_devices();
        let kit = Arc::clone(&self.kit);
        self.ask(async move { kit.recent().await.ok().map(Said::Recent) });
        let kit = Arc::clone(&self.kit);
        self.ask(async move { kit.conversations().await.ok().map(Said::Conversations) });
        let kit = Arc::clone(&self.kit);
        self.ask(async move { kit.groups().await.ok().map(Said::Groups) });
        self.refresh_page();
    }

    pub(super) fn refresh_contacts(&mut self) {
        let kit = Arc::clone(&self.kit);
        self.ask(async move { kit.contacts().await.ok().map(Said::Contacts) });
    }

    pub(super) fn refresh_devices(&mut self) {
        let kit = Arc::clone(&self.kit);
        self.ask(async move { kit.devices().await.ok().map(Said::OwnDevices) });
    }

    /// Whatever of the conversation on show could not be had.
    fn refresh_page(&mut self) {
        if let MainPage::Chat(Chat::Group { group }) = self.page.clone() {
            self.refresh_group(&group);
        }
        if let Some((chat, before)) = self.chats.want_older() {
            self.fetch(chat, before);
        }
    }

    pub(super) fn refresh_group(&mut self, group: &GroupId) {
        let (kit, group) = (Arc::clone(&self.kit), group.clone());
        self.ask(async move {
            let (info, members) = kit.group(&group).await.ok()?;
            Some(Said::Group { info, members })
        });
    }

    /// Gets a page of a conversation.
    pub(super) fn fetch(&mut self, chat: Chat, before: Option<u64>) {
        let kit = Arc::clone(&self.kit);
        self.ask(async move {
            let page = kit.history(&chat, before).await.ok();
            Some(Said::MainPage { chat, page })
        });
    }

    /// Shows a conversation, or none.
    pub(super) fn show(&mut self, chat: Option<Chat>) {
        if !self.chats.show(chat.as_ref()) {
            self.page = chat.map_or(MainPage::Nobody, MainPage::Chat);
            return;
        }
        self.page = chat.clone().map_or(MainPage::Nobody, MainPage::Chat);
        let Some(chat) = chat else { return };
        if let Chat::Group { group } = &chat {
            if !self.is_in(group) {
                return self.chats.page(&chat, Some((Vec::new(), false)));
            }
            self.refresh_group(group);
        }
        self.fetch(chat, None);
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

    pub(super) fn start_call(&mut self, calling: Calling) {
        let kit = Arc::clone(&self.kit);
        self.ask(async move {
            let error = kit.start_call(calling.clone()).await.err()?;
            Some(Said::NotStarted { calling, error })
        });
    }

    /// Changes something at the server.
    pub(super) fn change(&mut self, change: Change) {
        let kit = Arc::clone(&self.kit);
        self.ask(async move {
            let result = kit.change(change.clone()).await;
            Some(Said::Changed { change, result })
        });
    }

    pub(super) fn person(&self, user: &UserId) -> Option<&Person> {
        self.people.find(user)
    }

    pub(super) fn ask(&mut self, question: impl Future<Output = Option<Said>> + Send + 'static) {
        while self.tasks.try_join_next().is_some() {} // those that are done
        let (handle, number) = (self.handle.clone(), self.number);
        self.tasks.spawn(async move {
            if let Some(said) = question.await {
                handle.tell(Input::Session(number, said)).await;
            }
        });
    }

    /// As it is, and then as it becomes.
    fn follow<T: Clone + Send + Sync + 'static>(&mut self, mut value: watch::Receiver<T>, said: fn(T) -> Said) {
        value.mark_changed();
        self.follow_changes(value, said);
    }

    fn follow_changes<T: Clone + Send + Sync + 'static>(&mut self, mut value: watch::Receiver<T>, said: fn(T) -> Said) {
        let (handle, number) = (self.handle.clone(), self.number);
        self.tasks.spawn(async move {
            while value.changed().await.is_ok() {
                let latest = value.borrow_and_update().clone();
                handle.tell(Input::Session(number, said(latest))).await;
            }
        });
    }

    fn listen<T: Clone + Send + 'static>(
        &mut self,
        mut events: broadcast::Receiver<T>,
        said: fn(T) -> Said,
        lost: Option<fn() -> Said>,
    ) {
        let (handle, number) = (self.handle.clone(), self.number);
        self.tasks.spawn(async move {
            loop {
                let told = match events.recv().await {
                    Ok(event) => Some(said(event)),
                    Err(broadcast::error::RecvError::Lagged(_)) => lost.map(|lost| lost()),
                    Err(broadcast::error::RecvError::Closed) => return,
                };
                if let Some(told) = told {
                    handle.tell(Input::Session(number, told)).await;
                }
            }
        });
    }
}

/// What a window can show without fetching anything.
fn data_url(picture: &Avatar) -> String {
    format!("data:{};base64,{}", picture.media_type(), BASE64_STANDARD.encode(picture.bytes()))
}
