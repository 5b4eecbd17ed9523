//! The main window: sign in, the list of conversations, one of them on show.

use carillon_protocol::{CallKind, Chat, Direction, EndReason, UserId};
use serde::{Deserialize, Serialize};

use crate::{
    CallState, ChatRequest, ChatView, GroupRequest, GroupView, ListRequest, ListView, MeView, MemberView, Notice,
    OwnPresence, PeopleRequest, PersonView, QuitAnswer, RingAnswer, RingState, TriedAnswer, TriedView, WindowBase,
    ZoomStep,
};

/// What the main window may ask.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MainRequest {
    /// The window has rendered its first view and may be shown.
    Ready,
    /// Sign in, or make an account.
    SignIn(SignInForm),
    /// Forget the sign-in on this device.
    SignOut,
    /// Be this for others.
    SetPresence {
        /// What.
        presence: OwnPresence,
    },
    /// Show people, groups and rooms whose name contains this, and conversations whose latest words do.
    Search {
        /// As typed; empty: all conversations.
        query: String,
    },
    /// Something about the list.
    List(ListRequest),
    /// Look at a conversation. What was searched for is done with.
    Select {
        /// Which; `None`: none.
        chat: Option<Chat>,
    },
    /// Something about a person.
    People(PeopleRequest),
    /// Something about messages.
    Chat(ChatRequest),
    /// Something about a group or a chat room.
    Group(GroupRequest),
    /// Do something about what rings.
    Ring(RingAnswer),
    /// Do something about who called during the call there is.
    Tried(TriedAnswer),
    /// Call a person. During a call the window asks whether to end that one first.
    Call {
        /// Who.
        user: UserId,
        /// Voice or video.
        kind: CallKind,
    },
    /// End the call there is and begin the one that was asked for (`true`), or go on with it (`false`).
    Switch {
        /// Which.
        go: bool,
    },
    /// Send nothing of the microphone in the call there is (`true`), or send it again.
    SetMuted {
        /// Which.
        muted: bool,
    },
    /// End the call there is.
    HangUp,
    /// Call the person whom a link named, or do not.
    Link(LinkAnswer),
    /// Make everything in the windows larger or smaller.
    Zoom {
        /// Which.
        step: ZoomStep,
    },
    /// Put the notice away.
    DismissNotice,
    /// Open, or raise, the settings window.
    OpenSettings,
    /// Raise the call window.
    ShowCall,
    /// Start when the user logs in, or do not offer it again.
    SetAutostart {
        /// Which.
        on: bool,
    },
    /// Use this device here, and not where it was opened last.
    TakeBack,
    /// About the end of the program.
    Quit(QuitAnswer),
}

impl std::fmt::Debug for MainRequest {
    /// Without what was typed: there are passwords among it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ready => "Ready",
            Self::SignIn(_) => "SignIn",
            Self::SignOut => "SignOut",
            Self::SetPresence { .. } => "SetPresence",
            Self::Search { .. } => "Search",
            Self::List(request) => return request.fmt(f),
            Self::Select { .. } => "Select",
            Self::People(request) => return request.fmt(f),
            Self::Chat(request) => return request.fmt(f),
            Self::Group(request) => return request.fmt(f),
            Self::Ring(answer) => return answer.fmt(f),
            Self::Tried(answer) => return answer.fmt(f),
            Self::Call { .. } => "Call",
            Self::Switch { .. } => "Switch",
            Self::SetMuted { .. } => "SetMuted",
            Self::HangUp => "HangUp",
            Self::Link(answer) => return answer.fmt(f),
            Self::Zoom { .. } => "Zoom",
            Self::DismissNotice => "DismissNotice",
            Self::OpenSettings => "OpenSettings",
            Self::ShowCall => "ShowCall",
            Self::SetAutostart { .. } => "SetAutostart",
            Self::TakeBack => "TakeBack",
            Self::Quit(answer) => return answer.fmt(f),
        })
    }
}

/// What the user says to a link that asks to call somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum LinkAnswer {
    /// Call them.
    Call {
        /// Whom the question named.
        user: UserId,
        /// Voice or video.
        kind: CallKind,
    },
    /// Do not.
    Cancel,
}

