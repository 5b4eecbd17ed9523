//! Stories of group calls.

use carillon_protocol::{
    EndReason::{self, Busy, Cancelled, ConnectionLost, Declined, HungUp, NoAnswer, Removed},
    HandledHow,
    LegState::{self, Accepted, Left, Missed, Ringing},
    RefusalCode,
};
use carillon_sim::{
    Act, Dev, Sim,
    Told::{self, Added, Calling, Ended, Joining, Leg, NotAdded, RingStarted, RingStopped},
    Why::{HandledElsewhere, Recorded, Refused},
    millis, secs,
};

#[test]
fn one_accepts_one_declines_one_times_out_and_one_is_added() {
    let mut sim = Sim::new(7);
    let (alice, bob, phone, carol, dora, erin) = six_devices(&mut sim);

    sim.act(alice, Act::GroupCall(&["bob", "carol", "dora"]));
    sim.run_for(secs(2));
    sim.act(phone, Act::Accept);
    sim.act(carol, Act::Decline);
    sim.run_for(secs(2));
    sim.act(phone, Act::Add("erin"));
    sim.run_for(secs(2));
    sim.act(erin, Act::Accept);
    sim.run_for(secs(32));

    assert!([alice, phone, erin].into_iter().all(|dev| sim.is_active(dev)));
    assert_eq!(sim.events(bob), [RingStarted, RingStopped, Ended(HandledElsewhere(HandledHow::Accepted))]);
    assert_eq!(sim.events(carol), [RingStarted, RingStopped, Ended(Recorded(Declined))]);
    assert_eq!(sim.events(dora), [RingStarted, RingStopped, Ended(Recorded(NoAnswer))]);
    let all = [("alice", Accepted), ("bob", Accepted), ("carol", LegState::Declined), ("dora", Missed)];
    for dev in [alice, phone, erin] {
        assert_eq!(legs(&sim, dev), [&all[..], &[("erin", Accepted)]].concat());
    }
    assert_good(&sim);
}

#[test]
fn whoever_hangs_up_leaves_and_the_others_talk_on() {
    let (mut sim, alice, bob, carol) = three_who_talk();

    sim.act(alice, Act::HangUp);
    sim.run_for(secs(1));

    assert_eq!(last(&sim, alice), Ended(Recorded(HungUp)));
    assert_eq!(last(&sim, bob), Leg("alice", Left));
    assert!(sim.is_active(bob) && sim.is_active(carol));
    sim.act(bob, Act::HangUp);
    sim.act(carol, Act::HangUp);
    sim.run_for(secs(1));
    assert_eq!(sim.live_calls(), 0);
    assert_good(&sim);
}

#[test]
fn a_caller_who_leaves_before_anybody_has_answered_takes_it_back() {
    let (mut sim, alice, bob, carol) = alice_bob_and_carol();

    sim.act(alice, Act::GroupCall(&["bob", "carol"]));
    sim.run_for(secs(2));
    sim.act(alice, Act::HangUp);
    sim.run_for(secs(1));

    assert_eq!(last(&sim, alice), Ended(Recorded(Cancelled)));
    for dev in [bob, carol] {
        assert_eq!(sim.events(dev), [RingStarted, RingStopped, Ended(Recorded(Cancelled))]);
    }
    assert_good(&sim);
}

#[test]
fn a_group_call_that_nobody_takes_ends_with_the_reason_of_all() {
    for (bobs, carols, end) in [
        (Some(Act::Decline), Some(Act::Decline), Declined),
        (Some(Act::Decline), None, NoAnswer),
        (None, None, NoAnswer),
    ] {
        let (mut sim, alice, bob, carol) = alice_bob_and_carol();
        sim.act(alice, Act::GroupCall(&["bob", "carol"]));
        sim.run_for(secs(2));

        for (dev, act) in [(bob, bobs), (carol, carols)] {
            if let Some(act) = act {
                sim.act(dev, act);
            }
        }
        sim.run_for(secs(33));

        assert_eq!(last(&sim, alice), Ended(Recorded(end)));
        assert_eq!(sim.live_calls(), 0);
        assert_good(&sim);
    }
}

#[test]
fn a_call_to_people_who_are_all_busy_is_over_at_once() {
    let mut sim = Sim::new(7);
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| sim.add(name, "desk"));
    sim.run_for(secs(1));
    talk(&mut sim, bob, "carol", carol);

    sim.act(alice, Act::GroupCall(&["bob", "carol"]));
    sim.run_for(secs(1));

    assert_eq!(last(&sim, alice), Ended(Recorded(Busy)));
    assert!(sim.is_active(bob) && sim.is_active(carol));
    assert_good(&sim);
}

