//! The main window: people, groups, conversations, the way in.

use carillon_ipc::{
    AddressView, CallBarView, CallState, CalledGroupView, ChatView, EventKind, EventView, FileView, GroupView,
    ItemView, LastState, LastView, LinkView, ListFilter, ListView, MainView, MeView, MessageView, NamedView,
    NoticeCode, Older, OwnPresence, PageView, PersonView, QuoteView, RecentView, RowView, SendState, SignInField,
    SignInView, SwitchView, TransferView, WindowBase,
};
use carillon_protocol::{CallKind, Chat, ContactState, Direction, EndReason, GroupKind, GroupRole, Presence};

use super::{
    DAY_MS, HOUR_MS, MINUTE_MS, Sample,
    calls::{ring_view, tried},
    group, group_id, groups, me, members, notice, person, stranger, team, user,
};

/// All of them.
pub(super) fn samples(base: WindowBase, now_ms: u64) -> Vec<(&'static str, Sample)> {
    let mut samples = main_window_samples(base, now_ms);
    samples.extend(between_samples(base, now_ms));
    samples.extend(list_samples(base, now_ms));
    samples.extend(call_bar_samples(base, now_ms));
    samples.extend(group_samples(base, now_ms));
    samples.extend(sign_in_samples(base));
    samples.extend(message_samples(base, now_ms));
    samples
}

fn call(with: &PersonView, direction: Direction, reason: EndReason, at_ms: u64, duration_ms: u64) -> RecentView {
    let missed = direction == Direction::Incoming && matches!(reason, EndReason::NoAnswer | EndReason::Cancelled);
    RecentView {
        id: format!("{}-{at_ms}", with.user),
        with: with.clone(),
        direction,
        kind: CallKind::Voice,
        group: None,
        reason: Some(reason),
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
        RecentView {
            group: Some(CalledGroupView {
                chat: Some(Chat::Group { group: group_id("g-design") }),
                name: "Design".into(),
            }),
            ..call(&team[2], Outgoing, HungUp, ago(2 * HOUR_MS), 12 * MINUTE_MS)
        },
        call(&team[0], Outgoing, HungUp, ago(DAY_MS + HOUR_MS), 64 * MINUTE_MS),
        call(&team[0], Outgoing, Busy, ago(DAY_MS + 2 * HOUR_MS), 0),
        call(&team[3], Incoming, HungUp, ago(2 * DAY_MS), 45_000),
        call(&team[5], Outgoing, NoAnswer, ago(3 * DAY_MS), 0),
        call(&team[0], Incoming, Declined, ago(9 * DAY_MS), 0),
        call(&team[0], Incoming, HungUp, ago(400 * DAY_MS), 5 * MINUTE_MS),
    ]
}

/// Something written.
pub(crate) fn message(pos: u64, from: &PersonView, text: &str, at_ms: u64) -> ItemView {
    ItemView::Message(MessageView {
        id: format!("message-{pos}"),
        pos,
        from: from.user.clone(),
        name: from.name.clone(),
        picture: from.picture.clone(),
        own: from.user.as_str() == "ada",
        text: text.to_owned(),
        at_ms,
        state: SendState::Sent,
        reply: None,
        edited: false,
        deleted: false,
        file: None,
    })
}

fn changed(mut item: ItemView, change: impl FnOnce(&mut MessageView)) -> ItemView {
    if let ItemView::Message(message) = &mut item {
        change(message);
    }
    item
}

fn happened(pos: u64, by: &PersonView, what: EventKind, at_ms: u64) -> ItemView {
    ItemView::Event(EventView { id: format!("event-{pos}"), pos, at_ms, by: named(by), what })
}

fn named(person: &PersonView) -> NamedView {
    NamedView { name: person.name.clone(), is_me: person.user.as_str() == "ada" }
}

fn in_state(mut item: ItemView, state: SendState) -> ItemView {
    if let ItemView::Message(message) = &mut item {
        (message.state, message.pos) = (state, 0);
        message.id = format!("local-{}", message.at_ms);
    }
    item
}

