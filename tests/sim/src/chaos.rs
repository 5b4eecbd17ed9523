//! Random runs: people who press anything at any time, over a network that does its worst.

use std::{collections::BTreeMap, ops::RangeInclusive};

use carillon_call::{device::Phase, record};
use carillon_protocol::{MicrophoneState, Moderation, Published, PublishedSize, Wants};
use rand::RngExt;

use super::{
    Sim,
    device::Dev,
    link::{Network, Way},
    messages::MessageFault,
    millis,
    publishing::PublishFault,
    secs,
    server::Judge,
    told::{Act, Told, known_name},
};

/// All users who ever take part.
const NAMES: [&str; 4] = ["alice", "bob", "carol", "dora"];

/// So few signals wait for a device in some runs that it misses some, and its session ends.
const SMALL_OUTBOX: u64 = 12;

/// What a run came to.
#[derive(Debug)]
pub struct Report {
    /// Which run.
    pub seed: u64,
    /// What should not have happened; empty in a good run.
    pub violations: Vec<String>,
    /// Everything that happened, if it was asked for.
    pub log: Vec<String>,
    /// How often each end was heard, so that a sweep can show that it was not all the same.
    pub ends: BTreeMap<String, u32>,
    /// How many calls came to media.
    pub active: u32,
    /// How many pairs of calls crossed.
    pub crossings: u32,
    /// How often a leg of a group call changed, by what it became.
    pub legs: BTreeMap<String, u32>,
    /// How often a device heard that the other end of a call of two publishes something else.
    pub published: usize,
    /// How often a device heard that the media of its call of two go through the server from now on.
    pub moved: usize,
    /// How often a device heard that it is muted by a moderator.
    pub muted: usize,
    /// How often a device heard that what its user wanted done about another is done.
    pub moderated: usize,
    /// How many messages devices told of.
    pub told_messages: usize,
    /// How many of them they had missed, and fetched.
    pub fetched_messages: usize,
}

/// Runs one seed.
pub fn run_seed(seed: u64, judge: Judge) -> Report {
    run(Sim::with_judge(seed, judge), seed)
}

/// Runs one seed and keeps everything that happens, to be read.
pub fn run_seed_with_log(seed: u64) -> Report {
    let mut sim = Sim::with_judge(seed, record::decide);
    sim.keep_log();
    run(sim, seed)
}

/// Runs one seed against a server that is broken where messages are concerned.
pub fn run_with_message_fault(seed: u64, fault: MessageFault) -> Report {
    let mut sim = Sim::with_judge(seed, record::decide);
    sim.server.messages.fault = Some(fault);
    run(sim, seed)
}

/// Runs one seed with devices that believe what waited in their sockets while they were frozen.
pub fn run_believing_old_frames(seed: u64) -> Report {
    let mut sim = Sim::with_judge(seed, record::decide);
    sim.let_devices_believe_old_frames();
    run(sim, seed)
}

/// Runs one seed against a server that is broken where it concerns what devices publish.
pub fn run_with_publish_fault(seed: u64, fault: PublishFault) -> Report {
    let mut sim = Sim::with_judge(seed, record::decide);
    sim.server.publish_fault = Some(fault);
    run(sim, seed)
}

fn run(mut sim: Sim, seed: u64) -> Report {
    let devices = add_devices(&mut sim);
    let network = random_network(&mut sim);
    if sim.chance(200) {
        sim.server.max_outbox = SMALL_OUTBOX;
    }
    sim.run_for(secs(1));
    sim.set_network(network);
    for _ in 0..sim.roll(8..=30) {
        let dev = devices[sim.dice.random_range(0..devices.len())];
        random_step(&mut sim, dev);
        let pause = random_pause_ms(&mut sim);
        sim.run_for(millis(pause));
        sim.check_known();
    }
    settle(&mut sim);
    report(&sim, seed)
}

/// Alice with one or two devices, Bob with three, Carol with one; sometimes Dora with two, and sometimes Bob has blocked Carol. Some
/// devices are silent when a user calls, and some hide their address.
fn add_devices(sim: &mut Sim) -> Vec<Dev> {
    let mut devices = vec![sim.add("alice", "desk")];
    if sim.chance(500) {
        devices.push(sim.add("alice", "laptop"));
    }
    for name in ["desk", "laptop", "phone"] {
        devices.push(sim.add("bob", name));
    }
    devices.push(sim.add("carol", "desk"));
    if sim.chance(500) {
        devices.push(sim.add("dora", "desk"));
        devices.push(sim.add("dora", "phone"));
    }
    if sim.chance(100) {
        sim.block("bob", "carol");
    }
    for dev in devices.clone() {
        if sim.chance(150) {
            sim.keep_silent(dev);
        }
        if sim.chance(100) {
            sim.hide_address(dev);
        }
    }
    devices
}