#[test]
fn one_busy_invitee_does_not_keep_the_others_from_talking() {
    let mut sim = Sim::new(7);
    let [alice, bob, carol, dora] = ["alice", "bob", "carol", "dora"].map(|name| sim.add(name, "desk"));
    sim.run_for(secs(1));
    talk(&mut sim, carol, "dora", dora);

    sim.act(alice, Act::GroupCall(&["bob", "carol"]));
    sim.run_for(secs(1));
    sim.act(bob, Act::Accept);
    sim.run_for(secs(1));

    assert!(sim.is_active(alice) && sim.is_active(bob));
    assert!(legs(&sim, bob).contains(&("carol", LegState::Busy)));
    assert_good(&sim);
}

#[test]
fn of_two_devices_that_answer_a_group_call_at_once_one_wins() {
    for seed in 0..200 {
        let mut sim = Sim::new(seed);
        let (alice, laptop, phone) = (sim.add("alice", "desk"), sim.add("bob", "laptop"), sim.add("bob", "phone"));
        sim.run_for(secs(1));
        sim.act(alice, Act::GroupCall(&["bob"]));
        sim.run_for(secs(2));

        sim.act(laptop, Act::Accept);
        sim.act(phone, Act::Accept);
        sim.run_for(secs(2));

        assert!(sim.is_active(laptop) != sim.is_active(phone), "seed {seed}");
        assert_good(&sim);
    }
}

#[test]
fn whoever_left_can_be_asked_again() {
    let (mut sim, alice, bob, _) = three_who_talk();
    sim.act(bob, Act::HangUp);
    sim.run_for(secs(1));

    sim.act(alice, Act::Add("bob"));
    sim.run_for(secs(1));
    assert!(sim.is_ringing(bob));
    sim.act(bob, Act::Accept);
    sim.run_for(secs(1));

    assert!(sim.is_active(bob));
    assert_eq!(sim.events(bob).iter().filter(|told| **told == Joining).count(), 2);
    assert!(sim.events(alice).contains(&Leg("bob", Ringing)) && last(&sim, alice) == Leg("bob", Accepted));
    assert_good(&sim);
}

#[test]
fn asking_somebody_who_is_in_it_or_is_asked_changes_nothing() {
    let (mut sim, alice, bob, carol) = alice_bob_and_carol();
    sim.act(alice, Act::GroupCall(&["bob", "carol"]));
    sim.run_for(secs(2));
    sim.act(bob, Act::Accept);
    sim.run_for(secs(1));

    sim.act(bob, Act::Add("carol"));
    sim.act(bob, Act::Add("alice"));
    sim.run_for(secs(1));

    assert_eq!(sim.events(bob).iter().filter(|told| **told == Added).count(), 2);
    assert_eq!(sim.events(carol), [RingStarted]);
    assert!(sim.is_active(alice));
    assert_good(&sim);
}

#[test]
fn whoever_cannot_be_added_is_named_and_the_call_goes_on() {
    let (mut sim, alice, bob, _) = three_who_talk();

    sim.act(bob, Act::Add("bob"));
    sim.act(bob, Act::Add("nobody"));
    sim.run_for(secs(1));

    let told = sim.events(bob);
    assert!(told.ends_with(&[NotAdded(RefusalCode::SelfCall), NotAdded(RefusalCode::UnknownUser)]), "{told:?}");
    assert!(sim.is_active(alice) && sim.is_active(bob));
    assert_good(&sim);
}

#[test]
fn whoever_is_taken_out_of_the_group_is_out_of_its_call() {
    let mut sim = Sim::new(7);
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| sim.add(name, "desk"));
    sim.run_for(secs(1));
    sim.act(alice, Act::TeamCall(&["bob", "carol"]));
    sim.run_for(secs(1));
    sim.act(bob, Act::Accept);
    sim.run_for(secs(1));

    sim.remove_from_team("bob");
    sim.remove_from_team("carol");
    sim.run_for(millis(200));

    assert_eq!(last(&sim, bob), Ended(Recorded(Removed)));
    assert_eq!(sim.events(carol), [RingStarted, RingStopped, Ended(Recorded(Removed))]);
    assert!(sim.is_active(alice));
    sim.act(alice, Act::Add("bob"));
    sim.run_for(secs(1));
    assert_eq!(last(&sim, alice), NotAdded(RefusalCode::NotAllowed));
    assert_good(&sim);
}

#[test]
fn a_call_in_a_group_is_for_those_who_are_in_it() {
    let (mut sim, alice, bob, _) = alice_bob_and_carol();
    sim.remove_from_team("carol");

    sim.act(alice, Act::TeamCall(&["bob", "carol"]));
    sim.run_for(secs(1));

    assert_eq!(sim.events(alice), [Calling, Ended(Refused(RefusalCode::NotAllowed))]);
    assert_eq!(sim.events(bob), [], "all or nobody");
    assert_good(&sim);
}

#[test]
fn a_device_that_stays_away_leaves_the_call_and_hears_of_it_when_it_is_back() {
    let (mut sim, alice, bob, carol) = three_who_talk();

    sim.unplug(bob);
    sim.run_for(secs(35));
    assert_eq!(last(&sim, alice), Leg("bob", Left));
    sim.plug(bob);
    sim.run_for(secs(5));

    assert_eq!(last(&sim, bob), Ended(Recorded(ConnectionLost)));
    assert!(sim.is_active(alice) && sim.is_active(carol));
    assert_good(&sim);
}

