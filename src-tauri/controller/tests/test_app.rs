//! A controller with everything fake around it, and the verbs that stories are told with.

use std::{sync::Arc, time::Duration};

use carillon_ipc::{CallRequest, Locale, MainRequest, Notice, RingAnswer, RingRequest, SettingsRequest};
use carillon_kit::{
    Account, AppId, CallEvent, CallId, CallInfo, CallKind, CallPath, CallPhase, CallScope, CallStatus, ChannelName,
    Chat, ContactState, DeviceId, Direction, GroupId, GroupInfo, GroupKind, GroupRole, HangupReason, LinkState, Login,
    Member, Message, MessageBody, MicrophoneState, News, OpId, Person, Presence, Published, PublishedSize, Ring,
    SignedIn, StartCall, StateChange, UserId, testing::Request,
};
use tokio::sync::watch;

use super::fakes::{Done, FakeBackend, FakeDesktop, FakeKit, FakeVault, Scene};
use crate::{
    controller::{Controller, ControllerHandle, DeviceOverrides, Moment, Setup, WindowRequest},
    store::{KeysFile, OutboxFile, Secrets, Settings, SettingsFile},
    window::WindowName,
};

/// Longer than anything that a story waits for, and over at once in virtual time.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) const TOKEN: &str = "the secret of this story";

pub(super) struct TestApp {
    pub(super) handle: ControllerHandle,
    pub(super) kit: Arc<FakeKit>,
    pub(super) keychain: FakeVault,
    pub(super) file: FakeVault,
    pub(super) folder: tempfile::TempDir,
    /// The clock on the wall.
    pub(super) clock: watch::Sender<Moment>,
    scene: watch::Receiver<Scene>,
    done: watch::Receiver<Vec<Done>>,
}

impl TestApp {
    /// No user is signed in, and the main window listens.
    pub(super) async fn signed_out() -> Self {
        let app = Self::build(Settings::default());
        app.handle.begin(Ok(None)).await;
        app.handle.subscribed(WindowName::Main).await;
        app
    }

    /// Ada is signed in, the link is up, and the main window listens.
    pub(super) async fn signed_in() -> Self {
        Self::signed_in_with(Settings::default()).await
    }

    pub(super) async fn signed_in_with(settings: Settings) -> Self {
        let mut app = Self::build(settings);
        app.kit.people.lock().expect("nobody panicked").push(bob());
        app.kit.contacts.lock().expect("nobody panicked").push(bob());
        app.handle.begin(Ok(Some(login()))).await;
        app.handle.subscribed(WindowName::Main).await;
        app.sees("the people", |scene| !scene.people().is_empty()).await;
        app
    }

    pub(super) fn build(settings: Settings) -> Self {
        Self::build_in(tempfile::tempdir().expect("a temporary folder can be made"), settings)
    }

    /// The program starts anew on the folder that another one left.
    pub(super) async fn started_again(folder: tempfile::TempDir, link: LinkState) -> Self {
        let app = Self::build_in(folder, Settings::default());
        app.kit.script.link.send_replace(link);
        app.handle.begin(Ok(Some(login()))).await;
        app.handle.subscribed(WindowName::Main).await;
        app
    }

    fn build_in(folder: tempfile::TempDir, settings: Settings) -> Self {
        let (scenes, scene) = watch::channel(Scene::default());
        let kit = FakeKit::new(login());
        let (clock, now) = watch::channel(Moment { at_ms: 1_800_000_000_000, minute: 12 * 60 });
        let (keychain, file) = (FakeVault::empty(), FakeVault::empty());
        let setup = Setup {
            backend: Arc::new(FakeBackend(Arc::clone(&kit))),
            secrets: Secrets::new(keychain.clone(), file.clone()),
            settings_file: SettingsFile::in_folder(folder.path()),
            keys_file: KeysFile::in_folder(folder.path()),
            outbox_file: OutboxFile::in_folder(folder.path()),
            downloads: folder.path().join("downloads"),
            settings,
            always_in_file: false,
            device_overrides: DeviceOverrides::default(),
            hidden: false,
            device_name: "laptop".into(),
            clock: Arc::new(move || *now.borrow()),
            system_locale: Locale::English,
        };
        let (controller, handle) = Controller::new(FakeDesktop(scenes), setup);
        tokio::spawn(controller.run());
        let done = kit.done();
        Self { handle, kit, keychain, file, folder, clock, scene, done }
    }

