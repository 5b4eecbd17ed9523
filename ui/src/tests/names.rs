//! Names are chosen by others (S25): all that is in them is text, in one line, in its own place.

use carillon_ipc::{
    CallState, ChatView, LegView, MainView, MeView, MemberView, PageView, PersonView, RowView, WindowBase,
};
use carillon_protocol::{Chat, GroupKind, GroupRole, LegState, Presence};

use super::stage::{NOW_MS, html_of, text_of};
use crate::samples;

fn windows_with(name: &str) -> Vec<String> {
    let base = WindowBase::default();
    let person = samples::person("eve", name, Presence::Online);
    let mut main = samples::main_view(base, NOW_MS);
    let unread = PersonView { unread: 1, ..person.clone() };
    main.list = samples::list_of(vec![samples::person_row(unread, None), samples::person_row(person.clone(), None)]);
    let me = MeView { picture: None, ..samples::me(name) };
    main.me = Some(me.clone());
    main.page = samples::page_of(person.clone());
    let mut in_group =
        MainView { me: main.me.clone(), people: vec![person.clone()], ..samples::main_view(base, NOW_MS) };
    let group = samples::group("g-1", name, GroupKind::Group, Some(GroupRole::Owner));
    in_group.list = samples::list_of(vec![RowView::Group { group, last: None }]);
    in_group.page = group_page(&person);
    let mut call = samples::call_view(base, CallState::Calling);
    call.with = Some((person.user.clone(), name.to_owned()));
    let leg = LegView { user: person.user.clone(), name: name.to_owned(), ..samples::leg(0, LegState::Ringing) };
    let mut group_call = samples::group_call_view(base, CallState::Active { for_ms: 0 }, name, vec![leg]);
    for leg in group_call.group.iter_mut().flat_map(|group| &mut group.legs) {
        (leg.picture, leg.name) = (None, name.to_owned());
    }
    let mut settings = samples::settings_view(base, NOW_MS);
    settings.me = Some(me);
    settings.devices.iter_mut().for_each(|device| device.name = name.to_owned());
    vec![
        html_of(main),
        html_of(in_group),
        html_of(samples::ring_view(base, name)),
        html_of(call),
        html_of(group_call),
        html_of(settings),
    ]
}

/// A group of this name with this one in it, who has said something.
fn group_page(person: &PersonView) -> PageView {
    let group = samples::group("g-1", &person.name, GroupKind::Group, Some(GroupRole::Owner));
    let members = vec![MemberView { person: person.clone(), role: GroupRole::Member, is_me: false, invited: false }];
    let items = vec![samples::message(1, person, "hello", NOW_MS)];
    let chat = ChatView { items, ..ChatView::new(Chat::Group { group: group.group.clone() }) };
    PageView::Group { group, members, chat }
}

#[test]
fn s25_html_in_a_name_is_text() {
    for html in windows_with("<img src=x onerror=alert(1)><b>Eve</b>") {
        assert!(!html.contains("<img") && !html.contains("<b>"), "{html}");
        assert!(html.contains("&lt;img src=x"), "{html}");
    }
}

#[test]
fn s25_quotes_in_a_name_do_not_leave_their_attribute() {
    for html in windows_with("\" onclick=\"alert(1)") {
        assert!(html.contains("&quot; onclick=&quot;alert(1)"), "{html}");
        let mut tags = html.split('<').filter_map(|rest| rest.split('>').next());
        assert!(!tags.any(|tag| tag.contains(" onclick=\"")), "{html}");
    }
}

#[test]
fn s25_a_right_to_left_name_stays_in_its_own_element() {
    for html in windows_with("ليلى حداد") {
        let parents: Vec<_> = html.match_indices(">ليلى حداد<").map(|(at, _)| &html[..at]).collect();
        assert!(!parents.is_empty());
        for before in parents {
            let tag = before.rsplit('<').next().unwrap_or_default();
            assert!(tag.starts_with("bdi "), "{tag}");
        }
    }
}

#[test]
fn s25_marks_that_turn_text_round_are_taken_out() {
    for html in windows_with("Eve\u{202e}knab ruoY\u{2066}") {
        assert!(!html.contains(['\u{202a}', '\u{202e}', '\u{2066}']), "{html}");
        assert!(html.contains("Eveknab ruoY"), "{html}");
    }
}

#[test]
fn s25_a_name_of_ten_thousand_characters_is_cut() {
    for html in windows_with(&"W".repeat(10_000)) {
        let longest = text_of(&html).split(' ').map(|word| word.chars().count()).max();
        assert!(
            matches!(longest, Some(64 | 120 | 122)),
            "with its ellipsis, alone, in a sentence or as an owner: {longest:?}"
        );
    }
}

#[test]
fn s25_emoji_and_other_scripts_are_names_like_any() {
    for name in ["🌻🌻", "李伟", "Ünsal Ñandú", "👩🏽‍🚀 Mae"] {
        for html in windows_with(name) {
            assert!(html.contains(name), "{name}");
        }
    }
}

#[test]
fn whoever_has_no_name_is_called_by_their_account() {
    let html = html_of(samples::ring_view(WindowBase::default(), "  "));
    assert!(text_of(&html).contains("bob Voice call"), "{html}");
}
