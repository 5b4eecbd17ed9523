//! Finding people, being somebody's contact or nothing of theirs, and knowing how others can be reached.

use std::time::Duration;

use carillon_protocol::{
    Account, Answer, ContactState, Done, EndReason, Ended, GroupKind, Person, Presence, Refusal, RefusalCode, Request,
    Signal, UserId,
};

use crate::support::{Device, House, accept, befriend, invite, new_op, with, write};

#[tokio::test]
async fn people_are_found_by_a_part_of_their_name_and_wildcards_mean_themselves() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    for user in ["ben", "benedict", "carl_b"] {
        house.register(user).await;
    }

    assert_eq!(names(&mut ada, "BEN").await, ["ben", "benedict"]);
    assert_eq!(names(&mut ada, "_").await, ["carl_b"]);
    assert_eq!(names(&mut ada, "%").await, [""; 0]);
    assert_eq!(names(&mut ada, "' OR 1=1 --").await, [""; 0]);
    assert_eq!(names(&mut ada, "").await, ["ben", "benedict", "carl_b"], "everybody else");
}

#[tokio::test]
async fn contacts_hear_of_each_others_coming_calling_going_and_wish_for_quiet() {
    let house = quick_house().await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    let mut carl = house.newcomer("carl").await;
    befriend(&mut ada, &mut ben).await;

    let call = carl.invites("ben").await;
    ben.rings().await;
    ben.does(accept(call)).await;
    assert_eq!(ada.hears().await, presence("ben", Presence::InCall));
    ben.does(Request::HangUp { call }).await;
    assert_eq!(ada.hears().await, presence("ben", Presence::Online));

    for (request, expected) in [
        (Request::SetAway { away: true }, Presence::Away),
        (Request::SetDoNotDisturb { on: true }, Presence::DoNotDisturb),
        (Request::SetDoNotDisturb { on: false }, Presence::Away),
        (Request::SetAway { away: false }, Presence::Online),
    ] {
        ben.does(request).await;
        assert_eq!(ada.hears().await, presence("ben", expected));
    }

    let bens = ben.signed_in.clone();
    drop(ben);
    assert_eq!(ada.hears().await, presence("ben", Presence::Offline));
    let _ben = Device::link(&house.url(), bens).await;
    assert_eq!(ada.hears().await, presence("ben", Presence::Online));
}

#[tokio::test]
async fn a_user_is_away_only_when_nobody_is_at_any_of_their_devices() {
    let house = quick_house().await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    befriend(&mut ada, &mut ben).await;
    let mut phone = house.another("ben", "phone").await;

    phone.does(Request::SetAway { away: true }).await;
    ada.has_heard_nothing().await;
    drop(ben);

    assert_eq!(ada.hears().await, presence("ben", Presence::Away));
}

#[tokio::test]
async fn strangers_learn_nothing_of_each_others_presence() {
    let house = quick_house().await;
    let mut ada = house.newcomer("ada").await;
    let bens = house.register("ben").await;
    assert_eq!(search(&mut ada, "ben").await[0].presence, Presence::Hidden);

    let mut ben = Device::link(&house.url(), bens).await;
    ben.does(Request::SetDoNotDisturb { on: true }).await;

    assert_eq!(search(&mut ada, "ben").await[0].presence, Presence::Hidden);
    ada.has_heard_nothing().await;
}

