//! Stories of calls over a quiet network, and over one that fails at the worst moment.

use carillon_call::device::Rejection;
use carillon_protocol::{
    EndReason::{Busy, Cancelled, ConnectionLost, Declined, HungUp, NoAnswer},
    HandledHow,
    RefusalCode::{InAnotherCall, SelfCall, UnknownUser},
};
use carillon_sim::{
    Act, Dev, Sim,
    Told::{
        self, Active, Calling, Ended, Joining, Reconnected, Reconnecting, Rejected, RingStarted, RingStopped, RingingOn,
    },
    Why::{self, Recorded, Refused},
    millis, secs,
};

const ANSWERED_ELSEWHERE: Why = Why::HandledElsewhere(HandledHow::Accepted);
const DECLINED_ELSEWHERE: Why = Why::HandledElsewhere(HandledHow::Declined);

#[test]
fn answering_on_one_device_stops_the_ring_on_the_others() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();

    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(2));
    sim.act(phone, Act::Accept);
    sim.run_for(secs(1));

    assert_eq!(sim.events(laptop), [RingStarted, RingStopped, Ended(ANSWERED_ELSEWHERE)]);
    assert_eq!(sim.events(phone), [RingStarted, RingStopped, Joining, Active]);
    assert_eq!(sim.events(alice), [Calling, RingingOn(1), RingingOn(2), Joining, Active]);
    assert!(sim.is_active(alice) && sim.is_active(phone) && !sim.is_active(laptop));
    assert_good(&sim);
}

#[test]
fn hanging_up_ends_the_call_on_both_sides() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();
    talk(&mut sim, alice, phone);

    sim.act(phone, Act::HangUp);
    sim.run_for(secs(1));

    assert_eq!(last(&sim, alice), Ended(Recorded(HungUp)));
    assert_eq!(last(&sim, phone), Ended(Recorded(HungUp)));
    assert_eq!(last(&sim, laptop), Ended(ANSWERED_ELSEWHERE));
    assert_good(&sim);
}

#[test]
fn declining_on_one_device_ends_it_everywhere() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();

    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(2));
    sim.act(laptop, Act::Decline);
    sim.run_for(secs(1));

    assert_eq!(last(&sim, alice), Ended(Recorded(Declined)));
    assert_eq!(sim.events(laptop), [RingStarted, RingStopped, Ended(Recorded(Declined))]);
    assert_eq!(sim.events(phone), [RingStarted, RingStopped, Ended(DECLINED_ELSEWHERE)]);
    assert_good(&sim);
}

#[test]
fn silencing_one_device_leaves_the_others_ringing() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();

    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(2));
    sim.act(laptop, Act::Silence);
    sim.run_for(secs(2));

    assert!(!sim.is_ringing(laptop) && sim.is_ringing(phone));

    sim.act(phone, Act::Accept);
    sim.run_for(secs(1));

    assert_eq!(sim.events(laptop), [RingStarted, RingStopped, Ended(ANSWERED_ELSEWHERE)]);
    assert!(sim.is_active(phone));
    assert_good(&sim);
}

#[test]
fn a_device_whose_app_keeps_it_silent_can_still_answer() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();
    sim.keep_silent(phone);

    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(2));
    sim.act(phone, Act::Accept);
    sim.run_for(secs(1));

    assert_eq!(sim.events(phone), [Joining, Active]);
    assert_eq!(last(&sim, laptop), Ended(ANSWERED_ELSEWHERE));
    assert_good(&sim);
}

#[test]
fn cancelling_stops_every_ring() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();

    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(2));
    sim.act(alice, Act::HangUp);
    sim.run_for(secs(1));

    assert_eq!(last(&sim, alice), Ended(Recorded(Cancelled)));
    assert_eq!(sim.events(laptop), [RingStarted, RingStopped, Ended(Recorded(Cancelled))]);
    assert_eq!(sim.events(phone), sim.events(laptop));
    assert_good(&sim);
}

#[test]
fn cancelling_before_the_server_has_heard_of_the_call_leaves_nothing_behind() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();

    sim.act(alice, Act::Call("bob"));
    sim.act(alice, Act::HangUp);
    sim.run_for(secs(2));

    assert_eq!(sim.events(alice), [Calling, Ended(Recorded(Cancelled))]);
    assert!(!sim.is_ringing(laptop) && !sim.is_ringing(phone));
    assert_eq!(sim.live_calls(), 0);
    assert_good(&sim);
}