fn random_network(sim: &mut Sim) -> Network {
    let worst_delay = [30, 120, 800][sim.dice.random_range(0..3)];
    let is_stormy = sim.chance(600);
    Network {
        delay_ms: 1..=worst_delay,
        drop_per_mille: if is_stormy { sim.dice.random_range(0..40) } else { 0 },
        notice_ms: if sim.chance(300) { 0..=15_000 } else { 0..=500 },
        reconnect_ms: 50..=3_000,
        one_way_per_mille: if sim.chance(500) { 400 } else { 0 },
        double_per_mille: sim.dice.random_range(0..200),
        double_within_ms: [3_000, 10_000][sim.dice.random_range(0..2)],
        forget_per_mille: if sim.chance(400) { 300 } else { 0 },
        media_fails_per_mille: sim.dice.random_range(0..150),
        // In some worlds no two devices ever find each other.
        direct_fails_per_mille: if sim.chance(250) { 1000 } else { sim.dice.random_range(0..150) },
        token_ms: sim.chance(300).then_some(5_000..=120_000),
    }
}

/// Mostly long enough for something to happen, often short enough for two things to cross.
fn random_pause_ms(sim: &mut Sim) -> u64 {
    const PAUSES: [RangeInclusive<u64>; 5] = [0..=5, 0..=200, 500..=3_000, 500..=3_000, 3_000..=40_000];
    let range = PAUSES[sim.dice.random_range(0..PAUSES.len())].clone();
    sim.roll(range)
}

fn random_step(sim: &mut Sim, dev: Dev) {
    match sim.dice.random_range(0..148) {
        0..56 => {
            let act = sensible_act(sim, dev);
            sim.act(dev, act);
        }
        56..64 => {
            let act = any_act(sim, dev);
            sim.act(dev, act);
        }
        64..66 => removals(sim),
        66..68 => partition(sim),
        68..74 => sim.drop_link(dev),
        74..80 => sim.unplug(dev),
        80..86 => sim.plug(dev),
        86..92 => sim.lose_media(dev),
        92..95 => sim.kill(dev),
        95..99 => sim.revive(dev),
        99..107 => write_messages(sim, dev),
        107..109 => sim.forget_session(dev),
        109..114 => {
            let how_long = [2_000..=12_000, 12_000..=50_000, 45_000..=90_000][sim.dice.random_range(0..3)].clone();
            let how_long = sim.roll(how_long);
            sim.freeze(dev, millis(how_long));
        }
        114..118 => call_from_a_tunnel(sim, dev),
        118..122 => call_while_called(sim, dev),
        122..134 => publish(sim, dev),
        134..146 => in_a_group_call(sim, dev),
        _ => {
            let down_for = sim.roll(100..=20_000);
            let clock_moved_ms = clock_moved_ms(sim);
            sim.restart_server_with_another_clock(millis(down_for), clock_moved_ms);
        }
    }
}

/// A user calls, and nothing of what the server says to that comes back; the server may have forgotten the session, too.
fn call_from_a_tunnel(sim: &mut Sim, dev: Dev) {
    let act = call(sim, dev);
    sim.block_way(dev, Way::Down);
    sim.act(dev, act);
    if sim.chance(500) {
        sim.lose_session(dev);
    }
}

/// A user is called and calls at the same moment, perhaps a third one, and their session ends soon after.
fn call_while_called(sim: &mut Sim, dev: Dev) {
    let user = sim.devices[dev.0].user.to_string();
    let others: Vec<_> = sim.all().filter(|other| sim.devices[other.0].user.as_str() != user).collect();
    let caller = others[sim.dice.random_range(0..others.len())];
    if let Some(name) = NAMES.into_iter().find(|name| *name == user) {
        sim.act(caller, Act::Call(name));
    }
    let head_start = sim.roll(0..=300);
    sim.run_for(millis(head_start));
    let act = call(sim, dev);
    sim.act(dev, act);
    let until_it_is_lost = sim.roll(0..=1_000);
    sim.run_for(millis(until_it_is_lost));
    sim.forget_session(dev);
    sim.act(caller, Act::HangUp);
    if sim.chance(500) {
        let until_it_is_given_up = sim.roll(0..=3_000);
        sim.run_for(millis(until_it_is_given_up));
        sim.act(dev, Act::HangUp);
    }
}

/// Mostly not at all; else a little, or by an hour.
fn clock_moved_ms(sim: &mut Sim) -> i64 {
    const HOUR_MS: i64 = 3_600_000;
    match sim.dice.random_range(0..10) {
        0..6 => 0,
        6..8 => sim.dice.random_range(-20_000..=20_000),
        8 => HOUR_MS,
        _ => -HOUR_MS,
    }
}

