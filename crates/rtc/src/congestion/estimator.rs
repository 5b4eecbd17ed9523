//! [`Estimator`]: what may be sent, from what became of what was sent.

use std::time::Duration;

use super::aimd::RateControl;
use super::overuse::{OveruseDetector, Usage};
use super::throughput::Throughput;
use super::trend::Trend;

/// More loss than this is no bad luck of a radio link, but a queue that overflows without ever growing long.
const TOO_MUCH_LOSS: f64 = 0.10;
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
    lowered_at: Option<Duration>,
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
            lowered_at: None,
        }
    }

    /// Takes what the other end reports, in the order in which the packets left.
    pub fn on_report(&mut self, now: Duration, packets: &[PacketFate]) {
        let mut usage = None;
        for packet in packets {
            self.throughput.fate(now, packet.arrived_at.is_some());
            let Some(arrived_at) = packet.arrived_at else { continue };
            self.throughput.arrived(arrived_at, packet.bytes);
            if let Some(slope) = self.trend.add(packet.left_at, arrived_at) {
                let detected = self.detector.detect(slope);
                // The worst of what one report tells.
                usage = Some(if usage == Some(Usage::Over) { Usage::Over } else { detected });
            }
        }
        let Some(usage) = usage else { return };
        self.control.update(usage, self.throughput.rate(), now);
        self.heed_loss(now);
    }

    /// What may be sent, in bits a second.
    #[must_use]
    pub fn target(&self) -> u32 {
        self.control.rate() as u32
    }

    fn heed_loss(&mut self, now: Duration) {
        let is_time = self.lowered_at.is_none_or(|then| now.saturating_sub(then) >= LOSS_EVERY);
        if let Some(loss) = self.throughput.loss().filter(|loss| is_time && *loss > TOO_MUCH_LOSS) {
            self.control.lower_for_loss(loss, now);
            self.lowered_at = Some(now);
        }
    }
}
