//! A desktop that only remembers, and a kit that does as the test says.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use carillon_ipc::{CallView, DeviceView, Levels as ShownLevels, MainView, RingView, SettingsView, Theme};
use carillon_kit::{
    Account, AvatarId, CallEntry, CallEvent, CallStatus, Chat, Conversation, DeviceEntry, DeviceId, GroupId, GroupInfo,
    GroupKind, GroupRole, KnownKeys, Levels, LinkState, Login, MediaNotice, MediaOptions, Member, Message, Microphone,
    News, OpId, Person, Register, RequestError, Ring, SignIn, SignInError, StartCallError, UserId,
};
use tokio::sync::{broadcast, watch};

use crate::{
    backend::{Backend, CallOrder, Calling, Change, Devices, Meter, Session, SoundSetting},
    desktop::{Desktop, MessageNotification, MissedCallNotification, PutAway, PlayingBell, TrayContent, View},
    ring::RingContent,
    store::{SecretError, Vault},
    window::WindowName,
};

/// All that a desktop shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Scene {
    pub(super) main: MainView,
    pub(super) ring_view: RingView,
    pub(super) call: CallView,
    pub(super) settings: SettingsView,
    pub(super) open: Vec<WindowName>,
    pub(super) put_away: Vec<(WindowName, PutAway)>,
    pub(super) ring: Option<RingContent>,
    pub(super) ring_shortcuts: bool,
    pub(super) sound: Option<PlayingBell>,
    pub(super) tray: Option<TrayContent>,
    pub(super) missed: Vec<MissedCallNotification>,
    pub(super) messages: Vec<MessageNotification>,
    pub(super) theme: Theme,
    pub(super) quit: bool,
    pub(super) titles: BTreeMap<WindowName, String>,
}

/// A desktop that only remembers.
#[derive(Clone)]
pub(super) struct FakeDesktop(pub(super) watch::Sender<Scene>);

impl FakeDesktop {
    fn note(&self, change: impl FnOnce(&mut Scene)) {
        self.0.send_modify(change);
    }
}

impl Desktop for FakeDesktop {
    fn show(&mut self, view: View) {
        self.note(|scene| match view {
            View::Main(view) => scene.main = *view,
            View::Ring(view) => scene.ring_view = view,
            View::Call(view) => scene.call = *view,
            View::Settings(view) => scene.settings = *view,
        });
    }

    fn levels(&mut self, _: ShownLevels) {}

    fn open(&mut self, window: WindowName) {
        self.note(|scene| {
            scene.open.retain(|open| *open != window);
            scene.open.push(window);
        });
    }

    fn title(&mut self, window: WindowName, title: String) {
        self.note(|scene| {
            scene.titles.insert(window, title);
        });
    }

    fn reveal(&mut self, _: WindowName) {}

    fn close(&mut self, window: WindowName) {
        self.note(|scene| scene.open.retain(|open| *open != window));
    }

    fn put_away(&mut self, window: WindowName, how: PutAway) {
        self.note(|scene| scene.put_away.push((window, how)));
    }

    fn ring(&mut self, ring: Option<RingContent>) {
        self.note(|scene| scene.ring = ring);
    }

    fn ring_shortcuts(&mut self, wanted: bool) {
        self.note(|scene| scene.ring_shortcuts = wanted);
    }

    fn sound(&mut self, sound: Option<PlayingBell>) {
        self.note(|scene| scene.sound = sound);
    }

    fn tray(&mut self, tray: TrayContent) {
        self.note(|scene| scene.tray = Some(tray));
    }

    fn missed(&mut self, missed: MissedCallNotification) {
        self.note(|scene| scene.missed.push(missed));
    }

    fn message(&mut self, message: MessageNotification) {
        self.note(|scene| scene.messages.push(message));
    }

    fn missed_seen(&mut self) {
        self.note(|scene| {
            scene.missed.clear();
            scene.messages.clear();
        });
    }