/// A conversation with Bob, with calls in it.
pub(crate) fn chat_with_bob(now_ms: u64) -> ChatView {
    let bob = &team()[0];
    let ada = person("ada", "Ada Lovelace", Presence::Online);
    let ago = |ms| now_ms.saturating_sub(ms);
    let mut items: Vec<ItemView> =
        calls(now_ms).into_iter().filter(|call| call.with.user == bob.user).map(ItemView::Call).collect();
    items.extend([
        message(10, bob, "Are you at your desk?", ago(DAY_MS + HOUR_MS + 9 * MINUTE_MS)),
        message(11, &ada, "Yes, call me.", ago(DAY_MS + HOUR_MS + 8 * MINUTE_MS)),
        message(12, bob, "The new icons are in the shared folder.\nTell me what you think:", ago(HOUR_MS)),
        message(
            13,
            bob,
            "https://files.example.org/design/2026/icons-of-the-bell-in-all-sizes-and-both-themes.zip",
            ago(HOUR_MS - MINUTE_MS),
        ),
        message(14, &ada, "They are lovely. The small one needs a thicker stroke.", ago(40 * MINUTE_MS)),
        message(15, bob, "مرحبا، هل يمكنك الاتصال بي؟", ago(2 * MINUTE_MS)),
        message(16, bob, "好的，明天见 👋", ago(MINUTE_MS)),
    ]);
    items.sort_by_key(ItemView::at_ms);
    ChatView {
        chat: Chat::User { user: bob.user.clone() },
        items,
        older: Older::More,
        unread_from: Some(15),
        ..ChatView::new(Chat::User { user: bob.user.clone() })
    }
}

/// A conversation of a group.
fn chat_of_group(now_ms: u64) -> ChatView {
    let team = team();
    let ada = person("ada", "Ada Lovelace", Presence::Online);
    let ago = |ms| now_ms.saturating_sub(ms);
    let mut items = vec![
        message(20, &team[0], "Shall we talk about the bell at three?", ago(5 * HOUR_MS)),
        message(21, &team[2], "可以。", ago(5 * HOUR_MS - MINUTE_MS)),
        message(22, &team[2], "我把草图放在桌上了。", ago(5 * HOUR_MS - 2 * MINUTE_MS)),
        message(23, &ada, "Good. I will call everybody.", ago(3 * HOUR_MS)),
        message(24, &team[5], "I am late, begin without me.", ago(HOUR_MS)),
    ];
    let added = EventKind::Added { people: vec![named(&team[2]), named(&team[5])] };
    items.push(happened(18, &ada, added, ago(6 * HOUR_MS)));
    items.push(happened(19, &team[0], EventKind::Renamed { name: "Design".into() }, ago(6 * HOUR_MS - MINUTE_MS)));
    items.push(happened(25, &ada, EventKind::NewOwner { person: named(&team[0]) }, ago(30 * MINUTE_MS)));
    items.push(happened(26, &team[5], EventKind::Left, ago(20 * MINUTE_MS)));
    items.extend(calls(now_ms).into_iter().filter(|call| call.group.is_some()).map(ItemView::Call));
    items.sort_by_key(ItemView::at_ms);
    ChatView { items, ..ChatView::new(Chat::Group { group: group_id("g-design") }) }
}

/// The main window, signed in, with Bob on show.
pub(crate) fn main_view(base: WindowBase, now_ms: u64) -> MainView {
    let mut bob = team()[0].clone();
    bob.unread = 2;
    MainView {
        base,
        me: Some(me("Ada Lovelace")),
        link: LinkView::Up,
        list: list_of(conversations(now_ms)),
        page: PageView::Person { person: bob, chat: chat_with_bob(now_ms) },
        missed: 1,
        ..MainView::default()
    }
}

/// A list of these rows.
pub(crate) fn list_of(rows: Vec<RowView>) -> ListView {
    ListView { total: rows.len().try_into().unwrap_or(u32::MAX), rows, ..ListView::default() }
}

pub(crate) fn person_row(person: PersonView, last: Option<LastView>) -> RowView {
    RowView::Person { person, last }
}

fn said(by: Option<&str>, own: bool, text: &str, at_ms: u64) -> Option<LastView> {
    let by = by.map(str::to_owned);
    Some(LastView::Message { own, by, text: text.to_owned(), at_ms, state: LastState::Sent })
}

