//! What each window says and offers.

use std::collections::BTreeSet;

use carillon_ipc::{CallState, CallView, Locale, Notice, NoticeCode, SettingsView, WindowBase, testid};

use super::stage::{NOW_MS, html_in, html_of, html_unfolded, in_trouble, sample, text_of, unfolded};
use crate::samples;

#[test]
fn every_view_renders_in_every_language() {
    for locale in Locale::ALL {
        for (name, sample) in samples::all(WindowBase::default(), NOW_MS) {
            let html = html_in(*locale, sample);
            assert!(html.contains("class=\"window"), "{name}");
            assert!(!html.contains(" style="), "{name}: the content policy would drop it");
        }
    }
}

#[test]
fn every_test_id_is_somewhere() {
    let all = |html: fn(samples::Sample) -> String| -> String {
        samples::all(WindowBase::default(), NOW_MS).into_iter().map(|(_, sample)| html(sample)).collect()
    };
    let all = all(html_of) + &all(html_unfolded);
    let found: BTreeSet<_> = testid::ALL.iter().filter(|id| all.contains(&format!("data-testid=\"{id}\""))).collect();
    let missing: BTreeSet<_> = testid::ALL.iter().filter(|id| !found.contains(id)).collect();
    // These show only after a click or a key, which no page that is only rendered has had.
    let later = [
        testid::COMPOSER_LIMIT,
        testid::GROUP_LEAVE,
        testid::TO_LATEST,
        testid::MESSAGE_DELETE_CONFIRM,
        testid::WRITING,
        testid::WRITING_CANCEL,
        testid::ATTACH_REMOVE,
        testid::SETTINGS_DISCARD,
        testid::SETTINGS_DISCARD_CANCEL,
        testid::KEYS_PAGE,
        testid::KEYS_CLOSE,
    ];
    // The painter makes these, which is no part of the page that is rendered.
    let canvases = [
        testid::RING_OWN_CAMERA,
        testid::CALL_THEIR_CAMERA,
        testid::CALL_THEIR_SCREEN,
        testid::CALL_OWN_CAMERA,
        testid::SETTINGS_CAMERA_PICTURE,
    ];
    assert_eq!(missing, later.iter().chain(&canvases).collect::<BTreeSet<_>>());
}

#[test]
fn a_person_can_be_called_in_one_click() {
    let html = sample("main");
    assert!(html.contains("data-testid=\"person-bob\""));
    assert!(html.contains("data-testid=\"call-voice\""));
    assert!(text_of(&html).contains("Online Bob Li"), "presence is a word as well as a dot: {}", text_of(&html));
    assert!(html.contains("data-testid=\"call-video\""));
}

#[test]
fn the_log_says_what_came_of_each_call_and_when() {
    let text = text_of(&sample("main"));
    assert!(text.contains("Missed call 18:02"), "{text}");
    assert!(text.contains("Yesterday Busy 16:05"), "{text}");
    assert!(text.contains("Voice call 1 h 4 min 17:05 Today"), "{text}");
    assert!(text.contains("11 November Declined"), "{text}");
    assert!(sample("main").contains("aria-label=\"Outgoing call\""), "the arrows say which way");
    assert!(text.contains("16 October 2025 Voice call 5 min"), "{text}");
}

#[test]
fn during_a_call_there_is_a_bar_that_leads_back_to_it_and_everybody_can_still_be_called() {
    let html = sample("main-in-call");
    let bar = html.split("data-testid=\"call-bar\"").nth(1).and_then(|rest| rest.split("</section>").next());
    let text = text_of(&format!("<p{}", bar.expect("the bar")));
    assert_eq!(text, "Carol Okonkwo 2:34 Return to call Hang up");
    assert!(html.contains("data-testid=\"show-call\"") && html.contains("data-testid=\"call-bar-hang-up\""));
    assert!(html.contains("data-testid=\"call-voice\"") && html.contains("data-testid=\"call-video\""));
    assert!(!sample("main").contains("data-testid=\"call-bar\""), "there is no call");
    assert!(text_of(&sample("main-calling")).contains("Bob Li Calling… Return to call Cancel"));
    assert!(text_of(&sample("main-in-group-call")).contains("Group call 2:34 Return to call Leave"));
}

