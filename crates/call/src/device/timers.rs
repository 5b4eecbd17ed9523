//! What a device waits for: named slots, each with one deadline at most.

use std::time::{Duration, Instant};

use super::{Device, Phase};

/// How long to wait for media after an answer.
pub const JOIN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait for a new path in a call.
pub const RECONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the two devices may take to reach each other. A user who has answered hears nothing meanwhile.
pub const DIRECT_CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a way from device to device that was lost may take to come back.
pub const DIRECT_RETURN_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a caller waits, past the ring time, for the server to say that no callee answered. The server's sweeper and the way
/// here take their time; a shorter wait would guess, a longer one keeps a user waiting for nothing.
pub const UNANSWERED_GRACE: Duration = Duration::from_secs(3);

/// How long a device that is done with a call waits for the record's word on it. Usually that takes milliseconds; the wait ends
/// what the user sees of a call only when the server is out of reach.
pub const VERDICT_TIMEOUT: Duration = Duration::from_secs(3);

/// What a device waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timer {
    /// The ring stops by itself.
    Ring,
    /// A callee answers this device's call, or the server says that none does.
    Answer,
    /// Media connect after an answer.
    Join,
    /// The path of media comes back.
    Reconnect,
    /// The first connection with the server's forwarder of media is there.
    Connect,
    /// That forwarder may be asked again.
    OfferAgain,
    /// The two devices reach each other, or reach each other again, before their media go through the server.
    FallBack,
    /// The record says how it ended.
    Verdict,
    /// The server may be told what this device publishes.
    Publish,
}

impl Timer {
    const ALL: [Self; 9] = [
        Self::Ring,
        Self::Answer,
        Self::Join,
        Self::Reconnect,
        Self::Connect,
        Self::OfferAgain,
        Self::FallBack,
        Self::Verdict,
        Self::Publish,
    ];
}

/// When a device wants to be woken, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// When to call `handle_timeout`.
    pub at: Instant,
    /// What is waited for until then.
    pub timer: Timer,
}

/// The slots.
#[derive(Debug, Default)]
pub(super) struct Timers([Option<Instant>; Timer::ALL.len()]);

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        self.0[timer as usize] = Some(at);
    }

    pub(super) fn take(&mut self, timer: Timer) -> Option<Instant> {
        self.0[timer as usize].take()
    }

    pub(super) fn at(&self, timer: Timer) -> Option<Instant> {
        self.0[timer as usize]
    }

    fn of_forwarder(&self) -> Self {
        let mut kept = Self::default();
        for timer in [Timer::Connect, Timer::OfferAgain] {
            kept.0[timer as usize] = self.at(timer);
        }
        kept
    }

    pub(super) fn earliest(&self) -> Option<Deadline> {
        let set = Timer::ALL.into_iter().filter_map(|timer| Some(Deadline { at: self.at(timer)?, timer }));
        set.min_by_key(|deadline| deadline.at)
    }
}

impl Device {
    /// Another phase begins: what the last one waited for is of no interest any more, but for a forwarder that the call still has.
    pub(super) fn enter(&mut self, phase: Phase) {
        let goes_on = matches!(phase, Phase::Inviting | Phase::Joining | Phase::Active { .. });
        self.timers = if goes_on { self.timers.of_forwarder() } else { Timers::default() };
        self.phase = phase;
    }

    /// Another phase begins, in which this is waited for.
    pub(super) fn enter_until(&mut self, phase: Phase, timer: Timer, at: Instant) {
        self.enter(phase);
        self.timers.set(timer, at);
    }
}
