//! The one shape in which sound moves inside this crate: 10 ms, mono, 48 kHz, `f32` in `-1.0..=1.0`.

/// Samples per second, everywhere inside.
pub const SAMPLE_RATE: u32 = 48_000;

/// Samples of one 10 ms frame: what sound processing and the jitter buffer work on.
pub const FRAME: usize = 480;

/// Samples of one packet: 20 ms.
pub(crate) const PACKET: usize = 2 * FRAME;

/// One frame of sound.
pub type Frame = [f32; FRAME];

/// Nothing to hear.
pub(crate) const SILENCE: Frame = [0.0; FRAME];

/// The level of digital silence, and the lowest that is ever reported.
pub const SILENCE_DBOV: f32 = -96.0;

/// The level of `samples` in dB relative to full scale (RMS), `-96.0` for silence.
#[must_use]
pub fn level_dbov(samples: &[f32]) -> f32 {
    if samples.is_empty() {
        return SILENCE_DBOV;
    }
    let mean_square = samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
    (10.0 * mean_square.max(1e-12).log10()).max(SILENCE_DBOV)
}
