//! The bells: ringing, ringback, the sound test and the end of a call, all made of numbers.

mod player;
mod synth;

pub use player::BellPlayer;

/// What can be rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bell {
    /// An incoming call: a carillon's phrase, again and again.
    Ring,
    /// The other side is ringing: two soft strokes, again and again.
    Ringback,
    /// The sound test: three strokes, once.
    Test,
    /// The call is over: two falling strokes, once.
    End,
}

impl Bell {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ring, Self::Ringback, Self::Test, Self::End];

    /// Whether it begins again when it has ended.
    #[must_use]
    pub fn repeats(self) -> bool {
        matches!(self, Self::Ring | Self::Ringback)
    }

    /// The sound itself, 48 kHz mono; one that repeats fits its own beginning without a seam.
    #[must_use]
    pub fn render(self) -> Vec<f32> {
        synth::render(self)
    }
}
