//! The estimator on links that are not there.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Estimator, EstimatorConfig, PacketFate, Probe};

const TICK: Duration = Duration::from_millis(1);
const PACKET: usize = 1200;
/// As often as the other end reports.
const REPORT_EVERY: Duration = Duration::from_millis(50);
const ONE_WAY: Duration = Duration::from_millis(25);

/// One bottleneck with a queue of so long.
struct Link {
    rate: f64,
    queue: Duration,
    loss: f64,
    random: u64,
    /// When the last packet in it will have passed.
    busy_until: Duration,
}

impl Link {
    fn new(rate: f64) -> Self {
        Self { rate, queue: Duration::from_millis(300), loss: 0.0, random: 1, busy_until: Duration::ZERO }
    }

    /// When the packet reaches the other end, if it does.
    fn pass(&mut self, now: Duration) -> Option<Duration> {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let draw = (self.random >> 33) as f64 / f64::from(1_u32 << 31);
        let begins = self.busy_until.max(now);
        if begins - now > self.queue || draw < self.loss {
            return None;
        }
        self.busy_until = begins + Duration::from_secs_f64(PACKET as f64 * 8.0 / self.rate);
        Some(self.busy_until + ONE_WAY)
    }
}

/// Sends as much as it may.
struct Flow {
    estimator: Estimator,
    credit: f64,
    /// How far the other end's clock is ahead.
    clock: Duration,
    /// A train that is being sent, and what is left of it.
    train: Option<(Probe, usize)>,
    flying: VecDeque<PacketFate>,
    reported_at: Duration,
    /// Bytes that arrived in the current second, and in each before.
    arrived: Vec<usize>,
    late: Vec<Duration>,
}

impl Flow {
    fn new() -> Self {
        let config = EstimatorConfig { first: 300_000, least: 50_000, most: 8_000_000 };
        Self {
            estimator: Estimator::new(config),
            credit: 0.0,
            clock: Duration::ZERO,
            train: None,
            flying: VecDeque::new(),
            reported_at: Duration::ZERO,
            arrived: vec![0; 200],
            late: Vec::new(),
        }
    }

    fn tick(&mut self, now: Duration, link: &mut Link) {
        self.train = self.train.or_else(|| self.estimator.poll_probe(now).map(|probe| (probe, probe.bytes)));
        let rate = self.train.map_or(self.estimator.target(), |(probe, _)| probe.rate);
        self.credit += f64::from(rate) * TICK.as_secs_f64() / 8.0;
        while self.credit >= PACKET as f64 {
            self.credit -= PACKET as f64;
            let arrived_at = link.pass(now);
            let probe = self.train.map(|(probe, _)| probe.number);
            self.train =
                self.train.map(|(probe, left)| (probe, left.saturating_sub(PACKET))).filter(|(_, left)| *left > 0);
            self.flying.push_back(PacketFate { left_at: now, arrived_at, bytes: PACKET, probe });
            if let Some(at) = arrived_at {
                self.arrived[at.as_secs() as usize] += PACKET;
                self.late.push(at - now);
            }
        }
        if now - self.reported_at >= REPORT_EVERY {
            self.reported_at = now;
            self.report(now);
        }
    }

    /// What the other end has seen, half a round trip ago. A lost packet is known by a later one.
    fn report(&mut self, now: Duration) {
        let seen_until = now.saturating_sub(ONE_WAY);
        let is_known = |fate: &PacketFate| match fate.arrived_at {
            Some(at) => at <= seen_until,
            None => fate.left_at + 2 * ONE_WAY <= seen_until,
        };
        let known = self.flying.iter().take_while(|fate| is_known(fate)).count();
        let by_its_clock =
            |fate: PacketFate| PacketFate { arrived_at: fate.arrived_at.map(|at| at + self.clock), ..fate };
        let fates: Vec<PacketFate> = self.flying.drain(..known).map(by_its_clock).collect();
        self.estimator.on_report(now, &fates);
    }

    fn rate_in(&self, seconds: std::ops::Range<usize>) -> f64 {
        let count = seconds.len() as f64;
        self.arrived[seconds].iter().sum::<usize>() as f64 * 8.0 / count
    }
}

fn run(flows: &mut [Flow], link: &mut Link, from: u64, to: u64) {
    for millisecond in from * 1000..to * 1000 {
        for flow in flows.iter_mut() {
            flow.tick(Duration::from_millis(millisecond), link);
        }
    }
}

