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
