//! A user's devices: seen, named, silenced, sent away.

use std::time::Duration;

use carillon_protocol::{
    Answer, DeviceEntry, DeviceId, Done, EndReason, Ended, Presence, Refusal, RefusalCode, Request, Signal,
    SnapshotCall, close,
};
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::{Device, House, Key, accept, befriend, new_op};

/// How long a device that was sent away may go on.
const AT_ONCE: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_user_sees_all_signed_in_devices_this_one_first() {
    let house = House::open().await;
    let key = Key::new();
    let first = house.register_with_key("ada", &key).await;
    let mut phone = house.another("ada", "phone").await;
    house.register("ben").await;

    let entries = devices(&mut phone).await;

    let seen: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.is_this, entry.linked)).collect();
    assert_eq!(seen, [("phone", true, true), ("ada's first", false, false)]);
    assert_eq!((entries[1].device, entries[1].key.clone()), (first.device, Some(key.public())));
    assert_eq!((entries[1].ring_here, entries[1].seen_at_ms), (true, 0), "never linked");
    assert!(entries[0].seen_at_ms >= entries[0].created_at_ms && entries[0].created_at_ms > 0);
}

#[tokio::test]
async fn the_end_of_its_last_link_is_when_a_device_was_last_seen() {
    let house = House::with(|config| config.patience.presence = Duration::from_millis(10)).await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    befriend(&mut ada, &mut ben).await;
    drop(ada);
    assert!(matches!(ben.hears().await, Signal::PresenceChanged { presence: Presence::Offline, .. }));

    let mut phone = house.another("ada", "phone").await;

    let first = devices(&mut phone).await.remove(1);
    assert!(!first.linked && first.seen_at_ms >= first.created_at_ms);
}

#[tokio::test]
async fn a_device_gets_another_name_and_answers_calls_by_it() {
    let (house, mut laptop, mut phone) = ada_with_two_devices().await;
    let mut ben = house.newcomer("ben").await;

    laptop.does(Request::RenameDevice { device: phone.signed_in.device, name: " Ada's phone ".into() }).await;

    for device in [&mut laptop, &mut phone] {
        device.hears_of_devices().await;
    }
    assert_eq!(devices(&mut laptop).await[1].name, "Ada's phone");
    let call = ben.invites("ada").await;
    assert_eq!(laptop.rings().await.also_on, ["Ada's phone"]);
    phone.rings().await;
    phone.does(accept(call)).await;
    assert!(matches!(laptop.hears().await, Signal::Handled(handled) if handled.device_name == "Ada's phone"));
}

#[tokio::test]
async fn a_name_that_cannot_be_seen_is_no_name() {
    let (_house, mut laptop, _phone) = ada_with_two_devices().await;
    for name in ["", "  ", "a\u{200b}b", &"x".repeat(65)] {
        let request = Request::RenameDevice { device: laptop.signed_in.device, name: name.into() };
        assert_eq!(laptop.is_refused(request).await, RefusalCode::NameRefused, "{name:?}");
    }
}

#[tokio::test]
async fn a_revoked_device_loses_its_link_its_tokens_and_its_call_within_a_second() {
    let (house, mut laptop, mut phone) = ada_with_two_devices().await;
    let mut ben = house.newcomer("ben").await;
    let call = ben.invites("ada").await;
    phone.rings().await;
    laptop.rings().await;
    phone.does(accept(call)).await;
    assert!(matches!(ben.hears().await, Signal::Accepted { .. }));
    assert!(matches!(laptop.hears().await, Signal::Handled(_)));

    laptop.does(Request::RevokeDevice { device: phone.signed_in.device }).await;

    let lost = Signal::Ended(Ended { call, reason: EndReason::ConnectionLost, by: None });
    let (code, ended) = timeout(AT_ONCE, async { (phone.is_dismissed().await.0, ben.hears().await) }).await.unwrap();
    assert_eq!((code, ended), (close::SIGNED_OUT, lost));
    laptop.hears_of_devices().await;
    assert_eq!(devices(&mut laptop).await.len(), 1);
}

#[tokio::test]
async fn a_device_that_revokes_itself_is_answered_and_then_goes() {
    let (_house, mut laptop, mut phone) = ada_with_two_devices().await;

    let done = phone.does(Request::RevokeDevice { device: phone.signed_in.device }).await;

    assert_eq!(done, Done::Done);
    assert_eq!(phone.is_dismissed().await.0, close::SIGNED_OUT);
    laptop.hears_of_devices().await;
}

