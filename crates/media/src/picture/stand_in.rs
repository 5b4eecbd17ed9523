//! What stands in for a camera or a screen, as people type it.

use std::path::PathBuf;
use std::str::FromStr;

use super::input::{Camera, Screen};
use super::picture::PictureSize;

/// What stands in for a camera or a screen: typed as `pattern`, `pattern:640x360`, `pattern:640x360@15`, or a file's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StandIn {
    /// The test pattern.
    Pattern {
        /// How large.
        size: PictureSize,
        /// Pictures a second.
        frame_rate: u32,
    },
    /// A Y4M file, over and over.
    Y4m(PathBuf),
}

/// What begins as a pattern and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a pattern is written as pattern:640x360@15; sides are even and from 16 to 4096, rates from 1 to 60")]
pub struct BadPattern;

impl StandIn {
    const PATTERN: &str = "pattern";
    const DEFAULT_SIZE: &str = "1280x720";
    const DEFAULT_RATE: u32 = 30;

    /// As a camera.
    #[must_use]
    pub fn camera(self) -> Camera {
        match self {
            Self::Pattern { size, frame_rate } => Camera::Pattern { size, frame_rate },
            Self::Y4m(path) => Camera::Y4m(path),
        }
    }

    /// As a screen.
    #[must_use]
    pub fn screen(self) -> Screen {
        match self {
            Self::Pattern { size, frame_rate } => Screen::Pattern { size, frame_rate },
            Self::Y4m(path) => Screen::Y4m(path),
        }
    }
}

impl FromStr for StandIn {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        let shape = match text.split_once(':') {
            Some((Self::PATTERN, shape)) => shape,
            None if text == Self::PATTERN => Self::DEFAULT_SIZE,
            Some(_) | None => return Ok(Self::Y4m(text.into())),
        };
        let (size, rate) = shape.split_once('@').map_or((shape, None), |(size, rate)| (size, Some(rate)));
        let (width, height) = size.split_once('x').ok_or(BadPattern)?;
        let side = |text: &str| text.parse().map_err(|_| BadPattern);
        let size = PictureSize::new(side(width)?, side(height)?).map_err(|_| BadPattern)?;
        let frame_rate = rate.map_or(Ok(Self::DEFAULT_RATE), str::parse).map_err(|_| BadPattern)?;
        if (1..=60).contains(&frame_rate) { Ok(Self::Pattern { size, frame_rate }) } else { Err(BadPattern) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_or_a_file_stands_in_for_a_camera() {
        let of = |text: &str| text.parse::<StandIn>();
        let pattern = |width, height, frame_rate| {
            Ok(StandIn::Pattern { size: PictureSize::new(width, height).expect("a size"), frame_rate })
        };

        assert_eq!(of("pattern"), pattern(1280, 720, 30));
        assert_eq!(of("pattern:640x360"), pattern(640, 360, 30));
        assert_eq!(of("pattern:640x360@15"), pattern(640, 360, 15));
        assert_eq!(of("patterns.y4m"), Ok(StandIn::Y4m("patterns.y4m".into())));
        assert_eq!(of("C:/clips/talk.y4m"), Ok(StandIn::Y4m("C:/clips/talk.y4m".into())));
        for bad in ["pattern:", "pattern:640", "pattern:641x360", "pattern:640x360@0", "pattern:8x8", "pattern:1x2@x"] {
            assert_eq!(of(bad), Err(BadPattern), "{bad}");
        }
    }
}
