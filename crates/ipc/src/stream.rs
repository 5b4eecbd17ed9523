//! Which pictures come over a feed.

use carillon_protocol::MAX_LEGS_EVER;

/// How many seats a group call has for pictures: as many as it ever has parts.
pub const SEATS: u8 = MAX_LEGS_EVER as u8;

const _: () = assert!(Stream::COUNT < u8::MAX, "each stream has a number");

const THEIR_CAMERA: u8 = 0;
const THEIR_SCREEN: u8 = 1;
const OWN_CAMERA: u8 = 2;
const OWN_SCREEN: u8 = 3;
/// From here on each seat has two.
const FIRST_SEAT: u8 = 4;

/// Which pictures they are: whose, and of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// The camera of the other end of a call of two.
    TheirCamera,
    /// Its screen.
    TheirScreen,
    /// This device's camera.
    OwnCamera,
    /// This device's screen.
    OwnScreen,
    /// The camera of whoever has this seat in a group call.
    Camera(u8),
    /// Their screen.
    Screen(u8),
}

impl Stream {
    /// One more than the largest number.
    pub const COUNT: u8 = FIRST_SEAT + 2 * SEATS;

    /// The number that app and window know it by.
    pub const fn number(self) -> u8 {
        match self {
            Self::TheirCamera => THEIR_CAMERA,
            Self::TheirScreen => THEIR_SCREEN,
            Self::OwnCamera => OWN_CAMERA,
            Self::OwnScreen => OWN_SCREEN,
            Self::Camera(seat) => FIRST_SEAT + 2 * (seat % SEATS),
            Self::Screen(seat) => FIRST_SEAT + 2 * (seat % SEATS) + 1,
        }
    }

    /// The one with this number; `None`: there is none.
    pub const fn by_number(number: u8) -> Option<Self> {
        Some(match number {
            THEIR_CAMERA => Self::TheirCamera,
            THEIR_SCREEN => Self::TheirScreen,
            OWN_CAMERA => Self::OwnCamera,
            OWN_SCREEN => Self::OwnScreen,
            Self::COUNT.. => return None,
            of_seat if of_seat.is_multiple_of(2) => Self::Camera((of_seat - FIRST_SEAT) / 2),
            of_seat => Self::Screen((of_seat - FIRST_SEAT) / 2),
        })
    }

    /// Whether there is text on it, of which nothing may be cut off.
    pub const fn is_screen(self) -> bool {
        matches!(self, Self::TheirScreen | Self::OwnScreen | Self::Screen(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_painter_knows_as_many_streams() {
        let painter = include_str!("../../../ui/painter/frames.js");

        assert!(painter.contains(&format!("const STREAMS = {FIRST_SEAT} + 2 * {SEATS};")));
    }

    #[test]
    fn a_stream_is_known_by_its_number() {
        for number in 0..Stream::COUNT {
            assert_eq!(Stream::by_number(number).map(Stream::number), Some(number));
        }
        assert_eq!(Stream::by_number(Stream::COUNT), None);
        assert_eq!((Stream::Camera(0).number(), Stream::Screen(SEATS - 1).number()), (4, Stream::COUNT - 1));
    }
}