#[tokio::test]
async fn one_asks_the_other_agrees_and_each_hears_it_on_all_devices() {
    let house = House::open().await;
    let (adas, phones) = (house.register("ada").await, house.sign_in("ada", "phone").await);
    let (mut ada, mut phone) = (Device::link(&house.url(), adas).await, Device::link(&house.url(), phones).await);
    let mut ben = house.newcomer("ben").await;

    ada.does(Request::AddContact { user: ben.user() }).await;
    for device in [&mut ada, &mut phone] {
        assert_eq!(state(&device.hears_of("ben").await), (ContactState::Requested, Presence::Hidden));
    }
    assert_eq!(state(&ben.hears_of("ada").await), (ContactState::Asked, Presence::Hidden));
    assert_eq!(ben.contacts().await.iter().map(state).collect::<Vec<_>>(), [(ContactState::Asked, Presence::Hidden)]);

    ben.does(Request::AddContact { user: ada.user() }).await;
    for device in [&mut ada, &mut phone] {
        assert_eq!(state(&device.hears_of("ben").await), (ContactState::Contact, Presence::Online));
    }
    assert_eq!(state(&ben.hears_of("ada").await), (ContactState::Contact, Presence::Online));

    phone.does(Request::RemoveContact { user: ben.user() }).await;
    for device in [&mut ada, &mut phone] {
        assert_eq!(state(&device.hears_of("ben").await), (ContactState::None, Presence::Hidden));
    }
    assert_eq!(state(&ben.hears_of("ada").await), (ContactState::None, Presence::Hidden));
    assert_eq!(ada.contacts().await, []);
}

#[tokio::test]
async fn whoever_was_a_contact_is_not_told_of_any_more() {
    let house = quick_house().await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    befriend(&mut ada, &mut ben).await;
    ben.does(Request::RemoveContact { user: ada.user() }).await;
    ada.hears_of("ben").await;

    ben.does(Request::SetDoNotDisturb { on: true }).await;

    ada.has_heard_nothing().await;
}

#[tokio::test]
async fn a_change_between_two_that_is_asked_for_twice_happens_once() {
    let house = House::open().await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    let (op, request) = (new_op(), Request::AddContact { user: ben.user() });
    let first = ada.ask_as(op, request.clone()).await;
    ada.does(Request::RemoveContact { user: ben.user() }).await;

    let second = ada.ask_as(op, request).await;

    assert_eq!(first, second);
    ben.hears_of("ada").await;
    assert_eq!(ben.hears_of("ada").await.contact, ContactState::None);
    ben.has_heard_nothing().await;
}

#[tokio::test]
async fn whoever_is_blocked_sees_somebody_who_is_never_there_and_is_told_nothing() {
    let house = quick_house().await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    befriend(&mut ada, &mut ben).await;

    ada.does(Request::SetBlocked { user: ben.user(), blocked: true }).await;

    assert!(ada.hears_of("ben").await.blocked);
    assert_eq!(ben.hears().await, presence("ada", Presence::Offline));
    let seen = &ben.contacts().await[0];
    assert_eq!((state(seen), seen.blocked), ((ContactState::Contact, Presence::Offline), false));
    ada.does(Request::SetDoNotDisturb { on: true }).await;
    ben.has_heard_nothing().await;

    ada.does(Request::SetBlocked { user: ben.user(), blocked: false }).await;
    assert_eq!(ben.hears().await, presence("ada", Presence::DoNotDisturb));
}

#[tokio::test]
async fn the_request_of_somebody_who_is_blocked_waits_unheard() {
    let house = House::open().await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    ada.does(Request::SetBlocked { user: ben.user(), blocked: true }).await;

    ada.hears_of("ben").await;

    ben.does(Request::AddContact { user: ada.user() }).await;

    assert_eq!(
        state(&ben.hears_of("ada").await),
        (ContactState::Requested, Presence::Hidden),
        "as of anybody who waits"
    );
    ada.has_heard_nothing().await;
    assert_eq!(ada.is_refused(Request::AddContact { user: ben.user() }).await, RefusalCode::NotAllowed);
    ada.does(Request::SetBlocked { user: ben.user(), blocked: false }).await;
    assert_eq!(ada.hears_of("ben").await.contact, ContactState::Asked);
    ben.has_heard_nothing().await;
}

/// The rule: what a user can ask about somebody is answered alike, whether that one has blocked them or only takes no notice.
#[tokio::test]
async fn whatever_one_asks_of_somebody_is_answered_as_if_there_were_no_block() {
    let house = quick_house().await;
    let (mut ben, mut carl) = (house.newcomer("ben").await, house.newcomer("carl").await);
    let mut ada = house.newcomer("ada").await;
    ada.does(Request::SetBlocked { user: ben.user(), blocked: true }).await;
    // No device of Ada's is there: whoever is not blocked hears no ring of hers either.
    drop(ada);

    let of_ben = everything_about(&mut ben, "ada").await;
    let of_carl = everything_about(&mut carl, "ada").await;

    assert_eq!(of_ben, of_carl);
}