#[tokio::test]
async fn a_device_that_shall_not_ring_stays_silent_and_the_others_ring() {
    let (house, mut laptop, mut phone) = ada_with_two_devices().await;
    let mut ben = house.newcomer("ben").await;
    laptop.does(Request::SetRingHere { device: phone.signed_in.device, ring: false }).await;
    for device in [&mut laptop, &mut phone] {
        device.hears_of_devices().await;
    }

    let call = ben.invites("ada").await;

    assert_eq!(laptop.rings().await.also_on, [""; 0]);
    phone.has_heard_nothing().await;
    let again = Device::link(&house.url(), phone.signed_in.clone()).await;
    assert_eq!(again.snapshot.unwrap().call, None, "nor after a new start");
    assert!(matches!(laptop.does(accept(call)).await, Done::Joined { .. }));
}

#[tokio::test]
async fn who_wants_no_rings_has_none_and_finds_a_missed_call() {
    let (house, mut laptop, mut phone) = ada_with_two_devices().await;
    let mut ben = house.newcomer("ben").await;
    phone.does(Request::SetDoNotDisturb { on: true }).await;
    for device in [&mut laptop, &mut phone] {
        assert!(matches!(device.hears().await, Signal::AccountChanged(account) if account.do_not_disturb));
    }

    let call = ben.invites("ada").await;
    laptop.has_heard_nothing().await;
    phone.has_heard_nothing().await;
    let tablet = house.another("ada", "tablet").await;
    assert!(tablet.greeting.account.do_not_disturb);
    assert!(!matches!(tablet.snapshot.unwrap().call, Some(SnapshotCall::Ringing(_))));
    house.server.advance_clock(Duration::from_secs(30));

    assert_eq!(ben.hears().await, Signal::Ended(Ended { call, reason: EndReason::NoAnswer, by: None }));
    let Done::Calls { calls } = laptop.does(Request::RecentCalls { limit: 1 }).await else { panic!("no calls") };
    assert!(calls[0].is_missed());
}

/// S8: a device of somebody else is answered as one that is not there, and nothing happens to it.
#[tokio::test]
async fn foreign_devices_are_answered_as_if_there_were_none() {
    let (house, mut laptop, _phone) = ada_with_two_devices().await;
    let mut mallory = house.newcomer("mallory").await;

    let mut answers = Vec::new();
    for device in [laptop.signed_in.device, DeviceId::new(Uuid::new_v4())] {
        for request in [
            Request::RenameDevice { device, name: "mine".into() },
            Request::RevokeDevice { device },
            Request::SetRingHere { device, ring: false },
        ] {
            answers.push(mallory.ask(request).await);
        }
    }

    let refusal = Refusal { code: RefusalCode::NotFound, detail: "this user has no such device".into() };
    assert!(answers.iter().all(|answer| *answer == Answer::Refused(refusal.clone())), "{answers:?}");
    laptop.has_heard_nothing().await;
    assert_eq!(devices(&mut laptop).await[0].name, "ada's first");
}

#[tokio::test]
async fn a_change_of_a_device_that_is_asked_for_twice_happens_once() {
    let (_house, mut laptop, mut phone) = ada_with_two_devices().await;
    let (op, device) = (new_op(), phone.signed_in.device);
    let rename = |name: &str| Request::RenameDevice { device, name: name.into() };
    laptop.ask_as(op, rename("one")).await;
    laptop.does(rename("other")).await;

    laptop.ask_as(op, rename("one")).await;

    assert_eq!(devices(&mut laptop).await[1].name, "other");
    phone.hears_of_devices().await;
    phone.hears_of_devices().await;
    phone.has_heard_nothing().await;
}

async fn devices(device: &mut Device) -> Vec<DeviceEntry> {
    match device.does(Request::Devices).await {
        Done::Devices { devices } => devices,
        other => panic!("no devices: {other:?}"),
    }
}

async fn ada_with_two_devices() -> (House, Device, Device) {
    let house = House::open().await;
    let (laptops, phones) = (house.register("ada").await, house.sign_in("ada", "phone").await);
    let (laptop, phone) = (Device::link(&house.url(), laptops).await, Device::link(&house.url(), phones).await);
    (house, laptop, phone)
}