#[test]
fn a_cancel_that_crosses_an_accept_ends_the_same_for_both() {
    for seed in 0..200 {
        let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices_and_seed(seed);
        sim.act(alice, Act::Call("bob"));
        sim.run_for(secs(2));

        sim.act(phone, Act::Accept);
        sim.run_for(millis(seed % 60));
        sim.act(alice, Act::HangUp);
        sim.run_for(secs(2));

        assert_eq!(last(&sim, alice), last(&sim, phone), "seed {seed}");
        assert!(matches!(last(&sim, alice), Ended(Recorded(Cancelled | HungUp))));
        assert!(matches!(last(&sim, laptop), Ended(_)));
        assert_good(&sim);
    }
}

#[test]
fn of_two_devices_that_answer_at_once_one_wins_and_the_other_is_told() {
    for seed in 0..200 {
        let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices_and_seed(seed);
        sim.act(alice, Act::Call("bob"));
        sim.run_for(secs(2));

        sim.act(laptop, Act::Accept);
        sim.act(phone, Act::Accept);
        sim.run_for(secs(2));

        let (winner, loser) = if sim.is_active(laptop) { (laptop, phone) } else { (phone, laptop) };
        assert!(sim.is_active(winner) && sim.is_active(alice), "seed {seed}");
        assert_eq!(sim.events(loser), [RingStarted, RingStopped, Joining, Ended(ANSWERED_ELSEWHERE)]);
        assert_good(&sim);
    }
}

#[test]
fn nobody_answers_and_everybody_hears_so() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();

    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(33));

    for device in [alice, laptop, phone] {
        assert_eq!(last(&sim, device), Ended(Recorded(NoAnswer)));
    }
    assert_good(&sim);
}

#[test]
fn calling_somebody_offline_rings_until_the_time_is_out() {
    let mut sim = Sim::new(1);
    let alice = sim.add("alice", "desk");
    let bob = sim.add("bob", "laptop");
    sim.run_for(secs(1));
    sim.unplug(bob);
    sim.run_for(secs(1));

    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(20));
    assert_eq!(sim.events(alice), [Calling]);
    sim.run_for(secs(13));

    assert_eq!(sim.events(alice), [Calling, Ended(Recorded(NoAnswer))]);
    sim.plug(bob);
    sim.run_for(secs(5));
    assert_eq!(sim.events(bob), [], "what is over never rings");
    assert_good(&sim);
}

#[test]
fn a_device_that_comes_online_during_a_ring_rings_too() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();
    sim.unplug(phone);
    sim.run_for(secs(1));

    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(5));
    assert_eq!(sim.events(phone), []);
    sim.plug(phone);
    sim.run_for(secs(2));
    sim.act(phone, Act::Accept);
    sim.run_for(secs(2));

    assert!(sim.is_active(phone));
    assert_eq!(last(&sim, laptop), Ended(ANSWERED_ELSEWHERE));
    assert_good(&sim);
}

#[test]
fn a_user_in_a_call_is_busy_and_is_not_disturbed() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();
    let carol = sim.add("carol", "desk");
    talk(&mut sim, alice, phone);

    sim.act(carol, Act::Call("bob"));
    sim.run_for(secs(1));

    assert_eq!(sim.events(carol), [Calling, Ended(Recorded(Busy))]);
    assert_eq!(last(&sim, laptop), Ended(ANSWERED_ELSEWHERE));
    assert!(sim.is_active(alice) && sim.is_active(phone));
    assert_good(&sim);
}

#[test]
fn a_user_whose_other_device_is_in_a_call_cannot_call() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();
    talk(&mut sim, alice, phone);

    sim.act(laptop, Act::Call("alice"));
    sim.run_for(secs(1));

    assert_eq!(last(&sim, laptop), Ended(Refused(InAnotherCall)));
    assert!(sim.is_active(alice) && sim.is_active(phone));
    assert_good(&sim);
}

