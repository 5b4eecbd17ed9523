//! Calls between devices on real links.

use std::time::Duration;

use carillon_protocol::{
    Answer, CallKind, CallPath, CallScope, Description, DescriptionKind, DeviceCard, Direction, Done, EndReason, Ended,
    Handled, HandledHow, MediaSignal, RefusalCode, Request, Signal, SnapshotCall, UserId,
};

use crate::hashing::metric;
use crate::support::{Device, House, accept, befriend, candidate, invite, invite_to, new_op};

#[tokio::test]
async fn one_device_answers_the_others_fall_silent_and_a_hang_up_ends_it_for_both() {
    let (house, mut alice, mut laptop, mut phone) = alice_and_bob_with_two_devices().await;

    let call = alice.invites("bob").await;
    let ring = laptop.rings().await;
    assert_eq!((ring.call, ring.from.as_str(), ring.scope), (call, "alice", CallScope::Pair { kind: CallKind::Voice }));
    assert_eq!((ring.message.as_str(), ring.also_on.as_slice()), ("hello", ["phone".to_owned()].as_slice()));
    assert!(ring.ring_left_ms > 29_000 && ring.ring_left_ms <= 30_000);
    assert_eq!(phone.rings().await.call, call);
    laptop.does(Request::Ringing { call }).await;
    assert_eq!(alice.hears().await, Signal::RingingOn { call, devices: 1 });

    let offer = description(DescriptionKind::Offer);
    for signal in [offer.clone(), candidate("one")] {
        alice.does(Request::Media { call, signal }).await;
    }
    assert!(matches!(phone.does(accept(call)).await, Done::Joined { ring, .. } if ring.from_name == "alice"));
    assert_eq!(phone.hears().await, Signal::Media { call, signal: offer });
    assert_eq!(phone.hears().await, Signal::Media { call, signal: candidate("one") });
    let card = Some(DeviceCard { device: phone.signed_in.device, key: None });
    let uid = Some(phone.user().into());
    assert_eq!(
        alice.hears().await,
        Signal::Accepted { call, user: phone.user(), kind: CallKind::Voice, device: card, uid, path: CallPath::Direct }
    );
    let handled =
        Handled { call, how: HandledHow::Accepted, device: phone.signed_in.device, device_name: "phone".into() };
    assert_eq!(laptop.hears().await, Signal::Handled(handled));

    let answer = description(DescriptionKind::Answer);
    phone.does(Request::Media { call, signal: answer.clone() }).await;
    assert_eq!(alice.hears().await, Signal::Media { call, signal: answer });
    alice.does(Request::HangUp { call }).await;
    let ended = Signal::Ended(Ended { call, reason: EndReason::HungUp, by: Some(alice.user()) });
    assert_eq!(alice.hears().await, ended);
    assert_eq!(phone.hears().await, ended);
    for device in [&mut alice, &mut laptop, &mut phone] {
        let Signal::CallLogged(entry) = device.hears().await else { panic!("not in the log") };
        assert_eq!((entry.call, entry.reason, entry.answered), (call, EndReason::HungUp, true));
    }
    assert_eq!(metric(&house, "carillon_call_ring_seconds_count").await, 1);
    assert_eq!(metric(&house, "carillon_call_answer_seconds_count").await, 1);
}

#[tokio::test]
async fn the_media_of_a_device_that_only_rings_are_not_passed_on() {
    let (_house, mut alice, mut laptop, _phone) = alice_and_bob_with_two_devices().await;
    let call = alice.invites("bob").await;
    laptop.rings().await;
    alice.does(Request::Media { call, signal: description(DescriptionKind::Offer) }).await;

    let answer = description(DescriptionKind::Answer);
    let refusal = laptop.is_refused(Request::Media { call, signal: answer }).await;

    assert_eq!(refusal, RefusalCode::NotAllowed);
    alice.has_heard_nothing().await;
    laptop.has_heard_nothing().await;
}

