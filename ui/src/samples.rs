//! Views to look at: every window in every state that matters, with the names that break layouts. The gallery shows them and
//! the tests render them.

use carillon_ipc::{
    CallEnd, CallState, CallView, DeviceChoice, DeviceView, LinkView, MainView, Notice, NoticeCode, PersonView,
    Processing, RecentView, RingState, RingView, SettingsView, SignInField, SignInView, TestView, Theme, WindowBase,
};
use carillon_protocol::{CallKind, Direction, EndReason, Presence, UserId};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// A face of 24 × 24 pixels.
const PICTURE: &str = concat!(
    "data:image/png;base64,",
    "iVBORw0KGgoAAAANSUhEUgAAABgAAAAYCAIAAABvFaqvAAAA0klEQVR42q3MbQoBURjF8bMjK7IFSZIkSZImSZK4BmMwxhgvSZIkyQfLsQRTtzSZ+9y8PPX7",
    "eM4f5m3DAuK6ZoHOZcUC7fOSBVonnwWaxwULNA4e5XEXbzRj1PdzpWhFovao7VwlKkTtYWxnSlSI2qO6cZSoELVHZTVVokLUHmV/okSFqD1K3pgSrWjGKLo2",
    "CxScEQvkJxYL5OxhVCxuaCgvyFqDMH0i7O2IzKD/8nlFCn+RNk3p24r0uiMleoHfKpIsINkRgX9CsoBEu/tPRQoiT2a3+BzogycaAAAAAElFTkSuQmCC",
);

/// One window's view.
pub(crate) enum Sample {
    Main(MainView),
    Ring(RingView),
    Call(CallView),
    Settings(SettingsView),
}

impl From<MainView> for Sample {
    fn from(view: MainView) -> Self {
        Self::Main(view)
    }
}

impl From<RingView> for Sample {
    fn from(view: RingView) -> Self {
        Self::Ring(view)
    }
}

impl From<CallView> for Sample {
    fn from(view: CallView) -> Self {
        Self::Call(view)
    }
}

impl From<SettingsView> for Sample {
    fn from(view: SettingsView) -> Self {
        Self::Settings(view)
    }
}

/// All of them by name. `now_ms` is when the calls in the log are counted back from.
pub(crate) fn all(base: WindowBase, now_ms: u64) -> Vec<(&'static str, Sample)> {
    let mut samples = main_samples(base, now_ms);
    samples.extend(ring_samples(base));
    samples.extend(call_samples(base));
    samples.extend(settings_samples(base));
    samples
}

pub(crate) fn user(name: &str) -> UserId {
    UserId::new(name).expect("samples have good names")
}

pub(crate) fn person(id: &str, name: &str, presence: Presence) -> PersonView {
    PersonView { user: user(id), name: name.to_owned(), presence }
}

pub(crate) fn notice(code: NoticeCode, name: &str, detail: &str) -> Notice {
    Notice { code, name: name.to_owned(), detail: detail.to_owned() }
}

pub(crate) fn team() -> Vec<PersonView> {
    vec![
        person("bob", "Bob Li", Presence::Online),
        person("carol", "Carol Okonkwo", Presence::InCall),
        person("wei", "李伟", Presence::Online),
        person("layla", "ليلى حداد", Presence::Online),
        person("d.ray", "d.ray", Presence::Online),
        person("max", "Maximilian Alexander von Hohenlohe-Langenburg der Jüngere", Presence::Offline),
        person("zoe", "Zoë 🌻", Presence::Offline),
    ]
}

fn call(with: &PersonView, direction: Direction, reason: EndReason, at_ms: u64, duration_ms: u64) -> RecentView {
    let missed = direction == Direction::Incoming && matches!(reason, EndReason::NoAnswer | EndReason::Cancelled);
    RecentView {
        id: format!("{}-{at_ms}", with.user),
        with: with.clone(),
        direction,
        kind: CallKind::Voice,
        reason,
        missed,
        at_ms,
        duration_ms,
    }
}

