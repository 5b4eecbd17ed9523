//! The twenty names that break layouts, in every place that shows names: looked at in both themes.

use carillon_ipc::{CallState, MainView, PersonView, RowView, WindowBase};
use carillon_protocol::{GroupKind, GroupRole, LegState, Presence};

use super::{
    Sample, group, group_call_view, leg, list_of, main_view, page_of, person, person_row, ring_view, settings_view,
};

/// Long ones with and without a place to break, tall and deep letters, joiners, marks, other directions, lookalikes, and next to nothing.
pub(crate) const WORST: [&str; 20] = [
    "Maximilian Alexander von Hohenlohe-Langenburg der Jüngere zu Hohe",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    "iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii",
    "gjpqy ĝĵþ Ÿ Åₓ ∫ gjpqy",
    "Ǻ̈́ Ẫ̃ Ȫ̄ tall marks",
    "Z̵̢̛a̷̡͠l̸̨̕g̷̢͝o̶͜͝",
    "👩🏽‍🚀👨‍👩‍👧‍👦🏳️‍🌈🧑🏿‍🤝‍🧑🏻",
    "🇨🇭🇯🇵 Flags & Co. 🎛️🎚️",
    "ليلى حداد عبد الرحمن بن محمد",
    "שרה כהן־לוי (Sarah)",
    "Ada ليلى Bob שרה",
    "李伟",
    "欧阳·司马诸葛亮东方不败令狐冲任我行岳不群左冷禅",
    "タケシ・ヴァイオリン・パーカッション",
    "แก้วกัลยาณีศรีสุวรรณ",
    "क्षत्रिय ज्ञानेश्वर त्र्यम्बक",
    "<b>Bob</b> &amp; \"Eve\" '; --",
    "Null",
    ".",
    "‎ Ada Lovelace",
];

fn people() -> Vec<PersonView> {
    let presences = [Presence::Online, Presence::InCall, Presence::DoNotDisturb, Presence::Away, Presence::Offline];
    let person = |(index, name): (usize, &&str)| PersonView {
        unread: if index % 3 == 0 { 120 } else { 0 },
        ..person(&format!("worst-{index}"), name, presences[index % presences.len()])
    };
    WORST.iter().enumerate().map(person).collect()
}

/// All of them.
pub(super) fn samples(base: WindowBase, now_ms: u64) -> Vec<(&'static str, Sample)> {
    let people = people();
    let legs = people.iter().map(|person| {
        let leg = leg(0, LegState::Accepted);
        carillon_ipc::LegView { user: person.user.clone(), name: person.name.clone(), is_me: false, ..leg }
    });
    let mut call = group_call_view(base, CallState::Active { for_ms: 60_000 }, WORST[0], legs.collect());
    call.group.iter_mut().for_each(|group| group.shows_people = true);
    let groups = WORST
        .iter()
        .enumerate()
        .map(|(index, name)| group(&format!("g-worst-{index}"), name, GroupKind::Group, Some(GroupRole::Member)));
    let groups = groups.map(|group| RowView::Group { group, last: None });
    let rows = people.iter().map(|person| person_row(person.clone(), None)).chain(groups).collect();
    let mut settings = settings_view(base, now_ms);
    settings.blocked.clone_from(&people);
    settings.devices.iter_mut().zip(WORST).for_each(|(device, name)| device.name = name.to_owned());
    vec![
        (
            "names-main",
            MainView {
                people: people.clone(),
                list: list_of(rows),
                page: page_of(people[1].clone()),
                ..main_view(base, now_ms)
            }
            .into(),
        ),
        ("names-ring", ring_view(base, WORST[4]).into()),
        ("names-group-call", call.into()),
        ("names-settings", settings.into()),
    ]
}
