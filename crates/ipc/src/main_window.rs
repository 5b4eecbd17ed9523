//! The main window: sign in, people, recent calls.

use carillon_protocol::{CallKind, Direction, EndReason, Presence, UserId};
use serde::{Deserialize, Serialize};

use crate::{Notice, WindowBase};

/// What the main window may ask.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MainRequest {
    /// The window has rendered its first view and may be shown.
    Ready,
    /// Sign in with an account that exists.
    SignIn {
        /// `https://…`, or a bare host name.
        server: String,
        /// As typed.
        user: String,
        /// As typed.
        password: String,
        /// Keep the sign-in in a file that only this user can read, because the system has no keychain.
        keep_in_file: bool,
        /// Go on although the address is plain http and not this machine.
        allow_insecure: bool,
    },
    /// Make an account.
    Register {
        /// `https://…`, or a bare host name.
        server: String,
        /// As typed.
        invite: String,
        /// As typed.
        user: String,
        /// As typed; empty: the user's name.
        display_name: String,
        /// As typed.
        password: String,
        /// As in `SignIn`.
        keep_in_file: bool,
        /// As in `SignIn`.
        allow_insecure: bool,
    },
    /// Forget the sign-in on this device.
    SignOut,
    /// Show people whose name contains this.
    Search {
        /// As typed; empty: everybody.
        query: String,
    },
    /// Look at somebody; their calls are shown.
    Select {
        /// Who; `None`: nobody.
        user: Option<UserId>,
    },
    /// Call somebody.
    Call {
        /// Who.
        user: UserId,
        /// Voice or video.
        kind: CallKind,
    },
    /// Missed calls have been seen.
    SeenMissed,
    /// Put the notice away.
    DismissNotice,
    /// Open, or raise, the settings window.
    OpenSettings,
    /// Raise the call window.
    ShowCall,
    /// Use this device here, and not where it was opened last.
    TakeBack,
    /// End the program.
    Quit,
}

impl std::fmt::Debug for MainRequest {
    /// Without what was typed: there are passwords among it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ready => "Ready",
            Self::SignIn { .. } => "SignIn",
            Self::Register { .. } => "Register",
            Self::SignOut => "SignOut",
            Self::Search { .. } => "Search",
            Self::Select { .. } => "Select",
            Self::Call { .. } => "Call",
            Self::SeenMissed => "SeenMissed",
            Self::DismissNotice => "DismissNotice",
            Self::OpenSettings => "OpenSettings",
            Self::ShowCall => "ShowCall",
            Self::TakeBack => "TakeBack",
            Self::Quit => "Quit",
        })
    }
}

/// All that the main window shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MainView {
    /// Theme and language.
    pub base: WindowBase,
    /// `Some` while nobody is signed in: the sign-in page.
    pub sign_in: Option<SignInView>,
    /// Who is signed in: name and display name.
    pub me: Option<PersonView>,
    /// How the link is.
    pub link: LinkView,
    /// What is searched for.
    pub query: String,
    /// People, as searched; online first, then by name.
    pub people: Vec<PersonView>,
    /// Whether `people` is still being fetched for the first time.
    pub loading: bool,
    /// Who is looked at.
    pub selected: Option<PersonView>,
    /// Latest calls, newest first.
    pub recent: Vec<RecentView>,
    /// How many missed calls have not been seen.
    pub missed: u32,
    /// Whether there is a live call, and so no other can begin.
    pub in_call: bool,
    /// Something to tell.
    pub notice: Option<Notice>,
}

/// The sign-in page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SignInView {
    /// The server's address as last used.
    pub server: String,
    /// The name as last used.
    pub user: String,
    /// Whether a request is under way.
    pub busy: bool,
    /// What went wrong, and beside which field it belongs.
    pub problem: Option<(SignInField, Notice)>,
}

/// A field of the sign-in page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInField {
    /// The server's address.
    Server,
    /// The invite.
    Invite,
    /// The account's name.
    User,
    /// The password.
    Password,
    /// None of them.
    Form,
}

/// How the link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkView {
    /// Up.
    Up,
    /// Down for a moment.
    Reconnecting,
    /// Down for long: people cannot reach this device.
    #[default]
    Down,
    /// The device is open in another place: people reach it there.
    Replaced,
}

/// Somebody in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// The account's name.
    pub user: UserId,
    /// What is shown.
    pub name: String,
    /// Whether they can be reached.
    pub presence: Presence,
}

/// One call in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentView {
    /// The call's id, as a key for the list.
    pub id: String,
    /// With whom.
    pub with: PersonView,
    /// Who called whom.
    pub direction: Direction,
    /// Voice or video.
    pub kind: CallKind,
    /// How it ended.
    pub reason: EndReason,
    /// Whether it should be called back.
    pub missed: bool,
    /// When it began, in milliseconds since the Unix epoch; the window says it in local time.
    pub at_ms: u64,
    /// How long they talked, in milliseconds; 0: it was never answered.
    pub duration_ms: u64,
}
