//! Hands, moderators, and participants of group calls whom the server does not reach, on real links.

use std::time::Duration;

use carillon_protocol::{
    Answer, CallId, CallKind, CallRole, CallScope, ChannelName, Done, EndReason, Ended, GivenName, GroupId, GroupKind,
    GroupRole, Invitation, Leg, LegState, MicrophoneState, Moderation, MutedBy, Published, Refusal, RefusalCode,
    Request, Signal, SnapshotCall, UserId,
};

use crate::support::{
    Device, House, accept,
    media::{MediaPeer, until},
};

#[tokio::test]
async fn hands_are_seen_by_all_in_their_order_also_after_a_restart_of_the_server() {
    let house = House::open().await;
    let ([mut alice, mut bob, mut carol], call) = of_three(&house).await;
    carol.does(hand(call, true)).await;
    bob.does(hand(call, true)).await;
    for device in [&mut alice, &mut bob, &mut carol] {
        let (carols, bobs) = (device.leg_changes().await, device.leg_changes().await);
        assert_eq!((carols.user.as_str(), bobs.user.as_str()), ("carol", "bob"));
        assert!(carols.hand.is_some() && carols.hand < bobs.hand, "{carols:?} {bobs:?}");
    }

    let house = house.reopen().await;

    let mut alice = Device::link(&house.url(), alice.signed_in).await;
    assert_eq!(hands(&legs_of(&mut alice)), ["carol", "bob"]);
    alice.does(moderate(call, "carol", Moderation::LowerHand)).await;
    let mut carol = Device::link(&house.url(), carol.signed_in).await;
    assert_eq!(hands(&legs_of(&mut carol)), ["bob"]);
    carol.does(hand(call, true)).await;
    let mut bob = Device::link(&house.url(), bob.signed_in).await;
    assert_eq!(hands(&legs_of(&mut bob)), ["bob", "carol"]);
    bob.does(Request::HangUp { call }).await;
    let left = alice.leg_that(|leg| leg.state == LegState::Left).await;
    assert_eq!((left.user.as_str(), left.hand), ("bob", None));
}

#[tokio::test]
async fn a_moderator_mutes_and_takes_out_and_the_one_concerned_hears_who_it_was() {
    let house = House::open().await;
    let ([mut alice, mut bob, mut carol], call) = of_three(&house).await;
    bob.does(Request::Publish { call, published: heard() }).await;

    alice.does(moderate(call, "bob", Moderation::Mute)).await;
    let muted = bob.leg_that(|leg| leg.muted.is_some()).await;
    assert_eq!(muted.user, bob.user());
    assert!(matches!(muted.muted, Some(MutedBy { user, .. }) if user == alice.user()));

    alice.does(moderate(call, "bob", Moderation::Remove)).await;
    let by = Some(alice.user());
    bob.hears_until(&Signal::Ended(Ended { call, reason: EndReason::Removed, by })).await;
    carol.leg_that(|leg| leg.user.as_str() == "bob" && leg.state == LegState::Removed).await;
    assert_eq!(bob.is_refused(accept(call)).await, RefusalCode::CallEnded, "he does not come back by himself");
    assert_eq!(bob.is_refused(invite(&["carol"])).await, RefusalCode::ChannelInUse);

    carol.does(invite(&["bob"])).await;
    bob.hears_one(|signal| matches!(signal, Signal::Ring(ring) if ring.call == call)).await;
    assert!(matches!(bob.does(accept(call)).await, Done::Joined { .. }));
}

#[tokio::test]
async fn s3_nobody_but_a_moderator_who_is_in_the_call_does_anything_about_others() {
    let house = House::open().await;
    let ([mut alice, mut bob, _carol], call) = of_three(&house).await;
    let (mut phone, mut mallory) = (house.another("alice", "phone").await, house.newcomer("mallory").await);

    for what in [Moderation::Mute, Moderation::LowerHand, Moderation::Remove] {
        assert_eq!(bob.is_refused(moderate(call, "carol", what)).await, RefusalCode::NotAllowed);
        assert_eq!(bob.is_refused(moderate(call, "alice", what)).await, RefusalCode::NotAllowed);
        assert_eq!(phone.is_refused(moderate(call, "bob", what)).await, RefusalCode::NotAllowed, "it is not in it");
        assert_eq!(mallory.is_refused(moderate(call, "bob", what)).await, RefusalCode::UnknownCall);
        assert_eq!(alice.is_refused(moderate(call, "mallory", what)).await, RefusalCode::NotFound);
    }
    assert_eq!(phone.is_refused(hand(call, true)).await, RefusalCode::NotAllowed);
    assert_eq!(mallory.is_refused(hand(call, true)).await, RefusalCode::UnknownCall);
}