#[test]
fn a_call_during_a_call_asks_first_and_the_harmless_answer_comes_first() {
    let text = text_of(&sample("main-switch-call"));
    assert!(text.contains("Call Bob Li? This ends your call with Carol Okonkwo. Cancel End and call"), "{text}");
}

#[test]
fn who_calls_during_a_call_is_named_in_its_windows() {
    for name in ["main-tried", "call-tried"] {
        let text = text_of(&sample(name));
        assert!(text.contains("Bob Li Called you during this call Not now End and call back"), "{name}: {text}");
    }
}

#[test]
fn the_end_of_the_program_is_asked_for_during_a_call_in_every_window_with_keys() {
    let base = WindowBase { asks_to_quit: true, ..WindowBase::default() };
    let in_call = samples::call_view(base, CallState::Active { for_ms: 0 });
    for html in [sample("main-quit-in-call"), html_of(in_call), html_of(samples::settings_view(base, NOW_MS))] {
        let asked =
            "End the call and quit? You are in a call. Quitting Carillon ends it for you. Cancel End call and quit";
        assert!(text_of(&html).contains(asked), "{}", text_of(&html));
        assert!(html.contains("role=\"alertdialog\""));
    }
    assert!(!text_of(&sample("main-in-call")).contains("quit?"));
}

#[test]
fn a_row_says_who_and_what_happened_last_and_when() {
    let text = text_of(&sample("main"));
    for row in [
        "Online Bob Li 好的，明天见 👋 1 m",
        "Design Maximilian Alexander von Hohenlohe-Langenburg der Jüngere: I am late, begin without me. 1 h 3",
        "Away ليلى حداد Voice call 2 d",
        "Carol Okonkwo You: See you at nine. 4 d",
        "d.ray Not sent: I am on the train. 5 d",
        "Zoë 🌻 Waiting to send: Did you get this? 6 d",
    ] {
        assert!(text.contains(row), "{row}: {text}");
    }
}

#[test]
fn calls_are_a_list_of_their_own_with_a_button_that_calls_back() {
    let html = sample("main-calls");
    let text = text_of(&html);
    assert!(text.contains("Bob Li Missed call 3 m"), "{text}");
    assert!(text.contains("Design Group call · 12 min 2 h") || text.contains("Design Voice call"), "{text}");
    assert!(html.contains("data-testid=\"recent\"") && !html.contains("data-testid=\"conversations\""));
    assert!(html.contains("data-testid=\"call-back-bob\""));
}

#[test]
fn who_waits_for_an_answer_is_one_row_that_leads_to_a_page() {
    let text = text_of(&sample("main-with-requests"));
    assert!(text.contains("Contact requests Noor van Dijk and one more 2"), "{text}");
    let page = sample("main-requests");
    assert!(page.contains("data-testid=\"accept-noor\"") && page.contains("data-testid=\"ignore-noor\""));
    assert!(text_of(&sample("main-requests-none")).contains("No contact requests"));
}

#[test]
fn of_thousands_of_rows_those_in_sight_are_made() {
    let html = sample("main-thousands");
    let made = html.matches("data-index=").count();
    assert!((40..=60).contains(&made), "{made}");
    assert!(html.contains("aria-setsize=\"2000\""));
}

#[test]
fn an_empty_list_says_what_to_do() {
    let text = text_of(&sample("main-first-day"));
    assert!(text.contains("No contacts yet Ask your server's administrator for an invite"), "{text}");
    assert!(text.contains("You're all set"), "{text}");
    assert!(!text.contains("Choose one"), "there is nobody to choose: {text}");
    assert!(text_of(&sample("main-calls-none")).contains("No calls yet"));
    assert!(text_of(&sample("main-no-match")).contains("No results for xylo Check the spelling"));
}

#[test]
fn while_people_are_fetched_nobody_is_said_to_be_missing() {
    let text = text_of(&sample("main-loading"));
    assert!(text.contains("Loading people…") && !text.contains("No contacts yet"), "{text}");
}

#[test]
fn before_the_first_word_of_the_server_nothing_is_claimed() {
    assert_eq!(text_of(&sample("main-starting")), "Connecting…");
}

