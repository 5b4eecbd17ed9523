//! The desktop app without a desktop: what windows ask and what the kit tells goes in, views and surfaces come out.
//!
//! One task owns the [`Controller`] by value. Each step takes an input, changes the state, and at the end *renders*: every view
//! and every ring surface is computed anew from the state and handed to the [`Desktop`] if it differs from the last one. So a
//! window cannot show what is not so, and no surface has a memory of its own.

mod account;
mod addresses;
mod call_page;
mod call_pictures;
mod calls;
mod changed_chats;
mod changes;
mod chats;
mod conversation;
mod devices;
mod diagnostics;
mod feeds;
mod files;
mod group_look;
mod groups;
mod input;
mod links;
mod list;
mod lists;
mod messages;
mod network;
mod notices;
mod own;
mod people;
mod pictures;
mod quiet;
mod render;
mod rings;
mod session;
mod session_event;
mod settings;
mod speaker;
#[cfg(test)]
pub(crate) mod tests;
mod tried;
mod unsent;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use carillon_ipc::{CallRequest, Locale, MAX_VOLUME, MainRequest, Notice, NoticeCode, QuitAnswer, Texts};
use carillon_kit::{
    CallId, Chat, Microphone, Speaker, UserId,
    media::{Camera, Screen},
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    backend::{Backend, ShareableScreen},
    desktop::{Desktop, PutAway, TrayAction},
    store::{KeysFile, OutboxFile, Secrets, Settings, SettingsFile},
    window::WindowName,
};
use input::Input;
pub use input::{ControllerHandle, PictureName, WindowRequest};
pub use quiet::Moment;

/// A panel that restarts, or starts after us, is there by then.
const TRAY_TIMEOUT: Duration = Duration::from_secs(10);

/// The end of the program waits no longer for the sign-in to be kept.
const SAVE_TIMEOUT: Duration = Duration::from_secs(3);

/// What a controller begins with.
pub struct Setup {
    /// The kit.
    pub backend: Arc<dyn Backend>,
    /// Where the sign-in is kept.
    pub secrets: Secrets,
    /// Where the settings are kept.
    pub settings_file: SettingsFile,
    /// Where the keys of other people's devices are kept.
    pub keys_file: KeysFile,
    /// Where messages are kept that the server does not have yet.
    pub outbox_file: OutboxFile,
    /// Where files of conversations are saved.
    pub downloads: PathBuf,
    /// The settings as they were saved.
    pub settings: Settings,
    /// Whether the sign-in is kept in a file without being asked.
    pub always_in_file: bool,
    /// What stands for the microphone and the speaker, instead of what the settings say.
    pub device_overrides: DeviceOverrides,
    /// Whether the main window begins in the tray.
    pub hidden: bool,
    /// What the user's other devices call this one.
    pub device_name: String,
    /// The clock on the wall.
    pub clock: Arc<dyn Fn() -> Moment + Send + Sync>,
    /// The system's language.
    pub system_locale: Locale,
}

/// What stands for devices.
#[derive(Debug, Clone, Default)]
pub struct DeviceOverrides {
    /// For the microphone.
    pub microphone: Option<Microphone>,
    /// For the speaker.
    pub speaker: Option<Speaker>,
    /// For the camera.
    pub camera: Option<Camera>,
    /// For one more screen, before all others.
    pub screen: Option<Screen>,
}

impl DeviceOverrides {
    fn screens(&self, found: Vec<ShareableScreen>) -> Vec<ShareableScreen> {
        self.screen.clone().map(call_pictures::stand_in).into_iter().chain(found).collect()
    }
}

/// The desktop app: its whole state, and what changes it.
pub struct Controller<D: Desktop> {
    desktop: D,
    setup: Setup,
    handle: ControllerHandle,
    inputs: mpsc::Receiver<Input>,
    /// Windows that listen.
    windows: BTreeSet<WindowName>,
    tray_host: bool,
    /// Whether the main window is where only the tray finds it.
    main_hidden: bool,
    /// Whether the main window has the focus.
    focused: bool,
    account: account::AccountState,
    /// This device's key, for the next sign-in on the same account.
    device_secret: Option<String>,
    /// What is being kept, so that the latest is kept last.
    keeping: Option<tokio::task::JoinHandle<()>>,
    /// Why the sign-in cannot be kept, if it cannot.
    keychain_problem: Option<Notice>,
    sessions: u64,
    rings: rings::RingHistory,
    devices: devices::DeviceState,
    call_pictures: call_pictures::CallPictures,
    /// Whether the call window can be seen.
    call_seen: bool,
    /// Whether the clock is looked at for *do not disturb*.
    watches_quiet: bool,
    /// A link that came before it was known whether a user is signed in.
    early_link: Option<String>,
    /// Whom a link asks to call.
    link_call: Option<UserId>,
    feeds: feeds::Feeds,
    main_notice: Option<Notice>,
    call_notice: Option<Notice>,
    settings_notice: Option<Notice>,
    /// The window that asks whether the call may end with the program.
    asks_to_quit: Option<WindowName>,
    /// The call after whose end the user is about to do something in its window.
    end_stays: Option<Option<CallId>>,
    /// Whether the ring window cannot be shown.
    ring_unseen: bool,
    screen_locked: bool,
    /// Conversations that a notification tells of, and whether something in them is known to wait.
    told: BTreeMap<Chat, bool>,
    texts: Texts,
    rendered: render::Rendered,
    ending: bool,
}