fn calls(now_ms: u64) -> Vec<RecentView> {
    use Direction::{Incoming, Outgoing};
    use EndReason::{Busy, Declined, HungUp, NoAnswer};
    let team = team();
    let ago = |ms| now_ms.saturating_sub(ms);
    vec![
        call(&team[0], Incoming, NoAnswer, ago(3 * MINUTE_MS), 0),
        call(&team[2], Outgoing, HungUp, ago(2 * HOUR_MS), 12 * MINUTE_MS),
        call(&team[0], Outgoing, HungUp, ago(DAY_MS + HOUR_MS), 64 * MINUTE_MS),
        call(&team[0], Outgoing, Busy, ago(DAY_MS + 2 * HOUR_MS), 0),
        call(&team[3], Incoming, HungUp, ago(2 * DAY_MS), 45_000),
        call(&team[5], Outgoing, NoAnswer, ago(3 * DAY_MS), 0),
        call(&team[0], Incoming, Declined, ago(9 * DAY_MS), 0),
        call(&team[0], Incoming, HungUp, ago(400 * DAY_MS), 5 * MINUTE_MS),
    ]
}

/// The main window, signed in.
pub(crate) fn main_view(base: WindowBase, now_ms: u64) -> MainView {
    MainView {
        base,
        me: Some(person("ada", "Ada Lovelace", Presence::Online)),
        link: LinkView::Up,
        people: team(),
        selected: Some(team()[0].clone()),
        recent: calls(now_ms),
        missed: 1,
        ..MainView::default()
    }
}

fn main_samples(base: WindowBase, now_ms: u64) -> Vec<(&'static str, Sample)> {
    let view = || main_view(base, now_ms);
    let failed = notice(NoticeCode::Internal, "", "GET /v1/link: 502 Bad Gateway (request 0193-77ab), after 3 tries");
    let sign_in = |view: SignInView| MainView { base, sign_in: Some(view), ..MainView::default() }.into();
    let wrong = |field, code, detail| SignInView {
        server: "calls.example.org".into(),
        user: "ada".into(),
        problem: Some((field, notice(code, "", detail))),
        ..SignInView::default()
    };
    vec![
        ("main", view().into()),
        ("main-starting", MainView { base, loading: true, ..MainView::default() }.into()),
        ("main-nobody-selected", MainView { selected: None, missed: 0, ..view() }.into()),
        ("main-first-day", MainView { people: vec![], recent: vec![], selected: None, missed: 0, ..view() }.into()),
        (
            "main-loading",
            MainView { people: vec![], recent: vec![], selected: None, missed: 0, loading: true, ..view() }.into(),
        ),
        ("main-no-match", MainView { people: vec![], query: "xylo".into(), ..view() }.into()),
        ("main-long-name", MainView { selected: Some(team()[5].clone()), ..view() }.into()),
        ("main-rtl-name", MainView { selected: Some(team()[3].clone()), ..view() }.into()),
        ("main-chinese-name", MainView { selected: Some(team()[2].clone()), ..view() }.into()),
        ("main-no-calls", MainView { selected: Some(team()[4].clone()), ..view() }.into()),
        ("main-in-call", MainView { in_call: true, ..view() }.into()),
        ("main-reconnecting", MainView { link: LinkView::Reconnecting, ..view() }.into()),
        ("main-offline", MainView { link: LinkView::Down, notice: Some(failed), ..view() }.into()),
        ("main-replaced", MainView { link: LinkView::Replaced, ..view() }.into()),
        ("sign-in", sign_in(SignInView::default())),
        (
            "sign-in-busy",
            sign_in(SignInView { busy: true, server: "calls.example.org".into(), ..SignInView::default() }),
        ),
        ("sign-in-wrong", sign_in(wrong(SignInField::Password, NoticeCode::WrongCredentials, ""))),
        (
            "sign-in-unreachable",
            sign_in(wrong(SignInField::Server, NoticeCode::ServerUnreachable, "connect: connection refused")),
        ),
        ("sign-in-insecure", sign_in(wrong(SignInField::Server, NoticeCode::InsecureAddress, ""))),
        ("sign-in-no-keychain", sign_in(wrong(SignInField::Form, NoticeCode::NoKeychain, ""))),
    ]
}

/// A ring of somebody.
pub(crate) fn ring_view(base: WindowBase, name: &str) -> RingView {
    RingView {
        base,
        ring: Some(RingState {
            call: "0193".into(),
            user: user("bob"),
            name: name.to_owned(),
            kind: CallKind::Voice,
            picture: None,
            also_on: vec!["phone".into()],
            answered_on: None,
        }),
    }
}

fn ring_samples(base: WindowBase) -> Vec<(&'static str, Sample)> {
    let mut alone = ring_view(base, "李伟");
    let (mut handled, mut pictured) = (ring_view(base, "Bob Li"), ring_view(base, "Bob Li"));
    if let (Some(alone), Some(handled), Some(pictured)) = (&mut alone.ring, &mut handled.ring, &mut pictured.ring) {
        pictured.picture = Some(PICTURE.into());
        alone.also_on.clear();
        alone.user = user("wei");
        handled.answered_on = Some("phone".into());
    }
    vec![
        ("ring", ring_view(base, "Bob Li").into()),
        ("ring-long-name", ring_view(base, &team()[5].name).into()),
        ("ring-rtl-name", ring_view(base, &team()[3].name).into()),
        ("ring-chinese-name", alone.into()),
        ("ring-picture", pictured.into()),
        ("ring-answered", handled.into()),
    ]
}

