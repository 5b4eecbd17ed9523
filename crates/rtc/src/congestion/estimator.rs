//! [`Estimator`]: what may be sent, from what became of what was sent.

use std::time::Duration;

use super::aimd::RateControl;
use super::overuse::{OveruseDetector, Usage};
use super::probe::{Found, Probe, Prober};
use super::rivalry::{MOST_LOWERED, Rivalry};
use super::throughput::Throughput;
use super::trend::Trend;

/// More loss than this is no bad luck of a radio link, but a queue that overflows without ever growing long.
const TOO_MUCH_LOSS: f64 = 0.10;
/// A clock that tells arrivals so far back is another one: the other end began anew.
const CLOCK_JUMP: Duration = Duration::from_secs(5);
/// How often loss may lower the rate.
const LOSS_EVERY: Duration = Duration::from_millis(300);

/// What became of one packet. Times are of any epoch, each by its own end's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PacketFate {
    /// When it left.
    pub left_at: Duration,
    /// When it reached the other end; `None`: it is lost.
    pub arrived_at: Option<Duration>,
    /// With its headers.
    pub bytes: usize,
    /// The train that it was part of.
    pub probe: Option<u32>,
}

/// Where an estimate begins, and its bounds, in bits a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EstimatorConfig {
    /// Before anything is known, or as it was last in this network.
    pub first: u32,
    /// Even the worst path is tried with this.
    pub least: u32,
    /// More is of no use.
    pub most: u32,
}

/// Estimates what a path carries.
#[derive(Debug)]
pub struct Estimator {
    trend: Trend,
    detector: OveruseDetector,
    throughput: Throughput,
    control: RateControl,
    prober: Prober,
    rivalry: Rivalry,
    usage: Usage,
    lowered_at: Option<Duration>,
    /// What left before says nothing of the path as it is.
    fresh_from: Duration,
    /// By the other end's clock.
    last_arrival: Duration,
}

impl Estimator {
    /// Begins.
    #[must_use]
    pub fn new(config: EstimatorConfig) -> Self {
        let bounds = (config.least.into(), config.most.into());
        Self {
            trend: Trend::default(),
            detector: OveruseDetector::new(),
            throughput: Throughput::default(),
            control: RateControl::new(config.first.into(), bounds),
            prober: Prober::new(config.most.into()),
            rivalry: Rivalry::default(),
            usage: Usage::Normal,
            lowered_at: None,
            fresh_from: Duration::ZERO,
            last_arrival: Duration::ZERO,
        }
    }

    /// Begins with another estimate, if nothing has been learnt of the path yet.
    pub fn begin_with(&mut self, rate: u32) {
        if !self.prober.has_begun() {
            self.control.begin_with(rate.into());
        }
    }

    /// The path has changed, or is there again: it begins with the estimate as it is, and what left before `now` counts no more.
    pub fn begin_anew(&mut self, now: Duration) {
        (self.fresh_from, self.last_arrival) = (now, Duration::ZERO);
        (self.trend, self.detector) = (Trend::default(), OveruseDetector::new());
        (self.throughput, self.usage, self.lowered_at) = (Throughput::default(), Usage::Normal, None);
        self.rivalry = Rivalry::default();
        self.control.begin_anew();
        self.prober.begin_anew();
    }

    /// A train of packets to send from now on, which is told once.
    pub fn poll_probe(&mut self, now: Duration) -> Option<Probe> {
        self.prober.poll(now, self.control.rate())
    }

    /// Takes what the other end reports, in the order in which the packets left.
    pub fn on_report(&mut self, now: Duration, packets: &[PacketFate]) {
        let mut usage = None;
        for packet in packets {
            if self.is_by_another_clock(packet) {
                self.begin_anew(packet.left_at);
                usage = None;
            }
            if packet.left_at < self.fresh_from {
                continue;
            }
            self.throughput.fate(now, packet.arrived_at.is_some());
            self.prober.fate(packet);
            let Some(arrived_at) = packet.arrived_at else { continue };
            self.throughput.arrived(arrived_at, packet.bytes);
            self.rivalry.add(packet.left_at, arrived_at, now);
            // A train is meant to fill a queue.
            let slope = packet.probe.is_none().then(|| self.trend.add(packet.left_at, arrived_at)).flatten();
            if let Some(slope) = slope {
                let detected = self.detector.detect(slope);
                // The worst of what one report tells.
                usage = Some(if usage == Some(Usage::Over) { Usage::Over } else { detected });
            }
        }
        if let Some(usage) = usage {
            self.usage = usage;
            self.control(usage, now);
            self.heed_loss(now);
        }
        let is_free = self.usage == Usage::Normal;
        match self.prober.look(now, self.control.rate(), is_free) {
            Some(Found::AtMost(rate)) => self.control.become_known(rate, now),
            Some(Found::AtLeast(rate)) if self.usage != Usage::Over => self.control.raise_to(rate),
            Some(Found::AtLeast(_)) | None => {}
        }
    }

    /// What may be sent, in bits a second.
    #[must_use]
    pub fn target(&self) -> u32 {
        self.control.rate() as u32
    }

    /// Whether the path was ever full, so that the target is more than a guess.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.control.was_full()
    }

    fn is_by_another_clock(&mut self, packet: &PacketFate) -> bool {
        let Some(arrived_at) = packet.arrived_at.filter(|_| packet.left_at >= self.fresh_from) else { return false };
        let jumps = arrived_at + CLOCK_JUMP < self.last_arrival;
        self.last_arrival = self.last_arrival.max(arrived_at);
        jumps
    }

    fn control(&mut self, usage: Usage, now: Duration) {
        if usage == Usage::Over {
            self.rivalry.backed_off();
        }
        let is_felt = self.rivalry.is_felt(now);
        if self.rivalry.is_on(now) {
            return self.control.compete(self.throughput.loss().unwrap_or(0.0), self.throughput.rate(), now);
        }
        self.control.update(usage, self.throughput.rate(), now);
        if is_felt && usage == Usage::Normal {
            let from = self.control.rate();
            self.control.drain(now);
            if let Some(from) = self.rivalry.lowered(from) {
                self.control.undrain(from, MOST_LOWERED);
            }
        }
    }

    fn heed_loss(&mut self, now: Duration) {
        let is_time = self.lowered_at.is_none_or(|then| now.saturating_sub(then) >= LOSS_EVERY);
        if let Some(loss) = self.throughput.loss().filter(|loss| is_time && *loss > TOO_MUCH_LOSS) {
            self.control.lower_for_loss(loss, now);
            self.lowered_at = Some(now);
        }
    }
}
