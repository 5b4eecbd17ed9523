//! Conversations: what stands where, and what can be done about it.

use carillon_ipc::{ChatView, ItemView, PageView, SendState, WindowBase};
use carillon_protocol::{MAX_TEXT_BYTES, Presence};

use super::stage::{NOW_MS, html_of, sample, text_of, unfolded};
use crate::{
    samples,
    windows::main_parts::{Room, Row, room, rows},
};

fn bob_says(texts: &[(u64, &str)]) -> ChatView {
    let bob = samples::person("bob", "Bob Li", Presence::Online);
    let items = texts.iter().zip(1..).map(|((at_ms, text), pos)| samples::message(pos, &bob, text, *at_ms)).collect();
    ChatView { items, ..samples::chat_with_bob(NOW_MS) }
}

#[test]
fn what_one_person_says_in_one_go_stands_together() {
    let mut chat = bob_says(&[(NOW_MS, "one"), (NOW_MS + 60_000, "two"), (NOW_MS + 3_600_000, "three")]);
    chat.unread_from = None;

    let shape: Vec<_> = rows(&chat)
        .into_iter()
        .map(|row| match row {
            Row::Message { first, last, .. } => (first, last),
            Row::Day(_) | Row::Unread | Row::Call(_) | Row::Event(_) => (false, false),
        })
        .collect();

    assert_eq!(shape, [(false, false), (true, false), (false, true), (true, true)], "a day, two together, one alone");
}

#[test]
fn the_time_stands_once_in_a_minute_and_wherever_a_message_has_not_come_as_far_as_the_next() {
    let times = |chat: &ChatView| -> Vec<bool> {
        let timed = |row| if let Row::Message { timed, .. } = row { Some(timed) } else { None };
        rows(chat).into_iter().filter_map(timed).collect()
    };
    let minute = NOW_MS / 60_000 * 60_000;
    let mut chat = bob_says(&[(minute, "one"), (minute + 59_999, "two"), (minute + 60_000, "three")]);
    assert_eq!(times(&chat), [false, true, true]);

    if let ItemView::Message(message) = &mut chat.items[0] {
        message.state = SendState::Delivered;
    }

    assert_eq!(times(&chat), [true, true, true]);
}

#[test]
fn an_address_is_a_button_and_never_something_that_the_web_view_could_follow() {
    let html = sample("main-replies");
    assert!(html.contains("data-testid=\"address\"") && html.contains(">https://example.org/rooms</button>"), "{html}");
    assert!(!html.contains("<a ") && !html.contains("href="), "{html}");
    let text = text_of(&sample("main-visit"));
    assert!(text.contains("Open xn--pple-43d.com in your browser?"), "{text}");
    assert!(text.contains("http://xn--pple-43d.com/sign-in?next=account") && text.contains("not encrypted"), "{text}");
}

#[test]
fn a_message_says_what_it_answers_that_it_was_edited_or_deleted_and_how_far_it_has_come() {
    let html = sample("main-replies");
    let text = text_of(&html);
    assert!(text.contains("Bob Li Nine or ten?") && text.contains("edited"), "{text}");
    assert!(text.contains("You Message deleted"), "{text}");
    for state in ["Sent", "Delivered", "Read"] {
        assert!(html.contains(&format!("aria-label=\"{state}\"")), "{state}: {html}");
    }
    assert!(text.contains("Bob Li is typing…"), "{text}");
    assert!(html.contains("message-emoji"), "{html}");
}

#[test]
fn only_own_messages_of_the_last_day_can_be_changed_and_none_without_a_link() {
    let count = |html: &str| {
        let of = |id: &str| html.matches(&format!("data-testid=\"{id}\"")).count();
        (of("message-reply"), of("message-edit"), of("message-delete"))
    };
    assert_eq!(count(&sample("main-replies")), (7, 3, 3), "all but the deleted one; and one's own");
    let mut view = samples::main_view(WindowBase::default(), NOW_MS);
    view.link = carillon_ipc::LinkView::Down;
    let (replies, edits, deletes) = count(&html_of(view));
    assert!(replies > 0 && edits + deletes == 0);
}