#[test]
fn two_who_call_each_other_at_once_are_in_one_call() {
    let mut crossed = 0;
    for seed in 0..200 {
        let mut sim = Sim::new(seed);
        let (alice, bob) = (sim.add("alice", "desk"), sim.add("bob", "laptop"));
        sim.run_for(secs(1));

        sim.act(alice, Act::VideoCall("bob"));
        sim.act(bob, Act::Call("alice"));
        sim.run_for(secs(2));

        assert_eq!(sim.live_calls(), 1, "seed {seed}");
        assert_eq!(sim.events(alice), [Calling, Joining, Active]);
        assert_eq!(sim.events(bob), [Calling, Joining, Active]);
        assert_good(&sim);
        crossed += sim.watch().crossings();
    }
    assert_eq!(crossed, 200);
}

#[test]
fn who_calls_the_user_whose_call_rings_takes_that_call_however_far_apart_the_two_call() {
    for apart in (0..600).step_by(5) {
        let mut sim = Sim::new(apart);
        let (alice, bob, phone) = (sim.add("alice", "desk"), sim.add("bob", "laptop"), sim.add("bob", "phone"));
        sim.run_for(secs(1));

        sim.act(alice, Act::VideoCall("bob"));
        sim.run_for(millis(apart));
        sim.act(bob, Act::Call("alice"));
        sim.run_for(secs(2));

        assert!(sim.is_active(alice) && sim.is_active(bob), "{apart} ms apart: {:?}", sim.events(bob));
        assert_eq!(sim.live_calls(), 1);
        assert!(!sim.is_ringing(phone));
        assert_good(&sim);
    }
}

#[test]
fn a_call_to_oneself_or_to_nobody_is_refused() {
    let (mut sim, alice, ..) = alice_and_bob_with_two_devices();

    sim.act(alice, Act::Call("alice"));
    sim.run_for(secs(1));
    sim.act(alice, Act::Call("nobody"));
    sim.run_for(secs(1));

    let told = [Calling, Ended(Refused(SelfCall)), Calling, Ended(Refused(UnknownUser))];
    assert_eq!(sim.events(alice), told);
    assert_good(&sim);
}

#[test]
fn a_call_without_a_link_is_rejected_at_once() {
    let (mut sim, alice, ..) = alice_and_bob_with_two_devices();
    sim.unplug(alice);
    sim.run_for(secs(1));

    sim.act(alice, Act::Call("bob"));

    assert_eq!(sim.events(alice), [Rejected(Rejection::Offline)]);
}

#[test]
fn a_short_loss_of_links_during_a_call_goes_unnoticed() {
    let (mut sim, alice, _, phone) = alice_and_bob_with_two_devices();
    talk(&mut sim, alice, phone);
    let told = sim.events(alice).len();

    sim.drop_link(alice);
    sim.drop_link(phone);
    sim.run_for(secs(20));

    assert!(sim.is_active(alice) && sim.is_active(phone));
    assert_eq!(sim.events(alice).len(), told);
    assert_good(&sim);
}

#[test]
fn a_lost_path_is_found_again() {
    let (mut sim, alice, _, phone) = alice_and_bob_with_two_devices();
    talk(&mut sim, alice, phone);

    sim.lose_media(alice);
    sim.run_for(secs(5));

    for device in [alice, phone] {
        assert!(sim.events(device).ends_with(&[Reconnecting, Reconnected]));
        assert!(sim.is_active(device));
    }
    assert_good(&sim);
}

#[test]
fn a_path_that_stays_lost_ends_the_call_for_both() {
    let (mut sim, alice, _, phone) = alice_and_bob_with_two_devices();
    talk(&mut sim, alice, phone);

    let nowhere =
        carillon_sim::Network { media_fails_per_mille: 1_000, direct_fails_per_mille: 1_000, ..sim.network().clone() };
    sim.set_network(nowhere);
    sim.lose_media(alice);
    sim.run_for(secs(40));

    assert_eq!(last(&sim, alice), Ended(Recorded(ConnectionLost)));
    assert_eq!(last(&sim, phone), Ended(Recorded(ConnectionLost)));
    assert_good(&sim);
}

