//! The command line.

use std::{path::PathBuf, time::Duration};

use carillon_kit::{DeviceId, GroupId, UserId, media::StandIn};
use clap::{Args, Parser, Subcommand};

use crate::in_group::InGroup;

/// A headless device: calls and takes calls without a window, with sound devices or WAV files.
#[derive(Debug, Parser)]
#[command(name = "carillon", version, args_override_self = true, after_help = crate::exit::HELP)]
pub(crate) struct Cli {
    /// The server's address; without a scheme it means https
    #[arg(long, env = "CARILLON_SERVER", value_name = "URL", default_value = "", hide_default_value = true)]
    pub(crate) server: String,
    /// The account's name
    #[arg(long, env = "CARILLON_USER", value_name = "USER", default_value = "", hide_default_value = true)]
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
    /// Where this device's id and key are kept [default: carillon in the user's state folder]
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
    /// Call a user, or several, talk, and hang up
    Call(Call),
    /// Wait for calls
    Listen(Listen),
    /// Make an account
    Register(Register),
    /// Write a message, or change or delete one
    Message(Message),
    /// Read messages
    Messages(Messages),
    /// Groups and chat rooms
    #[command(subcommand)]
    Group(Group),
    /// Save a file of a conversation
    Save(Save),
    /// Whether there are notifications of a conversation, on all of this user's devices
    Mute(Mute),
    /// Whether others learn what this user has read, and this user what they have
    Receipts {
        #[arg(value_parser = ["on", "off"])]
        share: String,
    },
    /// This user's devices
    Devices(Devices),
    /// Contacts, requests for contact, and who is blocked
    Contacts(Contacts),
    /// Cameras of this machine
    Cameras,
    /// Screens and windows of this machine that can be shared
    Screens,
    /// Load a server with group calls, and measure what comes of it
    Load(crate::load::Load),
}

#[derive(Debug, Args)]
pub(crate) struct Call {
    /// Whom to call: one user, or several in a group call; with --group and no user, all its members
    #[arg(value_name = "USER", value_parser = UserId::typed, required_unless_present = "group")]
    pub(crate) to: Vec<UserId>,
    /// Call in this group or chat room
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<GroupId>,
    /// A voice call, which is the default
    #[arg(long)]
    pub(crate) voice: bool,
    /// A video call
    #[arg(long, conflicts_with = "voice")]
    pub(crate) video: bool,
    /// Bring this user into the group call later
    #[arg(long, value_name = "USER", value_parser = UserId::typed, requires = "add_after")]
    pub(crate) add: Vec<UserId>,
    /// When: so long after the call has begun
    #[arg(long, value_name = "TIME", value_parser = time, requires = "add")]
    pub(crate) add_after: Option<Duration>,
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
    #[command(flatten)]
    pub(crate) pictures: Pictures,
    #[command(flatten)]
    pub(crate) in_group: InGroup,
    /// Hang up after talking for so long, as 10s, 1.5s, 500ms or 2m
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    pub(crate) talk_for: Option<Duration>,
    /// Mute the microphone when the media have flowed for so long; the call goes on
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) mute_after: Option<Duration>,
    /// Tell once a second how the media are doing
    #[arg(long)]
    pub(crate) stats: bool,
    /// Switch echo cancellation, noise suppression and gain control off
    #[arg(long)]
    pub(crate) no_processing: bool,
    /// Let calls of two go through the server, so that the other device does not learn this one's address
    #[arg(long)]
    pub(crate) hide_address: bool,
}

