//! What the controller needs of the kit, as traits, so that tests can stand in for a server, a network and sound devices.

use std::sync::Arc;

use async_trait::async_trait;
use carillon_ipc::DeviceView;
use carillon_kit::{
    Account, AvatarId, CallEntry, CallEvent, CallId, CallKind, CallScope, CallStatus, ChannelName, Chat, Conversation,
    DeviceEntry, DeviceId, GroupId, GroupInfo, GroupKind, GroupRole, KnownKeys, Levels, LinkState, Login, MediaNotice,
    MediaOptions, Member, Message, Microphone, News, OpId, Person, Processing, Register, RequestError, Ring, SignIn,
    SignInError, Speaker, StartCallError, UserId,
};
use tokio::sync::{broadcast, watch};

use crate::desktop::PlayingBell;

/// The way in, and the sound devices of this machine.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Signs in.
    async fn sign_in(&self, typed: SignIn) -> Result<Login, SignInError>;
    /// Makes an account.
    async fn register(&self, typed: Register) -> Result<Login, SignInError>;
    /// Makes the server forget a sign-in, as far as it can be reached.
    async fn sign_out(&self, login: Login);
    /// Begins to connect, and to take calls.
    ///
    /// # Errors
    /// A text in English, if the login cannot be one of ours.
    fn open(&self, login: Login, media: MediaOptions) -> Result<Arc<dyn Session>, String>;
    /// The sound devices there are. Opens none.
    async fn devices(&self) -> Devices;
    /// Opens the microphone to show how loud it is, until the meter is dropped.
    async fn meter(&self, microphone: Microphone) -> Result<Box<dyn Meter>, MediaNotice>;
    /// Sounds a bell until it is dropped.
    async fn bell(&self, sound: PlayingBell) -> Result<Box<dyn Send>, MediaNotice>;
}

/// One signed-in connection with its calls and conversations.
#[async_trait]
pub trait Session: Send + Sync + 'static {
    /// What to keep of the sign-in.
    fn login(&self) -> Login;
    /// Who is signed in, as the server said it last.
    fn account(&self) -> Account;
    /// This installation.
    fn device(&self) -> DeviceId;
    /// How the link is.
    fn link(&self) -> watch::Receiver<LinkState>;
    /// What happens besides calls.
    fn news(&self) -> broadcast::Receiver<News>;
    /// What happens to calls.
    fn events(&self) -> broadcast::Receiver<CallEvent>;
    /// What rings here.
    fn ring(&self) -> watch::Receiver<Option<Ring>>;
    /// How the call is.
    fn call(&self) -> watch::Receiver<CallStatus>;
    /// How loud the call is.
    fn levels(&self) -> watch::Receiver<Levels>;
    /// How many missed calls wait to be seen.
    fn missed_calls(&self) -> watch::Receiver<u32>;
    /// The keys of other people's devices, as they become known.
    fn known_keys(&self) -> watch::Receiver<KnownKeys>;
    /// The keys that were known before.
    fn set_known_keys(&self, keys: KnownKeys);

    /// People whose name contains this.
    async fn search(&self, query: &str) -> Result<Vec<Person>, RequestError>;
    /// Contacts, requests, and whoever is blocked.
    async fn contacts(&self) -> Result<Vec<Person>, RequestError>;
    /// The latest calls, newest first.
    async fn recent(&self) -> Result<Vec<CallEntry>, RequestError>;
    /// All conversations, the latest first.
    async fn conversations(&self) -> Result<Vec<Conversation>, RequestError>;
    /// A page of a conversation, newest first, and whether there is more.
    async fn history(&self, chat: &Chat, before: Option<u64>) -> Result<(Vec<Message>, bool), RequestError>;
    /// Writes a text; again under the same name, it is written once.
    async fn send_text(&self, op: OpId, chat: Chat, text: &str) -> Result<Message, RequestError>;
    /// This user's groups and rooms.
    async fn groups(&self) -> Result<Vec<GroupInfo>, RequestError>;
    /// Rooms whose name contains this.
    async fn rooms(&self, query: &str) -> Result<Vec<GroupInfo>, RequestError>;
    /// Who is in a group.
    async fn group(&self, group: &GroupId) -> Result<(GroupInfo, Vec<Member>), RequestError>;
    /// Makes a group.
    async fn create_group(
        &self,
        kind: GroupKind,
        name: &str,
        members: Vec<UserId>,
    ) -> Result<(GroupInfo, Vec<Member>), RequestError>;
    /// This user's devices, this one first.
    async fn devices(&self) -> Result<Vec<DeviceEntry>, RequestError>;
    /// A picture's content.
    async fn picture(&self, picture: &AvatarId) -> Result<Vec<u8>, RequestError>;
    /// Changes something at the server.
    async fn change(&self, change: Change) -> Result<(), RequestError>;
    /// Another password.
    async fn change_password(&self, old: &str, new: &str) -> Result<(), SignInError>;

    /// Calls somebody.
    async fn start_call(&self, calling: Calling) -> Result<(), StartCallError>;
    /// Does something with the call there is.
    async fn order(&self, order: CallOrder);
    /// Changes how calls sound.
    fn set(&self, sound: SoundSetting);
    /// Hangs up, and closes the link.
    async fn close(&self);
}

