//! Random runs: people who press anything at any time, over a network that does its worst.

use std::{collections::BTreeMap, ops::RangeInclusive};

use carillon_call::{device::Phase, record};
use rand::RngExt;

use super::{
    Sim,
    device::Dev,
    link::Network,
    millis, secs,
    server::Judge,
    told::{Act, Told},
};

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

fn run(mut sim: Sim, seed: u64) -> Report {
    let devices = people(&mut sim);
    let network = weather(&mut sim);
    sim.run_for(secs(1));
    sim.set_network(network);
    for _ in 0..sim.roll(8..=30) {
        let dev = devices[sim.dice.random_range(0..devices.len())];
        meddle(&mut sim, dev);
        let pause = pause(&mut sim);
        sim.run_for(millis(pause));
    }
    settle(&mut sim);
    report(&sim, seed)
}

/// Alice with one or two devices, Bob with three, Carol with one.
fn people(sim: &mut Sim) -> Vec<Dev> {
    let mut devices = vec![sim.add("alice", "desk")];
    if sim.chance(500) {
        devices.push(sim.add("alice", "laptop"));
    }
    for name in ["desk", "laptop", "phone"] {
        devices.push(sim.add("bob", name));
    }
    devices.push(sim.add("carol", "desk"));
    devices
}

fn weather(sim: &mut Sim) -> Network {
    let worst_delay = [30, 120, 800][sim.dice.random_range(0..3)];
    let is_stormy = sim.chance(600);
    Network {
        delay_ms: 1..=worst_delay,
        drop_per_mille: if is_stormy { sim.dice.random_range(0..40) } else { 0 },
        notice_ms: if sim.chance(300) { 0..=15_000 } else { 0..=500 },
        reconnect_ms: 50..=3_000,
        double_per_mille: sim.dice.random_range(0..200),
        media_fails_per_mille: sim.dice.random_range(0..150),
    }
}

/// Mostly long enough for something to happen, often short enough for two things to cross.
fn pause(sim: &mut Sim) -> u64 {
    const PAUSES: [RangeInclusive<u64>; 5] = [0..=5, 0..=200, 500..=3_000, 500..=3_000, 3_000..=40_000];
    let range = PAUSES[sim.dice.random_range(0..PAUSES.len())].clone();
    sim.roll(range)
}

fn meddle(sim: &mut Sim, dev: Dev) {
    match sim.dice.random_range(0..100) {
        0..58 => {
            let act = sensible(sim, dev);
            sim.act(dev, act);
        }
        58..67 => {
            let act = any(sim, dev);
            sim.act(dev, act);
        }
        67..74 => sim.drop_link(dev),
        74..80 => sim.unplug(dev),
        80..86 => sim.plug(dev),
        86..92 => sim.lose_media(dev),
        92..95 => sim.kill(dev),
        95..99 => sim.revive(dev),
        _ => {
            let down_for = sim.roll(100..=20_000);
            sim.restart_server(millis(down_for));
        }
    }
}

fn sensible(sim: &mut Sim, dev: Dev) -> Act {
    let roll = sim.dice.random_range(0..10);
    match (sim.phase(dev), roll) {
        (Phase::Idle | Phase::Ended(_) | Phase::Leaving { .. }, _) => call(sim, dev),
        (Phase::Ringing { .. }, 0..7) => Act::Accept,
        (Phase::Ringing { .. }, 7..9) => Act::Decline,
        (Phase::Ringing { .. }, _) => Act::Silence,
        // Somebody who calls mostly waits.
        (Phase::Inviting { .. }, 0..6) => Act::Dismiss,
        (Phase::Inviting { .. } | Phase::Joining { .. } | Phase::Active { .. }, _) => Act::HangUp,
    }
}

fn any(sim: &mut Sim, dev: Dev) -> Act {
    match sim.dice.random_range(0..7) {
        0 => call(sim, dev),
        1 => Act::Ring,
        2 => Act::Silence,
        3 => Act::Accept,
        4 => Act::Decline,
        5 => Act::HangUp,
        _ => Act::Dismiss,
    }
}

fn call(sim: &mut Sim, dev: Dev) -> Act {
    let own = sim.devices[dev.0].user.to_string();
    let others: Vec<_> = ["alice", "bob", "carol"].into_iter().filter(|name| *name != own).collect();
    let whom = others[sim.dice.random_range(0..others.len())];
    if sim.chance(700) { Act::Call(whom) } else { Act::VideoCall(whom) }
}

/// Lets the storm pass, looks, hangs everything up, and looks again.
fn settle(sim: &mut Sim) {
    sim.set_network(Network::quiet());
    for dev in sim.all() {
        sim.plug(dev);
    }
    sim.run_for(secs(120));
    sim.check_settled();
    for dev in sim.all() {
        sim.act(dev, Act::HangUp);
    }
    sim.run_for(secs(10));
    sim.check_settled();
    if sim.live_calls() > 0 {
        let left = sim.live_calls();
        sim.watch.accuse(format!("{left} calls live on at the server"));
    }
}

fn report(sim: &Sim, seed: u64) -> Report {
    let mut ends = BTreeMap::new();
    for heard in sim.watch().heard() {
        *ends.entry(format!("{:?}", heard.why())).or_default() += 1;
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
    }
}