fn devices(names: &[&str], chosen: Option<usize>) -> DeviceChoice {
    let devices: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(i, name)| DeviceView { id: format!("device-{i}"), name: (*name).to_owned() })
        .collect();
    DeviceChoice { chosen: chosen.map(|i| devices[i].id.clone()), devices }
}

fn microphones() -> DeviceChoice {
    devices(&["Built-in Audio Analog Stereo", "Jabra Evolve2 65 Mono (USB headset, second port)"], Some(1))
}

fn speakers() -> DeviceChoice {
    devices(&["Built-in Audio Analog Stereo", "Jabra Evolve2 65 Stereo", "HDMI / DisplayPort 2"], None)
}

/// A call with Bob in a state.
pub(crate) fn call_view(base: WindowBase, state: CallState) -> CallView {
    CallView {
        base,
        with: Some((user("bob"), "Bob Li".into())),
        kind: Some(CallKind::Voice),
        state,
        microphones: microphones(),
        speakers: speakers(),
        ..CallView::default()
    }
}

fn call_samples(base: WindowBase) -> Vec<(&'static str, Sample)> {
    let view = |state| call_view(base, state);
    let ended = |end, device: &str, talked_ms| view(CallState::Ended { end, device: device.to_owned(), talked_ms });
    let talking = CallState::Active { for_ms: 724_000 };
    let gone = notice(NoticeCode::DeviceGone, "Jabra Evolve2 65 Mono", "");
    vec![
        ("call-calling", view(CallState::Calling).into()),
        ("call-ringing", view(CallState::RingingThere { devices: 2 }).into()),
        ("call-connecting", view(CallState::Connecting).into()),
        ("call", view(talking.clone()).into()),
        ("call-picture", CallView { picture: Some(PICTURE.into()), ..view(talking.clone()) }.into()),
        ("call-muted", CallView { muted: true, poor_network: true, ..view(talking.clone()) }.into()),
        ("call-device-gone", CallView { notice: Some(gone), ..view(talking.clone()) }.into()),
        (
            "call-long-name",
            CallView { with: Some((user("max"), team()[5].name.clone())), ..view(talking.clone()) }.into(),
        ),
        ("call-no-name", CallView { with: Some((user("d.ray"), String::new())), ..view(talking) }.into()),
        ("call-reconnecting", view(CallState::Reconnecting { left_ms: 28_000 }).into()),
        ("call-ended", ended(CallEnd::HungUpThere, "", 751_000).into()),
        ("call-no-answer", ended(CallEnd::NoAnswer, "", 0).into()),
        ("call-media-failed", ended(CallEnd::MediaFailed, "", 0).into()),
        ("call-elsewhere", ended(CallEnd::AnsweredElsewhere, "Ada's phone", 0).into()),
        ("call-idle", CallView { base, ..CallView::default() }.into()),
    ]
}

/// Settings of somebody who is signed in.
pub(crate) fn settings_view(base: WindowBase) -> SettingsView {
    SettingsView {
        base,
        me: Some(person("ada", "Ada Lovelace", Presence::Online)),
        server: "calls.example.org".into(),
        device_name: "ada-laptop".into(),
        microphones: microphones(),
        speakers: speakers(),
        ring_outputs: speakers(),
        processing: Processing { gain_control: false, ..Processing::default() },
        ring_here: true,
        ring_sound: true,
        notifications: true,
        theme: base.theme,
        version: "0.1.0".into(),
        ..SettingsView::default()
    }
}

fn settings_samples(base: WindowBase) -> Vec<(&'static str, Sample)> {
    let testing = TestView { microphone_level: Some(0.62) };
    let refused = notice(NoticeCode::MicrophoneRefused, "", "");
    vec![
        ("settings", settings_view(base).into()),
        ("settings-testing", SettingsView { test: testing, theme: Theme::Dark, ..settings_view(base) }.into()),
        (
            "settings-no-devices",
            SettingsView {
                microphones: DeviceChoice::default(),
                notice: Some(refused),
                me: None,
                ..settings_view(base)
            }
            .into(),
        ),
    ]
}