/// Whom to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Calling {
    /// One person.
    Person {
        /// Whom.
        to: UserId,
        /// Voice or video.
        kind: CallKind,
    },
    /// Members of a group or a chat room, by voice.
    Group {
        /// Which.
        group: GroupId,
        /// Group or room.
        place: GroupKind,
        /// Whom.
        to: Vec<UserId>,
    },
    /// More people, into the group call that there is.
    More {
        /// Where its media meet.
        channel: ChannelName,
        /// What it is, and where it belongs.
        scope: CallScope,
        /// Whom.
        to: Vec<UserId>,
    },
}

impl Calling {
    /// Whom.
    pub fn to(&self) -> &[UserId] {
        match self {
            Self::Person { to, .. } => std::slice::from_ref(to),
            Self::Group { to, .. } | Self::More { to, .. } => to,
        }
    }
}

/// What can be changed at the server, where the answer is only that it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Ask somebody to be a contact, or agree to it.
    AddContact(UserId),
    /// No longer a contact.
    RemoveContact(UserId),
    /// Take nothing of somebody, or again.
    SetBlocked(UserId, bool),
    /// What others see.
    SetDisplayName(String),
    /// This user's picture.
    SetPicture(Option<Vec<u8>>),
    /// Whether all devices keep silent.
    SetDoNotDisturb(bool),
    /// Whether nobody is at this device.
    SetAway(bool),
    /// Call a device something else.
    RenameDevice(DeviceId, String),
    /// Sign a device out.
    RevokeDevice(DeviceId),
    /// Whether calls ring on a device.
    SetRingHere(DeviceId, bool),
    /// A conversation was read up to a place.
    MarkRead(Chat, u64),
    /// Missed calls were seen up to this one.
    MarkCallsSeen(CallId),
    /// Call a group something else.
    RenameGroup(GroupId, String),
    /// A group's picture.
    SetGroupPicture(GroupId, Vec<u8>),
    /// Bring people into a group.
    AddMembers(GroupId, Vec<UserId>),
    /// Take somebody out of a group.
    RemoveMember(GroupId, UserId),
    /// Let somebody do more, or less.
    SetGroupRole(GroupId, UserId, GroupRole),
    /// Enter a room.
    JoinRoom(GroupId),
    /// Leave a group or a room.
    LeaveGroup(GroupId),
}

/// What can be done with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOrder {
    /// Let this device ring, or keep it silent.
    Ring(bool),
    /// Join.
    Accept,
    /// Decline on all devices.
    Decline,
    /// Cancel or hang up.
    HangUp,
    /// Bring more people into a group call: an event says when to ask whom.
    AddPerson,
    /// Put the end away.
    Dismiss,
}

/// How calls sound.
#[derive(Debug, Clone, PartialEq)]
pub enum SoundSetting {
    /// Whether the microphone is silent.
    Muted(bool),
    /// Which microphone.
    Microphone(Microphone),
    /// Which speaker.
    Speaker(Speaker),
    /// Which processing.
    Processing(Processing),
}

/// The sound devices there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Devices {
    /// Those that hear.
    pub microphones: Vec<DeviceView>,
    /// Those that sound.
    pub speakers: Vec<DeviceView>,
}

/// An open microphone.
pub trait Meter: Send {
    /// How loud it is now: 0 to 1, on a scale that looks even to the eye.
    fn level(&self) -> f32;
}
