//! From the state to all that is shown and sounded. Nothing here changes what is so.

use std::collections::BTreeMap;

use carillon_ipc::{
    CallView, DeviceChoice, LinkView, MainView, OwnDeviceView, RingState, RingView, SettingsView, SignInView,
    SwitchView, TestView, Texts, Theme, WindowBase,
};
use carillon_kit::{
    CallPhase, Chat, DeviceEntry, LinkState, Ring, Speaker, media::bell::Bell, shown_name, shown_person,
};

use super::{
    Controller,
    account::{AccountState, SignInPage},
    conversation, list, lists, pictures,
    session::{MainPage, SignedInSession},
    tried,
};
use crate::{
    desktop::{Desktop, PlayingBell, TrayContent, TrayState, View},
    ring::RingContent,
    window::WindowName,
};

/// What was handed out last.
#[derive(Default)]
pub(super) struct Rendered {
    main: Option<MainView>,
    ring: Option<RingView>,
    call: Option<CallView>,
    settings: Option<SettingsView>,
    ring_window: bool,
    ring_looks: bool,
    ring_shown: Option<RingContent>,
    ring_shortcuts: bool,
    theme: Option<Theme>,
    zoom: Option<u16>,
    sound: Option<PlayingBell>,
    tray: Option<TrayContent>,
    /// How many missed calls and messages wait to be seen.
    waiting: u32,
    titles: BTreeMap<WindowName, String>,
}

impl Rendered {
    /// A window that begins to listen knows nothing.
    pub(super) fn forget(&mut self, window: WindowName) {
        self.titles.remove(&window);
        match window {
            WindowName::Main => self.main = None,
            WindowName::Ring => self.ring = None,
            WindowName::Call => self.call = None,
            WindowName::Settings => self.settings = None,
        }
    }
}

/// Keeps the new value; `Some` if it differs from the one before.
fn changed<T: Clone + PartialEq>(kept: &mut Option<T>, new: T) -> Option<T> {
    if kept.as_ref() == Some(&new) {
        return None;
    }
    *kept = Some(new.clone());
    Some(new)
}

impl<D: Desktop> Controller<D> {
    pub(super) fn render(&mut self) {
        if self.texts.locale() != self.locale() {
            self.texts = Texts::new(self.locale());
        }
        self.render_surfaces();
        self.render_ring_window();
        self.render_titles();
        self.render_feeds();
        self.render_windows();
    }

    fn render_surfaces(&mut self) {
        let ring = self.ring_shown();
        if ring != self.rendered.ring_shown {
            self.rendered.ring_shown.clone_from(&ring);
            self.desktop.ring(ring);
        }
        let shortcuts = self.setup.settings.ring_shortcuts && self.ring().is_some();
        if std::mem::replace(&mut self.rendered.ring_shortcuts, shortcuts) != shortcuts {
            self.desktop.ring_shortcuts(shortcuts);
        }
        let sound = self.sound();
        if sound != self.rendered.sound {
            self.rendered.sound.clone_from(&sound);
            self.desktop.sound(sound);
        }
        if let Some(theme) = changed(&mut self.rendered.theme, self.setup.settings.theme) {
            self.desktop.theme(theme);
        }
        if let Some(zoom) = changed(&mut self.rendered.zoom, self.setup.settings.zoom) {
            self.desktop.zoom(zoom);
        }
        let waiting =
            self.account.session().map_or(0, |session| session.missed.saturating_add(session.chats.unread_in_all()));
        if std::mem::replace(&mut self.rendered.waiting, waiting) != waiting {
            self.desktop.waiting(waiting);
        }
        let do_not_disturb = self.account.session().map(|session| session.account.do_not_disturb);
        let tray = TrayContent { state: self.tray_state(), do_not_disturb, locale: self.locale() };
        if let Some(tray) = changed(&mut self.rendered.tray, tray) {
            self.desktop.tray(tray);
        }
    }