impl<D: Desktop> Controller<D> {
    /// A controller that has not begun, and the handle by which the others tell it something.
    pub fn new(desktop: D, setup: Setup) -> (Self, ControllerHandle) {
        let (handle, inputs) = ControllerHandle::new();
        let main_hidden = setup.hidden;
        let texts = Texts::new(setup.settings.locale.unwrap_or(setup.system_locale));
        let controller = Self {
            desktop,
            setup,
            handle: handle.clone(),
            inputs,
            windows: BTreeSet::new(),
            tray_host: false,
            main_hidden,
            focused: false,
            account: account::AccountState::default(),
            device_secret: None,
            keeping: None,
            keychain_problem: None,
            sessions: 0,
            rings: rings::RingHistory::default(),
            devices: devices::DeviceState::default(),
            call_pictures: call_pictures::CallPictures::default(),
            call_seen: false,
            watches_quiet: false,
            early_link: None,
            link_call: None,
            feeds: feeds::Feeds::default(),
            main_notice: None,
            call_notice: None,
            settings_notice: None,
            asks_to_quit: None,
            end_stays: None,
            ring_unseen: false,
            screen_locked: false,
            told: BTreeMap::new(),
            texts,
            rendered: render::Rendered::default(),
            ending: false,
        };
        (controller, handle)
    }

    /// Works until the program ends.
    pub async fn run(mut self) {
        while let Some(input) = self.inputs.recv().await {
            if !self.step(input) {
                return;
            }
        }
    }

    /// Takes an input and all that have come since, then renders once. False: that was the last one.
    fn step(&mut self, first: Input) -> bool {
        let mut next = Some(first);
        let mut changed = false;
        while let Some(input) = next {
            if matches!(input, Input::Closed) {
                self.desktop.quit();
                return false;
            }
            changed |= !self.is_old_news(&input);
            self.handle(input);
            next = self.inputs.try_recv().ok();
        }
        if changed {
            self.save_unsent();
            self.arrange_list();
            self.look_at_missed();
            self.withdraw_what_was_seen();
            self.render();
        }
        true
    }

    /// What comes often, and shows nothing else than before.
    fn is_old_news(&self, input: &Input) -> bool {
        if let Input::Seen(WindowName::Call, is_seen) = input {
            return *is_seen == self.call_seen;
        }
        input.is_levels() // twenty a second
    }

    fn handle(&mut self, input: Input) {
        match input {
            Input::Request(request, reply) => {
                // The window may have gone before its answer.
                let _ = reply.send(self.request(request));
            }
            Input::Subscribed(window) => self.subscribed(window),
            Input::CloseRequested(window) => self.close_requested(window),
            Input::Focused(focused) => self.focused = focused,
            Input::Seen(window, is_seen) => self.seen(window, is_seen),
            Input::RingUnseen => self.ring_unseen = true,
            Input::ScreenLocked(locked) => self.screen_locked = locked,
            Input::Tiles(heights) => self.tiles(heights),
            Input::Picture(picture, reply) => self.picture(picture, reply),
            Input::Press(press) => self.press(press),
            Input::NoticeClicked(chat) => self.notice_clicked(chat),
            Input::Tray(action) => self.tray(action),
            Input::Shortcut { accept } => self.shortcut(accept),
            Input::TrayHost(present) => self.tray_changed(present),
            Input::TrayStaysAway => self.tray_stays_away(),
            Input::StartedAgain => self.open_main(),
            Input::OpenedLink(link) => self.opened_link(&link),
            Input::Quit => self.quit(),
            Input::Begin(login) => self.begin(login),
            Input::SignedIn { attempt, result, keep_in_file } => self.signed_in(attempt, result, keep_in_file),
            Input::Kept(result) => self.kept(result),
            Input::Session(number, event) => self.session_event(number, event),
            Input::Devices(devices) => self.devices.list = devices,
            Input::Screens(screens) => self.screens_found(screens),
            Input::Meter(heard) => self.meter(heard),
            Input::Preview(number, seen) => self.preview(number, seen),
            Input::LookAtQuiet => {
                self.watches_quiet = false;
                self.look_at_quiet();
            }
            Input::TestBellOver => self.devices.test_bell = None,
            Input::AnsweredElsewhereOver(call) => self.answered_elsewhere_over(call),
            Input::EndOver(call) => self.end_over(call),
            Input::TriedOver(call) => self.tried_over(call),
            Input::Closed => {}
        }
    }