/// All conversations, what happened last first.
fn conversations(now_ms: u64) -> Vec<RowView> {
    let (team, groups, calls) = (team(), groups(), calls(now_ms));
    let ago = |ms| now_ms.saturating_sub(ms);
    let called = |index: usize| Some(LastView::Call { call: calls[index].clone() });
    let unsent =
        |text: &str, at_ms, state| Some(LastView::Message { own: true, by: None, text: text.to_owned(), at_ms, state });
    vec![
        person_row(team[0].clone(), said(None, false, "好的，明天见 👋", ago(MINUTE_MS))),
        RowView::Group {
            group: groups[0].clone(),
            last: said(Some(&team[5].name), false, "I am late, begin without me.", ago(HOUR_MS)),
        },
        person_row(team[2].clone(), said(None, false, "我把草图放在桌上了。", ago(5 * HOUR_MS))),
        person_row(team[3].clone(), called(4)),
        person_row(team[5].clone(), called(5)),
        person_row(team[1].clone(), said(None, true, "See you at nine.", ago(4 * DAY_MS))),
        person_row(team[4].clone(), unsent("I am on the train.", ago(5 * DAY_MS), LastState::Failed)),
        person_row(team[6].clone(), unsent("Did you get this?", ago(6 * DAY_MS), LastState::Waiting)),
        RowView::Group { group: groups[1].clone(), last: None },
    ]
}

/// The page of a person, without messages.
pub(crate) fn page_of(person: PersonView) -> PageView {
    let chat = ChatView::new(Chat::User { user: person.user.clone() });
    PageView::Person { person, chat }
}

fn group_page(role: GroupRole, now_ms: u64) -> PageView {
    let group = GroupView { role: Some(role), ..groups()[0].clone() };
    PageView::Group { group, members: members(), chat: chat_of_group(now_ms) }
}

/// The page of a person who is no contact, or is blocked, silent, or has a new key.
fn between_samples(base: WindowBase, now_ms: u64) -> Vec<(&'static str, Sample)> {
    let with = |person: PersonView| MainView { page: page_of(person), ..main_view(base, now_ms) }.into();
    let stranger = || stranger("eve", "Eve Adeyemi");
    let mut key = chat_with_bob(now_ms);
    key.key_changed = true;
    let bob = team()[0].clone();
    vec![
        ("main-stranger", with(stranger())),
        ("main-requested", with(PersonView { contact: ContactState::Requested, ..stranger() })),
        ("main-asked", with(PersonView { contact: ContactState::Asked, ..stranger() })),
        ("main-blocked", with(PersonView { blocked: true, ..stranger() })),
        ("main-silent", with(team()[4].clone())),
        (
            "main-key-changed",
            MainView { page: PageView::Person { person: bob, chat: key }, ..main_view(base, now_ms) }.into(),
        ),
    ]
}

/// Requests, and what a search finds.
fn list_samples(base: WindowBase, now_ms: u64) -> Vec<(&'static str, Sample)> {
    let view = || main_view(base, now_ms);
    let asks = PersonView { contact: ContactState::Asked, ..stranger("noor", "Noor van Dijk") };
    let eve = PersonView { contact: ContactState::Requested, ..stranger("eve", "Eve Adeyemi") };
    let mut with_requests = conversations(now_ms);
    with_requests.insert(0, RowView::Requests { count: 2, name: asks.name.clone() });
    with_requests.push(person_row(eve.clone(), None));
    let bob = person_row(team()[0].clone(), said(None, false, "好的，明天见 👋", now_ms.saturating_sub(MINUTE_MS)));
    let books = RowView::Group { group: group("r-books", "Books", GroupKind::Room, None), last: None };
    let found =
        [stranger("beatrix", "Beatrix Lindqvist"), stranger("bao", "包小明"), stranger("ben", "Ben <b>Okafor</b>")];
    let found = found.map(|person| person_row(person, None));
    let everybody = [stranger("bob", "Bob Li"), stranger("wei", "李伟"), stranger("layla", "ليلى حداد")];
    let everybody = everybody.map(|person| person_row(person, None)).to_vec();
    let searched = [bob].into_iter().chain(found).chain([books]).collect();
    let calls = calls(now_ms).into_iter().map(|call| RowView::Call { call }).collect();
    let many = (0..160).map(|number| person_row(stranger(&format!("user{number}"), &format!("User {number}")), None));
    vec![
        ("main-with-requests", MainView { list: list_of(with_requests.clone()), ..view() }.into()),
        (
            "main-requests",
            MainView { list: list_of(with_requests), page: PageView::Requests { people: vec![asks, eve] }, ..view() }
                .into(),
        ),
        ("main-requests-none", MainView { page: PageView::Requests { people: vec![] }, ..view() }.into()),
        ("main-search", MainView { list: ListView { query: "b".into(), ..list_of(searched) }, ..view() }.into()),
        ("main-calls", MainView { list: ListView { filter: ListFilter::Calls, ..list_of(calls) }, ..view() }.into()),
        (
            "main-calls-none",
            MainView { list: ListView { filter: ListFilter::Calls, ..ListView::default() }, missed: 0, ..view() }
                .into(),
        ),
        ("main-thousands", MainView { list: ListView { total: 2_000, ..list_of(many.collect()) }, ..view() }.into()),
        ("main-no-contacts", MainView { list: list_of(everybody), missed: 0, page: PageView::Nobody, ..view() }.into()),
    ]
}

