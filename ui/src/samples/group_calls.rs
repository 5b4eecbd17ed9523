//! Group calls: of a few and of many, all the same and one large, with pictures and without.

use carillon_ipc::{
    CallState, CallView, CameraView, GroupCallView, LegView, NoticeCode, OwnPictures, PersonView, PicturesView,
    TheirPictures, VolumeView, WindowBase,
};
use carillon_protocol::{HangupReason, LegState, Presence};

use super::{
    PICTURE, Sample,
    calls::call_view,
    notice, person,
    pictures::{cameras, feed},
    team, user,
};

const TALKING: CallState = CallState::Active { for_ms: 94_000 };
/// Names of all lengths, for calls of many.
const MANY: [&str; 19] = [
    "Bob Li",
    "Carol Okonkwo",
    "李伟",
    "ليلى حداد",
    "Maximilian Alexander von Hohenlohe-Langenburg der Jüngere",
    "Zoë 🌻",
    "Nia",
    "Tomás Ferreira",
    "田中さくら",
    "Ingrid Åkesson",
    "Omar",
    "Priya Raghunathan",
    "Jo",
    "Łukasz Żak",
    "Amélie Dubois",
    "Kwame Mensah",
    "שרה כהן",
    "Olena",
    "Sam",
];

/// All of them.
pub(super) fn samples(base: WindowBase) -> Vec<(&'static str, Sample)> {
    let mut samples = with_few(base);
    samples.extend(with_pictures(base));
    samples
}

/// Somebody of the team.
pub(crate) fn leg(index: usize, state: LegState) -> LegView {
    let PersonView { user, name, picture, .. } = team()[index].clone();
    LegView {
        user,
        name,
        picture,
        state,
        is_me: false,
        seat: u8::try_from(index + 1).unwrap_or_default(),
        camera: false,
        screen: false,
        is_muted: false,
        is_reconnecting: false,
        hand: None,
        can_moderate: false,
        volume: VolumeView::default(),
    }
}

fn me() -> LegView {
    let picture = Some(PICTURE.into());
    let (user, name) = (user("ada"), "Ada Lovelace".to_owned());
    LegView { user, name, picture, is_me: true, seat: 0, ..leg(0, LegState::Accepted) }
}

/// A group call in a state.
pub(crate) fn group_call_view(base: WindowBase, state: CallState, name: &str, legs: Vec<LegView>) -> CallView {
    let legs = std::iter::once(me()).chain(legs).collect();
    let group = GroupCallView { name: name.to_owned(), legs, can_add: true, ..GroupCallView::default() };
    let camera = CameraView { is_on: false, is_mirrored: true, cameras: cameras() };
    let pictures = PicturesView { camera, ..PicturesView::default() };
    CallView { group: Some(group), pictures: Some(pictures), ..call_view(base, state) }
}

fn with_few(base: WindowBase) -> Vec<(&'static str, Sample)> {
    use LegState::{Accepted, Busy, Declined, Left, Missed, Removed, Ringing};
    let call = |name: &str, legs| group_call_view(base, TALKING, name, legs);
    let some = || vec![leg(0, Accepted), leg(2, Ringing), leg(3, Declined), leg(5, Missed)];
    let all = vec![
        LegView { is_muted: true, ..leg(0, Accepted) },
        leg(1, Busy),
        leg(2, Ringing),
        leg(3, Declined),
        leg(4, Left),
        leg(5, Missed),
        leg(6, Removed),
    ];
    let adding = with(call("Design", some()), |group| group.adding = Some(team().into_iter().skip(3).collect()));
    let ended = CallState::Ended { reason: HangupReason::Normal, talked_ms: 94_000 };
    let by = Some(leg(0, Accepted).user);
    let removed = CallState::Ended { reason: HangupReason::Removed { by }, talked_ms: 94_000 };
    let rings = vec![leg(0, Ringing), leg(2, Ringing)];
    vec![
        ("call-group", call("Design", some()).into()),
        ("call-group-ringing", group_call_view(base, CallState::RingingThere { devices: 3 }, "Design", rings).into()),
        ("call-group-many", with(call("", all), |group| group.shows_people = true).into()),
        ("call-group-adding", adding.into()),
        ("call-group-left", group_call_view(base, ended, "Design", some()).into()),
        ("call-group-removed", group_call_view(base, removed, "Design", some()).into()),
        ("group-voice-9", of_many(base, 9, false).into()),
        ("group-voice-20", of_many(base, 20, false).into()),
    ]
}

