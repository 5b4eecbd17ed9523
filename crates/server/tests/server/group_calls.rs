//! Group calls between devices on real links, and what the log keeps of calls.

use std::time::Duration;

use carillon_protocol::{
    CallId, CallKind, CallScope, ChannelName, Done, EndReason, Ended, GroupId, GroupKind, HandledHow, Invitation, Leg,
    LegState, RefusalCode, Request, Signal, SnapshotCall, Uid, UserId,
};

use crate::{
    support::{Device, House, accept, candidate, invite, new_op},
    tokens::fetch,
};

#[tokio::test]
async fn a_group_call_is_joined_declined_missed_grown_and_left() {
    let house = House::open().await;
    let mut cast = Cast::open(&house).await;
    let call = cast.alice.group_call(&["bob", "carol", "dora"]).await;
    for device in [&mut cast.bob, &mut cast.phone, &mut cast.carol, &mut cast.dora] {
        let ring = device.rings().await;
        assert_eq!((ring.call, ring.scope, ring.from.as_str()), (call, several(None), "alice"));
    }

    let Done::Joined { legs, .. } = cast.phone.does(accept(call)).await else { panic!("not joined") };
    assert_eq!(states(&legs), "alice accepted, bob accepted, carol ringing, dora ringing");
    assert!(matches!(cast.bob.hears().await, Signal::Handled(handled) if handled.how == HandledHow::Accepted));
    assert_eq!(cast.alice.hears_of_leg().await, ("bob".into(), LegState::Accepted));
    cast.carol.does(Request::Decline { call }).await;
    for device in [&mut cast.alice, &mut cast.phone] {
        assert_eq!(device.hears_of_leg().await, ("carol".into(), LegState::Declined));
    }
    let by = Some(cast.carol.user());
    assert_eq!(cast.carol.hears().await, Signal::Ended(Ended { call, reason: EndReason::Declined, by }));
    assert!(matches!(cast.carol.hears().await, Signal::CallLogged(entry) if !entry.is_missed() && entry.seen));

    house.server.advance_clock(Duration::from_secs(30));
    for device in [&mut cast.alice, &mut cast.phone] {
        assert_eq!(device.hears_of_leg().await, ("dora".into(), LegState::Missed));
    }
    assert_eq!(cast.dora.hears().await, Signal::Ended(Ended { call, reason: EndReason::NoAnswer, by: None }));
    assert!(matches!(cast.dora.hears().await, Signal::CallLogged(entry) if entry.is_missed() && !entry.seen));

    // Bob asks Carol again, and this time she comes.
    let again = cast.phone.does(group_invite(&["carol"], "lobby")).await;
    assert!(matches!(again, Done::Calling { call: same, ring_left_ms: 30_000, .. } if same == call), "{again:?}");
    let ring = cast.carol.rings().await;
    assert_eq!((ring.call, ring.from.as_str(), ring.round), (call, "bob", 1));
    assert_eq!(cast.alice.hears_of_leg().await, ("carol".into(), LegState::Ringing));
    assert_eq!(cast.phone.hears_of_leg().await, ("carol".into(), LegState::Ringing));
    assert!(matches!(cast.carol.does(accept(call)).await, Done::Joined { .. }));
    assert_eq!(cast.alice.hears_of_leg().await, ("carol".into(), LegState::Accepted));

    cast.alice.does(Request::HangUp { call }).await;
    let by = Some(cast.alice.user());
    assert_eq!(cast.alice.hears().await, Signal::Ended(Ended { call, reason: EndReason::HungUp, by }));
    assert_eq!(cast.carol.hears_of_leg().await, ("alice".into(), LegState::Left));
    assert_eq!(cast.alice.is_refused(group_invite(&["dora"], "lobby")).await, RefusalCode::ChannelInUse);
    cast.alice.does(group_invite(&["dora"], "hill")).await;
    cast.dora.rings().await;
}

#[tokio::test]
async fn whom_a_group_call_cannot_ask_is_said_and_nobody_rings() {
    let house = House::open().await;
    let mut cast = Cast::open(&house).await;
    let team = GroupId::new("team").unwrap();

    for (whom, code) in [
        (&["alice", "bob"][..], RefusalCode::SelfCall),
        (&["bob", "nobody"], RefusalCode::UnknownUser),
        (&["bob", "bob"], RefusalCode::Invalid),
        (&[], RefusalCode::Invalid),
    ] {
        assert_eq!(cast.alice.is_refused(group_invite(whom, "lobby")).await, code);
    }
    let Request::Invite(wanted) = group_invite(&["bob"], "lobby") else { panic!("an invite") };
    let scope = CallScope::Group { kind: CallKind::Voice, group: team, place: GroupKind::Group, name: None };
    let in_group = Invitation { scope, ..wanted };
    assert_eq!(cast.alice.is_refused(Request::Invite(in_group)).await, RefusalCode::NotFound);
    cast.bob.has_heard_nothing().await;
}