/// A call that goes on elsewhere, and what is asked about it.
fn call_bar_samples(base: WindowBase, now_ms: u64) -> Vec<(&'static str, Sample)> {
    let view = || main_view(base, now_ms);
    let talking = CallState::Active { for_ms: 154_000 };
    let call = |name: &str, state, group| Some(CallBarView { name: name.to_owned(), state, muted: false, group });
    let with_carol = || MainView { call: call("Carol Okonkwo", talking.clone(), false), ..view() };
    let muted = Some(CallBarView { name: String::new(), state: talking.clone(), muted: true, group: true });
    let switch = Some(SwitchView { to: "Bob Li".into(), kind: CallKind::Voice });
    let asks = WindowBase { asks_to_quit: true, ..base };
    vec![
        ("main-in-call", with_carol().into()),
        ("main-calling", MainView { call: call("Bob Li", CallState::Calling, false), ..view() }.into()),
        (
            "main-in-call-long-name",
            MainView { call: call(&team()[5].name, CallState::Reconnecting { left_ms: 9_000 }, false), ..view() }
                .into(),
        ),
        ("main-in-group-call", MainView { call: muted, link: LinkView::Reconnecting, ..view() }.into()),
        ("main-tried", MainView { tried: Some(tried()), ..with_carol() }.into()),
        ("main-switch-call", MainView { switch, ..with_carol() }.into()),
        ("main-quit-in-call", MainView { base: asks, ..with_carol() }.into()),
    ]
}

/// Pages of groups and rooms.
fn group_samples(base: WindowBase, now_ms: u64) -> Vec<(&'static str, Sample)> {
    let view = || main_view(base, now_ms);
    let page = |group: GroupView, members| {
        let chat = ChatView::new(Chat::Group { group: group.group.clone() });
        MainView { page: PageView::Group { group, members, chat }, people: team(), ..view() }.into()
    };
    let invited = GroupView { role: None, invited_by: Some("Eve Adeyemi".to_owned()), ..groups()[0].clone() };
    vec![
        ("main-group", MainView { page: group_page(GroupRole::Owner, now_ms), people: team(), ..view() }.into()),
        ("main-group-member", MainView { page: group_page(GroupRole::Member, now_ms), ..view() }.into()),
        ("main-group-empty", page(groups()[1].clone(), members())),
        ("main-group-invited", page(invited, vec![])),
        ("main-room-outside", page(group("r-books", "Books", GroupKind::Room, None), vec![])),
        ("main-new-group", MainView { page: PageView::NewGroup { busy: false }, people: team(), ..view() }.into()),
    ]
}

/// Messages on their way, and pages that do not come.
fn message_samples(base: WindowBase, now_ms: u64) -> Vec<(&'static str, Sample)> {
    let ada = person("ada", "Ada Lovelace", Presence::Online);
    let with = |chat| {
        MainView { page: PageView::Person { person: team()[0].clone(), chat }, ..main_view(base, now_ms) }.into()
    };
    let refused = SendState::Failed { notice: notice(NoticeCode::TextTooLong, "", "") };
    let mut pending = chat_with_bob(now_ms);
    pending.items.push(in_state(message(0, &ada, "Did you get this?", now_ms), refused));
    pending.items.push(in_state(message(0, &ada, "I am on the train.", now_ms + 1), SendState::Sending));
    pending.items.push(in_state(message(1, &ada, "See you at nine.", now_ms + 2), SendState::Waiting));
    let bare = |older| ChatView { older, ..ChatView::new(Chat::User { user: user("bob") }) };
    let long =
        "We should ring the large bell first, then the small ones, and listen how long each of them sounds. ".repeat(8);
    let mut lengthy = chat_with_bob(now_ms);
    lengthy.items.push(message(30, &team()[0], &long, now_ms));
    lengthy.items.push(message(31, &ada, &"W".repeat(600), now_ms));
    vec![
        ("main-sending", with(pending)),
        ("main-replies", with(replies(now_ms))),
        ("main-visit", with(ChatView { visit: Some(deceiving()), ..chat_with_bob(now_ms) })),
        ("main-chat-loading", with(bare(Older::Loading))),
        ("main-chat-failed", with(bare(Older::Failed))),
        ("main-long-messages", with(lengthy)),
    ]
}