#[test]
fn what_happened_to_a_group_is_a_line_between_its_messages() {
    let text = text_of(&sample("main-group"));
    for line in ["You added", "Bob Li named the group Design", "Bob Li is the owner now", "left"] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn the_unread_line_stands_once_above_the_first_unread_message_of_others() {
    let mut chat = bob_says(&[(NOW_MS, "one"), (NOW_MS + 1, "two"), (NOW_MS + 2, "three")]);
    chat.unread_from = Some(2);

    let lines: Vec<_> = rows(&chat).iter().map(|row| matches!(row, Row::Unread)).collect();

    assert_eq!(lines, [false, false, true, false, false]);
}

#[test]
fn every_day_has_its_line_and_the_latest_is_last() {
    let text = text_of(&sample("main"));
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
    assert!(at("16 October 2025") < at("11 November") && at("11 November") < at("Yesterday"));
    let latest = text.rfind("明天见").expect("the latest is in the conversation, too");
    assert!(at("Yes, call me.") < at("Today") && at("New messages") < latest);
}

#[test]
fn html_in_a_message_is_text_and_its_direction_its_own() {
    let chat = bob_says(&[(NOW_MS, "<img src=x onerror=alert(1)>")]);
    let person = samples::person("bob", "Bob Li", Presence::Online);
    let mut view = samples::main_view(WindowBase::default(), NOW_MS);
    view.page = PageView::Person { person, chat };

    let html = html_of(view);

    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;"), "{html}");
    assert!(html.contains("dir=\"auto\" class=\"message-text\""), "{html}");
}

#[test]
fn a_message_that_did_not_get_there_says_why_and_offers_to_try_again() {
    let html = sample("main-sending");
    let text = text_of(&html);
    assert!(text.contains("Not sent · This message is too long Try again Discard"), "{text}");
    assert!(text.contains("Waiting to send Discard"), "{text}");
    assert!(text_of(&html).contains("Sending…"));
    assert_eq!(html.matches("data-testid=\"send-again\"").count(), 1, "what is on its way is not tried again");
}

#[test]
fn an_empty_conversation_says_what_to_do() {
    let text = text_of(&sample("main-nothing-said"));
    assert!(text.contains("No messages yet Write a message below, or press Call"), "{text}");
    assert!(text_of(&sample("main-chat-loading")).contains("Loading messages…"));
    assert!(text_of(&sample("main-chat-failed")).contains("Couldn't load earlier messages"));
}

#[test]
fn the_limit_is_told_in_characters_before_it_is_reached_and_beyond_it() {
    assert_eq!(room("hello"), Room::Plenty);
    assert_eq!(room(&"a".repeat(MAX_TEXT_BYTES)), Room::Left(0));
    assert_eq!(room(&"a".repeat(MAX_TEXT_BYTES - 10)), Room::Left(10));
    assert_eq!(room(&"a".repeat(MAX_TEXT_BYTES + 3)), Room::Over(3));
    assert_eq!(room(&"好".repeat(MAX_TEXT_BYTES / 3 + 2)), Room::Over(2), "a Chinese character is three bytes");
    assert_eq!(room(&format!("{}\n\n\n", "a".repeat(MAX_TEXT_BYTES - 500))), Room::Plenty, "ends are not sent");
}

#[test]
fn whoever_waits_for_an_answer_comes_first_and_their_page_has_both_answers() {
    let html = sample("main-requests");
    let at = |what: &str| html.find(what).unwrap_or_else(|| panic!("{what}: {html}"));
    assert!(at("data-testid=\"open-requests\"") < at("data-testid=\"person-bob\""));
    assert!(html.contains("data-testid=\"accept-noor\""));
    assert!(
        html.contains("data-testid=\"ignore-noor\"")
            && html.contains("Accept \u{2068}Noor van Dijk\u{2069} as a contact")
    );
    assert!(text_of(&html).contains("Eve Adeyemi Request sent"), "{}", text_of(&html));
}

#[test]
fn whoever_was_found_can_be_added_in_one_click_and_is_told_by_account() {
    let html = sample("main-search");
    assert!(html.contains("data-testid=\"add-beatrix\""), "{html}");
    assert!(text_of(&html).contains("BL Beatrix Lindqvist beatrix Add"), "{}", text_of(&html));
    assert!(!html.contains("data-testid=\"add-bob\""), "a contact is one already");
    assert!(html.contains("data-testid=\"group-r-books\""), "rooms are found as well");
    assert!(sample("main-no-contacts").contains("data-testid=\"add-bob\""), "whoever is on this server");
}

#[test]
fn what_lies_between_two_people_is_said_with_what_can_be_done() {
    assert!(sample("main-stranger").contains("data-testid=\"person-add\""));
    assert!(text_of(&sample("main-requested")).contains("hasn't answered your contact request yet"));
    assert!(text_of(&sample("main-asked")).contains("sent you a contact request"));
    let blocked = sample("main-blocked");
    assert!(blocked.contains("data-testid=\"person-unblock\"") && !blocked.contains("data-testid=\"composer\""));
    assert!(text_of(&sample("main-silent")).contains("has Do Not Disturb on"));
}

#[test]
fn what_is_rarely_done_is_in_the_menu() {
    assert!(!sample("main").contains("data-testid=\"person-block\""));
    let open = unfolded("main");
    assert!(open.contains("data-testid=\"person-block\"") && open.contains("data-testid=\"person-remove\""));
    assert!(text_of(&open).contains("Remove from contacts Block"), "{}", text_of(&open));
}

#[test]
fn another_key_than_before_is_said_calmly_with_what_it_means() {
    for html in [sample("main-key-changed"), sample("call-key-changed")] {
        let text = text_of(&html);
        assert!(text.contains("Bob Li has a new or reinstalled device"), "{text}");
        assert!(text.contains("check with them in person") && html.contains("data-testid=\"key-seen\""), "{text}");
    }
    assert!(!sample("main").contains("data-testid=\"key-changed\""));
}

#[test]
fn unread_messages_are_a_number_for_eyes_and_words_for_ears() {
    let html = sample("main");
    assert!(text_of(&html).contains("2 2 unread messages"), "{}", text_of(&html));
    assert!(html.contains("list-row is-unread"));
}

#[test]
fn a_message_on_its_way_is_still_a_message() {
    let html = sample("main-sending");
    let PageView::Person { chat, .. } = main_page("main-sending") else { panic!("a conversation") };
    let pending = chat.items.iter().filter(|item| matches!(item, ItemView::Message(m) if m.state != SendState::Sent));
    assert_eq!(pending.count(), 3);
    assert!(text_of(&html).contains("I am on the train."));
}

fn main_page(name: &str) -> PageView {
    let found = samples::all(WindowBase::default(), NOW_MS).into_iter().find(|(found, _)| *found == name);
    match found {
        Some((_, samples::Sample::Main(view))) => view.page,
        _ => panic!("{name} is no main window"),
    }
}
