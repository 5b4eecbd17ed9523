//! What devices publish in a call: told to the others, kept with the leg, and bounded.

use carillon_protocol::{
    Answer, CallId, MicrophoneState, Published, PublishedSize, Refusal, RefusalCode, Request, Signal, SnapshotCall,
};

use rusqlite::Connection;

use crate::support::{Device, House, accept, new_op};

#[tokio::test]
async fn what_a_device_publishes_is_heard_at_the_other_end_and_found_after_a_restart_of_the_server() {
    let (house, mut alice, mut bob, call) = talking().await;

    alice.does(publish(call, seen())).await;

    let Signal::PublishedChanged { call: told, user, published, .. } = bob.hears().await else { panic!("not told") };
    assert_eq!((told, user, published), (call, alice.user(), seen()));
    alice.does(publish(call, seen())).await;
    bob.has_heard_nothing().await;
    alice.has_heard_nothing().await;

    let house = house.reopen().await;
    let bob = Device::link(&house.url(), bob.signed_in.clone()).await;
    let Some(SnapshotCall::Joined { with: Some(with), .. }) = bob.snapshot.unwrap().call else { panic!("not in it") };
    assert_eq!(with.published, seen());
}

#[tokio::test]
async fn what_the_server_cannot_read_of_what_is_published_is_nothing_and_ends_no_call() {
    let (house, mut alice, bob, call) = talking().await;
    alice.does(publish(call, seen())).await;
    let database = Connection::open(house.folder.0.join("carillon.db")).unwrap();
    let newer = r#"{"microphone":"whispering"}"#;
    database.execute("UPDATE legs SET published = ?1 WHERE published IS NOT NULL", [newer]).unwrap();
    drop(database);

    let house = house.reopen().await;

    let bob = Device::link(&house.url(), bob.signed_in.clone()).await;
    let Some(SnapshotCall::Joined { with: Some(with), .. }) = bob.snapshot.unwrap().call else { panic!("not in it") };
    assert_eq!(with.published, Published::default());
    let mut alice = Device::link(&house.url(), alice.signed_in.clone()).await;
    alice.does(publish(call, seen())).await;
    alice.does(Request::HangUp { call }).await;
}

#[tokio::test]
async fn a_callee_hears_with_the_accept_what_the_caller_publishes_and_not_before() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let call = alice.invites("bob").await;
    bob.rings().await;
    alice.does(publish(call, seen())).await;
    bob.has_heard_nothing().await;

    bob.does(accept(call)).await;

    assert!(matches!(bob.hears().await, Signal::PublishedChanged { published, .. } if published == seen()));
}

#[tokio::test]
async fn s1_only_the_device_that_is_in_the_call_says_what_is_published() {
    let (house, mut alice, mut bob, call) = talking().await;
    let mut phone = house.another("bob", "phone").await;
    let mut carol = house.newcomer("carol").await;

    assert_eq!(phone.is_refused(publish(call, seen())).await, RefusalCode::NotAllowed);
    assert_eq!(carol.is_refused(publish(call, seen())).await, RefusalCode::UnknownCall);
    alice.has_heard_nothing().await;

    bob.does(Request::HangUp { call }).await;
    assert_eq!(alice.is_refused(publish(call, seen())).await, RefusalCode::CallEnded);
}

#[tokio::test]
async fn a_size_that_no_picture_can_have_is_refused_and_told_to_nobody() {
    let (_house, mut alice, mut bob, call) = talking().await;
    for side in ["0", "7681", "-1", "1e9"] {
        let op = new_op();
        let published = format!(r#"{{"camera":{{"width":{side},"height":720}}}}"#);
        let body = format!(r#"{{"type":"publish","call":"{call}","published":{published}}}"#);

        alice.say(&format!(r#"{{"t":"request","op_id":"{op}","body":{body}}}"#)).await;

        let answer = alice.answer_to(op).await;
        assert!(matches!(answer, Answer::Refused(Refusal { code: RefusalCode::Invalid, .. })), "{side}: {answer:?}");
    }
    bob.has_heard_nothing().await;
}

#[tokio::test]
async fn s18_a_device_that_switches_without_an_end_is_refused_and_may_still_hang_up() {
    let house = House::with(|config| config.limits.publishes_per_minute = 3).await;
    let (mut alice, mut bob, call) = talk(&house).await;
    for microphone in [MicrophoneState::On, MicrophoneState::Muted, MicrophoneState::On] {
        alice.does(publish(call, Published { microphone, ..Published::default() })).await;
        bob.hears().await;
    }

    assert_eq!(alice.is_refused(publish(call, seen())).await, RefusalCode::RateLimited);
    bob.does(publish(call, seen())).await;
    alice.does(Request::HangUp { call }).await;
}

fn publish(call: CallId, published: Published) -> Request {
    Request::Publish { call, published }
}

fn seen() -> Published {
    let microphone = MicrophoneState::On;
    Published { microphone, camera: PublishedSize::new(1280, 720), ..Published::default() }
}

/// Alice and Bob, who has accepted her call.
async fn talking() -> (House, Device, Device, CallId) {
    let house = House::open().await;
    let (alice, bob, call) = talk(&house).await;
    (house, alice, bob, call)
}

async fn talk(house: &House) -> (Device, Device, CallId) {
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let call = alice.invites("bob").await;
    bob.rings().await;
    bob.does(accept(call)).await;
    assert!(matches!(alice.hears().await, Signal::Accepted { .. }));
    (alice, bob, call)
}