    /// Waits until the desktop shows it.
    pub(super) async fn sees(&mut self, what: &str, shows: impl FnMut(&Scene) -> bool) -> Scene {
        let waiting = tokio::time::timeout(PATIENCE, self.scene.wait_for(shows)).await;
        let seen = waiting.ok().and_then(Result::ok).map(|scene| scene.clone());
        seen.unwrap_or_else(|| panic!("the desktop never shows {what}; it shows {:#?}", self.now()))
    }

    /// Waits until the kit was asked to do it.
    pub(super) async fn kit_did(&mut self, what: Done) {
        let waiting = tokio::time::timeout(PATIENCE, self.done.wait_for(|done| done.contains(&what))).await;
        let did = matches!(waiting, Ok(Ok(_)));
        drop(waiting);
        assert!(did, "the kit never did {what:?}; it did {:?}", self.kit.done().borrow());
    }

    /// How often the kit was asked to do it, once all that was asked before is done.
    pub(super) async fn times(&mut self, what: &Done) -> usize {
        self.settle().await;
        self.done.borrow().iter().filter(|done| *done == what).count()
    }

    /// How often the kit was asked to join what rings.
    pub(super) async fn accepts(&mut self) -> usize {
        self.settle().await;
        self.done.borrow().iter().filter(|done| matches!(done, Done::Accept(_))).count()
    }

    /// Waits until the server was asked for it.
    pub(super) async fn server_was_asked(&mut self, what: Request) {
        let is_it = |done: &Done| matches!(done, Done::Asked(_, request) if *request == what);
        let waiting = tokio::time::timeout(PATIENCE, self.done.wait_for(|done| done.iter().any(is_it))).await;
        let asked = matches!(waiting, Ok(Ok(_)));
        drop(waiting);
        assert!(asked, "nothing ever asked {what:?}; the kit did {:?}", self.kit.done().borrow());
    }

    /// How often the server was asked for it, once all that was asked before is done.
    pub(super) async fn times_asked(&mut self, what: &Request) -> usize {
        self.settle().await;
        let is_it = |done: &&Done| matches!(done, Done::Asked(_, request) if request == what);
        self.done.borrow().iter().filter(is_it).count()
    }

    /// The calls that the kit was asked to start, in their order.
    pub(super) async fn started_calls(&mut self) -> Vec<StartCall> {
        self.settle().await;
        let call = |done: &Done| if let Done::StartCall(call) = done { Some(call.clone()) } else { None };
        self.done.borrow().iter().filter_map(call).collect()
    }

    /// The names under which the kit was asked to send a text.
    pub(super) async fn names_of_text(&mut self, text: &str) -> Vec<OpId> {
        self.settle().await;
        let name = |(op, sent): (OpId, String)| (sent == text).then_some(op);
        self.done.borrow().iter().filter_map(sent_text).filter_map(name).collect()
    }

    /// The texts that the kit was asked to send, in their order.
    pub(super) async fn sent_texts(&mut self) -> Vec<String> {
        self.settle().await;
        self.done.borrow().iter().filter_map(sent_text).map(|(_, text)| text).collect()
    }

