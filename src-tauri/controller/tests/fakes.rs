//! A desktop that only remembers, and a kit that does as the test says.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use carillon_ipc::{
    CallView, DeviceView, FeedAddress, GroupView, Levels as ShownLevels, MainView, PersonView, RingView, RowView,
    ScreenKind, ScreenView, SettingsView, Stream, Theme,
};
use carillon_kit::{
    Attachment, AttachmentId, AvatarId, CallEntry, CallEvent, CallStats, CallStatus, Chat, CommandError, Connection,
    Conversation, DeviceEntry, End, FirstPictures, GroupId, GroupInfo, GroupRole, KnownKeys, Levels, Login,
    MediaNotice, MediaOptions, Member, Message, Microphone, Moderation, NewAttachment, OpId, Person, PictureSource,
    Processing, Register, RequestError, Ring, Secret, SignIn, SignInError, Speaker, StartCall, StartCallError,
    TransferError, UserId, VoiceLevel, WantedView,
    media::{Camera, Picture, Screen, ScreenId},
    testing::{Done as Answer, Request, Script},
};
use tokio::sync::{broadcast, mpsc, watch};

use crate::{
    backend::{Backend, CallValues, Devices, LatestPicture, Meter, Preview, Session, ShareableScreen},
    desktop::{
        Desktop, Feed, MessageNotification, MissedCallNotification, PlayingBell, PutAway, Shape, TrayContent, View,
    },
    frames::{Sources, TileHeights},
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
    pub(super) full_screen: bool,
    pub(super) mini: bool,
    pub(super) ring_looks: bool,
    /// What windows draw; each feed has a number of its own.
    pub(super) feeds: BTreeMap<WindowName, (u32, Vec<Stream>)>,
    pub(super) feeds_begun: u32,
    pub(super) heights: watch::Sender<TileHeights>,
    pub(super) levels: ShownLevels,
    pub(super) ring: Option<RingContent>,
    pub(super) ring_shortcuts: bool,
    pub(super) sound: Option<PlayingBell>,
    pub(super) tray: Option<TrayContent>,
    pub(super) missed: Vec<MissedCallNotification>,
    pub(super) messages: Vec<MessageNotification>,
    pub(super) waiting: u32,
    /// What was asked, in its order.
    pub(super) autostart: Vec<bool>,
    pub(super) visited: Vec<String>,
    pub(super) theme: Theme,
    pub(super) zoom: u16,
    pub(super) quit: bool,
    pub(super) titles: BTreeMap<WindowName, String>,
}

impl Scene {
    /// The people in the part of the list that is on show.
    pub(super) fn people(&self) -> Vec<PersonView> {
        let person = |row: &RowView| if let RowView::Person { person, .. } = row { Some(person.clone()) } else { None };
        self.main.list.rows.iter().filter_map(person).collect()
    }

    /// The groups and rooms in it.
    pub(super) fn groups(&self) -> Vec<GroupView> {
        let group = |row: &RowView| if let RowView::Group { group, .. } = row { Some(group.clone()) } else { None };
        self.main.list.rows.iter().filter_map(group).collect()
    }

    /// How many people wait for an answer.
    pub(super) fn asked(&self) -> u32 {
        let count = |row: &RowView| if let RowView::Requests { count, .. } = row { Some(*count) } else { None };
        self.main.list.rows.iter().find_map(count).unwrap_or_default()
    }