    /// The ring window is there exactly while it has something to show.
    fn render_ring_window(&mut self) {
        let wanted = self.ring_state().is_some();
        if std::mem::replace(&mut self.rendered.ring_window, wanted) != wanted {
            self.rendered.ring_looks = false; // as each is made
            if wanted {
                self.desktop.open(WindowName::Ring);
            } else {
                self.close(WindowName::Ring);
            }
        }
        let looks = self.self_view(WindowName::Ring).is_some();
        if std::mem::replace(&mut self.rendered.ring_looks, looks) != looks {
            self.desktop.ring_looks(looks);
        }
    }

    fn render_titles(&mut self) {
        for window in self.windows.iter().copied() {
            let title = self.title(window);
            if self.rendered.titles.get(&window) != Some(&title) {
                self.rendered.titles.insert(window, title.clone());
                self.desktop.title(window, title);
            }
        }
    }

    fn title(&self, window: WindowName) -> String {
        let texts = &self.texts;
        let with = |key, name: &str| texts.with(key, &[("name", shown_name(name).as_str().into())]);
        match window {
            WindowName::Ring => match self.ring() {
                Some(ring) => with("window-ring", &ring.from_name),
                None => texts.t("window-main"),
            },
            WindowName::Call => match self.call_name() {
                Some(name) => with("window-call", &name),
                None => texts.t("window-main"),
            },
            WindowName::Settings => texts.t("window-settings"),
            WindowName::Main => texts.t("window-main"),
        }
    }

    fn render_windows(&mut self) {
        let listens = |window| self.windows.contains(&window);
        let main = listens(WindowName::Main).then(|| self.main_view());
        let ring = listens(WindowName::Ring).then(|| RingView {
            base: self.base(WindowName::Ring),
            ring: self.ring_state(),
            look: self.self_view(WindowName::Ring),
        });
        let call = listens(WindowName::Call).then(|| self.call_view());
        let settings = listens(WindowName::Settings).then(|| self.settings_view());
        let last = &mut self.rendered;
        let views = [
            main.and_then(|view| changed(&mut last.main, view)).map(|view| View::Main(Box::new(view))),
            ring.and_then(|view| changed(&mut last.ring, view)).map(|view| View::Ring(Box::new(view))),
            call.and_then(|view| changed(&mut last.call, view)).map(|view| View::Call(Box::new(view))),
            settings.and_then(|view| changed(&mut last.settings, view)).map(|view| View::Settings(Box::new(view))),
        ];
        views.into_iter().flatten().for_each(|view| self.desktop.show(view));
    }

    pub(super) fn base(&self, window: WindowName) -> WindowBase {
        let asks_to_quit = self.asks_to_quit == Some(window);
        WindowBase { theme: self.setup.settings.theme, locale: self.locale(), asks_to_quit }
    }

    fn ring_shown(&self) -> Option<RingContent> {
        let ring = self.ring()?;
        Some(RingContent {
            call: ring.call,
            name: self.ring_title(ring),
            kind: ring.scope.kind(),
            group: ring.scope.is_group(),
            locale: self.locale(),
            notification: self.setup.settings.notifications && (self.ring_unseen || self.screen_locked),
        })
    }

    /// Who calls, and which group.
    fn ring_title(&self, ring: &Ring) -> String {
        let name = shown_person(&ring.from_name, &ring.from);
        let Some(group) = ring.scope.name().filter(|group| !group.is_empty()) else { return name };
        let group = shown_name(group);
        self.texts.with("message-in-group", &[("name", name.as_str().into()), ("group", group.as_str().into())])
    }

    fn sound(&self) -> Option<PlayingBell> {
        if self.ring().is_some() {
            return self.setup.settings.ring_sound.then(|| self.ring_bell());
        }
        if let Some(bell) = self.devices.test_bell.clone() {
            return Some(bell);
        }
        let rings_there = matches!(self.account.session()?.call.phase, CallPhase::RingingThere { devices: 1.. });
        let audible = !matches!(self.speaker(), Speaker::Wav(_)); // the call's own sound goes into that file
        (rings_there && audible).then(|| PlayingBell { bell: Bell::Ringback, output: self.speaker(), volume: 100 })
    }