    /// Lets everything that can happen now happen.
    pub(super) async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(1)).await; // virtual: all tasks run dry first
    }

    pub(super) fn now(&self) -> Scene {
        self.scene.borrow().clone()
    }

    pub(super) async fn main(&self, request: MainRequest) -> Result<(), Notice> {
        self.handle.ask(WindowRequest::Main(request)).await
    }

    pub(super) async fn ring_window(&self, answer: RingAnswer) -> Result<(), Notice> {
        self.handle.ask(WindowRequest::Ring(RingRequest::Answer(answer))).await
    }

    pub(super) async fn in_ring(&self, request: RingRequest) -> Result<(), Notice> {
        self.handle.ask(WindowRequest::Ring(request)).await
    }

    pub(super) async fn call_window(&self, request: CallRequest) -> Result<(), Notice> {
        self.handle.ask(WindowRequest::Call(request)).await
    }

    pub(super) async fn settings(&self, request: SettingsRequest) -> Result<(), Notice> {
        self.handle.ask(WindowRequest::Settings(request)).await
    }

    /// Bob calls, and this device rings.
    pub(super) async fn bob_calls(&mut self, number: u128) -> CallId {
        let ring = ring(number);
        self.kit.call.send_replace(CallStatus { phase: CallPhase::RingingHere, ..with_bob(Some(ring.call)) });
        self.kit.ring.send_replace(Some(ring.clone()));
        self.sees("the ring", |scene| scene.ring.as_ref().is_some_and(|shown| shown.call == ring.call)).await;
        ring.call
    }

    /// The ring ends like this.
    pub(super) fn ring_ends(&self, call: CallId, reason: HangupReason) {
        let ended = CallPhase::Ended { reason: reason.clone(), talked: Duration::ZERO };
        self.kit.call.send_replace(CallStatus { phase: ended, ..with_bob(Some(call)) });
        self.kit.ring.send_replace(None);
        self.tell(StateChange::Hangup { reason, call: info(call) });
    }

    /// A call of two with Bob is so far, by voice or video.
    pub(super) fn pair_call_is(&self, phase: CallPhase, kind: CallKind) {
        let call = CallInfo { scope: CallScope::Pair { kind }, kind, ..info(call_id(1)) };
        let published = self.kit.call.borrow().published;
        self.kit.call.send_replace(CallStatus { call: Some(call), phase, published, ..CallStatus::default() });
    }

    /// Bob's device says what it publishes: camera, screen, and whether it is muted.
    pub(super) fn bob_publishes(&self, camera: bool, screen: bool, is_muted: bool) {
        let size = PublishedSize::new(640, 480);
        let microphone = if is_muted { MicrophoneState::Muted } else { MicrophoneState::On };
        self.kit.call.send_modify(|status| {
            let (camera, screen) = (size.filter(|_| camera), size.filter(|_| screen));
            status.published = Published { microphone, camera, screen, ..Published::default() };
        });
    }

    /// Bob calls with video, and this device rings.
    pub(super) async fn bob_calls_with_video(&mut self, number: u128) -> CallId {
        let ring = Ring { scope: CallScope::Pair { kind: CallKind::Video }, ..ring(number) };
        self.pair_call_is(CallPhase::RingingHere, CallKind::Video);
        self.kit.ring.send_replace(Some(ring.clone()));
        self.sees("the ring", |scene| scene.ring.as_ref().is_some_and(|shown| shown.call == ring.call)).await;
        ring.call
    }

    /// The call is so far.
    pub(super) fn call_is(&self, phase: CallPhase) {
        self.kit.call.send_replace(CallStatus { phase, ..with_bob(Some(call_id(1))) });
    }

    pub(super) fn news(&self, news: News) {
        self.kit.script.news.send(news).expect("the controller listens");
    }

    pub(super) fn tell(&self, change: StateChange) {
        self.kit.events.send(CallEvent::StateChanged(change)).expect("the controller listens");
    }
}

fn sent_text(done: &Done) -> Option<(OpId, String)> {
    let Done::Asked(op, Request::SendMessage { body: MessageBody::Text { text }, .. }) = done else { return None };
    Some((*op, text.clone()))
}