#[derive(Debug, Args)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("a_camera").args(["camera", "fake_camera"]).multiple(true))]
pub(crate) struct Pictures {
    /// Show a camera in video calls: the system's first, or the one with this id, as `cameras` lists them
    #[arg(long, value_name = "ID", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) camera: Option<String>,
    /// Show these pictures in a video call, instead of a camera's: a Y4M file, over and over, or a test pattern that counts, as
    /// pattern or pattern:640x360@15
    #[arg(long, value_name = "PATTERN or Y4M", conflicts_with = "camera")]
    pub(crate) fake_camera: Option<StandIn>,
    /// Turn the camera off when the media have flowed for so long; the call goes on
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) camera_off_after: Option<Duration>,
    /// Turn the camera on when the media have flowed for so long: again, or in a voice call
    #[arg(long, value_name = "TIME", value_parser = time, requires = "a_camera")]
    pub(crate) camera_on_after: Option<Duration>,
    /// Share a screen or a window: the first screen, or what has this id, as `screens` lists them
    #[arg(long, value_name = "ID", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) screen: Option<String>,
    /// Share these pictures as a screen; otherwise as --fake-camera
    #[arg(long, value_name = "PATTERN or Y4M", conflicts_with = "screen")]
    pub(crate) fake_screen: Option<StandIn>,
    /// Share with the screen what other programs play
    #[arg(long)]
    pub(crate) screen_sound: bool,
    /// Share this WAV file, over and over, as the screen's sound
    #[arg(long, value_name = "WAV", conflicts_with = "screen_sound")]
    pub(crate) fake_screen_sound: Option<PathBuf>,
    /// Stop sharing after talking for so long
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) screen_for: Option<Duration>,
    /// Write what the other end's camera shows to this Y4M file; in a group call each person's to one of their own, as seen-bob.y4m for
    /// seen.y4m
    #[arg(long, value_name = "Y4M")]
    pub(crate) record_video: Option<PathBuf>,
    /// Write the screen that the other end shares to this Y4M file; otherwise as --record-video
    #[arg(long, value_name = "Y4M")]
    pub(crate) record_screen: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Register {
    /// The invite that the server printed, or that another user passed on; not needed where registration is open
    #[arg(long, env = "CARILLON_INVITE", value_name = "CODE", default_value = "")]
    pub(crate) invite: String,
    /// What others see [default: the account's name]
    #[arg(long, default_value = "")]
    pub(crate) display_name: String,
}