/// A file transfer, after CUBIC (RFC 9438): it fills the queue until something is lost.
struct Transfer {
    window: f64,
    threshold: f64,
    most: f64,
    lost_at: Duration,
    /// When each packet's end will be known, and whether it arrives.
    flying: VecDeque<(Duration, bool)>,
}

impl Transfer {
    fn new() -> Self {
        Self { window: 10.0, threshold: f64::MAX, most: 0.0, lost_at: Duration::ZERO, flying: VecDeque::new() }
    }

    fn tick(&mut self, now: Duration, link: &mut Link) {
        while let Some((_, arrived)) = self.flying.pop_front_if(|(known_at, _)| *known_at <= now) {
            if arrived { self.acknowledged(now) } else { self.lost(now) }
        }
        while (self.flying.len() as f64) < self.window {
            let arrived_at = link.pass(now);
            let known_at = arrived_at.unwrap_or_else(|| link.busy_until.max(now) + ONE_WAY) + ONE_WAY;
            self.flying.push_back((known_at, arrived_at.is_some()));
        }
    }

    fn acknowledged(&mut self, now: Duration) {
        if self.window < self.threshold {
            self.window += 1.0;
            return;
        }
        let since = (now - self.lost_at).as_secs_f64();
        let turn = (self.most * 0.3 / 0.4).cbrt();
        let wanted = 0.4 * (since - turn).powi(3) + self.most;
        self.window += ((wanted - self.window) / self.window).clamp(0.01, 0.5);
    }

    fn lost(&mut self, now: Duration) {
        // One answer to one round trip's losses.
        if now - self.lost_at < Duration::from_millis(350) {
            return;
        }
        (self.most, self.lost_at) = (self.window, now);
        self.window = (self.window * 0.7).max(2.0);
        self.threshold = self.window;
    }
}

#[test]
fn beside_a_transfer_that_fills_the_queue_it_has_a_quarter_of_the_link() {
    let (mut flow, mut transfer, mut link) = (Flow::new(), Transfer::new(), Link::new(3e6));
    for millisecond in 0..90_000 {
        let now = Duration::from_millis(millisecond);
        flow.tick(now, &mut link);
        if millisecond >= 5000 {
            transfer.tick(now, &mut link);
        }
    }

    let used = flow.rate_in(20..90) / 3e6;
    println!("{used:.3} beside a transfer");
    assert!(used >= 0.25, "{used}");
}

#[test]
fn a_clean_link_is_used_within_five_seconds_and_its_queue_stays_short() {
    let (mut flows, mut link) = ([Flow::new()], Link::new(3e6));

    run(&mut flows, &mut link, 0, 60);

    let flow = &mut flows[0];
    let first: Vec<f64> = (0..6).map(|second| flow.rate_in(second..second + 1) / 3e6).collect();
    assert!(first[..5].iter().any(|used| *used >= 0.9), "{first:?}");
    let later = flow.rate_in(10..60) / 3e6;
    flow.late.sort_unstable();
    let late = flow.late[flow.late.len() * 95 / 100];
    println!("first seconds {first:.2?}, later {later:.3}, late p95 {late:?}");
    assert!(later >= 0.9, "{later}");
    assert!(late < Duration::from_millis(150), "{late:?}");
}

#[test]
fn a_drop_is_answered_within_a_second() {
    let (mut flows, mut link) = ([Flow::new()], Link::new(3e6));
    run(&mut flows, &mut link, 0, 20);

    link.rate = 0.8e6;
    run(&mut flows, &mut link, 20, 21);

    let target = f64::from(flows[0].estimator.target());
    println!("{target} after a second at 0.8 Mb/s");
    assert!(target < 0.8e6, "{target}");
    run(&mut flows, &mut link, 21, 40);
    assert!(flows[0].rate_in(30..40) > 0.8 * 0.8e6, "{}", flows[0].rate_in(30..40));
    link.rate = 3e6;
    run(&mut flows, &mut link, 40, 60);
    let seconds = (40..60).position(|second| flows[0].rate_in(second..second + 1) > 2.7e6);
    println!("back at 3 Mb/s after {seconds:?} s");
    assert!(seconds.is_some_and(|seconds| seconds <= 12), "{seconds:?}");
}

