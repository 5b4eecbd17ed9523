//! The command line.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};

/// A headless device: calls and takes calls without a window, with sound devices or WAV files.
#[derive(Debug, Parser)]
#[command(name = "carillon", version, args_override_self = true, after_help = crate::exit::HELP)]
pub(crate) struct Cli {
    /// The server's address; without a scheme it means https
    #[arg(long, env = "CARILLON_SERVER", value_name = "URL")]
    pub(crate) server: String,
    /// The account's name
    #[arg(long, env = "CARILLON_USER", value_name = "USER")]
    pub(crate) user: String,
    /// What to call this device; the same name is the same device again
    #[arg(long, value_name = "NAME", default_value = "cli")]
    pub(crate) device: String,
    /// A file whose first line is the password [default: the variable CARILLON_PASSWORD]
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Go on although the address is plain http and not this machine
    #[arg(long)]
    pub(crate) allow_insecure: bool,
    /// Where device ids are kept [default: carillon in the user's state folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// One JSON object a line, for programs
    #[arg(long)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Call somebody, talk, and hang up
    Call(Call),
    /// Wait for calls
    Listen(Listen),
    /// Make an account
    Register(Register),
}

#[derive(Debug, Args)]
pub(crate) struct Call {
    /// Whom to call
    #[arg(value_name = "USER")]
    pub(crate) to: carillon_protocol::UserId,
    /// The invitation's text
    #[arg(long, default_value = "")]
    pub(crate) message: String,
    /// How long to ring: 15s to 90s [default: as the server has it]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) ring: Option<Duration>,
    #[command(flatten)]
    pub(crate) sound: Sound,
}

#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// Accept a call after it has rung for so long
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with_all = ["decline_after", "silent"])]
    pub(crate) accept_after: Option<Duration>,
    /// Decline a call after it has rung for so long
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "silent")]
    pub(crate) decline_after: Option<Duration>,
    /// Do not ring; the user's other devices do
    #[arg(long)]
    pub(crate) silent: bool,
    /// End after the first call, with its exit code
    #[arg(long)]
    pub(crate) once: bool,
    /// End if no call has come after so long
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) within: Option<Duration>,
    #[command(flatten)]
    pub(crate) sound: Sound,
}

#[derive(Debug, Args)]
pub(crate) struct Sound {
    /// Play this WAV file into the call, over and over, instead of the microphone
    #[arg(long, value_name = "WAV")]
    pub(crate) fake_mic: Option<PathBuf>,
    /// Write what is heard to this WAV file instead of the speaker
    #[arg(long, value_name = "WAV")]
    pub(crate) fake_speaker: Option<PathBuf>,
    /// Hang up after talking for so long, as 10s, 1.5s, 500ms or 2m
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    pub(crate) talk_for: Option<Duration>,
    /// Switch echo cancellation, noise suppression and gain control off
    #[arg(long)]
    pub(crate) no_processing: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Register {
    /// The invite that the server printed, or that somebody passed on
    #[arg(long, env = "CARILLON_INVITE", value_name = "CODE")]
    pub(crate) invite: String,
    /// What others see [default: the account's name]
    #[arg(long, default_value = "")]
    pub(crate) display_name: String,
}

fn time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time: write 10s, 1.5s, 500ms or 2m");
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(unit_at);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times_have_a_unit() {
        assert_eq!(time("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(time("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(time("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["10", "s", "", "-1s", "1 week", "infs"] {
            assert!(time(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_password_is_no_argument() {
        let line = ["carillon", "--server", "x", "--user", "u", "--password", "secret", "listen"];
        assert!(Cli::try_parse_from(line).is_err());
    }
}