#[test]
fn trouble_with_the_link_is_one_line_and_silence_while_there_is_none() {
    assert!(!sample("main").contains("data-testid=\"link\""));
    assert!(text_of(&sample("main-reconnecting")).contains("Reconnecting…"));
    assert!(text_of(&sample("main-offline")).contains("You're offline. Calls don't ring on this device."));
}

#[test]
fn a_device_that_was_opened_in_another_place_can_be_taken_back() {
    let html = sample("main-replaced");
    assert!(text_of(&html).contains("Active in another window Use here"), "{html}");
    assert!(html.contains("data-testid=\"link-take-back\""));
}

#[test]
fn a_picture_stands_where_the_initials_would() {
    for name in ["ring-picture", "call-picture"] {
        let html = sample(name);
        assert!(html.contains("<img src=\"data:image/png;base64,") && html.contains("alt=\"\""), "{html}");
        assert!(!text_of(&html).contains("BL"), "{name}");
    }
    assert!(!sample("call").contains("<img"));
}

#[test]
fn a_request_that_is_refused_is_told_in_every_window() {
    let refused = Notice { code: NoticeCode::Internal, name: String::new(), detail: "missing field `locale`".into() };
    for name in ["sign-in", "main-starting", "main", "main-nobody-selected", "ring", "call", "call-ended", "settings"] {
        let html = in_trouble(name, refused.clone());
        assert!(html.contains("data-testid=\"notice\"") && text_of(&html).contains("missing field"), "{name}: {html}");
    }
}

#[test]
fn technical_detail_is_folded_away() {
    let html = sample("main-offline");
    let details = html.split("<details").nth(1).and_then(|rest| rest.split('>').next()).expect("the detail");
    assert!(!details.contains("open"), "{details}");
    assert!(text_of(&html).contains("Something went wrong"), "{html}");
}

#[test]
fn what_is_wrong_stands_beside_its_field() {
    let html = sample("sign-in-wrong");
    let wrong = html.split("field-wrong").nth(1).expect("one field is marked");
    let field = &wrong[..wrong.find("</form>").expect("the form ends")];
    assert!(field.contains("id=\"sign-in-password\"") && field.contains("aria-invalid=\"true\""), "{field}");
    assert!(text_of(field).contains("Wrong username or password"), "{field}");
    assert_eq!(html.matches("field-wrong").count(), 1);
}

#[test]
fn a_risk_is_taken_only_by_choice() {
    assert!(!sample("sign-in").contains("type=\"checkbox\""));
    assert!(sample("sign-in-insecure").contains("data-testid=\"sign-in-allow-insecure\""));
    assert!(sample("sign-in-no-keychain").contains("data-testid=\"sign-in-keep-in-file\""));
}

#[test]
fn a_password_is_not_shown_while_it_is_typed() {
    let html = sample("sign-in");
    let field = html.split("<input").find(|input| input.contains("id=\"sign-in-password\"")).expect("the field");
    assert!(field.contains("type=\"password\"") && field.contains("autocomplete=\"current-password\""), "{field}");
}

#[test]
fn a_ring_says_who_and_what_and_offers_decline_before_accept() {
    let html = sample("ring");
    let (decline, accept) = (html.find("ring-decline").expect("Decline"), html.find("ring-accept").expect("Accept"));
    assert!(decline < accept, "Decline is on the left");
    let text = text_of(&html);
    assert!(text.contains("Bob Li Voice call · also on phone Decline Accept Message instead"), "{text}");
    assert!(html.contains("role=\"alertdialog\""));
    assert_eq!(html.matches("aria-live=\"assertive\"").count(), 1, "it is announced once");
}