#[tokio::test]
async fn in_a_groups_call_its_admins_are_the_moderators_and_all_are_told_who_they_are() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let mut carol = house.newcomer("carol").await;
    house.befriend(&["alice", "bob", "carol"]);
    let group = team(&mut alice).await;
    alice.does(Request::SetGroupRole { group: group.clone(), user: bob.user(), role: GroupRole::Admin }).await;
    let scope = CallScope::Group { kind: CallKind::Voice, group, place: GroupKind::Group, name: None };
    let Request::Invite(wanted) = invite(&["alice", "bob"]) else { panic!("an invite") };
    let Done::Calling { call, legs, .. } = carol.does(Request::Invite(Invitation { scope, ..wanted })).await else {
        panic!("does not ring")
    };
    let roles: Vec<_> = legs.iter().map(|leg| (leg.user.as_str(), leg.role)).collect();
    assert_eq!(roles, [("carol", CallRole::Caller), ("alice", CallRole::Owner), ("bob", CallRole::Admin)]);
    for device in [&mut alice, &mut bob] {
        device.does(accept(call)).await;
    }

    assert_eq!(carol.is_refused(moderate(call, "bob", Moderation::Remove)).await, RefusalCode::NotAllowed);
    assert_eq!(bob.is_refused(moderate(call, "alice", Moderation::Remove)).await, RefusalCode::NotAllowed);
    bob.does(moderate(call, "carol", Moderation::Remove)).await;
    alice.leg_that(|leg| leg.user.as_str() == "carol" && leg.state == LegState::Removed).await;
}

#[tokio::test]
async fn whoever_loses_their_link_is_reconnecting_until_they_are_back() {
    let house = House::with(|config| config.patience.unreached = Duration::from_millis(50)).await;
    let ([mut alice, bob, _carol], call) = of_three(&house).await;
    let (signed_in, resume) = (bob.signed_in.clone(), Some((bob.session, bob.seq)));
    drop(bob);

    let lost = alice.leg_that(|leg| leg.reconnecting).await;
    assert_eq!((lost.user.as_str(), lost.state), ("bob", LegState::Accepted));

    let mut bob = Device::link_with(&house.url(), signed_in.clone(), resume).await;
    assert!(bob.snapshot.is_none(), "his session goes on");
    assert_eq!(alice.leg_that(|leg| !leg.reconnecting).await.user, bob.user());
    bob.does(hand(call, true)).await;

    drop(bob);
    alice.leg_that(|leg| leg.reconnecting).await;
    let mut bob = Device::link(&house.url(), signed_in).await;
    assert!(legs_of(&mut bob).iter().all(|leg| !leg.reconnecting), "a snapshot knows it as well");
    alice.leg_that(|leg| !leg.reconnecting).await;
}

#[tokio::test]
async fn after_a_restart_of_the_server_only_those_are_reconnecting_who_do_not_come_back() {
    let house = House::open().await;
    let ([alice, bob, carol], _) = of_three(&house).await;

    let house = house.reopen().await;
    let mut alice = Device::link(&house.url(), alice.signed_in).await;
    let _carol = Device::link(&house.url(), carol.signed_in).await;

    let bobs = |legs: &[Leg]| legs.iter().any(|leg| leg.reconnecting && leg.user == bob.user());
    if !bobs(&legs_of(&mut alice)) {
        alice.leg_that(|leg| leg.reconnecting && leg.user == bob.user()).await;
    }
    let _bob = Device::link(&house.url(), bob.signed_in.clone()).await;
    alice.leg_that(|leg| !leg.reconnecting && leg.user == bob.user()).await;
}

#[tokio::test]
async fn whose_media_do_not_come_any_more_is_reconnecting_until_they_come_again() {
    let house = House::open().await;
    let ([mut alice, mut bob, _carol], call) = of_three(&house).await;
    let lost = connect(&mut bob, call).await;

    drop(lost);
    let leg = alice.leg_that(|leg| leg.reconnecting).await;
    assert_eq!(leg.user, bob.user());

    let _back = connect(&mut bob, call).await;
    assert_eq!(alice.leg_that(|leg| !leg.reconnecting).await.user, bob.user());
}