#[tokio::test]
async fn a_callee_without_a_link_is_called_in_vain_and_finds_a_missed_call() {
    let house = House::open().await;
    let mut alice = house.newcomer("alice").await;
    let bobs = house.register("bob").await;

    let call = alice.invites("bob").await;
    house.server.advance_clock(Duration::from_secs(30));

    let ended = Ended { call, reason: EndReason::NoAnswer, by: None };
    assert_eq!(alice.hears().await, Signal::Ended(ended));
    let mut bob = Device::link(&house.url(), bobs).await;
    assert_eq!(bob.snapshot.as_ref().unwrap().call, None);
    let Done::Calls { calls } = bob.does(Request::RecentCalls { limit: 10 }).await else { panic!("no calls") };
    assert_eq!((calls.len(), calls[0].call, calls[0].direction), (1, call, Direction::Incoming));
    assert!(calls[0].is_missed());
}

#[tokio::test]
async fn a_callee_who_comes_while_it_rings_finds_the_ring_in_the_snapshot() {
    let house = House::open().await;
    let mut alice = house.newcomer("alice").await;
    let bobs = house.register("bob").await;
    let call = alice.invites("bob").await;
    house.server.advance_clock(Duration::from_secs(10));

    let mut bob = Device::link(&house.url(), bobs).await;

    let Some(SnapshotCall::Ringing(ring)) = bob.snapshot.take().unwrap().call else { panic!("it does not ring") };
    assert_eq!((ring.call, ring.from_name.as_str()), (call, "alice"));
    assert!(ring.ring_left_ms > 10_000 && ring.ring_left_ms <= 20_000, "{}", ring.ring_left_ms);
    assert!(matches!(bob.does(accept(call)).await, Done::Joined { .. }));
}

#[tokio::test]
async fn a_decline_ends_it_everywhere() {
    let (_house, mut alice, mut laptop, mut phone) = alice_and_bob_with_two_devices().await;
    let call = alice.invites("bob").await;
    laptop.rings().await;
    phone.rings().await;

    laptop.does(Request::Decline { call }).await;

    let ended = Signal::Ended(Ended { call, reason: EndReason::Declined, by: Some(laptop.user()) });
    assert_eq!(alice.hears().await, ended);
    assert!(matches!(phone.hears().await, Signal::Handled(handled) if handled.how == HandledHow::Declined));
}

#[tokio::test]
async fn whom_one_cannot_call_is_said() {
    let (_house, mut alice, mut laptop, _phone) = alice_and_bob_with_two_devices().await;

    assert_eq!(alice.is_refused(invite("alice")).await, RefusalCode::SelfCall);
    assert_eq!(alice.is_refused(invite("nobody")).await, RefusalCode::UnknownUser);
    laptop.has_heard_nothing().await;
}

#[tokio::test]
async fn whoever_invites_again_after_a_new_session_hears_how_the_call_ended() {
    let (house, mut alice, mut laptop, _phone) = alice_and_bob_with_two_devices().await;
    alice.invites("bob").await;
    laptop.rings().await;
    let (mut carol, op) = (house.newcomer("carol").await, new_op());
    let Answer::Ok(Done::Calling { call, .. }) = carol.ask_as(op, invite("bob")).await else { panic!("not called") };
    let busy = Signal::Ended(Ended { call, reason: EndReason::Busy, by: None });
    assert_eq!(carol.hears().await, busy);

    let mut carol = Device::link(&house.url(), carol.signed_in.clone()).await;
    assert_eq!(carol.snapshot.clone().unwrap().call, None, "nothing tells of the end");
    let again = carol.ask_as(op, invite("bob")).await;

    assert!(matches!(again, Answer::Ok(Done::Calling { call: known, .. }) if known == call));
    assert_eq!(carol.hears().await, busy);
}

#[tokio::test]
async fn who_is_in_a_call_by_glare_and_hears_that_again_hears_how_it_ended() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let call = alice.invites("bob").await;
    let op = new_op();
    assert!(matches!(bob.ask_as(op, invite("alice")).await, Answer::Ok(Done::Joined { .. })));
    alice.does(Request::HangUp { call }).await;

    let mut bob = Device::link(&house.url(), bob.signed_in.clone()).await;
    assert_eq!(bob.snapshot.clone().unwrap().call, None, "nothing tells of the end");
    let again = bob.ask_as(op, invite("alice")).await;

    assert!(matches!(again, Answer::Ok(Done::Joined { ring, .. }) if ring.call == call));
    let hung_up = Signal::Ended(Ended { call, reason: EndReason::HungUp, by: Some(alice.user()) });
    assert_eq!(bob.hears().await, hung_up);
}