#[test]
fn a_ring_is_a_bar_with_its_keys_in_every_window_that_may_have_the_focus() {
    let ring = || samples::ring_view(WindowBase::default(), "Bob Li").ring;
    let base = WindowBase::default();
    let in_call = CallView { ring: ring(), ..samples::call_view(base, CallState::Active { for_ms: 0 }) };
    let settings = SettingsView { ring: ring(), ..samples::settings_view(base, NOW_MS) };
    for html in [sample("main-ringing"), html_of(in_call), html_of(settings)] {
        let bar = html.split("data-testid=\"ring-bar\"").nth(1).expect("the bar");
        let text = text_of(&format!("<div {bar}"));
        let says = "Bob Li Voice call · also on phone Decline Ctrl Shift D Accept Ctrl Shift A";
        assert!(text.contains(says), "{text}");
        let silence = bar.split("<button").find(|button| button.contains("data-tip=\"Silence this device\""));
        assert!(silence.is_some_and(|button| button.contains("data-tip-keys=\"Ctrl Shift S\"")), "{bar}");
        assert_eq!(html.matches("aria-live=\"assertive\"").count(), 1, "it is announced once");
    }
    assert!(!sample("main").contains("data-testid=\"ring-bar\""), "nothing rings");
}

#[test]
fn instead_of_answering_one_of_three_texts_or_ones_own_can_be_written() {
    for html in [unfolded("ring"), unfolded("main-ringing")] {
        let text = text_of(&html);
        let all = "I can't talk right now. I'll call you back. I'm on my way. Write a message…";
        assert!(text.contains(all), "{text}");
    }
}

#[test]
fn a_ring_is_deaf_when_it_appears() {
    assert!(sample("ring").contains("data-armed=\"false\""));
}

#[test]
fn a_ring_that_was_answered_elsewhere_says_where_and_offers_nothing() {
    let html = sample("ring-answered");
    assert!(text_of(&html).contains("Answered on phone"), "{html}");
    assert!(!html.contains("<button"), "{html}");
}

#[test]
fn a_call_says_its_state_in_words() {
    let said = |state| {
        let html = html_of(samples::call_view(WindowBase::default(), state));
        let line = html.split("data-testid=\"call-state\"").nth(1).expect("the line");
        let line = line.split("</p>").next().expect("it ends");
        text_of(&format!("<p {line}"))
    };
    assert_eq!(said(CallState::Calling), "Calling…");
    assert_eq!(said(CallState::RingingThere { devices: 2 }), "Ringing on 2 devices");
    assert_eq!(said(CallState::Connecting), "Connecting…");
    assert_eq!(said(CallState::Active { for_ms: 724_000 }), "12:04");
    assert_eq!(said(CallState::Reconnecting { left_ms: 7_300 }), "Reconnecting… 8 s");
}

#[test]
fn the_end_says_why_kindly_and_what_can_be_done() {
    let ended = sample("call-ended");
    assert!(text_of(&ended).contains("Bob Li hung up · 12:31"), "{}", text_of(&ended));
    assert!(ended.contains("data-testid=\"call-again\"") && ended.contains("data-testid=\"call-close\""));
    assert!(!ended.contains("data-testid=\"call-hangup\""));
    assert!(text_of(&sample("call-no-answer")).contains("No answer Bob Li will see a missed call from you."));
    let elsewhere = sample("call-elsewhere");
    assert!(!elsewhere.contains("data-testid=\"call-again\""), "the call goes on, on another device");
}

#[test]
fn leaving_is_the_last_of_the_controls() {
    let html = sample("call");
    let buttons: Vec<_> = html.match_indices("data-testid=\"call-").map(|(at, _)| &html[at + 13..at + 24]).collect();
    assert!(buttons.last().is_some_and(|last| last.starts_with("call-hangup")), "{buttons:?}");
}

#[test]
fn whoever_is_muted_is_told() {
    let html = sample("call-muted");
    assert!(text_of(&html).contains("You're muted"));
    assert!(html.contains("aria-pressed=\"true\""));
    assert!(text_of(&html).contains("Poor connection"));
    assert!(!text_of(&sample("call")).contains("connection"), "nothing is said while it is good");
}

#[test]
fn settings_say_when_the_microphone_is_open() {
    assert!(text_of(&sample("settings")).contains("Carillon uses the microphone only during calls and tests."));
    let testing = sample("settings-testing");
    assert!(testing.contains("aria-valuenow=\"62\""), "{testing}");
    assert!(text_of(&testing).contains("Say something"));
}

#[test]
fn without_devices_settings_say_so() {
    let html = sample("settings-no-devices");
    assert!(text_of(&html).contains("No device found"), "{html}");
    assert!(text_of(&html).contains("Carillon isn't allowed to use the microphone"));
}