/// Texts that answer others, were changed or deleted, and have come so far; and Bob writes.
fn replies(now_ms: u64) -> ChatView {
    let ada = person("ada", "Ada Lovelace", Presence::Online);
    let bob = &team()[0];
    let ago = |ms| now_ms.saturating_sub(ms);
    let quote = |who: &PersonView, text: &str| Some(QuoteView { pos: 40, who: named(who), text: text.to_owned() });
    let asked = message(40, bob, "Nine or ten? https://example.org/rooms.", ago(20 * MINUTE_MS));
    let answer = message(41, &ada, "Ten. I have moved it.", ago(12 * MINUTE_MS));
    let gone = message(42, &ada, "", ago(8 * MINUTE_MS));
    let late = message(43, bob, "And who brings the bell?", ago(6 * MINUTE_MS));
    let items = vec![
        asked,
        changed(answer, |message| {
            (message.reply, message.edited) = (quote(bob, "Nine or ten?"), true);
            message.state = SendState::Read;
        }),
        changed(gone, |message| message.deleted = true),
        changed(late, |message| message.reply = quote(&ada, "")),
        changed(message(47, bob, "", ago(5 * MINUTE_MS)), |message| message.file = Some(file("Rooms.pdf", None))),
        message(44, bob, "👋🏽", ago(5 * MINUTE_MS)),
        changed(message(45, &ada, "I do.", ago(MINUTE_MS)), |message| message.state = SendState::Delivered),
        message(46, &ada, "Both of them.", now_ms),
    ];
    let chat = Chat::User { user: bob.user.clone() };
    ChatView { items, typing: vec![bob.name.clone()], muted: true, ..ChatView::new(chat) }
}

fn file(name: &str, picture: Option<(u16, u16, String)>) -> FileView {
    FileView { name: name.to_owned(), bytes: 2_300_000, picture, transfer: TransferView::There }
}

/// It looks like another.
fn deceiving() -> AddressView {
    let host = "xn--pple-43d.com".to_owned();
    AddressView { address: format!("http://{host}/sign-in?next=account"), host, is_open: true }
}

fn main_window_samples(base: WindowBase, now_ms: u64) -> Vec<(&'static str, Sample)> {
    let view = || main_view(base, now_ms);
    let failed = notice(NoticeCode::Internal, "", "GET /v1/link: 502 Bad Gateway (request 0193-77ab), after 3 tries");
    vec![
        ("main", view().into()),
        ("main-starting", MainView { base, loading: true, ..MainView::default() }.into()),
        ("main-nobody-selected", MainView { page: PageView::Nobody, missed: 0, ..view() }.into()),
        (
            "main-first-day",
            MainView { list: ListView::default(), page: PageView::Nobody, missed: 0, offers_autostart: true, ..view() }
                .into(),
        ),
        (
            "main-loading",
            MainView { list: ListView::default(), page: PageView::Nobody, missed: 0, loading: true, ..view() }.into(),
        ),
        ("main-no-match", MainView { list: ListView { query: "xylo".into(), ..ListView::default() }, ..view() }.into()),
        ("main-long-name", MainView { page: page_of(team()[5].clone()), ..view() }.into()),
        ("main-rtl-name", MainView { page: page_of(team()[3].clone()), ..view() }.into()),
        ("main-chinese-name", MainView { page: page_of(team()[2].clone()), ..view() }.into()),
        ("main-nothing-said", MainView { page: page_of(team()[0].clone()), ..view() }.into()),
        (
            "main-do-not-disturb",
            MainView {
                me: Some(MeView { presence: OwnPresence::DoNotDisturb, picture: None, ..me("Ada Lovelace") }),
                ..view()
            }
            .into(),
        ),
        ("main-ringing", MainView { ring: ring_view(base, "Bob Li").ring, ..view() }.into()),
        ("main-reconnecting", MainView { link: LinkView::Reconnecting, ..view() }.into()),
        ("main-offline", MainView { link: LinkView::Down, notice: Some(failed), ..view() }.into()),
        ("main-replaced", MainView { link: LinkView::Replaced, ..view() }.into()),
    ]
}

fn sign_in_samples(base: WindowBase) -> Vec<(&'static str, Sample)> {
    let sign_in = |view: SignInView| MainView { base, sign_in: Some(view), ..MainView::default() }.into();
    let wrong = |field, code, detail| SignInView {
        server: "calls.example.org".into(),
        user: "ada".into(),
        problem: Some((field, notice(code, "", detail))),
        ..SignInView::default()
    };
    vec![
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