#[tokio::test]
async fn a_third_user_finds_the_callee_busy_and_the_channel_taken() {
    let (house, mut alice, mut laptop, _phone) = alice_and_bob_with_two_devices().await;
    let mut carol = house.newcomer("carol").await;
    house.register("dora").await;
    alice.does(invite_to("bob", "lobby")).await;
    laptop.rings().await;

    assert_eq!(carol.is_refused(invite_to("dora", "lobby")).await, RefusalCode::ChannelInUse);
    let call = carol.invites("bob").await;

    assert_eq!(carol.hears().await, Signal::Ended(Ended { call, reason: EndReason::Busy, by: None }));
    assert!(
        matches!(laptop.hears().await, Signal::CallLogged(entry) if entry.is_missed() && entry.with.as_str() == "carol")
    );
}

#[tokio::test]
async fn a_call_of_somebody_else_does_not_exist() {
    let (house, mut alice, mut laptop, _phone) = alice_and_bob_with_two_devices().await;
    let mut mallory = house.newcomer("mallory").await;
    let call = alice.invites("bob").await;
    laptop.rings().await;

    for request in [accept(call), Request::Decline { call }, Request::HangUp { call }, Request::Ringing { call }] {
        assert_eq!(mallory.is_refused(request).await, RefusalCode::UnknownCall);
    }
    assert!(matches!(laptop.does(accept(call)).await, Done::Joined { .. }));
}

#[tokio::test]
async fn two_who_call_each_other_are_in_one_call() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let call = alice.invites("bob").await;

    let done = bob.does(invite("alice")).await;

    assert!(matches!(done, Done::Joined { ring, .. } if ring.call == call), "glare");
    assert!(matches!(alice.hears().await, Signal::Accepted { call: accepted, .. } if accepted == call));
}

#[tokio::test]
async fn a_device_that_stays_away_for_half_a_minute_loses_its_call() {
    let (house, mut alice, mut laptop, _phone) = alice_and_bob_with_two_devices().await;
    let call = alice.invites("bob").await;
    laptop.rings().await;
    laptop.does(accept(call)).await;
    assert!(matches!(alice.hears().await, Signal::Accepted { .. }));
    befriend(&mut alice, &mut laptop).await;

    drop(laptop);
    drop(_phone);
    until_offline(&mut alice).await;
    house.server.advance_clock(Duration::from_secs(31));

    assert_eq!(alice.hears().await, Signal::Ended(Ended { call, reason: EndReason::ConnectionLost, by: None }));
}

#[tokio::test]
async fn after_the_ring_time_nobody_can_accept_and_both_can_call_anew() {
    let (house, mut alice, mut laptop, _phone) = alice_and_bob_with_two_devices().await;
    let call = alice.invites("bob").await;
    laptop.rings().await;

    house.server.advance_clock(Duration::from_secs(31));

    let late = laptop.ask(accept(call)).await;
    assert!(!matches!(late, Answer::Ok(Done::Joined { .. })), "{late:?}");
    assert_eq!(laptop.hears().await, Signal::Ended(Ended { call, reason: EndReason::NoAnswer, by: None }));
    laptop.invites("alice").await;
}

async fn alice_and_bob_with_two_devices() -> (House, Device, Device, Device) {
    let house = House::with(|config| {
        config.patience.presence = Duration::from_millis(10);
        config.metrics_listen = Some(([127, 0, 0, 1], 0).into());
    })
    .await;
    let alice = house.newcomer("alice").await;
    house.register("bob").await;
    let (laptops, phones) = (house.sign_in("bob", "laptop").await, house.sign_in("bob", "phone").await);
    let laptop = Device::link(&house.url(), laptops).await;
    let phone = Device::link(&house.url(), phones).await;
    (house, alice, laptop, phone)
}

fn description(kind: DescriptionKind) -> MediaSignal {
    MediaSignal::Description(Description { kind, sdp: "v=0\r\n".into(), signature: None })
}

async fn until_offline(device: &mut Device) {
    let bob = UserId::new("bob").unwrap();
    loop {
        match device.hears().await {
            Signal::PresenceChanged { user, presence: carillon_protocol::Presence::Offline } if user == bob => return,
            Signal::PresenceChanged { .. } => {}
            other => panic!("not about presence: {other:?}"),
        }
    }
}