#[test]
fn an_invitation_by_somebody_who_is_blocked_reaches_nobody_and_is_not_told() {
    let (mut sim, alice, bob, carol) = alice_bob_and_carol();
    sim.block("bob", "alice");

    sim.act(alice, Act::GroupCall(&["bob", "carol"]));
    sim.run_for(secs(2));
    sim.act(carol, Act::Accept);
    sim.run_for(secs(1));
    assert!(legs(&sim, carol).contains(&("bob", Ringing)));
    sim.run_for(secs(32));

    assert_eq!(sim.events(bob), []);
    assert!(legs(&sim, alice).contains(&("bob", Missed)));
    assert_good(&sim);
}

#[test]
fn a_token_that_is_not_renewed_takes_its_device_out() {
    let mut renewed = 0;
    for seed in 0..50 {
        let mut sim = Sim::new(seed);
        sim.set_network(carillon_sim::Network { token_ms: Some(40_000..=40_000), ..sim.network().clone() });
        let (alice, bob) = (sim.add("alice", "desk"), sim.add("bob", "desk"));
        sim.run_for(secs(1));
        sim.act(alice, Act::GroupCall(&["bob"]));
        sim.run_for(secs(1));
        sim.act(bob, Act::Accept);
        sim.run_for(secs(80));

        for dev in [alice, bob] {
            let is_out = sim.events(dev).contains(&Ended(Recorded(EndReason::TokenExpired)));
            let was_told = sim.events(dev).contains(&Told::TokenExpired);
            assert!(!is_out || was_told, "seed {seed}");
            renewed += u32::from(!is_out);
        }
        assert_good(&sim);
    }
    assert!((10..100).contains(&renewed), "{renewed}");
}

#[test]
fn a_server_killed_between_commit_and_delivery_loses_no_leg() {
    let (mut sim, alice, bob, carol) = alice_bob_and_carol();
    sim.act(alice, Act::GroupCall(&["bob", "carol"]));
    sim.run_for(secs(2));
    sim.set_network(carillon_sim::Network { delay_ms: 50..=50, ..sim.network().clone() });

    sim.act(bob, Act::Accept);
    sim.run_for(millis(51));
    sim.restart_server(secs(3));
    sim.run_for(secs(8));
    sim.act(carol, Act::Accept);
    sim.run_for(secs(2));

    for dev in [alice, bob, carol] {
        assert!(sim.is_active(dev));
        assert_eq!(legs(&sim, dev), [("alice", Accepted), ("bob", Accepted), ("carol", Accepted)]);
    }
    assert_good(&sim);
}

fn alice_bob_and_carol() -> (Sim, Dev, Dev, Dev) {
    let mut sim = Sim::new(7);
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| sim.add(name, "desk"));
    sim.run_for(secs(1));
    (sim, alice, bob, carol)
}

fn three_who_talk() -> (Sim, Dev, Dev, Dev) {
    let (mut sim, alice, bob, carol) = alice_bob_and_carol();
    sim.act(alice, Act::GroupCall(&["bob", "carol"]));
    sim.run_for(secs(2));
    sim.act(bob, Act::Accept);
    sim.act(carol, Act::Accept);
    sim.run_for(secs(1));
    assert!([alice, bob, carol].into_iter().all(|dev| sim.is_active(dev)));
    (sim, alice, bob, carol)
}

/// Alice, Bob with two devices, Carol, Dora and Erin.
fn six_devices(sim: &mut Sim) -> (Dev, Dev, Dev, Dev, Dev, Dev) {
    let (alice, bob, phone) = (sim.add("alice", "desk"), sim.add("bob", "desk"), sim.add("bob", "phone"));
    let [carol, dora, erin] = ["carol", "dora", "erin"].map(|name| sim.add(name, "desk"));
    sim.run_for(secs(1));
    (alice, bob, phone, carol, dora, erin)
}

/// A call of two.
fn talk(sim: &mut Sim, one: Dev, whom: &'static str, other: Dev) {
    sim.act(one, Act::Call(whom));
    sim.run_for(secs(2));
    sim.act(other, Act::Accept);
    sim.run_for(secs(2));
    assert!(sim.is_active(one) && sim.is_active(other));
}

fn legs(sim: &Sim, dev: Dev) -> Vec<(&'static str, LegState)> {
    let mut legs = sim.legs(dev);
    legs.sort_by_key(|(name, _)| *name);
    legs
}

#[track_caller]
fn last(sim: &Sim, dev: Dev) -> Told {
    *sim.events(dev).last().expect("it told something")
}

#[track_caller]
fn assert_good(sim: &Sim) {
    assert_eq!(sim.watch().violations(), [""; 0]);
}