#[tokio::test]
async fn a_group_call_takes_everybody_who_is_in_it_or_asked() {
    let house = House::open().await;
    let mut cast = Cast::open(&house).await;
    let call = cast.alice.group_call(&["bob", "carol"]).await;
    cast.bob.rings().await;
    cast.phone.rings().await;
    cast.bob.does(accept(call)).await;

    assert_eq!(cast.phone.is_refused(invite("dora")).await, RefusalCode::InAnotherCall);
    assert_eq!(cast.dora.is_refused(group_invite(&["erin"], "lobby")).await, RefusalCode::UnknownUser);
    let busy = cast.dora.invites("carol").await;
    assert_eq!(cast.dora.hears().await, Signal::Ended(Ended { call: busy, reason: EndReason::Busy, by: None }));
    cast.carol.rings().await;
    cast.carol.does(Request::Decline { call }).await;
    cast.dora.invites("carol").await;
}

#[tokio::test]
async fn a_group_that_only_the_caller_names_is_named_by_the_rules_for_every_name() {
    let house = House::open().await;
    let mut cast = Cast::open(&house).await;
    let named = |name: &str| match group_invite(&["bob"], "lobby") {
        Request::Invite(invitation) => Request::Invite(Invitation { scope: several(Some(name)), ..invitation }),
        other => panic!("no invitation: {other:?}"),
    };

    for name in ["Your\u{202e}knab", "\u{3164}", &"x".repeat(65)] {
        assert_eq!(cast.alice.is_refused(named(name)).await, RefusalCode::NameRefused, "{name:?}");
    }
    cast.alice.does(named("  The  team ")).await;

    assert_eq!(cast.bob.rings().await.scope, several(Some("The team")));
}

#[tokio::test]
async fn the_media_of_a_group_call_are_no_business_of_the_link() {
    let house = House::open().await;
    let mut cast = Cast::open(&house).await;
    let call = cast.alice.group_call(&["bob"]).await;
    cast.bob.rings().await;
    cast.bob.does(accept(call)).await;

    let refusal = cast.bob.is_refused(Request::Media { call, signal: candidate("one") }).await;

    assert_eq!(refusal, RefusalCode::NotAllowed);
}

#[tokio::test]
async fn a_request_that_is_repeated_asks_nobody_twice() {
    let house = House::open().await;
    let mut cast = Cast::open(&house).await;
    let call = cast.alice.group_call(&["bob"]).await;
    let op = new_op();

    let first = cast.alice.ask_as(op, group_invite(&["carol"], "lobby")).await;
    let second = cast.alice.ask_as(op, group_invite(&["carol"], "lobby")).await;

    assert_eq!(first, second);
    assert_eq!(cast.carol.rings().await.call, call);
    cast.carol.has_heard_nothing().await;
}

#[tokio::test]
async fn a_device_that_starts_over_finds_its_group_call_with_everybody_in_it() {
    let house = House::open().await;
    let mut cast = Cast::open(&house).await;
    let call = cast.alice.group_call(&["bob", "carol"]).await;
    cast.bob.rings().await;
    cast.bob.does(accept(call)).await;

    let again = Device::link(&house.url(), cast.bob.signed_in.clone()).await;
    let other = Device::link(&house.url(), cast.phone.signed_in.clone()).await;

    let Some(SnapshotCall::Joined { call: found, legs, .. }) = again.snapshot.unwrap().call else {
        panic!("not in it")
    };
    assert_eq!((found, states(&legs).as_str()), (call, "alice accepted, bob accepted, carol ringing"));
    assert_eq!(other.snapshot.unwrap().call, Some(SnapshotCall::Elsewhere { call }));
}

#[tokio::test]
async fn a_group_call_survives_a_restart_of_the_server_leg_by_leg() {
    let house = House::open().await;
    let mut cast = Cast::open(&house).await;
    let call = cast.alice.group_call(&["bob", "carol"]).await;
    cast.bob.rings().await;
    cast.bob.does(accept(call)).await;
    let (bobs, carols) = (cast.bob.signed_in.clone(), cast.carol.signed_in.clone());
    drop(cast);

    let house = house.reopen().await;
    let bob = Device::link(&house.url(), bobs).await;
    let mut carol = Device::link(&house.url(), carols).await;

    let Some(SnapshotCall::Joined { legs, .. }) = bob.snapshot.unwrap().call else { panic!("not in it") };
    assert_eq!(states(&legs), "alice accepted, bob accepted, carol ringing");
    assert!(matches!(carol.snapshot.take(), Some(snapshot) if matches!(snapshot.call, Some(SnapshotCall::Ringing(_)))));
    assert!(matches!(carol.does(accept(call)).await, Done::Joined { .. }));
}