/// Somebody raises a hand or does something about another, whether or not they may. Mostly both are in a group call, if there is one.
fn in_a_group_call(sim: &mut Sim, dev: Dev) {
    let talking: Vec<_> =
        sim.all().filter(|dev| matches!(sim.phase(*dev), Phase::Active { .. }) && is_in_group(sim, *dev)).collect();
    if talking.is_empty() || sim.chance(100) {
        let whom = NAMES[sim.dice.random_range(0..NAMES.len())];
        return sim.act(dev, Act::Moderate(whom, Moderation::Mute));
    }
    let by = talking[sim.dice.random_range(0..talking.len())];
    let other = talking[sim.dice.random_range(0..talking.len())];
    let user = sim.devices[other.0].user.to_string();
    let Some(whom) = NAMES.into_iter().find(|name| *name == user) else { return };
    let act = match sim.dice.random_range(0..10) {
        0..3 => Act::Hand(true),
        3 => Act::Hand(false),
        4..7 => {
            if sim.chance(500) {
                let speaks = Published { microphone: MicrophoneState::On, ..random_published(sim) };
                sim.publish(other, speaks);
                let head_start = sim.roll(0..=500);
                sim.run_for(millis(head_start));
            }
            Act::Moderate(whom, Moderation::Mute)
        }
        7 => Act::Moderate(whom, Moderation::LowerHand),
        _ => Act::Moderate(whom, Moderation::Remove),
    };
    sim.act(by, act);
}

/// A user switches microphone, camera and screen, a few times in a row; also where there is nothing to switch.
fn publish(sim: &mut Sim, dev: Dev) {
    for _ in 0..sim.roll(1..=4) {
        let published = random_published(sim);
        sim.publish(dev, published);
        let pause = sim.roll(0..=150);
        sim.run_for(millis(pause));
    }
}

fn random_published(sim: &mut Sim) -> Published {
    let microphone = [MicrophoneState::Off, MicrophoneState::On, MicrophoneState::Muted][sim.dice.random_range(0..3)];
    let camera = PublishedSize::new(1280, 720).filter(|_| sim.chance(500));
    let screen = PublishedSize::new(1920, 1080).filter(|_| sim.chance(300));
    let wants = Wants { camera_rows: sim.chance(300).then_some(0), ..Wants::default() };
    Published { microphone, camera, screen, screen_sound: screen.is_some() && sim.chance(500), wants }
}

/// A user writes a few messages in a row.
fn write_messages(sim: &mut Sim, dev: Dev) {
    for _ in 0..sim.dice.random_range(1..6) {
        let own = sim.devices[dev.0].user.to_string();
        let others: Vec<_> = NAMES.into_iter().filter(|name| *name != own).collect();
        let whom = others[sim.dice.random_range(0..others.len())];
        let whom = sim.chance(500).then_some(whom);
        sim.write(dev, whom);
    }
}

fn sensible_act(sim: &mut Sim, dev: Dev) -> Act {
    let roll = sim.dice.random_range(0..10);
    match (sim.phase(dev), roll) {
        (Phase::Idle | Phase::Ended(_) | Phase::Leaving { .. }, _) => call(sim, dev),
        (Phase::Ringing, 0..2) => call_back(sim, dev),
        (Phase::Ringing, 2..7) => Act::Accept,
        (Phase::Ringing, 7..9) => Act::Decline,
        (Phase::Ringing, _) => Act::Silence,
        // A caller mostly waits.
        (Phase::Inviting, 0..6) => Act::Dismiss,
        (Phase::Inviting | Phase::Active { .. }, 6..8) if is_in_group(sim, dev) => add(sim, dev),
        // A group call goes on for a while.
        (Phase::Active { .. }, 0..4) if is_in_group(sim, dev) => Act::Dismiss,
        (Phase::Inviting | Phase::Joining | Phase::Active { .. }, _) => Act::HangUp,
    }
}

/// Calls the caller back.
fn call_back(sim: &mut Sim, dev: Dev) -> Act {
    let caller = sim.devices[dev.0].machine.call().map_or("nobody", |call| known_name(&call.with));
    if sim.chance(700) { Act::Call(caller) } else { Act::VideoCall(caller) }
}

fn any_act(sim: &mut Sim, dev: Dev) -> Act {
    match sim.dice.random_range(0..9) {
        0 => call(sim, dev),
        1 => Act::Ring,
        2 => Act::Silence,
        3 => Act::Accept,
        4 => Act::Decline,
        5 => Act::HangUp,
        6 => add(sim, dev),
        7 => Act::Renew,
        _ => Act::Dismiss,
    }
}