#[test]
fn hanging_up_while_the_server_is_away_ends_it_for_the_other_at_once() {
    let (mut sim, alice, _, phone) = alice_and_bob_with_two_devices();
    talk(&mut sim, alice, phone);
    sim.restart_server(secs(60));
    sim.run_for(secs(1));

    sim.act(phone, Act::HangUp);
    sim.run_for(secs(1));

    assert_eq!(last(&sim, alice), Ended(Recorded(HungUp)));
    assert!(!sim.events(alice).contains(&Reconnecting));
    sim.run_for(secs(65));
    assert_eq!(sim.live_calls(), 0);
    assert_good(&sim);
}

#[test]
fn a_program_killed_in_a_call_ends_it_for_the_other_within_35_seconds() {
    let (mut sim, alice, _, phone) = alice_and_bob_with_two_devices();
    talk(&mut sim, alice, phone);

    sim.kill(alice);
    sim.run_for(secs(35));

    assert_eq!(last(&sim, phone), Ended(Recorded(ConnectionLost)));
    assert_eq!(sim.live_calls(), 0);
}

#[test]
fn a_program_that_starts_again_hangs_up_the_call_that_it_was_in() {
    let (mut sim, alice, _, phone) = alice_and_bob_with_two_devices();
    talk(&mut sim, alice, phone);

    sim.kill(alice);
    sim.run_for(secs(2));
    sim.revive(alice);
    sim.run_for(secs(2));

    assert_eq!(last(&sim, phone), Ended(Recorded(HungUp)));
    assert_eq!(sim.live_calls(), 0);
}

#[test]
fn a_server_killed_between_commit_and_delivery_loses_nothing() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();
    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(2));
    sim.set_network(carillon_sim::Network { delay_ms: 50..=50, ..sim.network().clone() });

    sim.act(phone, Act::Accept);
    sim.run_for(millis(51));
    assert_eq!(sim.events(laptop), [RingStarted], "committed, and not delivered");
    sim.restart_server(secs(3));
    sim.run_for(secs(8));

    assert!(sim.is_active(alice) && sim.is_active(phone));
    assert_eq!(sim.events(laptop), [RingStarted, RingStopped, Ended(ANSWERED_ELSEWHERE)]);
    assert_good(&sim);
}

#[test]
fn an_answer_given_while_the_link_is_down_counts_when_it_is_back() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();
    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(2));

    sim.drop_link(phone);
    sim.act(phone, Act::Accept);
    sim.run_for(secs(4));

    assert!(sim.is_active(alice) && sim.is_active(phone));
    assert_eq!(last(&sim, laptop), Ended(ANSWERED_ELSEWHERE));
    assert_good(&sim);
}

#[test]
fn things_heard_twice_change_nothing() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();
    sim.set_network(carillon_sim::Network { double_per_mille: 1_000, ..sim.network().clone() });

    talk(&mut sim, alice, phone);
    sim.run_for(secs(5));
    sim.act(alice, Act::HangUp);
    sim.run_for(secs(5));

    assert_eq!(sim.events(laptop), [RingStarted, RingStopped, Ended(ANSWERED_ELSEWHERE)]);
    assert_eq!(sim.events(phone), [RingStarted, RingStopped, Joining, Active, Ended(Recorded(HungUp))]);
    assert_good(&sim);
}

fn alice_and_bob_with_two_devices() -> (Sim, Dev, Dev, Dev) {
    alice_and_bob_with_two_devices_and_seed(7)
}

fn alice_and_bob_with_two_devices_and_seed(seed: u64) -> (Sim, Dev, Dev, Dev) {
    let mut sim = Sim::new(seed);
    let (alice, laptop, phone) = (sim.add("alice", "desk"), sim.add("bob", "laptop"), sim.add("bob", "phone"));
    sim.run_for(secs(1));
    (sim, alice, laptop, phone)
}

/// Alice calls Bob, who answers on one device.
fn talk(sim: &mut Sim, alice: Dev, bob: Dev) {
    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(2));
    sim.act(bob, Act::Accept);
    sim.run_for(secs(2));
    assert!(sim.is_active(alice) && sim.is_active(bob));
}

#[track_caller]
fn last(sim: &Sim, dev: Dev) -> Told {
    *sim.events(dev).last().expect("it told something")
}

#[track_caller]
fn assert_good(sim: &Sim) {
    assert_eq!(sim.watch().violations(), [""; 0]);
}