/// The form of the sign-in page, as typed.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SignInForm {
    /// Make an account: only then `invite` and `display_name` count.
    pub registering: bool,
    /// `https://…`, or a bare host name.
    pub server: String,
    /// The invite to the server.
    pub invite: String,
    /// The account's name.
    pub user: String,
    /// What others see; empty: the account's name.
    pub display_name: String,
    /// The password.
    pub password: String,
    /// Keep the sign-in in a file that only this user can read, because the system has no keychain.
    pub keep_in_file: bool,
    /// Go on although the address is plain http and not this machine.
    pub allow_insecure: bool,
}

/// All that the main window shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MainView {
    /// Theme and language.
    pub base: WindowBase,
    /// `Some` while no user is signed in: the sign-in page.
    pub sign_in: Option<SignInView>,
    /// Who is signed in.
    pub me: Option<MeView>,
    /// How the link is.
    pub link: LinkView,
    /// The left side.
    pub list: ListView,
    /// Contacts, by name, while the page lets the user choose among them.
    pub people: Vec<PersonView>,
    /// Whether people are still being fetched for the first time.
    pub loading: bool,
    /// What the right side shows.
    pub page: PageView,
    /// How many missed calls have not been seen.
    pub missed: u32,
    /// The live call, wherever its window is.
    #[serde(default)]
    pub call: Option<CallBarView>,
    /// The question whether to end that call for another.
    #[serde(default)]
    pub switch: Option<SwitchView>,
    /// Who called during the call there is.
    #[serde(default)]
    pub tried: Option<TriedView>,
    /// Whom a link asks to call: the user is asked first.
    #[serde(default)]
    pub link_call: Option<PersonView>,
    /// What rings.
    #[serde(default)]
    pub ring: Option<RingState>,
    /// Whether to offer that the program starts when the user logs in.
    #[serde(default)]
    pub offers_autostart: bool,
    /// Something to tell.
    pub notice: Option<Notice>,
}

/// The live call, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBarView {
    /// The other end's name, or the group's; empty: several people without a group.
    pub name: String,
    /// How far it is.
    pub state: CallState,
    /// Whether this device sends nothing of its microphone.
    pub muted: bool,
    /// Whether it is a group call.
    pub group: bool,
}

/// The question whether to end the call there is for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchView {
    /// Who is called next: a person's name, or a group's.
    pub to: String,
    /// With voice or video.
    pub kind: CallKind,
}

/// The right side.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "page", rename_all = "snake_case")]
pub enum PageView {
    /// No conversation is chosen.
    #[default]
    Nobody,
    /// A conversation of two.
    Person {
        /// With whom.
        person: PersonView,
        /// What was said, and called.
        chat: ChatView,
    },
    /// A group or a chat room.
    Group {
        /// Which.
        group: GroupView,
        /// Who is in it, as far as that is known.
        members: Vec<MemberView>,
        /// What was said, and called.
        chat: ChatView,
    },
    /// The people who would like to be contacts.
    Requests {
        /// By name.
        people: Vec<PersonView>,
    },
    /// The page that makes a group.
    NewGroup {
        /// Whether one is being made.
        busy: bool,
    },
}

/// The sign-in page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SignInView {
    /// The server's address as last used.
    pub server: String,
    /// The name as last used.
    pub user: String,
    /// The invite that a link brought; the page makes an account with it.
    #[serde(default)]
    pub invite: String,
    /// How many links have filled the page in, so that one that comes later does so too.
    #[serde(default)]
    pub links: u32,
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
    /// The group that was called, if one was; empty: several people without a group.
    #[serde(default)]
    pub group: Option<CalledGroupView>,
    /// How it ended; `None`: it has not, or that is not known.
    pub reason: Option<EndReason>,
    /// Whether it should be called back.
    pub missed: bool,
    /// When it began, in milliseconds since the Unix epoch; the window says it in local time.
    pub at_ms: u64,
    /// How long they talked, in milliseconds; 0: it was never answered.
    pub duration_ms: u64,
}

/// The group of a group call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalledGroupView {
    /// Where it can be looked at; `None`: several people without a group.
    pub chat: Option<Chat>,
    /// What is shown.
    pub name: String,
}

impl RecentView {
    /// The conversation that the call belongs to.
    pub fn chat(&self) -> Chat {
        let group = self.group.as_ref().and_then(|group| group.chat.clone());
        group.unwrap_or_else(|| Chat::User { user: self.with.user.clone() })
    }
}