/// A page of a conversation is asked for, as the windows show it.
pub(super) fn page_of(chat: Chat, before: Option<u64>) -> Request {
    Request::History { chat, before, limit: 50 }
}

pub(super) fn user(name: &str) -> UserId {
    UserId::new(name).expect("a good name")
}

pub(super) fn call_id(number: u128) -> CallId {
    format!("{number:032x}").parse().expect("hexadecimal is a UUID")
}

pub(super) fn bob() -> Person {
    person("bob", "Bob Li", ContactState::Contact)
}

pub(super) fn person(name: &str, display_name: &str, contact: ContactState) -> Person {
    let presence = if contact == ContactState::Contact { Presence::Online } else { Presence::Hidden };
    Person { user: user(name), display_name: display_name.into(), avatar: None, presence, contact, blocked: false }
}

pub(super) fn with(name: &str) -> Chat {
    Chat::User { user: user(name) }
}

pub(super) fn message(pos: u64, chat: Chat, from: &str, text: &str) -> Message {
    let id = format!("{pos:032x}").parse().expect("hexadecimal is a UUID");
    let (from, from_name, body) = (user(from), from.to_owned(), MessageBody::Text { text: text.to_owned() });
    let at_ms = 1_800_000_000_000 + pos;
    Message {
        id,
        pos,
        chat,
        from,
        from_name,
        body,
        ext: Default::default(),
        call: None,
        at_ms,
        reply_to: None,
        edited_at_ms: None,
    }
}

pub(super) fn group(id: &str, name: &str, role: Option<GroupRole>) -> GroupInfo {
    let group = GroupId::new(id).expect("a good name");
    GroupInfo { group, kind: GroupKind::Group, name: name.to_owned(), avatar: None, members: 3, role, invited_by: None }
}

pub(super) fn member(name: &str, role: GroupRole) -> Member {
    Member { user: user(name), display_name: name.to_owned(), avatar: None, role, invited: false }
}

pub(super) fn device_id(number: u128) -> DeviceId {
    format!("{number:032x}").parse().expect("hexadecimal is a UUID")
}

pub(crate) fn login() -> Login {
    let account = Account::new(user("ada"), "Ada");
    let app = AppId::new("carillon").expect("a good name");
    let signed_in = SignedIn {
        account,
        device: device_id(7),
        app,
        token: TOKEN.into(),
        token_expires_in_s: 3600,
        refresh_token: "the next secret".into(),
    };
    Login { server: "http://127.0.0.1:4747".into(), signed_in, device_secret: Some("the device's own secret".into()) }
}

pub(super) fn ring(number: u128) -> Ring {
    Ring {
        call: call_id(number),
        app: AppId::new("carillon").expect("a good name"),
        from: user("bob"),
        from_name: "Bob Li".into(),
        from_avatar: None,
        from_device: None,
        from_uid: None,
        scope: CallScope::Pair { kind: CallKind::Voice },
        channel: ChannelName::new("a channel").expect("a good name"),
        message: String::new(),
        ring_left_ms: 30_000,
        round: 0,
        also_on: vec!["phone".into()],
        path: CallPath::Direct,
    }
}

pub(super) fn with_bob(call: Option<CallId>) -> CallStatus {
    CallStatus { call: Some(CallInfo { id: call, ..info(call_id(1)) }), ..CallStatus::default() }
}

pub(super) fn info(call: CallId) -> CallInfo {
    CallInfo {
        id: Some(call),
        direction: Direction::Incoming,
        with: user("bob"),
        with_name: "Bob Li".into(),
        with_uid: None,
        scope: CallScope::Pair { kind: CallKind::Voice },
        kind: CallKind::Voice,
        path: CallPath::Direct,
        channel: ChannelName::new("a channel").expect("a good name"),
        message: String::new(),
        legs: Vec::new(),
        talked: Duration::ZERO,
    }
}