    /// The names in the list, in their order.
    pub(super) fn names(&self) -> Vec<String> {
        let name = |row: &RowView| match row {
            RowView::Requests { .. } => "requests".to_owned(),
            RowView::Person { person, .. } => person.name.clone(),
            RowView::Group { group, .. } => group.name.clone(),
            RowView::Call { call } => call.id.clone(),
        };
        self.main.list.rows.iter().map(name).collect()
    }
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
            View::Ring(view) => scene.ring_view = *view,
            View::Call(view) => scene.call = *view,
            View::Settings(view) => scene.settings = *view,
        });
    }

    fn levels(&mut self, levels: ShownLevels) {
        self.note(|scene| scene.levels = levels);
    }

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

    fn shape(&mut self, _: WindowName, shape: Shape) {
        self.note(|scene| (scene.full_screen, scene.mini) = (shape == Shape::FullScreen, shape == Shape::Mini));
    }

    fn ring_looks(&mut self, on: bool) {
        self.note(|scene| scene.ring_looks = on);
    }

    fn feed(&mut self, window: WindowName, sources: Option<Sources>) -> Option<Feed> {
        self.note(|scene| match &sources {
            Some(sources) => {
                let begun = scene.feeds_begun;
                let feed = scene.feeds.entry(window).or_insert((begun + 1, vec![]));
                scene.feeds_begun = begun.max(feed.0);
                feed.1 = sources.streams();
            }
            None => drop(scene.feeds.remove(&window)),
        });
        let scene = self.0.borrow();
        let token = Secret::new(scene.feeds.get(&window)?.0.to_string());
        let address = FeedAddress { url: "ws://127.0.0.1:4749/frames".into(), token };
        Some(Feed { address, heights: scene.heights.subscribe() })
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
        self.note(|scene| {
            scene.messages.retain(|other| other.chat != message.chat); // a conversation has one notice
            scene.messages.push(message);
        });
    }

    fn message_gone(&mut self, chat: &Chat, pos: u64) {
        self.note(|scene| scene.messages.retain(|message| message.chat != *chat || message.pos != pos));
    }

    fn visit(&mut self, address: String) {
        self.note(|scene| scene.visited.push(address));
    }

    fn seen(&mut self, chat: &Chat) {
        self.note(|scene| {
            scene.missed.retain(|missed| missed.chat != *chat);
            scene.messages.retain(|message| message.chat != *chat);
        });
    }

    fn waiting(&mut self, count: u32) {
        self.note(|scene| scene.waiting = count);
    }

    fn autostart(&mut self, on: bool) -> std::io::Result<()> {
        self.note(|scene| scene.autostart.push(on));
        Ok(())
    }

    fn theme(&mut self, theme: Theme) {
        self.note(|scene| scene.theme = theme);
    }

    fn zoom(&mut self, percent: u16) {
        self.note(|scene| scene.zoom = percent);
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
    /// Of the server, under a name of its own.
    Asked(OpId, Request),
    StartCall(StartCall),
    AnswerCall(bool),
    Accept(FirstPictures),
    Decline,
    HangUp,
    AddPerson,
    Dismiss,
    Hand(bool),
    Moderate(UserId, Moderation),
    Muted(bool),
    Camera(Option<Camera>),
    ChooseCamera(Camera),
    Screen(Option<Screen>),
    Want(PictureSource, Option<u16>),
    Show(Vec<WantedView>),
    Volume(UserId, u8),
    Microphone(Microphone),
    Speaker(Speaker),
    Processing(Processing),
    HideAddress(bool),
    Picture(Option<Vec<u8>>),
    /// A file was sent: its name, its content, and its small picture.
    File(String, Vec<u8>, Option<Vec<u8>>),
    Keys(KnownKeys),
    Password,
    DeleteAccount,
    SignedOut,
    Closed,
}

/// A kit that does as the test says.
pub(super) struct FakeKit {
    /// What its connections show; they answer as `answer` says.
    pub(super) script: Script,
    pub(super) sign_in: Mutex<Result<Login, SignInError>>,
    pub(super) start_call: Mutex<Result<(), StartCallError>>,
    /// What comes of everything else that is done with a call.
    pub(super) order: Mutex<Result<(), CommandError>>,
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
    pub(super) keys: watch::Sender<KnownKeys>,
    pub(super) recent: Mutex<Vec<CallEntry>>,
    pub(super) meter: Mutex<Result<f32, MediaNotice>>,
    pub(super) open_meters: Arc<AtomicUsize>,
    pub(super) events: broadcast::Sender<CallEvent>,
    pub(super) ring: watch::Sender<Option<Ring>>,
    pub(super) call: watch::Sender<CallStatus>,
    pub(super) levels: watch::Sender<Levels>,
    pub(super) voices: watch::Sender<Vec<VoiceLevel>>,
    pub(super) stats: watch::Sender<Option<CallStats>>,
    pub(super) their_camera: watch::Sender<Option<Picture>>,
    pub(super) their_screen: watch::Sender<Option<Picture>>,
    pub(super) screens: Mutex<Vec<ShareableScreen>>,
    pub(super) preview: Mutex<Result<(), MediaNotice>>,
    /// Ends a preview that is open.
    pub(super) preview_fails: watch::Sender<Option<MediaNotice>>,
    pub(super) open_previews: Arc<AtomicUsize>,
    /// How often somebody asked which devices there are.
    pub(super) lists_of_devices: AtomicUsize,
    done: watch::Sender<Vec<Done>>,
}

