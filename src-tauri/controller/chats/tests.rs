use carillon_ipc::NoticeCode;

use carillon_kit::Quote;

use super::{super::notices, outgoing::MOST_UNSENT, *};

fn user(name: &str) -> UserId {
    UserId::new(name).expect("a good name")
}

fn bob() -> Chat {
    Chat::User { user: user("bob") }
}

fn text(pos: u64, from: &str, text: &str) -> Message {
    let id = format!("{pos:032x}").parse().expect("hexadecimal is a UUID");
    let body = MessageBody::Text { text: text.to_owned() };
    let (from, from_name) = (user(from), from.to_owned());
    Message {
        id,
        pos,
        chat: bob(),
        from,
        from_name,
        body,
        ext: Default::default(),
        call: None,
        at_ms: pos,
        reply_to: None,
        edited_at_ms: None,
    }
}

fn places(chats: &Chats) -> Vec<u64> {
    chats.open().into_iter().flat_map(|open| &open.messages).map(|message| message.pos).collect()
}

#[test]
fn messages_and_pages_come_in_any_order_and_stand_in_one() {
    let mut chats = Chats::default();
    chats.show(Some(&bob()));

    chats.message(text(9, "bob", "nine"), &user("ada"), true);
    chats.page(&bob(), Some((vec![text(9, "bob", "nine"), text(7, "ada", "seven")], true)));
    chats.page(&bob(), Some((vec![text(3, "bob", "three")], false)));

    assert_eq!(places(&chats), [3, 7, 9]);
    assert_eq!(chats.open().map(|open| open.older), Some(Older::None));
}

#[test]
fn what_is_written_by_others_counts_until_it_is_read_anywhere() {
    let (mut chats, me) = (Chats::default(), user("ada"));
    chats.message(text(1, "bob", "one"), &me, false);
    chats.message(text(2, "bob", "two"), &me, false);
    chats.message(text(2, "bob", "two"), &me, false);
    assert_eq!((chats.unread(&bob()), chats.unread_in_all()), (2, 2));

    chats.read(&bob(), 2, 0);

    assert_eq!(chats.unread_in_all(), 0);
}

#[test]
fn the_line_stands_above_what_came_while_nobody_looked_until_one_writes() {
    let (mut chats, me) = (Chats::default(), user("ada"));
    chats.show(Some(&bob()));
    chats.message(text(1, "bob", "seen"), &me, true);
    chats.message(text(2, "bob", "not seen"), &me, false);
    chats.message(text(3, "bob", "nor this"), &me, false);
    assert_eq!(chats.open().and_then(|open| open.unread_from), Some(2));

    chats.write(bob(), "hello".into(), None, 4).expect("nothing else waits");

    assert_eq!(chats.open().and_then(|open| open.unread_from), None);
}

#[test]
fn one_message_is_one_whichever_comes_first_its_news_or_its_answer() {
    let (mut chats, me) = (Chats::default(), user("ada"));
    chats.show(Some(&bob()));
    chats.write(bob(), "hello".into(), None, 1).expect("nothing else waits");
    let id = chats.next_to_send().expect("it can be sent").id;

    chats.message(text(5, "ada", "hello"), &me, true);
    assert_eq!(chats.outgoing(&bob()).count(), 0);
    chats.sent(id, text(5, "ada", "hello"), &me);

    assert_eq!(places(&chats), [5]);
}

#[test]
fn what_another_device_wrote_takes_nothing_away_that_was_never_sent_from_here() {
    let (mut chats, me) = (Chats::default(), user("ada"));
    chats.write(bob(), "yes".into(), None, 1).expect("nothing else waits");

    chats.message(text(5, "ada", "yes"), &me, true);

    assert_eq!(chats.outgoing(&bob()).count(), 1);
}

#[test]
fn what_was_refused_is_tried_again_as_another_message_and_what_the_server_failed_on_as_the_same() {
    for (code, is_same) in [(NoticeCode::AccountFull, false), (NoticeCode::Internal, true)] {
        let mut chats = Chats::default();
        chats.write(bob(), "hello".into(), None, 1).expect("nothing else waits");
        let first = chats.next_to_send().expect("it can be sent");
        chats.not_sent(first.id, Some(notices::plain(code)));

        chats.again(first.id, 2);

        let second = chats.next_to_send().expect("it waits again");
        assert_eq!((second.id, second.op == first.op), (first.id, is_same), "{code:?}");
    }
}

#[test]
fn no_more_waits_than_can_be_kept() {
    let mut chats = Chats::default();
    let written = (0..=MOST_UNSENT).map(|_| chats.write(bob(), "hello".into(), None, 1).is_ok());
    assert_eq!(written.filter(|written| *written).count(), MOST_UNSENT);
}