    fn theme(&mut self, theme: Theme) {
        self.note(|scene| scene.theme = theme);
    }

    fn quit(&mut self) {
        self.note(|scene| scene.quit = true);
    }
}

/// What the fake kit was asked to do.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Done {
    SignIn,
    Opened(MediaOptions),
    Order(CallOrder),
    Start(Calling),
    Change(Change),
    Text(OpId, Chat, String),
    Page(Chat, Option<u64>),
    Keys(KnownKeys),
    Password,
    Set(SoundSetting),
    SignedOut,
    Closed,
}

/// A kit that does as the test says.
pub(super) struct FakeKit {
    pub(super) sign_in: Mutex<Result<Login, SignInError>>,
    pub(super) start_call: Mutex<Result<(), StartCallError>>,
    pub(super) people: Mutex<Vec<Person>>,
    pub(super) contacts: Mutex<Vec<Person>>,
    pub(super) conversations: Mutex<Vec<Conversation>>,
    /// Pages of history, the newest first.
    pub(super) pages: Mutex<Vec<(Vec<Message>, bool)>>,
    pub(super) send: Mutex<Result<(), RequestError>>,
    pub(super) change: Mutex<Result<(), RequestError>>,
    pub(super) password: Mutex<Result<(), SignInError>>,
    pub(super) groups: Mutex<Vec<GroupInfo>>,
    pub(super) rooms: Mutex<Vec<GroupInfo>>,
    pub(super) members: Mutex<Vec<Member>>,
    pub(super) devices: Mutex<Vec<DeviceEntry>>,
    pub(super) missed: watch::Sender<u32>,
    pub(super) keys: watch::Sender<KnownKeys>,
    pub(super) recent: Mutex<Vec<CallEntry>>,
    pub(super) meter: Mutex<Result<f32, MediaNotice>>,
    pub(super) open_meters: Arc<AtomicUsize>,
    pub(super) link: watch::Sender<LinkState>,
    pub(super) news: broadcast::Sender<News>,
    pub(super) events: broadcast::Sender<CallEvent>,
    pub(super) ring: watch::Sender<Option<Ring>>,
    pub(super) call: watch::Sender<CallStatus>,
    pub(super) levels: watch::Sender<Levels>,
    done: watch::Sender<Vec<Done>>,
}

impl FakeKit {
    pub(super) fn new(login: Login) -> Arc<Self> {
        Arc::new(Self {
            sign_in: Mutex::new(Ok(login)),
            start_call: Mutex::new(Ok(())),
            people: Mutex::default(),
            contacts: Mutex::default(),
            conversations: Mutex::default(),
            pages: Mutex::default(),
            send: Mutex::new(Ok(())),
            change: Mutex::new(Ok(())),
            password: Mutex::new(Ok(())),
            groups: Mutex::default(),
            rooms: Mutex::default(),
            members: Mutex::default(),
            devices: Mutex::default(),
            missed: watch::channel(0).0,
            keys: watch::channel(KnownKeys::default()).0,
            recent: Mutex::default(),
            meter: Mutex::new(Ok(0.5)),
            open_meters: Arc::default(),
            link: watch::channel(LinkState::Up).0,
            news: broadcast::channel(16).0,
            events: broadcast::channel(16).0,
            ring: watch::channel(None).0,
            call: watch::channel(CallStatus::default()).0,
            levels: watch::channel(Levels::default()).0,
            done: watch::channel(vec![]).0,
        })
    }

    pub(super) fn done(&self) -> watch::Receiver<Vec<Done>> {
        self.done.subscribe()
    }

    fn note(&self, done: Done) {
        self.done.send_modify(|all| all.push(done));
    }
}

pub(super) fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The kit as the controller is given it.
pub(super) struct FakeBackend(pub(super) Arc<FakeKit>);