    fn tray_state(&self) -> TrayState {
        if let Some(ring) = self.ring() {
            return TrayState::Ringing { name: shown_person(&ring.from_name, &ring.from) };
        }
        let Some(session) = self.account.session() else { return TrayState::Offline };
        if session.in_call() {
            let name = self.call_name().unwrap_or_default();
            return TrayState::InCall { name };
        }
        match (session.missed, session.chats.unread_in_all()) {
            _ if matches!(session.link, LinkState::Down | LinkState::Replaced) => TrayState::Offline,
            (0, 0) if session.account.do_not_disturb => TrayState::Silent,
            (0, 0) => TrayState::Idle,
            (0, count) => TrayState::Unread { count },
            (count, _) => TrayState::Missed { count },
        }
    }

    fn main_view(&self) -> MainView {
        let view =
            MainView { base: self.base(WindowName::Main), notice: self.main_notice.clone(), ..MainView::default() };
        match &self.account {
            AccountState::Starting => MainView { loading: true, link: LinkView::Reconnecting, ..view },
            AccountState::SignedOut(page) => MainView { sign_in: Some(self.sign_in_view(page)), ..view },
            AccountState::SignedIn(session) => self.signed_in_view(session, view),
        }
    }

    fn sign_in_view(&self, page: &SignInPage) -> SignInView {
        let settings = &self.setup.settings;
        SignInView {
            server: page.server.clone().unwrap_or_else(|| settings.server.clone()),
            user: settings.user.clone(),
            invite: page.invite.clone(),
            links: page.links,
            busy: page.is_busy(),
            problem: page.problem.clone(),
        }
    }

    fn signed_in_view(&self, session: &SignedInSession, view: MainView) -> MainView {
        MainView {
            me: Some(lists::me_view(&session.account, self.setup.settings.away)),
            link: link_view(session.link),
            list: list::view(session),
            people: if chooses_people(&session.page) { lists::contacts(session) } else { Vec::new() },
            loading: session.people.is_loading(),
            page: conversation::page(session),
            missed: session.missed,
            call: self.call_bar(),
            switch: self.switch_view(session),
            tried: tried::view(session),
            link_call: self.link_call.as_ref().map(|user| lists::known_person(session, user)),
            ring: self.ring_state(),
            offers_autostart: self.setup.settings.autostart.is_none(),
            ..view
        }
    }

    fn switch_view(&self, session: &SignedInSession) -> Option<SwitchView> {
        let next = session.next_call.as_ref().filter(|next| !next.is_confirmed)?;
        let scope = &next.call.scope;
        let group = scope.group().and_then(|group| session.groups.iter().find(|info| info.group == *group));
        let to = match (group, next.call.to.first()) {
            (Some(group), _) => shown_name(&group.name),
            (None, Some(user)) => lists::name_of(session, user),
            (None, None) => String::new(),
        };
        Some(SwitchView { to, kind: scope.kind() })
    }

    pub(super) fn ring_state(&self) -> Option<RingState> {
        let state = |ring: &Ring, answered_on: Option<String>| RingState {
            call: ring.call,
            user: ring.from.clone(),
            name: shown_person(&ring.from_name, &ring.from),
            kind: ring.scope.kind(),
            opens_camera: self.opens_camera(&ring.scope),
            group: ring.scope.is_group().then(|| shown_name(ring.scope.name().unwrap_or_default())),
            picture: self.picture_of(ring.call).or_else(|| pictures::address(ring.from_avatar.as_ref())),
            also_on: self.others_that_ring(ring).map(|device| shown_name(device)).collect(),
            answered_on,
        };
        if let Some(ring) = self.ring() {
            return Some(state(ring, None));
        }
        self.rings.elsewhere.as_ref().map(|(ring, device)| state(ring, Some(shown_name(device))))
    }

