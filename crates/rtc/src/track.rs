//! Tracks: what flows over a transport, one way each.

/// Where a track's sound or picture comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// What a microphone hears.
    Microphone,
    /// What a camera sees.
    Camera,
    /// What a screen or a window shows.
    Screen,
    /// What is heard along with a screen.
    ScreenSound,
}

/// What can be done with a track's frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sound,
    Picture,
}

impl Source {
    /// The slots of a session: its first media section is the microphone's, and so on, in both directions.
    pub(crate) const IN_ORDER: [Self; 4] = [Self::Microphone, Self::Camera, Self::Screen, Self::ScreenSound];

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Microphone | Self::ScreenSound => Kind::Sound,
            Self::Camera | Self::Screen => Kind::Picture,
        }
    }
}