#[async_trait]
impl Backend for FakeBackend {
    async fn sign_in(&self, _: SignIn) -> Result<Login, SignInError> {
        self.0.note(Done::SignIn);
        lock(&self.0.sign_in).clone()
    }

    async fn register(&self, _: Register) -> Result<Login, SignInError> {
        self.0.note(Done::SignIn);
        lock(&self.0.sign_in).clone()
    }

    async fn sign_out(&self, _: Login) {
        self.0.note(Done::SignedOut);
    }

    fn open(&self, login: Login, media: MediaOptions) -> Result<Arc<dyn Session>, String> {
        self.0.note(Done::Opened(media));
        Ok(Arc::new(FakeSession { kit: Arc::clone(&self.0), login }))
    }

    async fn devices(&self) -> Devices {
        let view = |id: &str| DeviceView { id: id.to_owned(), name: id.to_owned() };
        Devices { microphones: vec![view("headset")], speakers: vec![view("headset"), view("loudspeaker")] }
    }

    async fn meter(&self, _: Microphone) -> Result<Box<dyn Meter>, MediaNotice> {
        let level = lock(&self.0.meter).clone()?;
        self.0.open_meters.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(FakeMeter { level, open: Arc::clone(&self.0.open_meters) }))
    }

    async fn bell(&self, _: PlayingBell) -> Result<Box<dyn Send>, MediaNotice> {
        Ok(Box::new(()))
    }
}

struct FakeMeter {
    level: f32,
    open: Arc<AtomicUsize>,
}

impl Meter for FakeMeter {
    fn level(&self) -> f32 {
        self.level
    }
}

impl Drop for FakeMeter {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

struct FakeSession {
    kit: Arc<FakeKit>,
    login: Login,
}

#[async_trait]
impl Session for FakeSession {
    fn login(&self) -> Login {
        self.login.clone()
    }

    fn account(&self) -> Account {
        self.login.signed_in.account.clone()
    }

    fn device(&self) -> DeviceId {
        self.login.signed_in.device
    }

    fn link(&self) -> watch::Receiver<LinkState> {
        self.kit.link.subscribe()
    }

    fn news(&self) -> broadcast::Receiver<News> {
        self.kit.news.subscribe()
    }

    fn events(&self) -> broadcast::Receiver<CallEvent> {
        self.kit.events.subscribe()
    }

    fn ring(&self) -> watch::Receiver<Option<Ring>> {
        self.kit.ring.subscribe()
    }

    fn call(&self) -> watch::Receiver<CallStatus> {
        self.kit.call.subscribe()
    }

    fn levels(&self) -> watch::Receiver<Levels> {
        self.kit.levels.subscribe()
    }

    async fn search(&self, query: &str) -> Result<Vec<Person>, RequestError> {
        let people = lock(&self.kit.people).clone();
        Ok(people.into_iter().filter(|person| person.user.as_str().contains(query)).collect())
    }

    async fn recent(&self) -> Result<Vec<CallEntry>, RequestError> {
        Ok(lock(&self.kit.recent).clone())
    }

    fn missed_calls(&self) -> watch::Receiver<u32> {
        self.kit.missed.subscribe()
    }

    fn known_keys(&self) -> watch::Receiver<KnownKeys> {
        self.kit.keys.subscribe()
    }

    fn set_known_keys(&self, keys: KnownKeys) {
        self.kit.keys.send_replace(keys.clone());
        self.kit.note(Done::Keys(keys));
    }

    async fn contacts(&self) -> Result<Vec<Person>, RequestError> {
        Ok(lock(&self.kit.contacts).clone())
    }

    async fn conversations(&self) -> Result<Vec<Conversation>, RequestError> {
        Ok(lock(&self.kit.conversations).clone())
    }

    async fn history(&self, chat: &Chat, before: Option<u64>) -> Result<(Vec<Message>, bool), RequestError> {
        self.kit.note(Done::Page(chat.clone(), before));
        lock(&self.kit.pages).pop().ok_or(RequestError::Offline)
    }

