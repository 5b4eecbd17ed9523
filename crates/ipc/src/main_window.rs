//! The main window: sign in, people, recent calls.

use carillon_protocol::{CallKind, Chat, Direction, EndReason, UserId};
use serde::{Deserialize, Serialize};

use crate::{
    ChatRequest, ChatView, GroupRequest, GroupView, MeView, MemberView, Notice, OwnPresence, PeopleRequest, PersonView,
    RingAnswer, RingState, WindowBase, ZoomStep,
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
    /// Show people, groups and rooms whose name contains this.
    Search {
        /// As typed; empty: contacts and one's own groups.
        query: String,
    },
    /// Look at a conversation.
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
    /// Call a person.
    Call {
        /// Who.
        user: UserId,
        /// Voice or video.
        kind: CallKind,
    },
    /// Call the person whom a link named, or do not.
    Link(LinkAnswer),
    /// Make everything in the windows larger or smaller.
    Zoom {
        /// Which.
        step: ZoomStep,
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
            Self::SignIn(_) => "SignIn",
            Self::SignOut => "SignOut",
            Self::SetPresence { .. } => "SetPresence",
            Self::Search { .. } => "Search",
            Self::Select { .. } => "Select",
            Self::People(request) => return request.fmt(f),
            Self::Chat(request) => return request.fmt(f),
            Self::Group(request) => return request.fmt(f),
            Self::Ring(answer) => return answer.fmt(f),
            Self::Call { .. } => "Call",
            Self::Link(answer) => return answer.fmt(f),
            Self::Zoom { .. } => "Zoom",
            Self::SeenMissed => "SeenMissed",
            Self::DismissNotice => "DismissNotice",
            Self::OpenSettings => "OpenSettings",
            Self::ShowCall => "ShowCall",
            Self::TakeBack => "TakeBack",
            Self::Quit => "Quit",
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
    /// What is searched for.
    pub query: String,
    /// Contacts and people with whom this user has a conversation, as searched; by name, not by presence.
    pub people: Vec<PersonView>,
    /// Who waits for an answer to *be my contact?*
    pub requests: Vec<PersonView>,
    /// People who are no contacts: as searched; all people while there are no contacts.
    pub found: Vec<PersonView>,
    /// This user's groups and rooms, as searched.
    pub groups: Vec<GroupView>,
    /// Rooms that this user is not in, as searched.
    pub rooms: Vec<GroupView>,
    /// Whether people are still being fetched for the first time.
    pub loading: bool,
    /// What the right side shows.
    pub page: PageView,
    /// Latest calls, newest first.
    pub recent: Vec<RecentView>,
    /// How many missed calls have not been seen.
    pub missed: u32,
    /// Whether there is a live call, and so no other can begin.
    pub in_call: bool,
    /// Whom a link asks to call: the user is asked first.
    #[serde(default)]
    pub link_call: Option<PersonView>,
    /// What rings.
    #[serde(default)]
    pub ring: Option<RingState>,
    /// Something to tell.
    pub notice: Option<Notice>,
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
