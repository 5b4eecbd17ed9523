//! The settings: sections, search, and what is new in them.

use carillon_ipc::{Locale, Texts, testid};

use super::stage::{sample, text_of, unfolded};
use crate::{
    context::Language,
    samples::WORST,
    windows::settings_parts::{SECTIONS, Search},
};

#[test]
fn every_section_is_at_the_side_and_in_the_page() {
    let html = sample("settings");
    for section in &SECTIONS {
        assert!(html.contains(&format!("data-testid=\"{}\"", testid::settings_section(section.id))), "{}", section.id);
        assert!(html.contains(&format!("id=\"{}\"", section.id)), "{}", section.id);
    }
}

#[test]
fn a_search_finds_what_a_section_holds_in_every_language() {
    let found = |locale, query: &str| {
        let (texts, search) = (Language::new(Texts::new(locale)), Search::new(query));
        SECTIONS.iter().filter(|section| search.finds(&texts, section)).map(|section| section.id).collect::<Vec<_>>()
    };
    assert_eq!(found(Locale::English, " ECHO "), ["section-sound"]);
    assert_eq!(found(Locale::English, "volume"), ["section-ringing"]);
    assert_eq!(found(Locale::English, "ip address"), ["section-privacy"], "what is explained is found, too");
    assert_eq!(found(Locale::SimplifiedChinese, "注销"), ["section-you"]);
    assert_eq!(found(Locale::English, "").len(), SECTIONS.len());
    assert!(found(Locale::English, "xylophone").is_empty());
}

#[test]
fn what_a_search_looks_through_has_texts() {
    let texts = Texts::new(Locale::English);
    for key in SECTIONS.iter().flat_map(|section| section.keys()) {
        assert_ne!(texts.t(key), key);
    }
}

#[test]
fn quiet_says_when_it_is_over() {
    assert!(
        text_of(&sample("settings-quiet")).contains("Do Not Disturb On until 22:05"),
        "{}",
        text_of(&sample("settings-quiet"))
    );
    assert!(!text_of(&sample("settings")).contains("On until"));
}

#[test]
fn deleting_an_account_takes_its_password_and_says_what_is_lost() {
    let html = unfolded("settings-delete-refused");
    let text = text_of(&html);
    assert!(text.contains("Delete your account? You can't undo this."), "{text}");
    assert!(text.contains("Wrong current password"), "{text}");
    let button =
        html.split("<button").find(|button| button.contains(testid::SETTINGS_DELETE_CONFIRM)).expect("it is there");
    assert!(button.contains("disabled"), "nothing is typed: {button}");
}

#[test]
fn whom_one_has_blocked_can_be_unblocked() {
    let html = sample("settings-quiet");
    assert!(
        html.contains("data-testid=\"unblock-bob\"") && html.contains("aria-label=\"Unblock \u{2068}Bob Li\u{2069}\"")
    );
    assert!(text_of(&sample("settings")).contains("You haven't blocked anyone."));
}

#[test]
fn a_link_fills_the_page_in_and_a_server_without_https_is_one_click_away() {
    let html = sample("sign-in-link");
    assert!(html.contains("value=\"k7fq-2m9x-abcd-efgh\"") && text_of(&html).contains("Create an account"), "{html}");
    assert!(text_of(&sample("sign-in-plain-http")).contains("Use http://calls.example.org:8080"));
}

#[test]
fn a_link_that_calls_asks_and_its_first_answer_is_no() {
    let html = sample("main-link-call");
    let at = |id: &str| html.find(&format!("data-testid=\"{id}\"")).expect("the button");
    assert!(at(testid::LINK_CALL_CANCEL) < at(testid::LINK_CALL_VOICE));
    assert!(
        html.contains("role=\"alertdialog\"") && text_of(&html).contains("A link that you opened asks for this call.")
    );
}

#[test]
fn the_worst_names_are_whole_in_the_page_wherever_they_show() {
    for sample_name in ["names-main", "names-group-call", "names-settings"] {
        let text = text_of(&sample(sample_name));
        for name in ["李伟", "Null", "क्षत्रिय ज्ञानेश्वर त्र्यम्बक"]
        {
            assert!(WORST.contains(&name) && text.contains(name), "{name} in {sample_name}");
        }
    }
}
