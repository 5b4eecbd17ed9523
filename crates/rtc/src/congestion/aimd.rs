//! From how the path is used to a rate: up carefully, down at once.

use std::time::Duration;

use super::overuse::Usage;

/// What is kept of the rate that arrived when a queue begins to fill.
const BACK_OFF: f64 = 0.9;
/// Growth a second, far from where the path was full last.
const GROWTH: f64 = 1.08;
/// Growth a second before the path was ever full, or after long without: what arrives has to keep up with it.
const FIRST_GROWTH: f64 = 2.8;
/// So long after a full path a fast growth is tried again, once growth has gone far beyond what was full then.
const QUIET_BEFORE_FAST: Duration = Duration::from_secs(4);
/// One packet more in each of these.
const PACKET_BITS: f64 = 1200.0 * 8.0;
const RESPONSE: Duration = Duration::from_millis(200);
/// But no more than this share of the rate a second: on a narrow path one packet is much.
const MOST_GROWTH: f64 = 0.06;
/// What is kept while a queue does not empty.
const DRAIN: f64 = 0.95;
/// Beside a rival: growth a second, what loss counts, what is kept then, and how long one loss is heard.
const RIVALS_GROWTH: f64 = 1.15;
const RIVALS_LOSS: f64 = 0.01;
const RIVALS_BACK_OFF: f64 = 0.8;
const LOSS_RESPONSE: Duration = Duration::from_millis(1000);
/// The rate is no more than this times what arrives.
const AHEAD: f64 = 1.5;

#[derive(Debug)]
pub(super) struct RateControl {
    rate: f64,
    bounds: (f64, f64),
    /// What arrived when the path was full: its mean, and how much it varies, relative to it.
    full: Option<(f64, f64)>,
    last_full: Option<Duration>,
    last_drained: Option<Duration>,
    updated: Option<Duration>,
    is_emptying: bool,
}

impl RateControl {
    pub(super) fn new(rate: f64, bounds: (f64, f64)) -> Self {
        Self { rate, bounds, full: None, last_full: None, last_drained: None, updated: None, is_emptying: false }
    }

    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    pub(super) fn was_full(&self) -> bool {
        self.last_full.or(self.last_drained).is_some()
    }

    pub(super) fn begin_with(&mut self, rate: f64) {
        self.rate = rate.clamp(self.bounds.0, self.bounds.1);
    }

    /// What was learnt of the path is forgotten, but for the rate.
    pub(super) fn begin_anew(&mut self) {
        *self = Self::new(self.rate, self.bounds);
    }

    /// The path is known to carry so much.
    pub(super) fn raise_to(&mut self, rate: f64) {
        if rate > self.rate {
            self.full = None;
            self.rate = rate.min(self.bounds.1);
        }
    }

    /// The first train has met the bottleneck, which lets through so much.
    pub(super) fn become_known(&mut self, rate: f64, now: Duration) {
        self.rate = rate.clamp(self.bounds.0, self.bounds.1);
        self.last_full = Some(now);
    }

    /// A queue stands that does not grow: a little less lets it empty.
    pub(super) fn drain(&mut self, now: Duration) {
        self.rate = (DRAIN * self.rate).max(self.bounds.0);
        self.last_drained = Some(now);
    }

    /// What was drained so many times was no queue. What else has lowered the rate since then stays.
    pub(super) fn undrain(&mut self, from: f64, times: i32) {
        self.raise_to(from.min(self.rate / DRAIN.powi(times)));
        self.last_drained = None;
    }

    /// Takes how the path is used, and what arrives, in bits a second.
    pub(super) fn update(&mut self, usage: Usage, arriving: Option<f64>, now: Duration) {
        let since = self.updated.replace(now).map_or(Duration::ZERO, |then| now.saturating_sub(then));
        match usage {
            Usage::Over => self.back_off(arriving, now),
            // What was queued must go first; then the rate grows again from where it is.
            Usage::Under => self.is_emptying = true,
            Usage::Normal => {
                self.is_emptying = false;
                self.grow(arriving, since, now);
            }
        }
        self.rate = self.rate.clamp(self.bounds.0, self.bounds.1);
    }

    /// Much is lost: the rate is lowered by half of that.
    pub(super) fn lower_for_loss(&mut self, loss: f64, now: Duration) {
        self.rate = (self.rate * (1.0 - 0.5 * loss)).clamp(self.bounds.0, self.bounds.1);
        self.last_full = Some(now);
    }

    /// Beside something that only loss slows down: up until something is lost, as it does, and then down by less.
    pub(super) fn compete(&mut self, loss: f64, arriving: Option<f64>, now: Duration) {
        let since = self.updated.replace(now).map_or(Duration::ZERO, |then| now.saturating_sub(then));
        let is_heard = self.last_full.is_none_or(|then| now.saturating_sub(then) > LOSS_RESPONSE);
        if loss > RIVALS_LOSS && is_heard {
            self.rate *= RIVALS_BACK_OFF;
            self.last_full = Some(now);
        } else {
            let grown = self.rate * RIVALS_GROWTH.powf(since.as_secs_f64().min(1.0));
            let most = arriving.map_or(self.rate, |arriving| AHEAD * arriving + 10_000.0);
            self.rate = self.rate.max(grown.min(most));
        }
        self.rate = self.rate.clamp(self.bounds.0, self.bounds.1);
    }

    fn back_off(&mut self, arriving: Option<f64>, now: Duration) {
        // One answer to one queue: the next can be seen a response later only.
        if self.last_full.is_some_and(|then| now.saturating_sub(then) < RESPONSE) {
            return;
        }
        let arriving = arriving.unwrap_or(self.rate);
        self.rate = self.rate.min(BACK_OFF * arriving);
        self.full = Some(match self.full {
            Some((mean, variance)) if (arriving - mean).abs() <= 3.0 * (variance * mean).sqrt() => {
                let off = arriving - mean;
                let variance = 0.95 * variance + 0.05 * off * off / mean.max(1.0);
                (mean + 0.05 * off, variance.clamp(400.0, 2500.0))
            }
            _ => (arriving, 400.0),
        });
        self.last_full = Some(now);
    }

    fn grow(&mut self, arriving: Option<f64>, since: Duration, now: Duration) {
        let seconds = since.as_secs_f64().min(1.0);
        let grown = if self.is_near_full(arriving) {
            self.rate + seconds * (PACKET_BITS / RESPONSE.as_secs_f64()).min(MOST_GROWTH * self.rate)
        } else {
            let is_fast =
                self.last_full.max(self.last_drained).is_none_or(|then| now.saturating_sub(then) > QUIET_BEFORE_FAST);
            let growth: f64 = if is_fast { FIRST_GROWTH } else { GROWTH };
            self.rate * growth.powf(seconds)
        };
        // An application that sends less than it may says nothing of the path.
        let most = arriving.map_or(self.rate, |arriving| AHEAD * arriving + 10_000.0);
        self.rate = self.rate.max(grown.min(most));
    }

    fn is_near_full(&mut self, arriving: Option<f64>) -> bool {
        let Some(((mean, variance), arriving)) = self.full.zip(arriving) else { return false };
        if arriving > mean + 3.0 * (variance * mean).sqrt() {
            self.full = None; // the path carries more than it did
            return false;
        }
        arriving > mean - 3.0 * (variance * mean).sqrt()
    }
}