#[test]
fn loss_without_a_queue_does_not_starve_it() {
    let (mut flows, mut link) = ([Flow::new()], Link::new(3e6));
    link.loss = 0.05;

    run(&mut flows, &mut link, 0, 60);

    let used = flows[0].rate_in(10..60) / 3e6;
    println!("{used:.3} at 5 % loss");
    assert!(used >= 0.85, "{used}");
}

#[test]
fn loss_of_a_queue_that_is_too_short_to_be_felt_is_answered() {
    let (mut flows, mut link) = ([Flow::new()], Link::new(1e6));
    link.queue = Duration::from_millis(10);

    run(&mut flows, &mut link, 0, 60);

    let target = f64::from(flows[0].estimator.target());
    println!("{target} at 1 Mb/s with a short queue, {} arrive", flows[0].rate_in(10..60));
    assert!(target < 1.3e6, "{target}");
}

#[test]
fn two_flows_share_a_link_evenly() {
    for later in [0, 10] {
        let (mut flows, mut link) = (vec![Flow::new()], Link::new(3e6));
        run(&mut flows, &mut link, 0, later);
        flows.push(Flow::new());
        run(&mut flows, &mut link, later, 100);

        let rates: Vec<f64> = flows.iter().map(|flow| flow.rate_in(40..100)).collect();
        let jain = rates.iter().sum::<f64>().powi(2) / (2.0 * rates.iter().map(|rate| rate * rate).sum::<f64>());
        println!("{rates:.0?} Jain {jain:.3}");
        assert!(jain >= 0.9, "{rates:?}: {jain}");
        assert!(rates.iter().sum::<f64>() > 0.8 * 3e6, "{rates:?}");
    }
}

#[test]
fn a_path_that_is_there_again_begins_with_the_estimate_as_it_was() {
    let (mut flows, mut link) = ([Flow::new()], Link::new(3e6));
    flows[0].estimator.begin_with(800_000);
    assert_eq!(flows[0].estimator.target(), 800_000);
    run(&mut flows, &mut link, 0, 10);
    let learnt = flows[0].estimator.target();

    flows[0].estimator.begin_with(200_000);
    assert_eq!(flows[0].estimator.target(), learnt, "something is known already");
    flows[0].estimator.begin_anew(Duration::from_secs(12));

    assert_eq!(flows[0].estimator.target(), learnt);
    run(&mut flows, &mut link, 12, 20);
    assert!(flows[0].rate_in(14..20) > 0.85 * 3e6, "{}", flows[0].rate_in(14..20));
}

#[test]
fn an_other_end_that_begins_anew_with_another_clock_does_not_stop_the_estimate() {
    let (mut flows, mut link) = ([Flow::new()], Link::new(1e6));
    flows[0].clock = Duration::from_secs(1000);
    run(&mut flows, &mut link, 0, 20);

    flows[0].clock = Duration::ZERO;
    link.rate = 3e6;
    run(&mut flows, &mut link, 20, 60);

    let used = flows[0].rate_in(50..60) / 3e6;
    println!("{used:.3} by another clock");
    assert!(used > 0.85, "{used}");
}

#[test]
fn what_left_before_a_path_was_there_again_says_nothing_of_it() {
    let mut estimator = Estimator::new(EstimatorConfig { first: 1_000_000, least: 50_000, most: 8_000_000 });
    let lost = |n: u32| PacketFate {
        left_at: Duration::from_millis(10) * n,
        arrived_at: (!n.is_multiple_of(3)).then(|| Duration::from_millis(40) * n),
        bytes: 1200,
        probe: None,
    };
    let fates: Vec<PacketFate> = (0..300).map(lost).collect();

    estimator.begin_anew(Duration::from_secs(10));
    estimator.on_report(Duration::from_secs(11), &fates);

    assert_eq!(estimator.target(), 1_000_000);
}

#[test]
fn an_application_that_sends_little_does_not_let_the_estimate_run_away() {
    let mut estimator = Estimator::new(EstimatorConfig { first: 300_000, least: 50_000, most: 8_000_000 });
    for n in 0..3000_u32 {
        let left_at = Duration::from_millis(20) * n;
        let fate = PacketFate { left_at, arrived_at: Some(left_at + ONE_WAY), bytes: 100, probe: None };
        estimator.on_report(left_at + 2 * ONE_WAY, &[fate]);
    }

    assert!(estimator.target() <= 300_000, "{}", estimator.target());
}
