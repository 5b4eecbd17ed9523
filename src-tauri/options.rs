//! The command line.

use std::{fmt, path::PathBuf, str::FromStr};

use carillon_kit::media::{Camera, PictureSize, Screen};
use clap::{Parser, ValueEnum};

/// How the app is started. No secret is ever an argument: other users of the machine can read those.
#[derive(Debug, Clone, Parser)]
#[command(name = "carillon-desktop", version, about = "Calling that a team hosts itself")]
pub struct Options {
    /// Its own data folder, secrets, window state and running instance.
    #[arg(long, value_name = "NAME", default_value = Profile::DEFAULT)]
    pub profile: Profile,
    /// Where the profile's data are, instead of the system's usual place.
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// The server that the sign-in page begins with.
    #[arg(long, value_name = "ADDRESS")]
    pub server: Option<String>,
    /// A sign-in made by another program, as JSON; the file is deleted once it has been read.
    #[arg(long, value_name = "FILE")]
    pub login_from: Option<PathBuf>,
    /// Where the sign-in is kept.
    #[arg(long, value_enum, default_value_t = SecretsIn::Keychain)]
    pub secrets: SecretsIn,
    /// A WAV file that stands for the microphone.
    #[arg(long, value_name = "FILE")]
    pub fake_mic: Option<PathBuf>,
    /// A WAV file that stands for the speaker.
    #[arg(long, value_name = "FILE")]
    pub fake_speaker: Option<PathBuf>,
    /// What stands for the camera: `pattern`, `pattern:640x360`, `pattern:640x360@15`, or a Y4M file.
    #[arg(long, value_name = "PATTERN or Y4M")]
    pub fake_camera: Option<StandIn>,
    /// One more screen that can be shared, likewise.
    #[arg(long, value_name = "PATTERN or Y4M")]
    pub fake_screen: Option<StandIn>,
    /// Start in the tray, if there is one.
    #[arg(long)]
    pub hidden: bool,
}

/// Where the sign-in is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SecretsIn {
    /// The system's keychain.
    Keychain,
    /// A file that only this user can read.
    File,
}

/// What stands for a camera or a screen.
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

/// Why nothing can stand for a camera.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a pattern is written as pattern:640x360@15; sides are even and from 16 to 4096, rates from 1 to 60")]
pub struct BadPattern;

impl StandIn {
    const PATTERN: &str = "pattern";
    const DEFAULT_SIZE: &str = "1280x720";
    const DEFAULT_RATE: u32 = 30;

    /// As a camera.
    pub fn camera(self) -> Camera {
        match self {
            Self::Pattern { size, frame_rate } => Camera::Pattern { size, frame_rate },
            Self::Y4m(path) => Camera::Y4m(path),
        }
    }

    /// As a screen.
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

/// A profile's name: lower-case letters, digits, `-` and `_`, at most 32 of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile(String);

/// Why a profile cannot have this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a profile's name has 1 to 32 lower-case letters, digits, '-' and '_'")]
pub struct BadProfile;

impl Profile {
    /// The profile if none is asked for.
    pub const DEFAULT: &str = "default";
    const MAX_CHARS: usize = 32;

    /// The application's identifier under this profile, which sets apart its folders, its keychain entry and its instance.
    pub fn identifier(&self, base: &str) -> String {
        if self.0 == Self::DEFAULT { base.to_owned() } else { format!("{base}.profile_{}", self.0) }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

impl FromStr for Profile {
    type Err = BadProfile;

    fn from_str(text: &str) -> Result<Self, BadProfile> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if text.is_empty() || text.len() > Self::MAX_CHARS || !text.chars().all(allowed) {
            return Err(BadProfile);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_profile_is_an_application_of_its_own() {
        let of = |name: &str| name.parse::<Profile>().map(|profile| profile.identifier("org.example"));

        assert_eq!(of("default"), Ok("org.example".to_owned()));
        assert_eq!(of("bob-2"), Ok("org.example.profile_bob-2".to_owned()));
        for bad in ["", "Bob", "a/b", "..", "a.b", &"a".repeat(33)] {
            assert_eq!(of(bad), Err(BadProfile), "{bad:?}");
        }
    }

    #[test]
    fn a_pattern_or_a_file_stands_for_a_camera() {
        let of = |text: &str| text.parse::<StandIn>();
        let pattern = |width, height, frame_rate| {
            Ok(StandIn::Pattern { size: PictureSize::new(width, height).expect("a size"), frame_rate })
        };

        assert_eq!(of("pattern"), pattern(1280, 720, 30));
        assert_eq!(of("pattern:640x360"), pattern(640, 360, 30));
        assert_eq!(of("pattern:640x360@15"), pattern(640, 360, 15));
        assert_eq!(of("C:/clips/talk.y4m"), Ok(StandIn::Y4m("C:/clips/talk.y4m".into())));
        for bad in ["pattern:", "pattern:640", "pattern:641x360", "pattern:640x360@0", "pattern:8x8", "pattern:1x2@x"] {
            assert_eq!(of(bad), Err(BadPattern), "{bad}");
        }
    }

    #[test]
    fn a_plain_start_uses_the_keychain_and_shows_a_window() {
        let options = Options::parse_from(["carillon-desktop"]);

        assert_eq!(options.secrets, SecretsIn::Keychain);
        assert!(!options.hidden && options.login_from.is_none() && options.fake_mic.is_none());
    }
}