impl FakeKit {
    pub(super) fn new(login: Login) -> Arc<Self> {
        Arc::new(Self {
            script: Script::new(),
            sign_in: Mutex::new(Ok(login)),
            start_call: Mutex::new(Ok(())),
            order: Mutex::new(Ok(())),
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
            keys: watch::channel(KnownKeys::default()).0,
            recent: Mutex::default(),
            meter: Mutex::new(Ok(0.5)),
            open_meters: Arc::default(),
            events: broadcast::channel(16).0,
            ring: watch::channel(None).0,
            call: watch::channel(CallStatus::default()).0,
            levels: watch::channel(Levels::default()).0,
            voices: watch::channel(Vec::new()).0,
            stats: watch::channel(None).0,
            their_camera: watch::channel(None).0,
            their_screen: watch::channel(None).0,
            screens: Mutex::new(vec![screen("screen-1", "Screen 1")]),
            preview: Mutex::new(Ok(())),
            preview_fails: watch::channel(None).0,
            open_previews: Arc::default(),
            lists_of_devices: AtomicUsize::default(),
            done: watch::channel(vec![]).0,
        })
    }

    pub(super) fn done(&self) -> watch::Receiver<Vec<Done>> {
        self.done.subscribe()
    }

    fn note(&self, done: Done) {
        self.done.send_modify(|all| all.push(done));
    }

    fn ordered(&self, done: Done) -> Result<(), CommandError> {
        self.note(done);
        *lock(&self.order)
    }

    /// What the server says.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most requests have no answer but that they are done")]
    fn answer(&self, op: OpId, request: Request) -> Result<Answer, RequestError> {
        self.note(Done::Asked(op, request.clone()));
        Ok(match request {
            Request::SearchUsers { query } => {
                let is_match = |person: &&Person| person.user.as_str().contains(&query);
                Answer::People { people: lock(&self.people).iter().filter(is_match).cloned().collect() }
            }
            Request::Contacts => Answer::People { people: lock(&self.contacts).clone() },
            Request::RecentCalls { .. } => Answer::Calls { calls: lock(&self.recent).clone() },
            Request::Conversations => Answer::Conversations { conversations: lock(&self.conversations).clone() },
            Request::History { .. } => {
                let (messages, more) = lock(&self.pages).pop().ok_or(RequestError::Offline)?;
                Answer::Messages { messages, more }
            }
            Request::SendMessage { chat, body, .. } => {
                lock(&self.send).clone()?;
                Answer::Sent { message: Message { body, ..super::test_app::message(1_000, chat, "ada", "") } }
            }
            Request::Groups => Answer::Groups { groups: lock(&self.groups).clone() },
            Request::SearchRooms { query } => {
                let is_match = |room: &&GroupInfo| room.name.contains(&query);
                Answer::Groups { groups: lock(&self.rooms).iter().filter(is_match).cloned().collect() }
            }
            Request::Group { group } => self.group(&group).ok_or(RequestError::Offline)?,
            Request::CreateGroup { kind, .. } => {
                lock(&self.change).clone()?;
                let group = GroupInfo { kind, ..super::test_app::group("new", "Lunch", Some(GroupRole::Owner)) };
                Answer::Group { group, members: lock(&self.members).clone() }
            }
            Request::Devices => Answer::Devices { devices: lock(&self.devices).clone() },
            Request::SetRingHere { device, ring } => {
                let mut devices = lock(&self.devices);
                devices.iter_mut().filter(|entry| entry.device == device).for_each(|entry| entry.ring_here = ring);
                Answer::Done
            }
            _ => lock(&self.change).clone().map(|()| Answer::Done)?,
        })
    }