    /// The server names all that have a session: an app that was quit has one, too, and rings nowhere.
    fn others_that_ring<'a>(&'a self, ring: &'a Ring) -> impl Iterator<Item = &'a String> {
        let devices = self.account.session().map(|session| session.devices.as_slice()).unwrap_or_default();
        let is_there = |name: &&String| {
            let mut of_this_name = devices.iter().filter(|device| device.name == **name).peekable();
            of_this_name.peek().is_none() || of_this_name.any(|device| device.linked && device.ring_here)
        };
        ring.also_on.iter().filter(is_there)
    }

    fn settings_view(&self) -> SettingsView {
        let settings = &self.setup.settings;
        let session = self.account.session();
        SettingsView {
            base: self.base(WindowName::Settings),
            me: session.map(|session| lists::me_view(&session.account, settings.away)),
            server: session.map(|session| session.kit.connection().login().server).unwrap_or_default(),
            you: session.map(|session| session.you.clone()).unwrap_or_default(),
            devices: session.map(own_devices).unwrap_or_default(),
            microphones: self.microphones(),
            speakers: self.speakers(settings.speaker.clone()),
            ring_outputs: self.speakers(settings.ring_output.clone()),
            cameras: self.cameras(),
            camera_in_video_calls: settings.camera_in_video_calls,
            processing: settings.processing,
            test: TestView { microphone_level: self.devices.level, camera: self.self_view(WindowName::Settings) },
            ring_here: settings.ring_here,
            ring_sound: settings.ring_sound,
            ringtone: settings.ringtone,
            ring_volume: settings.ring_volume,
            notifications: settings.notifications,
            previews: settings.previews,
            quiet_until_ms: settings.quiet_until_ms,
            quiet_hours: settings.quiet_hours,
            zoom: settings.zoom,
            blocked: session.map(lists::blocked).unwrap_or_default(),
            diagnostics: self.diagnostics(),
            ring_shortcuts: settings.ring_shortcuts,
            hide_address: settings.hide_address,
            autostart: settings.autostart == Some(true),
            read_receipts: session.map(|session| !session.account.hides_reading),
            ring: self.ring_state(),
            theme: settings.theme,
            locale: settings.locale,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            notice: self.settings_notice.clone(),
        }
    }

    pub(super) fn microphones(&self) -> DeviceChoice {
        DeviceChoice { devices: self.devices.list.microphones.clone(), chosen: self.setup.settings.microphone.clone() }
    }

    pub(super) fn cameras(&self) -> DeviceChoice {
        DeviceChoice { devices: self.devices.list.cameras.clone(), chosen: self.setup.settings.camera.clone() }
    }

    pub(super) fn speakers(&self, chosen: Option<String>) -> DeviceChoice {
        DeviceChoice { devices: self.devices.list.speakers.clone(), chosen }
    }
}

/// Whether contacts can be chosen on this page.
const fn chooses_people(page: &MainPage) -> bool {
    match page {
        MainPage::NewGroup { .. } | MainPage::Chat(Chat::Group { .. }) => true,
        MainPage::Nobody | MainPage::Requests | MainPage::Chat(Chat::User { .. }) => false,
    }
}

const fn link_view(link: LinkState) -> LinkView {
    match link {
        LinkState::Up => LinkView::Up,
        LinkState::Reconnecting => LinkView::Reconnecting,
        LinkState::Down | LinkState::SignedOut => LinkView::Down,
        LinkState::Replaced => LinkView::Replaced,
    }
}

fn own_devices(session: &SignedInSession) -> Vec<OwnDeviceView> {
    let view = |device: &DeviceEntry| OwnDeviceView {
        device: device.device,
        name: shown_name(&device.name),
        ring_here: device.ring_here,
        linked: device.linked,
        is_this: device.is_this,
        seen_at_ms: device.seen_at_ms,
    };
    session.devices.iter().map(view).collect()
}
