//! Names are chosen by others (S25): whatever is in them is text, in one line, in its own place.

use carillon_ipc::WindowBase;
use carillon_protocol::Presence;

use super::stage::{NOW_MS, html_of, text_of};
use crate::samples;

fn windows_with(name: &str) -> Vec<String> {
    let base = WindowBase::default();
    let person = samples::person("eve", name, Presence::Online);
    let mut main = samples::main_view(base, NOW_MS);
    main.people = vec![person.clone()];
    main.selected = Some(person.clone());
    main.me = Some(person.clone());
    for call in &mut main.recent {
        call.with = person.clone();
    }
    let mut call = samples::call_view(base, carillon_ipc::CallState::Calling);
    call.with = Some((person.user.clone(), name.to_owned()));
    let mut settings = samples::settings_view(base);
    settings.me = Some(person);
    settings.device_name = name.to_owned();
    vec![html_of(main), html_of(samples::ring_view(base, name)), html_of(call), html_of(settings)]
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
        let title = html.split(" title=\"").nth(1).and_then(|rest| rest.split('"').next());
        assert_eq!(title, Some("&quot; onclick=&quot;alert(1)"), "{html}");
    }
}

#[test]
fn s25_a_right_to_left_name_stays_in_its_own_element() {
    for html in windows_with("ليلى حداد") {
        let parents: Vec<_> = html.match_indices(">ليلى حداد<").map(|(at, _)| &html[..at]).collect();
        assert!(!parents.is_empty());
        for before in parents {
            let tag = before.rsplit('<').next().unwrap_or_default();
            assert!(tag.starts_with("bdi ") || tag.starts_with("option "), "{tag}");
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
        assert_eq!(longest, Some(121), "120 and an ellipsis");
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