fn with_pictures(base: WindowBase) -> Vec<(&'static str, Sample)> {
    let spotlight = |count| with(of_many(base, count, true), |group| group.is_spotlight = true);
    let screen = |count| {
        with(spotlight(count), |group| {
            group.legs[2].screen = true;
            group.speaker = Some(group.legs[1].user.clone());
        })
    };
    let pinned = with(spotlight(9), |group| group.pinned = Some(group.legs[3].user.clone()));
    let people = with(of_many(base, 9, true), |group| {
        group.shows_people = true;
        group.legs[1].volume = VolumeView { percent: 40, is_silenced: false };
        group.legs[2].volume.is_silenced = true;
    });
    let moderated = with(of_many(base, 9, true), |group| {
        group.shows_people = true;
        group.legs.iter_mut().skip(1).for_each(|leg| leg.can_moderate = true);
        (group.legs[0].hand, group.legs[4].hand, group.legs[5].hand) = (Some(2), Some(1), Some(3));
        (group.legs[1].is_reconnecting, group.legs[2].is_reconnecting) = (true, true);
    });
    let alone = with(of_many(base, 4, true), |group| {
        group.legs.iter_mut().skip(1).for_each(|leg| leg.state = LegState::Ringing);
    });
    let mini = |mut view: CallView| {
        view.pictures.iter_mut().for_each(|pictures| pictures.is_mini = true);
        view
    };
    let full = CallView {
        notice: Some(notice(NoticeCode::CallFull, "100", "")),
        ..with(of_many(base, 20, true), |group| group.can_add = false)
    };
    let muted = CallView {
        muted: true,
        notice: Some(notice(NoticeCode::JoinedMuted, "", "")),
        ..with(of_many(base, 9, true), |group| group.legs[0].is_muted = true)
    };
    vec![
        ("group-4", of_many(base, 4, true).into()),
        ("group-9", of_many(base, 9, true).into()),
        ("group-20", of_many(base, 20, true).into()),
        ("group-ringing", alone.into()),
        ("group-spotlight-4", spotlight(4).into()),
        ("group-spotlight-9", spotlight(9).into()),
        ("group-spotlight-20", spotlight(20).into()),
        ("group-pinned", pinned.into()),
        ("group-screen", screen(9).into()),
        ("group-screen-grid", with(screen(4), |group| group.is_spotlight = false).into()),
        ("group-people", people.into()),
        ("group-moderated", moderated.into()),
        ("group-joined-muted", muted.into()),
        ("group-full", full.into()),
        ("group-mini", mini(of_many(base, 4, true)).into()),
        ("group-mini-screen", mini(screen(4)).into()),
    ]
}

/// So many people, this user among them; some are muted, and some have their camera off.
fn of_many(base: WindowBase, count: usize, has_pictures: bool) -> CallView {
    let leg = |(index, name): (usize, &&str)| {
        let PersonView { user, name, .. } = person(&format!("person-{index}"), name, Presence::Online);
        LegView {
            user,
            name,
            seat: u8::try_from(index + 1).unwrap_or_default(),
            camera: has_pictures && index % 3 != 1,
            is_muted: index % 4 == 2,
            picture: (index % 5 == 4).then(|| PICTURE.to_owned()),
            ..leg(0, LegState::Accepted)
        }
    };
    let legs = MANY.iter().enumerate().take(count.saturating_sub(1)).map(leg).collect();
    let mut view = group_call_view(base, TALKING, "Design", legs);
    if has_pictures {
        view.group.iter_mut().for_each(|group| group.legs[0].camera = true);
        let pictures = view.pictures.take().unwrap_or_default();
        let camera = CameraView { is_on: true, ..pictures.camera };
        let (mine, theirs) = (OwnPictures { camera: true, screen: false }, TheirPictures::default());
        view.pictures = Some(PicturesView { feed: Some(feed()), camera, mine, theirs, ..PicturesView::default() });
    }
    view
}

fn with(mut view: CallView, change: impl FnOnce(&mut GroupCallView)) -> CallView {
    if let Some(group) = &mut view.group {
        change(group);
    }
    view
}