#[test]
fn a_page_is_asked_for_once_and_again_only_after_it_failed() {
    let mut chats = Chats::default();
    chats.show(Some(&bob()));
    assert_eq!(chats.want_older(), None, "the first is on its way");

    chats.page(&bob(), Some((vec![text(7, "bob", "seven")], true)));
    assert_eq!(chats.want_older(), Some((bob(), Some(7))));
    assert_eq!(chats.want_older(), None);
    chats.page(&bob(), None);
    assert_eq!(chats.want_older(), Some((bob(), Some(7))));
}

fn deleted(pos: u64, from: &str) -> Message {
    Message { body: MessageBody::Deleted, ..text(pos, from, "") }
}

#[test]
fn a_text_that_is_deleted_before_it_is_read_is_unread_no_more_and_the_list_needs_another_latest() {
    let (mut chats, me) = (Chats::default(), user("ada"));
    chats.message(text(1, "bob", "one"), &me, false);
    chats.message(text(2, "bob", "two"), &me, false);

    assert!(!chats.changed(deleted(1, "bob"), &me));
    assert_eq!(chats.unread(&bob()), 1);
    assert!(chats.changed(deleted(2, "bob"), &me));
    assert_eq!(chats.unread(&bob()), 0);
}

#[test]
fn a_change_is_shown_where_it_stands_and_where_it_is_answered() {
    let (mut chats, me) = (Chats::default(), user("ada"));
    chats.show(Some(&bob()));
    let quote = Quote { pos: 1, from: user("bob"), from_name: "Bob".into(), text: "one".into() };
    chats.message(text(1, "bob", "one"), &me, true);
    chats.message(Message { reply_to: Some(quote), ..text(2, "ada", "two") }, &me, true);

    chats.changed(text(1, "bob", "uno"), &me);
    let quoted = |chats: &Chats| chats.open().map(|open| open.messages[1].reply_to.clone().expect("an answer").text);
    assert_eq!(quoted(&chats).as_deref(), Some("uno"));
    chats.changed(deleted(1, "bob"), &me);

    assert_eq!(quoted(&chats).as_deref(), Some(""));
    assert_eq!(chats.open().map(|open| open.messages[0].body.clone()), Some(MessageBody::Deleted));
}

#[test]
fn what_changed_while_there_was_no_link_is_as_the_latest_page_says_and_older_pages_are_asked_for_anew() {
    let mut chats = Chats::default();
    chats.show(Some(&bob()));
    let page = |texts: &[(u64, &str)]| texts.iter().map(|(pos, said)| text(*pos, "bob", said)).collect::<Vec<_>>();
    chats.page(&bob(), Some((page(&[(5, "five"), (6, "six")]), true)));
    chats.page(&bob(), Some((page(&[(3, "three"), (4, "four")]), false)));

    chats.renew(&bob(), (page(&[(5, "cinq"), (6, "six")]), true));

    assert_eq!(places(&chats), [5, 6]);
    assert_eq!(chats.open().map(|open| open.older), Some(Older::More));
    assert_eq!(chats.open().map(|open| open.messages[0].body.clone()), Some(text(5, "bob", "cinq").body));
}

#[test]
fn a_conversation_is_fetched_back_to_its_first_unread_message_and_no_further_than_some_pages() {
    let mut chats = Chats::default();
    let known = Conversation { unread: 1_000, read_up_to: 10, ..begun(&text(2_000, "bob", "latest")) };
    chats.set_list(vec![known]);
    chats.show(Some(&bob()));
    chats.page(&bob(), Some((vec![text(2_000, "bob", "latest")], true)));

    let mut oldest = 2_000;
    let mut asked = 0;
    while let Some((_, before)) = chats.want_first_unread() {
        assert_eq!(before, Some(oldest));
        (oldest, asked) = (oldest - 50, asked + 1);
        chats.page(&bob(), Some((vec![text(oldest, "bob", "older")], true)));
    }

    assert_eq!(asked, MOST_PAGES_AT_ONCE);
}

#[test]
fn messages_never_go_back_and_muted_conversations_ask_for_no_attention() {
    let (mut chats, me) = (Chats::default(), user("ada"));
    chats.message(text(1, "bob", "one"), &me, false);
    let come = |delivered_up_to, read_up_to| Receipts { delivered_up_to, read_up_to };

    chats.set_receipts(&bob(), come(7, 5));
    chats.set_receipts(&bob(), come(6, 6));
    assert_eq!(chats.receipts(&bob()), come(7, 6));

    assert_eq!(chats.unread_in_all(), 1);
    chats.set_muted(&bob(), true);
    assert_eq!((chats.unread_in_all(), chats.unread(&bob())), (0, 1));
}
