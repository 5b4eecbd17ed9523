//! The command line.

use std::{ffi::OsString, fmt, path::PathBuf, str::FromStr};

use carillon_kit::media::StandIn;
use clap::{Parser, ValueEnum, error::ErrorKind};

/// What our links begin with, in whichever case.
const SCHEME: &str = "carillon:";
/// Longer ones are not ours: a server's address and an invite take less.
const LONGEST_LINK: usize = 2048;

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
    /// A link that the system was asked to open; nothing, if it was started without one.
    #[arg(long, value_name = "LINK", num_args = 0..=1, default_missing_value = "")]
    pub open_link: Option<String>,
    /// End the instance that runs, as installers do before they replace it.
    #[arg(long)]
    pub quit: bool,
}

impl Options {
    /// What the arguments say, the program's name first. The system hands a link over as `--open-link LINK` and nothing else. A link is
    /// written by anybody, and may be made so that more arguments come out of it: where anything follows, nothing is believed.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_args<A: Into<OsString>>(args: impl IntoIterator<Item = A>) -> Result<Self, clap::Error> {
        let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
        let by_system = args.get(1).is_some_and(|first| first.to_string_lossy().starts_with("--open-link"));
        if by_system && args.len() > 3 {
            return Err(clap::Error::raw(ErrorKind::TooManyValues, "nothing may follow a link\n"));
        }
        Self::try_parse_from(args)
    }

    /// The link to open, if it is one of ours.
    pub fn link(&self) -> Option<&str> {
        self.open_link.as_deref().filter(|link| is_ours(link))
    }
}

/// Whether a link can be one of ours.
pub(crate) fn is_ours(link: &str) -> bool {
    link.len() <= LONGEST_LINK && link.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
}

/// Where the sign-in is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SecretsIn {
    /// The system's keychain.
    Keychain,
    /// A file that only this user can read.
    File,
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
    fn a_plain_start_uses_the_keychain_and_shows_a_window() {
        let options = Options::parse_from(["carillon-desktop"]);

        assert_eq!(options.secrets, SecretsIn::Keychain);
        assert!(!options.hidden && options.login_from.is_none() && options.fake_mic.is_none());
    }

    #[test]
    fn a_link_is_taken_as_the_system_hands_it_over() {
        let link = |args: &[&str]| Options::from_args(args).ok().and_then(|options| options.link().map(str::to_owned));
        let join = "carillon://join?server=calls.example.org&invite=ABCD";

        assert_eq!(link(&["carillon-desktop", "--open-link", join]).as_deref(), Some(join));
        assert_eq!(link(&["carillon-desktop", "--profile", "bob", "--open-link", join]).as_deref(), Some(join));
        assert_eq!(
            link(&["carillon-desktop", "--open-link", "CARILLON:call/ada"]).as_deref(),
            Some("CARILLON:call/ada")
        );
        assert_eq!(link(&["carillon-desktop", "--open-link"]), None, "a desktop's menu starts it without one");
        assert_eq!(link(&["carillon-desktop", "--open-link", "https://example.org"]), None);
        assert_eq!(link(&["carillon-desktop", "--open-link", &format!("carillon:{}", "a".repeat(2048))]), None);
    }

    #[test]
    fn nothing_beside_a_link_of_the_systems_is_believed() {
        let split = ["carillon-desktop", "--open-link", "carillon:", "--login-from=//elsewhere/login.json"];

        assert!(Options::from_args(split).is_err());
        assert!(Options::from_args(["carillon-desktop", "--open-link=carillon:", "--secrets", "file"]).is_err());
    }
}