fn call(sim: &mut Sim, dev: Dev) -> Act {
    let own = sim.devices[dev.0].user.to_string();
    if sim.chance(350) {
        return group_call(sim, &own);
    }
    let others: Vec<_> = ["alice", "bob", "carol"].into_iter().filter(|name| *name != own).collect();
    let whom = others[sim.dice.random_range(0..others.len())];
    if sim.chance(700) { Act::Call(whom) } else { Act::VideoCall(whom) }
}

/// Now and then a user is named who does not exist, or the caller.
fn group_call(sim: &mut Sim, own: &str) -> Act {
    const CASTS: [&[&str]; 8] = [
        &["bob", "carol"],
        &["alice", "carol"],
        &["alice", "bob"],
        &["alice", "bob", "carol"],
        &["bob", "carol", "dora"],
        &["carol", "dora"],
        &["bob"],
        &["alice"],
    ];
    let fitting: Vec<_> = CASTS.into_iter().filter(|cast| !cast.contains(&own)).collect();
    let cast = if sim.chance(30) { CASTS[3] } else { fitting[sim.dice.random_range(0..fitting.len())] };
    match sim.dice.random_range(0..3) {
        0 => Act::GroupCall(cast),
        1 => Act::TeamCall(cast),
        _ => Act::LobbyCall(cast),
    }
}

fn add(sim: &mut Sim, dev: Dev) -> Act {
    let own = sim.devices[dev.0].user.to_string();
    let others: Vec<_> = NAMES.into_iter().filter(|name| *name != own || sim.chance(50)).collect();
    Act::Add(others[sim.dice.random_range(0..others.len())])
}

fn is_in_group(sim: &Sim, dev: Dev) -> bool {
    sim.devices[dev.0].machine.call().is_some_and(|call| call.is_group())
}

/// A user is taken out of the team, or taken into it again.
fn removals(sim: &mut Sim) {
    let name = NAMES[sim.dice.random_range(0..NAMES.len())];
    if sim.chance(600) { sim.remove_from_team(name) } else { sim.take_into_team(name) }
}

/// Some of the devices are cut off together.
fn partition(sim: &mut Sim) {
    let all: Vec<_> = sim.all().collect();
    let cut_off: Vec<_> = all.into_iter().filter(|_| sim.chance(500)).collect();
    let how_long = sim.roll(500..=50_000);
    sim.partition(&cut_off, millis(how_long));
}

/// Lets the storm pass, looks, hangs everything up, and looks again.
fn settle(sim: &mut Sim) {
    sim.set_network(Network::quiet());
    for dev in sim.all() {
        sim.thaw(dev);
        sim.plug(dev);
    }
    sim.run_for(secs(120));
    sim.run_until_quiet();
    sim.check_settled();
    for dev in sim.all() {
        sim.act(dev, Act::HangUp);
    }
    sim.run_for(secs(10));
    sim.run_until_quiet();
    sim.check_settled();
    if sim.live_calls() > 0 {
        let left = sim.live_calls();
        sim.watch.violated(format!("{left} calls live on at the server"));
    }
}

fn report(sim: &Sim, seed: u64) -> Report {
    let mut ends = BTreeMap::new();
    for heard in sim.watch().heard() {
        *ends.entry(format!("{:?}", heard.why())).or_default() += 1;
    }
    let mut legs = BTreeMap::new();
    for told in sim.all().flat_map(|dev| sim.events(dev)) {
        if let Told::Leg(_, state) = told {
            *legs.entry(format!("{state:?}")).or_default() += 1;
        }
    }
    let told = sim.all().flat_map(|dev| sim.events(dev).to_vec());
    let active = told.filter(|told| *told == Told::Active).count();
    Report {
        seed,
        violations: sim.watch().violations().to_vec(),
        log: sim.log().to_vec(),
        ends,
        active: u32::try_from(active).expect("a run is short"),
        crossings: sim.watch().crossings(),
        legs,
        published: sim.all().map(|dev| count_told(sim, dev, Told::Published)).sum(),
        moved: sim.all().map(|dev| count_told(sim, dev, Told::PathChanged)).sum(),
        muted: sim.all().map(|dev| count_told(sim, dev, Told::Muted)).sum(),
        moderated: sim.all().map(|dev| count_told(sim, dev, Told::Moderated)).sum(),
        told_messages: sim.all().map(|dev| sim.news(dev).len()).sum(),
        fetched_messages: sim.devices.iter().map(|device| device.messages.fetched).sum(),
    }
}

fn count_told(sim: &Sim, dev: Dev, what: Told) -> usize {
    sim.events(dev).iter().filter(|told| **told == what).count()
}
