//! From the state to all that is shown and sounded. Nothing here changes what is so.

use std::collections::BTreeMap;

use carillon_ipc::{
    CallEnd, CallState, CallView, DeviceChoice, LinkView, MainView, PersonView, RecentView, RingState, RingView,
    SettingsView, SignInView, TestView, Texts, Theme, WindowBase,
};
use carillon_kit::{
    CallEntry, CallId, CallPhase, CallStatus, HangupReason, LinkState, Person, Presence, Ring, Speaker, UserId, now,
};
use carillon_protocol::{Account, HandledHow};

use super::{
    Controller,
    account::{AccountState, Door},
    session::Live,
};
use crate::{
    desktop::{BellSound, Desktop, Sounding, TrayShown, TrayState, View},
    ring::{RingShown, inert},
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
    ring_shown: Option<RingShown>,
    theme: Option<Theme>,
    sound: Option<Sounding>,
    tray: Option<TrayShown>,
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
        self.render_windows();
    }

    fn render_surfaces(&mut self) {
        let ring = self.ring_shown();
        if ring != self.rendered.ring_shown {
            self.rendered.ring_shown.clone_from(&ring);
            self.desktop.ring(ring);
        }
        let sound = self.sound();
        if sound != self.rendered.sound {
            self.rendered.sound.clone_from(&sound);
            self.desktop.sound(sound);
        }
        if let Some(theme) = changed(&mut self.rendered.theme, self.setup.settings.theme) {
            self.desktop.theme(theme);
        }
        let tray = TrayShown { state: self.tray_state(), locale: self.locale() };
        if let Some(tray) = changed(&mut self.rendered.tray, tray) {
            self.desktop.tray(tray);
        }
    }

    /// The ring window is there exactly while it has something to show.
    fn render_ring_window(&mut self) {
        let wanted = self.ring_state().is_some();
        if wanted == self.rendered.ring_window {
            return;
        }
        self.rendered.ring_window = wanted;
        if wanted {
            self.desktop.open(WindowName::Ring);
        } else {
            self.close(WindowName::Ring);
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
        let with = |key, name: &str| texts.with(key, &[("name", inert(name).as_str().into())]);
        match window {
            WindowName::Ring => match self.ring() {
                Some(ring) => with("window-ring", &ring.from_name),
                None => texts.t("window-main"),
            },
            WindowName::Call => match self.other_end() {
                Some((_, name)) => with("window-call", &name),
                None => texts.t("window-main"),
            },
            WindowName::Settings => texts.t("window-settings"),
            WindowName::Main => texts.t("window-main"),
        }
    }

    fn render_windows(&mut self) {
        let listens = |window| self.windows.contains(&window);
        let main = listens(WindowName::Main).then(|| self.main_view());
        let ring = listens(WindowName::Ring).then(|| RingView { base: self.base(), ring: self.ring_state() });
        let call = listens(WindowName::Call).then(|| self.call_view());
        let settings = listens(WindowName::Settings).then(|| self.settings_view());
        let last = &mut self.rendered;
        let views = [
            main.and_then(|view| changed(&mut last.main, view)).map(|view| View::Main(Box::new(view))),
            ring.and_then(|view| changed(&mut last.ring, view)).map(View::Ring),
            call.and_then(|view| changed(&mut last.call, view)).map(|view| View::Call(Box::new(view))),
            settings.and_then(|view| changed(&mut last.settings, view)).map(|view| View::Settings(Box::new(view))),
        ];
        views.into_iter().flatten().for_each(|view| self.desktop.show(view));
    }

    fn base(&self) -> WindowBase {
        WindowBase { theme: self.setup.settings.theme, locale: self.locale() }
    }

    fn ring_shown(&self) -> Option<RingShown> {
        let ring = self.ring()?;
        Some(RingShown {
            call: ring.call,
            name: inert(&ring.from_name),
            kind: ring.call_type.kind(),
            locale: self.locale(),
            notification: self.setup.settings.notifications,
        })
    }

    fn sound(&self) -> Option<Sounding> {
        if self.ring().is_some() {
            let bell = BellSound::Ring;
            return self.setup.settings.ring_sound.then(|| Sounding { bell, output: self.ring_output() });
        }
        if let Some(output) = self.devices.test_bell.clone() {
            return Some(Sounding { bell: BellSound::Test, output });
        }
        let rings_there = matches!(self.account.live()?.call.phase, CallPhase::RingingThere { devices: 1.. });
        let audible = !matches!(self.speaker(), Speaker::Wav(_)); // the call's own sound goes into that file
        (rings_there && audible).then(|| Sounding { bell: BellSound::Ringback, output: self.speaker() })
    }

    fn tray_state(&self) -> TrayState {
        if let Some(ring) = self.ring() {
            return TrayState::Ringing { name: inert(&ring.from_name) };
        }
        let Some(live) = self.account.live() else { return TrayState::Offline };
        if live.in_call() {
            let name = self.other_end().map(|(_, name)| name).unwrap_or_default();
            return TrayState::InCall { name };
        }
        match self.missed(live) {
            _ if matches!(live.link, LinkState::Down | LinkState::Replaced) => TrayState::Offline,
            0 => TrayState::Idle,
            count => TrayState::Missed { count },
        }
    }

    fn missed(&self, live: &Live) -> u32 {
        let seen = self.setup.settings.seen_missed_ms;
        let unseen = live.recent.iter().filter(|entry| entry.is_missed() && entry.at_ms > seen).count();
        u32::try_from(unseen).unwrap_or(u32::MAX)
    }

    fn main_view(&self) -> MainView {
        let view = MainView { base: self.base(), notice: self.main_notice.clone(), ..MainView::default() };
        match &self.account {
            AccountState::Starting => MainView { loading: true, link: LinkView::Reconnecting, ..view },
            AccountState::SignedOut(door) => MainView { sign_in: Some(self.sign_in_view(door)), ..view },
            AccountState::SignedIn(live) => self.signed_in_view(live, view),
        }
    }

    fn sign_in_view(&self, door: &Door) -> SignInView {
        let settings = &self.setup.settings;
        SignInView {
            server: settings.server.clone(),
            user: settings.user.clone(),
            busy: door.is_busy(),
            problem: door.problem.clone(),
        }
    }

    fn signed_in_view(&self, live: &Live, view: MainView) -> MainView {
        let me = &live.kit.login().signed_in.account;
        let others =
            |people: &[Person]| people.iter().filter(|person| person.user != me.user).map(person_view).collect();
        MainView {
            me: Some(account_view(me, live.link)),
            link: link_view(live.link),
            query: live.people.query().to_owned(),
            people: live.people.found().map(others).unwrap_or_default(),
            loading: live.people.found().is_none(),
            selected: live.people.selected().map(person_view),
            recent: live.recent.iter().map(|entry| recent_view(entry, live)).collect(),
            missed: self.missed(live),
            in_call: live.in_call(),
            ..view
        }
    }

    fn ring_state(&self) -> Option<RingState> {
        let state = |ring: &Ring, answered_on: Option<String>| RingState {
            call: ring.call.to_string(),
            user: ring.from.clone(),
            name: inert(&ring.from_name),
            kind: ring.call_type.kind(),
            picture: self.picture_of(ring.call),
            also_on: ring.also_on.iter().map(|device| inert(device)).collect(),
            answered_on,
        };
        if let Some(ring) = self.ring() {
            return Some(state(ring, None));
        }
        self.ringing.elsewhere.as_ref().map(|(ring, device)| state(ring, Some(inert(device))))
    }

    fn call_view(&self) -> CallView {
        let call = self.account.live().map(|live| live.call.clone()).unwrap_or_default();
        CallView {
            base: self.base(),
            with: self.other_end(),
            kind: call.kind,
            picture: self.account.live().and_then(|live| live.picture.clone()),
            state: call_state(&call),
            muted: call.muted,
            poor_network: call.poor_network,
            microphones: self.microphones(),
            speakers: self.speakers(self.setup.settings.speaker.clone()),
            notice: self.call_notice.clone(),
        }
    }

    fn settings_view(&self) -> SettingsView {
        let settings = &self.setup.settings;
        let live = self.account.live();
        SettingsView {
            base: self.base(),
            me: live.map(|live| account_view(&live.kit.login().signed_in.account, live.link)),
            server: live.map(|live| live.kit.login().server.clone()).unwrap_or_default(),
            device_name: self.setup.device_name.clone(),
            microphones: self.microphones(),
            speakers: self.speakers(settings.speaker.clone()),
            ring_outputs: self.speakers(settings.ring_output.clone()),
            processing: settings.processing,
            test: TestView { microphone_level: self.devices.level },
            ring_here: settings.ring_here,
            ring_sound: settings.ring_sound,
            notifications: settings.notifications,
            theme: settings.theme,
            locale: settings.locale,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            notice: self.settings_notice.clone(),
        }
    }

    /// Who is on the other end of the call. A caller's kit knows an account's name only; the list of people knows more.
    fn other_end(&self) -> Option<(UserId, String)> {
        let live = self.account.live()?;
        let peer = live.call.with.clone()?;
        let listed = live.person(&peer.user).map(|person| &person.display_name);
        let name = listed.filter(|_| peer.name == peer.user.as_str()).unwrap_or(&peer.name);
        Some((peer.user.clone(), inert(name)))
    }

    fn picture_of(&self, call: CallId) -> Option<String> {
        self.account.live().filter(|live| live.call.call == Some(call))?.picture.clone()
    }

    fn microphones(&self) -> DeviceChoice {
        DeviceChoice { devices: self.devices.list.microphones.clone(), chosen: self.setup.settings.microphone.clone() }
    }

    fn speakers(&self, chosen: Option<String>) -> DeviceChoice {
        DeviceChoice { devices: self.devices.list.speakers.clone(), chosen }
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

fn account_view(account: &Account, link: LinkState) -> PersonView {
    let presence = if link == LinkState::Up { Presence::Online } else { Presence::Offline };
    PersonView { user: account.user.clone(), name: inert(&account.display_name), presence }
}

fn person_view(person: &Person) -> PersonView {
    PersonView { user: person.user.clone(), name: inert(&person.display_name), presence: person.presence }
}

fn recent_view(entry: &CallEntry, live: &Live) -> RecentView {
    let presence = live.person(&entry.with).map_or(Presence::Offline, |person| person.presence);
    RecentView {
        id: entry.call.to_string(),
        with: PersonView { user: entry.with.clone(), name: inert(&entry.with_name), presence },
        direction: entry.direction,
        kind: entry.kind,
        reason: entry.reason,
        missed: entry.is_missed(),
        at_ms: entry.at_ms,
        duration_ms: entry.duration_ms,
    }
}

fn call_state(call: &CallStatus) -> CallState {
    match &call.phase {
        CallPhase::Idle | CallPhase::RingingHere => CallState::Idle,
        CallPhase::Calling => CallState::Calling,
        CallPhase::RingingThere { devices } => CallState::RingingThere { devices: *devices },
        CallPhase::Connecting => CallState::Connecting,
        CallPhase::Active { since } => CallState::Active { for_ms: millis(now().saturating_duration_since(*since)) },
        CallPhase::Reconnecting { until, .. } => {
            CallState::Reconnecting { left_ms: millis(until.saturating_duration_since(now())) }
        }
        CallPhase::Ended { reason, talked } => {
            let (end, device) = call_end(reason);
            CallState::Ended { end, device: inert(device), talked_ms: millis(*talked) }
        }
    }
}

fn call_end(reason: &HangupReason) -> (CallEnd, &str) {
    let end = match reason {
        HangupReason::Normal => CallEnd::HungUp,
        HangupReason::Remote => CallEnd::HungUpThere,
        HangupReason::Cancelled => CallEnd::Cancelled,
        HangupReason::RemoteCancelled => CallEnd::CancelledThere,
        HangupReason::Declined => CallEnd::Declined,
        HangupReason::RemoteDeclined => CallEnd::DeclinedThere,
        HangupReason::Busy => CallEnd::Busy,
        HangupReason::NoAnswer | HangupReason::Missed => CallEnd::NoAnswer,
        HangupReason::HandledElsewhere { how: HandledHow::Accepted, device } => {
            return (CallEnd::AnsweredElsewhere, device);
        }
        HangupReason::HandledElsewhere { how: HandledHow::Declined, device } => {
            return (CallEnd::DeclinedElsewhere, device);
        }
        HangupReason::ConnectionLost => CallEnd::ConnectionLost,
        HangupReason::MediaFailed => CallEnd::MediaFailed,
        HangupReason::Refused { .. } => CallEnd::NotStarted,
    };
    (end, "")
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
