//! Stories of what devices publish, over links that fail: it is state, so that in the end everybody knows what is true.

use carillon_protocol::{MicrophoneState, Published, PublishedSize};
use carillon_sim::{Act, Dev, Network, Sim, Told, millis, secs};

#[test]
fn each_end_of_a_call_knows_what_the_other_publishes_and_the_callee_with_the_accept() {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();

    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(1));
    sim.publish(alice, seen());
    sim.run_for(secs(1));
    assert_eq!(sim.known_published(laptop), [("alice", Published::default())], "it rings");
    sim.act(phone, Act::Accept);
    sim.publish(phone, heard());
    sim.run_for(secs(1));

    assert_eq!(sim.known_published(phone), [("alice", seen())]);
    assert_eq!(sim.known_published(alice), [("bob", heard())]);
    assert_good(&mut sim);
}

#[test]
fn only_the_device_that_is_in_the_call_counts() {
    let (mut sim, alice, laptop, phone) = talking();

    sim.publish(laptop, seen());
    sim.publish(phone, heard());
    sim.run_for(secs(1));

    assert_eq!(sim.known_published(alice), [("bob", heard())]);
    assert_good(&mut sim);
}

#[test]
fn what_is_switched_while_the_link_is_down_is_known_when_it_is_back() {
    let (mut sim, alice, _, phone) = talking();
    sim.publish(alice, seen());
    sim.run_for(secs(1));

    sim.unplug(alice);
    sim.run_for(secs(2));
    sim.publish(alice, heard());
    sim.run_for(secs(2));
    assert_eq!(sim.known_published(phone), [("alice", seen())], "it cannot be known yet");
    sim.plug(alice);
    sim.run_for(secs(3));

    assert_eq!(sim.known_published(phone), [("alice", heard())]);
    assert_good(&mut sim);
}

#[test]
fn a_session_that_was_lost_loses_nothing_of_what_is_published() {
    let (mut sim, alice, _, phone) = talking();
    sim.unplug(phone);
    sim.run_for(secs(1));

    sim.publish(alice, seen());
    sim.publish(phone, heard());
    sim.forget_session(phone);
    sim.run_for(secs(1));
    sim.plug(phone);
    sim.run_for(secs(3));

    assert_eq!(sim.known_published(phone), [("alice", seen())], "by the snapshot");
    assert_eq!(sim.known_published(alice), [("bob", heard())], "told anew");
    assert_good(&mut sim);
}

#[test]
fn a_restart_of_the_server_loses_nothing_of_what_is_published() {
    let (mut sim, alice, _, phone) = talking();
    sim.publish(alice, heard());
    sim.run_for(secs(1));

    sim.publish(alice, seen());
    sim.publish(phone, heard());
    sim.restart_server(secs(3));
    sim.run_for(secs(10));

    assert_eq!(sim.known_published(phone), [("alice", seen())]);
    assert_eq!(sim.known_published(alice), [("bob", heard())]);
    assert_good(&mut sim);
}

#[test]
fn what_is_heard_late_and_twice_changes_nothing() {
    let (mut sim, alice, _, phone) = talking();
    sim.set_network(Network { double_per_mille: 1_000, double_within_ms: 10_000, ..Network::quiet() });

    for published in [seen(), heard(), seen(), Published::default(), heard()] {
        sim.publish(alice, published);
        sim.run_for(millis(700));
    }
    let told = |sim: &Sim| sim.events(phone).iter().filter(|told| **told == Told::Published).count();
    let at_first = told(&sim);
    sim.run_for(secs(15));

    assert_eq!((told(&sim), at_first), (5, 5), "each once, in order");
    assert_eq!(sim.known_published(phone), [("alice", heard())]);
    assert_good(&mut sim);
}

#[test]
fn in_a_group_call_everybody_knows_what_the_others_publish_and_who_comes_later_too() {
    let mut sim = Sim::new(7);
    let (alice, bob, carol) = (sim.add("alice", "desk"), sim.add("bob", "desk"), sim.add("carol", "desk"));
    sim.run_for(secs(1));
    sim.act(alice, Act::GroupCall(&["bob", "carol"]));
    sim.run_for(secs(1));
    sim.act(bob, Act::Accept);
    sim.run_for(secs(1));
    sim.publish(alice, seen());
    sim.publish(bob, heard());
    sim.run_for(secs(1));

    sim.act(carol, Act::Accept);
    sim.run_for(secs(1));
    assert_eq!(sim.known_published(carol), [("alice", seen()), ("bob", heard())]);
    sim.publish(carol, seen());
    sim.run_for(secs(1));
    assert_eq!(sim.known_published(bob), [("alice", seen()), ("carol", seen())]);
    sim.act(carol, Act::HangUp);
    sim.run_for(secs(1));

    assert_eq!(sim.known_published(alice), [("bob", heard())]);
    assert_good(&mut sim);
}

fn alice_and_bob_with_two_devices() -> (Sim, Dev, Dev, Dev) {
    let mut sim = Sim::new(7);
    let (alice, laptop, phone) = (sim.add("alice", "desk"), sim.add("bob", "laptop"), sim.add("bob", "phone"));
    sim.run_for(secs(1));
    (sim, alice, laptop, phone)
}

/// Alice has called Bob, who has answered on his phone.
fn talking() -> (Sim, Dev, Dev, Dev) {
    let (mut sim, alice, laptop, phone) = alice_and_bob_with_two_devices();
    sim.act(alice, Act::Call("bob"));
    sim.run_for(secs(1));
    sim.act(phone, Act::Accept);
    sim.run_for(secs(1));
    assert!(sim.is_active(alice) && sim.is_active(phone));
    (sim, alice, laptop, phone)
}

fn heard() -> Published {
    Published { microphone: MicrophoneState::On, ..Published::default() }
}

fn seen() -> Published {
    Published { camera: PublishedSize::new(1280, 720), ..heard() }
}

#[track_caller]
fn assert_good(sim: &mut Sim) {
    sim.run_for(secs(20));
    sim.check_settled();
    assert_eq!(sim.watch().violations(), [""; 0]);
}
