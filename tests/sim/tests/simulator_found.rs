//! Stories that random runs have found, each told once by hand.

use std::time::Duration;

use carillon_protocol::{
    EndReason::{HungUp, NoAnswer},
    LegState::{self, Accepted, Declined, Ringing},
};
use carillon_sim::{
    Act, Dev, Network, Sim,
    Told::{Active, Calling, Ended, Joining},
    Why::Recorded,
    millis, secs,
};

/// Longer than a frame takes from a device to the server, and shorter than the answer takes to come back.
const UNTIL_THE_SERVER_HAS_IT: Duration = millis(51);

#[test]
fn a_group_call_whose_answer_was_lost_with_the_session_shows_everybody_as_they_are() {
    let (mut sim, alice, bob, carol, dora) = four_with_slow_links();

    sim.act(alice, Act::GroupCall(&["bob", "carol", "dora"]));
    lose_the_answer(&mut sim, alice);
    sim.act(bob, Act::Accept);
    sim.act(carol, Act::Decline);
    sim.run_for(secs(1));
    sim.plug(alice);
    sim.run_for(secs(3));

    assert!(sim.is_active(alice) && sim.is_active(bob) && sim.is_ringing(dora));
    let told: [(_, LegState); 4] = [("alice", Accepted), ("bob", Accepted), ("carol", Declined), ("dora", Ringing)];
    assert_eq!(sim.legs(alice), told);
    sim.act(dora, Act::Accept);
    sim.run_for(secs(1));
    assert!(sim.is_active(dora));
    assert_good(&sim);
}

#[test]
fn a_caller_whose_answer_was_lost_with_the_session_is_in_the_call_that_was_taken_meanwhile() {
    let (mut sim, alice, bob, ..) = four_with_slow_links();

    sim.act(alice, Act::Call("bob"));
    lose_the_answer(&mut sim, alice);
    sim.act(bob, Act::Accept);
    sim.run_for(secs(1));
    sim.plug(alice);
    sim.run_for(secs(3));

    assert_eq!(sim.events(alice), [Calling, Joining, Active]);
    assert!(sim.is_active(bob));
    assert_good(&sim);
}

#[test]
fn a_caller_who_was_put_through_by_glare_and_hears_it_late_hears_the_end_too() {
    let (mut sim, alice, bob, ..) = four_with_slow_links();

    sim.act(bob, Act::Call("alice"));
    sim.run_for(millis(60));
    sim.act(alice, Act::Call("bob"));
    lose_the_answer(&mut sim, alice);
    sim.act(bob, Act::HangUp);
    sim.run_for(secs(1));
    sim.plug(alice);
    sim.run_for(secs(3));

    assert_eq!(sim.events(alice), [Calling, Joining, Ended(Recorded(HungUp))]);
    assert_eq!(sim.live_calls(), 0);
    assert_good(&sim);
}

#[test]
fn a_device_that_was_frozen_for_the_whole_of_a_call_never_rings_for_it() {
    let (mut sim, alice, bob, ..) = four_with_slow_links();
    sim.freeze(bob, secs(60));

    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(65));

    assert_eq!(sim.events(alice), [Calling, Ended(Recorded(NoAnswer))]);
    assert_eq!(sim.events(bob), []);
    assert_good(&sim);
}

#[test]
fn a_device_that_wakes_when_the_call_is_over_never_rings_whether_it_finds_the_server_or_not() {
    for (stood_still, is_server_there) in (45..=77).step_by(4).flat_map(|seconds| [(seconds, true), (seconds, false)]) {
        let (mut sim, alice, bob, ..) = four_with_slow_links();
        sim.freeze(bob, secs(stood_still));

        sim.act(alice, Act::Call("bob"));
        sim.run_for(secs(stood_still - 1));
        if !is_server_there {
            sim.restart_server(secs(60));
        }
        sim.run_for(secs(100));

        let asked = format!("{stood_still} s, server there: {is_server_there}");
        assert_eq!(sim.events(alice), [Calling, Ended(Recorded(NoAnswer))], "{asked}");
        assert_eq!(sim.events(bob), [], "{asked}");
        assert_good(&sim);
    }
}

#[test]
fn a_device_that_goes_on_while_it_still_rings_rings_for_the_time_that_is_left() {
    let (mut sim, alice, bob, ..) = four_with_slow_links();
    sim.freeze(bob, secs(20));

    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(22));
    assert!(sim.is_ringing(bob));
    sim.run_for(secs(10));

    assert!(!sim.is_ringing(bob));
    assert_good(&sim);
}

#[test]
fn a_clock_that_is_put_back_by_an_hour_lets_a_ring_last_no_longer_than_the_longest() {
    let (mut sim, alice, bob, ..) = four_with_slow_links();
    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(5));

    sim.restart_server_with_another_clock(secs(1), -3_600_000);
    sim.run_for(secs(100));

    assert_eq!(sim.live_calls(), 0);
    assert!(!sim.is_ringing(bob));
    assert_good(&sim);
}

/// The server knows of the call; the caller's link is gone with the answer, and its session too.
fn lose_the_answer(sim: &mut Sim, caller: Dev) {
    sim.run_for(UNTIL_THE_SERVER_HAS_IT);
    assert_eq!(sim.live_calls(), 1);
    sim.unplug(caller);
    sim.forget_session(caller);
    sim.run_for(secs(1));
}

fn four_with_slow_links() -> (Sim, Dev, Dev, Dev, Dev) {
    let mut sim = Sim::new(7);
    sim.set_network(Network { delay_ms: 50..=50, ..Network::quiet() });
    let [alice, bob, carol, dora] = ["alice", "bob", "carol", "dora"].map(|name| sim.add(name, "desk"));
    sim.run_for(secs(1));
    (sim, alice, bob, carol, dora)
}

#[track_caller]
fn assert_good(sim: &Sim) {
    assert_eq!(sim.watch().violations(), [""; 0]);
}