    fn request(&mut self, request: WindowRequest) -> Result<(), Notice> {
        match request {
            WindowRequest::Main(request) => self.main_request(request),
            WindowRequest::Ring(request) => self.ring_request(request),
            WindowRequest::Call(request) => self.call_request(request),
            WindowRequest::Settings(request) => self.settings_request(request),
        }
    }

    fn main_request(&mut self, request: MainRequest) -> Result<(), Notice> {
        match request {
            MainRequest::Ready => self.desktop.reveal(WindowName::Main),
            MainRequest::SignIn(form) => return self.sign_in_request(form),
            MainRequest::SignOut => self.sign_out(),
            MainRequest::SetPresence { presence } => return self.set_presence(presence),
            MainRequest::Search { query } => self.session()?.search(&query),
            MainRequest::List(request) => return self.list_request(request),
            MainRequest::Select { chat } => return self.select(chat),
            MainRequest::People(request) => return self.people_request(request),
            MainRequest::Chat(request) => return self.chat_request(request),
            MainRequest::Group(request) => return self.group_request(request),
            MainRequest::Ring(answer) => return self.answer_ring(answer),
            MainRequest::Tried(answer) => return self.answer_tried(answer),
            MainRequest::Call { user, kind } => return self.start_call(user, kind),
            MainRequest::Switch { go } => return self.switch_call(go),
            MainRequest::SetMuted { muted } => return self.set_muted(muted),
            MainRequest::HangUp => return self.hang_up(),
            MainRequest::Link(answer) => return self.answer_link(answer),
            MainRequest::Zoom { step } => self.set_zoom(step),
            MainRequest::DismissNotice => self.main_notice = None,
            MainRequest::OpenSettings => self.desktop.open(WindowName::Settings),
            MainRequest::ShowCall => return self.show_call(),
            MainRequest::SetAutostart { on } => return self.set_autostart(on),
            MainRequest::TakeBack => return self.take_back(),
            MainRequest::Quit(answer) => self.quit_request(WindowName::Main, answer),
        }
        Ok(())
    }

    fn call_request(&mut self, request: CallRequest) -> Result<(), Notice> {
        match request {
            CallRequest::Ready => self.desktop.reveal(WindowName::Call),
            CallRequest::SetMuted { muted } => self.set_muted(muted)?,
            CallRequest::SetMicrophone { id } => self.set_microphone(id),
            CallRequest::SetSpeaker { id } => self.set_speaker(id),
            CallRequest::SetCamera { on } => self.set_camera(on)?,
            CallRequest::ChooseCamera { id } => self.choose_camera(id),
            CallRequest::PickScreen { on } => self.pick_screen(on)?,
            CallRequest::ShareScreen { id } => self.share_screen(&id)?,
            CallRequest::StopSharing => self.stop_sharing(),
            CallRequest::SetFullScreen { on } => self.set_full_screen(on)?,
            CallRequest::SetMini { on } => self.set_mini(on)?,
            CallRequest::ShowNumbers { on } => self.show_numbers(on),
            CallRequest::Zoom { step } => self.set_zoom(step),
            CallRequest::HangUp => self.hang_up()?,
            CallRequest::CallAgain => return self.call_again(),
            CallRequest::AddPeople { on: true } => {
                return self.in_call()?.order(|kit| async move { kit.request_add_person().await });
            }
            CallRequest::AddPeople { on: false } => self.session()?.adding = false,
            CallRequest::Invite { users } => return self.invite(users),
            CallRequest::SetSpotlight { on } => return self.set_spotlight(on),
            CallRequest::Pin { user } => return self.pin(user),
            CallRequest::ShowPeople { on } => return self.show_people(on),
            CallRequest::SetVolume { user, percent } => {
                return self.set_volume(user, |volume| volume.percent = percent.min(MAX_VOLUME));
            }
            CallRequest::Silence { user, on } => return self.set_volume(user, |volume| volume.is_silenced = on),
            CallRequest::SetHand { raised } => return self.set_hand(raised),
            CallRequest::Moderate { user, what } => return self.moderate(user, what),
            CallRequest::KeySeen => self.key_seen(),
            CallRequest::Ring(answer) => return self.answer_ring(answer),
            CallRequest::Tried(answer) => return self.answer_tried(answer),
            CallRequest::DismissNotice => self.call_notice = None,
            CallRequest::Stay => self.end_stays = self.account.session().map(|session| session.call.id()),
            CallRequest::Message => return self.message_after_call(),
            CallRequest::Close => self.close_call_window(),
            CallRequest::Quit(answer) => self.quit_request(WindowName::Call, answer),
        }
        Ok(())
    }