#[tokio::test]
async fn a_token_is_renewed_by_whoever_is_in_the_call() {
    let house = House::open().await;
    let mut cast = Cast::open(&house).await;
    let call = cast.alice.group_call(&["bob"]).await;
    let channel = cast.bob.rings().await.channel;
    let token = fetch(&house, &cast.bob, channel.as_str(), Some(7)).await;
    let accept =
        Request::Accept { call, access_token: Some(token.clone()), uid: Some(Uid::Number(7)), hides_address: false };
    let Done::Joined { legs, .. } = cast.bob.does(accept).await else { panic!("not joined") };
    assert_eq!(legs[1].uid, Some(Uid::Number(7)));

    let renew = || Request::RenewToken { call, access_token: token.clone() };
    cast.bob.does(renew()).await;

    assert_eq!(cast.phone.is_refused(renew()).await, RefusalCode::NotAllowed);
    assert_eq!(cast.carol.is_refused(renew()).await, RefusalCode::UnknownCall);
}

#[tokio::test]
async fn missed_calls_wait_to_be_seen_and_are_seen_on_all_devices_at_once() {
    let house = House::open().await;
    let mut cast = Cast::open(&house).await;
    let first = missed(&mut cast).await;
    let second = missed(&mut cast).await;
    let again = Device::link(&house.url(), cast.phone.signed_in.clone()).await;
    assert_eq!(again.snapshot.as_ref().unwrap().missed_calls, 2);
    cast.phone = again;

    cast.bob.does(Request::MarkCallsSeen { up_to: first }).await;
    for device in [&mut cast.bob, &mut cast.phone] {
        assert_eq!(device.hears().await, Signal::CallsSeen { missed: 1 });
    }
    let op = new_op();
    let seen = Request::MarkCallsSeen { up_to: second };
    assert_eq!(cast.bob.ask_as(op, seen.clone()).await, cast.bob.ask_as(op, seen).await);
    assert_eq!(cast.phone.hears().await, Signal::CallsSeen { missed: 0 });
    cast.phone.has_heard_nothing().await;

    let Done::Calls { calls } = cast.phone.does(Request::RecentCalls { limit: 10 }).await else { panic!("no calls") };
    assert!(calls.iter().all(|entry| entry.is_missed() && entry.seen));
    let back = Device::link(&house.url(), cast.bob.signed_in.clone()).await;
    assert_eq!(back.snapshot.unwrap().missed_calls, 0);
}

/// Carol calls Bob and takes it back.
async fn missed(cast: &mut Cast) -> CallId {
    let call = cast.carol.invites("bob").await;
    cast.carol.does(Request::HangUp { call }).await;
    for device in [&mut cast.bob, &mut cast.phone] {
        device.rings().await;
        assert!(matches!(device.hears().await, Signal::Ended(_)));
        assert!(matches!(device.hears().await, Signal::CallLogged(entry) if entry.is_missed() && !entry.seen));
    }
    call
}

/// Alice, Bob with two devices, Carol and Dora.
struct Cast {
    alice: Device,
    bob: Device,
    phone: Device,
    carol: Device,
    dora: Device,
}

impl Cast {
    async fn open(house: &House) -> Self {
        let (alice, bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
        let phone = house.another("bob", "phone").await;
        Self { alice, bob, phone, carol: house.newcomer("carol").await, dora: house.newcomer("dora").await }
    }
}

impl Device {
    pub(crate) async fn group_call(&mut self, whom: &[&str]) -> CallId {
        match self.does(group_invite(whom, "lobby")).await {
            Done::Calling { call, .. } => call,
            other => panic!("does not ring: {other:?}"),
        }
    }

    async fn hears_of_leg(&mut self) -> (String, LegState) {
        match self.hears().await {
            Signal::LegChanged { leg, .. } => (leg.user.to_string(), leg.state),
            other => panic!("not about a leg: {other:?}"),
        }
    }
}

fn group_invite(whom: &[&str], channel: &str) -> Request {
    Request::Invite(Invitation {
        scope: several(None),
        to: whom.iter().map(|name| UserId::new(*name).unwrap()).collect(),
        message: "come".into(),
        channel: ChannelName::new(channel).unwrap(),
        access_token: None,
        uid: None,
        ring_ms: None,
        hides_address: false,
    })
}

fn several(name: Option<&str>) -> CallScope {
    CallScope::Several { kind: CallKind::Voice, name: name.map(str::to_owned) }
}

fn states(legs: &[Leg]) -> String {
    let one = |leg: &Leg| format!("{} {}", leg.user, serde_json::to_value(leg.state).unwrap().as_str().unwrap());
    legs.iter().map(one).collect::<Vec<_>>().join(", ")
}