    async fn send_text(&self, op: OpId, chat: Chat, text: &str) -> Result<Message, RequestError> {
        self.kit.note(Done::Text(op, chat.clone(), text.to_owned()));
        lock(&self.kit.send).clone()?;
        Ok(super::test_app::message(1_000, chat, "ada", text))
    }

    async fn groups(&self) -> Result<Vec<GroupInfo>, RequestError> {
        Ok(lock(&self.kit.groups).clone())
    }

    async fn rooms(&self, query: &str) -> Result<Vec<GroupInfo>, RequestError> {
        Ok(lock(&self.kit.rooms).iter().filter(|room| room.name.contains(query)).cloned().collect())
    }

    async fn group(&self, group: &GroupId) -> Result<(GroupInfo, Vec<Member>), RequestError> {
        let info = lock(&self.kit.groups).iter().find(|info| info.group == *group).cloned();
        Ok((info.ok_or(RequestError::Offline)?, lock(&self.kit.members).clone()))
    }

    async fn create_group(
        &self,
        kind: GroupKind,
        name: &str,
        _: Vec<UserId>,
    ) -> Result<(GroupInfo, Vec<Member>), RequestError> {
        lock(&self.kit.change).clone()?;
        let info = GroupInfo { kind, ..super::test_app::group("new", name, Some(GroupRole::Owner)) };
        Ok((info, lock(&self.kit.members).clone()))
    }

    async fn devices(&self) -> Result<Vec<DeviceEntry>, RequestError> {
        Ok(lock(&self.kit.devices).clone())
    }

    async fn picture(&self, _: &AvatarId) -> Result<Vec<u8>, RequestError> {
        Ok(b"\xff\xd8\xff".to_vec())
    }

    async fn change(&self, change: Change) -> Result<(), RequestError> {
        if let Change::SetRingHere(device, ring_here) = change {
            let mut devices = lock(&self.kit.devices);
            devices.iter_mut().filter(|entry| entry.device == device).for_each(|entry| entry.ring_here = ring_here);
        }
        self.kit.note(Done::Change(change));
        lock(&self.kit.change).clone()
    }

    async fn change_password(&self, _: &str, _: &str) -> Result<(), SignInError> {
        self.kit.note(Done::Password);
        lock(&self.kit.password).clone()
    }

    async fn start_call(&self, calling: Calling) -> Result<(), StartCallError> {
        self.kit.note(Done::Start(calling));
        lock(&self.kit.start_call).clone()
    }

    async fn order(&self, order: CallOrder) {
        self.kit.note(Done::Order(order));
    }

    fn set(&self, sound: SoundSetting) {
        self.kit.note(Done::Set(sound));
    }

    async fn close(&self) {
        self.kit.note(Done::Closed);
    }
}

/// A vault in memory; `None`: there is no such vault on this system.
#[derive(Clone)]
pub(super) struct FakeVault(pub(super) Arc<Mutex<Option<Option<String>>>>);

impl FakeVault {
    pub(super) fn empty() -> Self {
        Self(Arc::new(Mutex::new(Some(None))))
    }

    pub(super) fn take_away(&self) {
        *lock(&self.0) = None;
    }

    pub(super) fn text(&self) -> Option<String> {
        lock(&self.0).clone().flatten()
    }
}

impl Vault for FakeVault {
    fn read(&self) -> Result<Option<String>, SecretError> {
        lock(&self.0).clone().ok_or_else(none)
    }

    fn write(&self, text: &str) -> Result<(), SecretError> {
        *lock(&self.0).as_mut().ok_or_else(none)? = Some(text.to_owned());
        Ok(())
    }

    fn forget(&self) -> Result<(), SecretError> {
        *lock(&self.0).as_mut().ok_or_else(none)? = None;
        Ok(())
    }
}

fn none() -> SecretError {
    SecretError::NoKeychain("nobody answers".into())
}
