//! What the receiving side has done, for people and for tests.

/// Counters of the receiving side; samples are at 48 kHz.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct JitterStats {
    /// Packets that came and were of use, or might still be.
    pub received: u64,
    /// Packets that came after their sound was due.
    pub late: u64,
    /// Packets that came more than once.
    pub duplicate: u64,
    /// Packets that were not Opus.
    pub invalid: u64,
    /// Packets that never came, or too late.
    pub lost: u64,
    /// Lost packets that were played from the copy in the next one.
    pub recovered: u64,
    /// Samples invented because nothing was there.
    pub concealed: u64,
    /// Samples of comfort noise in pauses.
    pub comfort: u64,
    /// Samples taken out to catch up.
    pub accelerated: u64,
    /// Samples put in to gain time.
    pub expanded: u64,
    /// Packets left out because far too much had piled up.
    pub skipped: u64,
    /// How much later than the fastest packet sound is played now.
    pub delay_ms: f32,
    /// Where that delay is steered to.
    pub target_ms: f32,
}

impl JitterStats {
    /// Of both together; the delay is the longer one.
    #[must_use]
    pub(crate) fn with(self, other: &Self) -> Self {
        Self {
            received: self.received + other.received,
            late: self.late + other.late,
            duplicate: self.duplicate + other.duplicate,
            invalid: self.invalid + other.invalid,
            lost: self.lost + other.lost,
            recovered: self.recovered + other.recovered,
            concealed: self.concealed + other.concealed,
            comfort: self.comfort + other.comfort,
            accelerated: self.accelerated + other.accelerated,
            expanded: self.expanded + other.expanded,
            skipped: self.skipped + other.skipped,
            delay_ms: self.delay_ms.max(other.delay_ms),
            target_ms: self.target_ms.max(other.target_ms),
        }
    }

    /// Of what is over: its counters stand, and nothing of it waits any more.
    #[must_use]
    pub(crate) fn without_delay(self) -> Self {
        Self { delay_ms: 0.0, target_ms: 0.0, ..self }
    }
}