#[derive(Debug, Args)]
#[command(override_usage = "carillon message <USER> <TEXT>...\n       carillon message --group <GROUP> <TEXT>...")]
pub(crate) struct Message {
    /// To this group or chat room, instead of to a user
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<GroupId>,
    /// As an answer to the text at this place of the conversation
    #[arg(long, value_name = "POS", conflicts_with_all = ["edit", "delete", "typing"])]
    pub(crate) reply_to: Option<u64>,
    /// In the place of what this user wrote at this place, within a day
    #[arg(long, value_name = "POS", conflicts_with_all = ["delete", "typing"])]
    pub(crate) edit: Option<u64>,
    /// Delete what this user wrote at this place, within a day
    #[arg(long, value_name = "POS", conflicts_with = "typing")]
    pub(crate) delete: Option<u64>,
    /// Send this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["edit", "delete", "typing"])]
    pub(crate) file: Option<PathBuf>,
    /// Only say that this user is writing
    #[arg(long)]
    pub(crate) typing: bool,
    /// To whom, unless it is to a group, and what to write; the words are joined by spaces
    #[arg(value_name = "USER and TEXT", required_unless_present = "group")]
    pub(crate) words: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Save {
    /// From the conversation with this user
    #[arg(long = "with", value_name = "USER", value_parser = UserId::typed, conflicts_with = "group", required_unless_present = "group")]
    pub(crate) user: Option<UserId>,
    /// From the conversation of this group or chat room
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<GroupId>,
    /// The place of the message that has it
    #[arg(value_name = "POS")]
    pub(crate) pos: u64,
    /// Where to; nothing may be there yet
    #[arg(value_name = "FILE")]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Mute {
    /// The conversation with this user
    #[arg(long = "with", value_name = "USER", value_parser = UserId::typed, conflicts_with = "group", required_unless_present = "group")]
    pub(crate) user: Option<UserId>,
    /// The conversation of this group or chat room
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<GroupId>,
    #[arg(value_parser = ["on", "off"], default_value = "on")]
    pub(crate) muted: String,
}

#[derive(Debug, Args)]
pub(crate) struct Messages {
    /// Only those with this user
    #[arg(long = "with", value_name = "USER", value_parser = UserId::typed, conflicts_with = "group")]
    pub(crate) user: Option<UserId>,
    /// Only those in this group or chat room
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Option<GroupId>,
    /// At most so many
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub(crate) limit: u32,
    /// Mark what was read as read, on all of this user's devices
    #[arg(long)]
    pub(crate) mark_read: bool,
    /// Go on with what is written from now on, until told to stop
    #[arg(long)]
    pub(crate) follow: bool,
    /// End after so many new ones
    #[arg(long, value_name = "COUNT", requires = "follow")]
    pub(crate) count: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Group {
    /// Make a group, or a chat room
    Create {
        /// What to call it
        name: String,
        /// Who else is in it from the start
        #[arg(value_name = "USER", value_parser = UserId::typed)]
        users: Vec<UserId>,
        /// A chat room: any user may enter
        #[arg(long)]
        room: bool,
    },
    /// Groups and chat rooms that this user is in
    List {
        /// All chat rooms by the beginnings of words of their name, entered or not
        #[arg(long, value_name = "QUERY", num_args = 0..=1, default_missing_value = "")]
        rooms: Option<String>,
    },
    /// Who is in a group
    Show { group: GroupId },
    /// Bring contacts into a group, and invite others
    Add {
        group: GroupId,
        #[arg(value_name = "USER", value_parser = UserId::typed, required = true)]
        users: Vec<UserId>,
    },
    /// Take a member out of a group
    Remove {
        group: GroupId,
        #[arg(value_parser = UserId::typed)]
        user: UserId,
    },
    /// Enter a chat room, or a group that this user is invited to
    Join { group: GroupId },
    /// Decline an invitation to a group
    Decline { group: GroupId },
    /// Leave a group or a chat room
    Leave { group: GroupId },
    /// Call a group something else
    Rename { group: GroupId, name: String },
    /// Make a member an admin or a plain member, or hand the group over
    Role {
        group: GroupId,
        #[arg(value_parser = UserId::typed)]
        user: UserId,
        #[arg(value_enum)]
        role: Role,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Role {
    Member,
    Admin,
    Owner,
}

#[derive(Debug, Args)]
pub(crate) struct Devices {
    #[command(subcommand)]
    pub(crate) command: Option<DevicesCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DevicesCommand {
    /// All of them, which is the default
    List,
    /// Call a device something else
    Rename { device: DeviceId, name: String },
    /// Sign a device out
    Revoke { device: DeviceId },
    /// Whether calls ring on a device
    Ring {
        device: DeviceId,
        #[arg(value_parser = ["on", "off"])]
        ring: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Contacts {
    #[command(subcommand)]
    pub(crate) command: Option<ContactsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ContactsCommand {
    /// All of them, which is the default
    List,
    /// Ask a user to be a contact, or agree to it
    Add {
        #[arg(value_parser = UserId::typed)]
        user: UserId,
    },
    /// No longer a contact; or a request refused or taken back
    Remove {
        #[arg(value_parser = UserId::typed)]
        user: UserId,
    },
    /// Take no calls, messages and requests of a user
    Block {
        #[arg(value_parser = UserId::typed)]
        user: UserId,
    },
    /// Take them again
    Unblock {
        #[arg(value_parser = UserId::typed)]
        user: UserId,
    },
}

pub(crate) fn time(text: &str) -> Result<Duration, String> {
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
    fn a_call_is_to_users_or_to_a_group() {
        let parse = |rest: &str| {
            let line = "carillon --server x --user u ".to_owned() + rest;
            Cli::try_parse_from(line.split(' '))
        };

        for good in
            ["call bob", "call bob carol --video", "call --group g1", "call bob --group g1 --add carol --add-after 2s"]
        {
            assert!(parse(good).is_ok(), "{good}");
        }
        for wrong in ["call", "call bob --voice --video", "call bob --add carol", "message"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_id_that_may_be_left_out_takes_no_user_for_one() {
        let line = "carillon --server x --user u call --screen --camera=usb:1 bob";
        let Command::Call(call) = Cli::try_parse_from(line.split(' ')).expect("it is well-formed").command else {
            panic!("{line}");
        };

        assert_eq!(call.to, [UserId::typed("bob").expect("a name")]);
        let Pictures { camera, screen, .. } = call.sound.pictures;
        assert_eq!((camera.as_deref(), screen.as_deref()), (Some("usb:1"), Some("")));
    }

    #[test]
    fn a_password_is_no_argument() {
        let line = ["carillon", "--server", "x", "--user", "u", "--password", "secret", "listen"];
        assert!(Cli::try_parse_from(line).is_err());
    }
}