    fn tray(&mut self, action: TrayAction) {
        let done = match action {
            TrayAction::Open => return self.open_main(),
            TrayAction::Settings => return self.desktop.open(WindowName::Settings),
            TrayAction::Quit => return self.quit_request(WindowName::Main, QuitAnswer::Ask),
            TrayAction::DoNotDisturb => self.toggle_do_not_disturb(),
            TrayAction::Accept => self.answer_what_rings(true),
            TrayAction::Decline => self.answer_what_rings(false),
            TrayAction::ShowCall => self.show_call(),
            TrayAction::HangUp => self.hang_up(),
        };
        if done.is_err() {
            tracing::debug!(?action, "the tray's menu was out of date");
        }
    }

    /// Keys that were pressed while another program had the focus.
    fn shortcut(&mut self, accept: bool) {
        if self.answer_what_rings(accept).is_err() {
            tracing::debug!("a shortcut was pressed after the ring was over");
        }
    }

    fn subscribed(&mut self, window: WindowName) {
        self.windows.insert(window);
        self.rendered.forget(window);
        self.watch_devices();
    }

    fn close_requested(&mut self, window: WindowName) {
        match window {
            WindowName::Main => self.put_main_away(),
            WindowName::Ring => self.silence_what_rings(),
            WindowName::Call => self.close_call_window(),
            WindowName::Settings => self.close(WindowName::Settings),
        }
    }

    pub(super) fn open_main(&mut self) {
        self.main_hidden = false;
        self.desktop.open(WindowName::Main);
    }

    fn put_main_away(&mut self) {
        self.main_hidden = self.tray_host;
        self.desktop.put_away(WindowName::Main, if self.tray_host { PutAway::Hide } else { PutAway::Minimise });
    }

    fn tray_changed(&mut self, present: bool) {
        self.tray_host = present;
        if !present && self.main_hidden {
            self.later(TRAY_TIMEOUT, Input::TrayStaysAway);
        }
    }

    /// A window that only a tray can bring back would be lost.
    fn tray_stays_away(&mut self) {
        if !self.tray_host && self.main_hidden {
            self.main_hidden = false;
            self.desktop.put_away(WindowName::Main, PutAway::Minimise);
        }
    }

    fn close(&mut self, window: WindowName) {
        self.windows.remove(&window);
        self.rendered.forget(window);
        if window == WindowName::Settings {
            self.devices.stop_tests();
        }
        self.watch_devices();
        self.desktop.close(window);
    }

    /// Hangs up and closes the link, but stays signed in for the next start.
    fn quit(&mut self) {
        if std::mem::replace(&mut self.ending, true) {
            return;
        }
        self.devices.stop_tests();
        let (handle, kit) = (self.handle.clone(), self.account.session().map(|session| Arc::clone(&session.kit)));
        let keeping = self.keeping.take();
        tokio::spawn(async move {
            if let Some(keeping) = keeping {
                // A keychain that waits for its password must not keep the program.
                let _ = tokio::time::timeout(SAVE_TIMEOUT, keeping).await;
            }
            if let Some(kit) = kit {
                kit.close().await;
            }
            handle.tell(Input::Closed).await;
        });
    }

    /// Gets a picture for a window, in its own time.
    fn picture(&self, picture: PictureName, reply: oneshot::Sender<Option<Vec<u8>>>) {
        let Some(session) = self.account.session() else { return };
        let kit = Arc::clone(&session.kit);
        tokio::spawn(async move {
            let found = match picture {
                PictureName::Avatar(avatar) => kit.picture(&avatar).await,
                PictureName::Thumbnail(file) => kit.thumbnail(file).await,
            };
            // The window may have gone before its picture.
            let _ = reply.send(found.ok());
        });
    }

    fn toggle_do_not_disturb(&mut self) -> Result<(), Notice> {
        let on = self.session()?.account.do_not_disturb;
        self.set_do_not_disturb(!on)
    }

    fn save_settings(&self) {
        if let Err(error) = self.setup.settings_file.save(&self.setup.settings) {
            tracing::warn!(%error, "the settings are not saved");
        }
    }

    fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.setup.settings);
        self.save_settings();
    }

    fn locale(&self) -> Locale {
        self.setup.settings.locale.unwrap_or(self.setup.system_locale)
    }

    fn session(&mut self) -> Result<&mut session::SignedInSession, Notice> {
        self.account.session_mut().ok_or_else(|| notices::plain(NoticeCode::SignedOut))
    }
}
