//! Views to look at: every window in every state that matters, with the names that break layouts. The gallery shows them and
//! the tests render them.

mod calls;
mod group_calls;
mod links;
mod main;
mod names;
mod pictures;
mod settings;

use carillon_ipc::{
    CallView, GroupView, MainView, MeView, MemberView, Notice, NoticeCode, OwnPresence, PersonView, RingView,
    SettingsView, WindowBase,
};
use carillon_protocol::{ContactState, GroupId, GroupKind, GroupRole, Presence, UserId};

#[cfg(test)]
pub(crate) use self::{
    calls::call_view,
    main::{chat_with_bob, message},
    names::WORST,
    pictures::{pictures_view, video_call_view},
    settings::device_id,
};
pub(crate) use self::{
    calls::ring_view,
    group_calls::{group_call_view, leg},
    main::{list_of, main_view, page_of, person_row},
    settings::settings_view,
};

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
    let mut samples = main::samples(base, now_ms);
    samples.extend(calls::samples(base));
    samples.extend(group_calls::samples(base));
    samples.extend(pictures::samples(base));
    samples.extend(settings::samples(base, now_ms));
    samples.extend(links::samples(base, now_ms));
    samples.extend(names::samples(base, now_ms));
    samples
}

pub(crate) fn user(name: &str) -> UserId {
    UserId::new(name).expect("samples have good names")
}

pub(crate) fn person(id: &str, name: &str, presence: Presence) -> PersonView {
    PersonView { contact: ContactState::Contact, ..PersonView::new(user(id), name, presence) }
}

/// A person who is no contact.
fn stranger(id: &str, name: &str) -> PersonView {
    PersonView::new(user(id), name, Presence::Hidden)
}

pub(crate) fn me(name: &str) -> MeView {
    MeView { user: user("ada"), name: name.to_owned(), picture: Some(PICTURE.into()), presence: OwnPresence::Available }
}

pub(crate) fn notice(code: NoticeCode, name: &str, detail: &str) -> Notice {
    Notice { code, name: name.to_owned(), detail: detail.to_owned() }
}

pub(crate) fn team() -> Vec<PersonView> {
    let mut wei = person("wei", "李伟", Presence::Online);
    wei.unread = 2;
    let mut max = person("max", "Maximilian Alexander von Hohenlohe-Langenburg der Jüngere", Presence::Offline);
    max.picture = Some(PICTURE.into());
    vec![
        person("bob", "Bob Li", Presence::Online),
        person("carol", "Carol Okonkwo", Presence::InCall),
        wei,
        person("layla", "ليلى حداد", Presence::Away),
        person("d.ray", "d.ray", Presence::DoNotDisturb),
        max,
        person("zoe", "Zoë 🌻", Presence::Offline),
    ]
}

pub(crate) fn group_id(id: &str) -> GroupId {
    GroupId::new(id).expect("samples have good names")
}

pub(crate) fn group(id: &str, name: &str, kind: GroupKind, role: Option<GroupRole>) -> GroupView {
    GroupView {
        group: group_id(id),
        kind,
        name: name.to_owned(),
        picture: None,
        members: 5,
        role,
        unread: 0,
        invited_by: None,
    }
}

fn groups() -> Vec<GroupView> {
    let mut design = group("g-design", "Design", GroupKind::Group, Some(GroupRole::Owner));
    design.unread = 3;
    vec![design, group("g-lunch", "午餐", GroupKind::Room, Some(GroupRole::Member))]
}

pub(crate) fn members() -> Vec<MemberView> {
    let team = team();
    let me = MemberView {
        person: person("ada", "Ada Lovelace", Presence::Online),
        role: GroupRole::Owner,
        is_me: true,
        invited: false,
    };
    let with = |index: usize, role| MemberView {
        person: PersonView { unread: 0, ..team[index].clone() },
        role,
        is_me: false,
        invited: false,
    };
    vec![
        me,
        with(0, GroupRole::Admin),
        with(2, GroupRole::Member),
        with(3, GroupRole::Member),
        with(5, GroupRole::Member),
    ]
}