/// The answers to all that can be asked about somebody, without the ids and times in them.
async fn everything_about(me: &mut Device, other: &str) -> Vec<String> {
    let user: UserId = other.parse().unwrap();
    let mut answers = Vec::new();
    for request in [
        Request::SearchUsers { query: other.into() },
        write(&with(other), "hello"),
        Request::CreateGroup { kind: GroupKind::Group, name: "of strangers".into(), members: vec![user.clone()] },
        Request::AddContact { user: user.clone() },
        Request::Contacts,
        Request::Groups,
        invite(other),
        Request::Conversations,
        Request::RemoveContact { user: user.clone() },
    ] {
        answers.push(outline(&me.ask(request).await));
    }
    answers
}

/// What an answer says by its shape: names of fields, words and numbers, but no ids, names of askers or times.
fn outline(answer: &Answer) -> String {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(map) => {
                map.retain(|key, _| {
                    !matches!(
                        key.as_str(),
                        "id" | "call" | "group" | "pos" | "read_up_to" | "from" | "from_name" | "at_ms" | "ext"
                    )
                });
                map.values_mut().for_each(strip);
            }
            serde_json::Value::Array(values) => {
                // The asker's own row.
                values.retain(|value| !matches!(value.get("role").and_then(|role| role.as_str()), Some("owner")));
                values.iter_mut().for_each(strip);
            }
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::String(_) => {}
        }
    }
    let mut value = serde_json::to_value(answer).unwrap();
    strip(&mut value);
    value.to_string()
}

#[tokio::test]
async fn a_call_of_somebody_who_is_blocked_rings_nowhere() {
    let house = House::open().await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    ada.does(Request::SetBlocked { user: ben.user(), blocked: true }).await;
    ada.hears_of("ben").await;

    let call = ben.invites("ada").await;
    ada.has_heard_nothing().await;
    house.server.advance_clock(Duration::from_secs(30));

    assert_eq!(ben.hears().await, Signal::Ended(Ended { call, reason: EndReason::NoAnswer, by: None }));
}

/// S6: nobody is something of themself.
#[tokio::test]
async fn nobody_is_their_own_contact_or_blocks_themself() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    let me = ada.user();

    assert_eq!(ada.is_refused(Request::AddContact { user: me.clone() }).await, RefusalCode::Invalid);
    assert_eq!(ada.is_refused(Request::SetBlocked { user: me, blocked: true }).await, RefusalCode::Invalid);
    assert_eq!(ada.is_refused(invite("ada")).await, RefusalCode::SelfCall);
}

/// S8: of users who are not there nothing can be learnt but that.
#[tokio::test]
async fn unknown_users_are_answered_alike_whatever_is_asked_of_them() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    let nobody = || "nobody".parse().unwrap();

    for request in [
        Request::AddContact { user: nobody() },
        Request::RemoveContact { user: nobody() },
        Request::SetBlocked { user: nobody(), blocked: true },
        Request::SetBlocked { user: nobody(), blocked: false },
        invite("nobody"),
    ] {
        let answer = ada.ask(request).await;
        let detail = "there is no such user".to_owned();
        assert_eq!(answer, Answer::Refused(Refusal { code: RefusalCode::UnknownUser, detail }));
    }
}

