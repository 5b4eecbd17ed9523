//! The bells: ringing, ringback, the sound test and the end of a call, all made of numbers.

mod player;
mod synth;

pub use player::BellPlayer;

/// What can be rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bell {
    /// An incoming call: a phrase, again and again.
    Ring(Ringtone),
    /// The other side is ringing: two soft strokes, again and again.
    Ringback,
    /// The sound test: three strokes, once.
    Test,
    /// The call is over: two falling strokes, once.
    End,
}

/// What an incoming call can sound like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ringtone {
    /// A carillon's phrase of seven strokes.
    #[default]
    Carillon,
    /// Four bells that fall and rise, as a clock's.
    Chimes,
    /// Small bells, close to each other.
    Handbells,
    /// One large bell, slowly.
    Tower,
}

impl Ringtone {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Carillon, Self::Chimes, Self::Handbells, Self::Tower];
}

impl Bell {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Ring(Ringtone::Carillon),
        Self::Ring(Ringtone::Chimes),
        Self::Ring(Ringtone::Handbells),
        Self::Ring(Ringtone::Tower),
        Self::Ringback,
        Self::Test,
        Self::End,
    ];

    /// Whether it begins again when it has ended.
    #[must_use]
    pub fn repeats(self) -> bool {
        matches!(self, Self::Ring(_) | Self::Ringback)
    }

    /// The sound itself, 48 kHz mono; one that repeats fits its own beginning without a seam.
    #[must_use]
    pub fn render(self) -> Vec<f32> {
        synth::render(self)
    }
}