#[tokio::test]
async fn a_call_that_is_full_says_so_and_nobody_who_is_in_it_is_dropped() {
    let house = House::with(|config| config.limits.people_per_call = 3).await;
    let ([mut alice, mut bob, _carol], call) = of_three(&house).await;
    let mut dora = house.newcomer("dora").await;
    assert_eq!(alice.greeting.call_size, 3);

    let answer = alice.ask(invite(&["dora"])).await;

    let refused = Refusal { code: RefusalCode::CallFull, detail: "this call is full: 3".into() };
    assert_eq!(answer, Answer::Refused(refused));
    dora.has_heard_nothing().await;
    bob.does(Request::HangUp { call }).await;
    alice.leg_that(|leg| leg.state == LegState::Left).await;
    alice.does(invite(&["dora"])).await;
    assert_eq!(dora.rings().await.call, call);
}

/// A device's media, connected with the forwarder.
async fn connect(device: &mut Device, call: CallId) -> MediaPeer {
    let (mut peer, sdp) = MediaPeer::offering();
    let Done::MediaAnswer { sdp } = device.does(Request::MediaOffer { call, sdp }).await else { panic!("no answer") };
    peer.take_answer(&sdp);
    let mut peers = [peer];
    assert!(until(&mut peers, |peers| peers[0].is_connected), "it connects");
    let [peer] = peers;
    peer
}

/// Alice has called Bob and Carol, who have answered.
async fn of_three(house: &House) -> ([Device; 3], CallId) {
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let mut carol = house.newcomer("carol").await;
    let Done::Calling { call, .. } = alice.does(invite(&["bob", "carol"])).await else { panic!("does not ring") };
    for device in [&mut bob, &mut carol] {
        device.rings().await;
        device.does(accept(call)).await;
    }
    for device in [&mut alice, &mut bob] {
        device.leg_that(|leg| leg.user.as_str() == "carol" && leg.state == LegState::Accepted).await;
    }
    ([alice, bob, carol], call)
}

/// Alice's group with Bob and Carol.
async fn team(alice: &mut Device) -> GroupId {
    let members = ["bob", "carol"].map(|name| UserId::new(name).unwrap()).to_vec();
    let create = Request::CreateGroup { kind: GroupKind::Group, name: GivenName::from("Team"), members };
    match alice.does(create).await {
        Done::Group { group, .. } => group.group,
        other => panic!("no group: {other:?}"),
    }
}

fn invite(whom: &[&str]) -> Request {
    Request::Invite(Invitation {
        scope: CallScope::Several { kind: CallKind::Voice, name: None },
        to: whom.iter().map(|name| UserId::new(*name).unwrap()).collect(),
        message: "come".into(),
        channel: ChannelName::new("lobby").unwrap(),
        access_token: None,
        uid: None,
        ring_ms: None,
        hides_address: false,
    })
}

fn hand(call: CallId, raised: bool) -> Request {
    Request::SetHand { call, raised }
}

fn moderate(call: CallId, whom: &str, what: Moderation) -> Request {
    Request::Moderate { call, user: UserId::new(whom).unwrap(), what }
}

fn heard() -> Published {
    Published { microphone: MicrophoneState::On, ..Published::default() }
}

/// What a device's snapshot has of the call.
fn legs_of(device: &mut Device) -> Vec<Leg> {
    match device.snapshot.take().unwrap().call {
        Some(SnapshotCall::Joined { legs, .. }) => legs,
        other => panic!("not in it: {other:?}"),
    }
}

/// Whose hands are up, the first first.
fn hands(legs: &[Leg]) -> Vec<&str> {
    let mut up: Vec<_> = legs.iter().filter_map(|leg| Some((leg.hand?, leg.user.as_str()))).collect();
    up.sort_unstable();
    up.into_iter().map(|(_, name)| name).collect()
}

impl Device {
    /// The next leg that this device hears of.
    async fn leg_changes(&mut self) -> Leg {
        self.leg_that(|_| true).await
    }

    /// The next leg of which this is so; other signals pass.
    async fn leg_that(&mut self, is_it: impl Fn(&Leg) -> bool) -> Leg {
        loop {
            if let Signal::LegChanged { leg, .. } = self.hears().await
                && is_it(&leg)
            {
                return leg;
            }
        }
    }
}