#[tokio::test]
async fn another_name_is_told_to_all_devices_and_contacts_and_rings_with_the_next_call() {
    let house = House::open().await;
    let (mut ada, mut ben, mut carl) =
        (house.newcomer("ada").await, house.newcomer("ben").await, house.newcomer("carl").await);
    befriend(&mut ada, &mut ben).await;

    ada.does(Request::SetDisplayName { display_name: " Ada Lovelace ".into() }).await;

    assert_eq!(ada.hears().await, Signal::AccountChanged(Account::new(ada.user(), "Ada Lovelace")));
    assert_eq!(ben.hears_of("ada").await.display_name, "Ada Lovelace");
    carl.has_heard_nothing().await;
    assert_eq!(search(&mut carl, "lovelace").await[0].display_name, "Ada Lovelace");
    ada.invites("carl").await;
    assert_eq!(carl.rings().await.from_name, "Ada Lovelace");
}

#[tokio::test]
async fn people_are_found_whatever_the_case_the_accents_and_the_form_of_their_names() {
    let house = House::open().await;
    let mut seeker = house.newcomer("seeker").await;
    for (user, name) in [
        ("jose", "Jose\u{301} Nu\u{301}n\u{303}ez"),
        ("ist", "İstanbul Ofis"),
        ("odys", "ΟΔΥΣΣΕΥΣ"),
        ("stras", "Straße"),
        ("ann", "Ann-Kathrin"),
        ("zh", "王小明"),
        ("ul", "ÜMİT"),
        ("full", "ＡＬＩＣＥ"),
    ] {
        house.newcomer(user).await.does(Request::SetDisplayName { display_name: name.into() }).await;
    }

    for (query, wanted) in [
        ("josé", "jose"),
        ("jose\u{301}", "jose"),
        ("José  Núñez ", "jose"),
        ("núñez", "jose"),
        ("istanbul", "ist"),
        ("İstanbul", "ist"),
        ("ofis", "ist"),
        ("οδυσ", "odys"),
        ("Οδυσσεύς", "odys"),
        ("STRASSE", "stras"),
        ("ann kathrin", "ann"),
        ("王小", "zh"),
        ("小明", "zh"),
        ("ümit", "ul"),
        ("alice", "full"),
    ] {
        assert_eq!(names(&mut seeker, query).await, [wanted], "{query}");
    }
    for nothing in ["%", "_", "50%", "\\", "j%e"] {
        assert!(names(&mut seeker, nothing).await.is_empty(), "{nothing}");
    }
    assert_eq!(names(&mut seeker, " ").await.len(), 8, "everybody but oneself");
}

#[tokio::test]
async fn an_empty_name_is_the_accounts_and_an_invisible_one_is_refused() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;

    ada.does(Request::SetDisplayName { display_name: "".into() }).await;
    assert_eq!(ada.hears().await, Signal::AccountChanged(Account::new(ada.user(), "ada")));

    for name in ["Ada\u{202e}", &"x".repeat(65)] {
        let refusal = ada.is_refused(Request::SetDisplayName { display_name: name.into() }).await;
        assert_eq!(refusal, RefusalCode::NameRefused, "{name}");
    }
}

#[tokio::test]
async fn names_are_not_changed_without_end() {
    let house = House::with(|config| config.limits.profile_changes_per_minute = 2).await;
    let mut ada = house.newcomer("ada").await;
    for name in ["one", "two"] {
        ada.does(Request::SetDisplayName { display_name: name.into() }).await;
    }

    let refusal = ada.is_refused(Request::SetDisplayName { display_name: "three".into() }).await;

    assert_eq!(refusal, RefusalCode::RateLimited);
}

/// Short enough that nobody waits for somebody to be offline.
async fn quick_house() -> House {
    House::with(|config| config.patience.presence = Duration::from_millis(10)).await
}

async fn search(device: &mut Device, query: &str) -> Vec<Person> {
    match device.does(Request::SearchUsers { query: query.into() }).await {
        Done::People { people } => people,
        other => panic!("no people: {other:?}"),
    }
}

async fn names(device: &mut Device, query: &str) -> Vec<String> {
    search(device, query).await.into_iter().map(|person| person.user.to_string()).collect()
}

fn presence(user: &str, presence: Presence) -> Signal {
    Signal::PresenceChanged { user: user.parse().unwrap(), presence }
}

fn state(person: &Person) -> (ContactState, Presence) {
    (person.contact, person.presence)
}