    fn group(&self, group: &GroupId) -> Option<Answer> {
        let group = lock(&self.groups).iter().find(|info| info.group == *group).cloned()?;
        Some(Answer::Group { group, members: lock(&self.members).clone() })
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
        let kit = Arc::clone(&self.0);
        let answer = {
            let kit = Arc::clone(&kit);
            move |op, request| kit.answer(op, request)
        };
        let connection = kit.script.connection(login, answer).map_err(|error| error.to_string())?;
        Ok(Arc::new(FakeSession { kit, connection }))
    }

    async fn devices(&self) -> Devices {
        self.0.lists_of_devices.fetch_add(1, Ordering::SeqCst);
        let view = |id: &str| DeviceView { id: id.to_owned(), name: id.to_owned() };
        Devices {
            microphones: vec![view("headset")],
            speakers: vec![view("headset"), view("loudspeaker")],
            cameras: vec![view("webcam")],
        }
    }

    async fn screens(&self) -> Vec<ShareableScreen> {
        lock(&self.0.screens).clone()
    }

    async fn preview(&self, _: Camera) -> Result<Box<dyn Preview>, MediaNotice> {
        lock(&self.0.preview).clone()?;
        self.0.open_previews.fetch_add(1, Ordering::SeqCst);
        let pictures = watch::channel(None).1;
        Ok(Box::new(FakePreview {
            pictures,
            fails: self.0.preview_fails.subscribe(),
            open: Arc::clone(&self.0.open_previews),
        }))
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

pub(super) fn screen(id: &str, name: &str) -> ShareableScreen {
    let view = ScreenView { id: id.to_owned(), name: name.to_owned(), kind: ScreenKind::Screen, thumbnail: None };
    ShareableScreen { screen: Screen::Device(ScreenId(id.to_owned())), view }
}

struct FakePreview {
    pictures: LatestPicture,
    fails: watch::Receiver<Option<MediaNotice>>,
    open: Arc<AtomicUsize>,
}

#[async_trait]
impl Preview for FakePreview {
    fn pictures(&self) -> LatestPicture {
        self.pictures.clone()
    }

    async fn failed(&mut self) -> MediaNotice {
        let failed = self.fails.wait_for(Option::is_some).await.expect("the test goes on");
        failed.clone().expect("it was waited for")
    }
}

impl Drop for FakePreview {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
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
    connection: Connection,
}

#[async_trait]
impl Session for FakeSession {
    fn connection(&self) -> &Connection {
        &self.connection
    }

    fn calls(&self) -> CallValues {
        CallValues {
            ring: self.kit.ring.subscribe(),
            status: self.kit.call.subscribe(),
            levels: self.kit.levels.subscribe(),
            voices: self.kit.voices.subscribe(),
            stats: self.kit.stats.subscribe(),
            their_camera: self.kit.their_camera.subscribe(),
            their_screen: self.kit.their_screen.subscribe(),
            known_keys: self.kit.keys.subscribe(),
            events: self.kit.events.subscribe(),
        }
    }

    fn set_known_keys(&self, keys: KnownKeys) {
        self.kit.keys.send_replace(keys.clone());
        self.kit.note(Done::Keys(keys));
    }

    async fn picture(&self, _: &AvatarId) -> Result<Vec<u8>, RequestError> {
        Ok(b"\xff\xd8\xff".to_vec())
    }

    async fn thumbnail(&self, _: AttachmentId) -> Result<Vec<u8>, RequestError> {
        Ok(b"\xff\xd8\xff".to_vec())
    }

    async fn send_file(
        &self,
        new: NewAttachment,
        thumbnail: Option<Vec<u8>>,
        mut parts: mpsc::Receiver<Vec<u8>>,
        mut progress: Box<dyn FnMut(u64) + Send>,
    ) -> Result<Attachment, TransferError> {
        let mut content = Vec::new();
        while let Some(part) = parts.recv().await {
            content.extend(part);
            progress(content.len() as u64);
        }
        lock(&self.kit.send).clone()?;
        self.kit.note(Done::File(new.name.clone(), content, thumbnail));
        let NewAttachment { name, media_type, bytes, picture } = new;
        let id = "018f3e7a-0000-7000-8000-000000000001".parse().expect("a UUID");
        Ok(Attachment { id, name, media_type, bytes, picture })
    }

    async fn save_file(
        &self,
        file: Attachment,
        _: PathBuf,
        mut progress: Box<dyn FnMut(u64) + Send>,
    ) -> Result<String, TransferError> {
        lock(&self.kit.change).clone()?;
        progress(file.bytes);
        Ok(file.name)
    }

    async fn set_picture(&self, picture: Option<Vec<u8>>) -> Result<(), RequestError> {
        self.kit.note(Done::Picture(picture));
        lock(&self.kit.change).clone()
    }

    async fn set_group_picture(&self, _: &GroupId, picture: Vec<u8>) -> Result<(), RequestError> {
        self.set_picture(Some(picture)).await
    }

    async fn change_password(&self, _: &str, _: &str) -> Result<(), SignInError> {
        self.kit.note(Done::Password);
        lock(&self.kit.password).clone()
    }

    async fn delete_account(&self, _: &str) -> Result<(), SignInError> {
        self.kit.note(Done::DeleteAccount);
        lock(&self.kit.password).clone()
    }

    async fn start_call(&self, call: StartCall) -> Result<(), StartCallError> {
        self.kit.note(Done::StartCall(call));
        lock(&self.kit.start_call).clone()
    }

    async fn answer_call(&self, ring: bool) -> Result<(), CommandError> {
        self.kit.ordered(Done::AnswerCall(ring))
    }

    async fn accept(&self, pictures: FirstPictures) -> Result<(), CommandError> {
        self.kit.ordered(Done::Accept(pictures))
    }

    async fn decline(&self) -> Result<(), CommandError> {
        self.kit.ordered(Done::Decline)
    }

    async fn hang_up(&self) -> Result<(), CommandError> {
        self.kit.ordered(Done::HangUp)
    }

    async fn dismiss(&self) -> Result<(), CommandError> {
        self.kit.ordered(Done::Dismiss)
    }

    async fn request_add_person(&self) -> Result<(), CommandError> {
        self.kit.ordered(Done::AddPerson)
    }

    async fn set_hand(&self, raised: bool) -> Result<(), CommandError> {
        self.kit.ordered(Done::Hand(raised))
    }

    async fn moderate(&self, user: UserId, what: Moderation) -> Result<(), CommandError> {
        self.kit.ordered(Done::Moderate(user, what))
    }

    fn set_muted(&self, muted: bool) {
        self.kit.note(Done::Muted(muted));
    }

    fn set_camera(&self, camera: Option<Camera>) {
        self.kit.note(Done::Camera(camera));
    }

    fn choose_camera(&self, camera: Camera) {
        self.kit.note(Done::ChooseCamera(camera));
    }

    fn set_screen(&self, screen: Option<Screen>) {
        self.kit.note(Done::Screen(screen));
    }

    fn pictures(&self, end: End, source: PictureSource) -> LatestPicture {
        match (end, source) {
            (End::Other, PictureSource::Camera) => self.kit.their_camera.subscribe(),
            (End::Other, PictureSource::Screen) => self.kit.their_screen.subscribe(),
            (End::This, PictureSource::Camera | PictureSource::Screen) => watch::channel(None).1,
        }
    }

    fn want(&self, source: PictureSource, rows: Option<u16>) {
        self.kit.note(Done::Want(source, rows));
    }

    fn picture_of(&self, _: &UserId, _: PictureSource) -> LatestPicture {
        watch::channel(None).1
    }

    fn show(&self, views: Vec<WantedView>) {
        self.kit.note(Done::Show(views));
    }

    fn set_volume(&self, user: UserId, percent: u8) {
        self.kit.note(Done::Volume(user, percent));
    }

    fn set_microphone(&self, microphone: Microphone) {
        self.kit.note(Done::Microphone(microphone));
    }

    fn set_speaker(&self, speaker: Speaker) {
        self.kit.note(Done::Speaker(speaker));
    }

    fn set_processing(&self, processing: Processing) {
        self.kit.note(Done::Processing(processing));
    }

    fn set_hide_address(&self, hide: bool) {
        // That it is shown goes without saying.
        if hide {
            self.kit.note(Done::HideAddress(hide));
        }
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
    SecretError::NoKeychain("it does not answer".into())
}
