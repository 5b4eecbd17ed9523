//! What the controller needs of the kit, as traits, so that tests can stand in for a server, a network and sound devices.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use carillon_ipc::{DeviceView, ScreenView};
use carillon_kit::{
    Attachment, AttachmentId, AvatarId, CallEvent, CallStats, CallStatus, CommandError, Connection, End, FirstPictures,
    GroupId, KnownKeys, Levels, Login, MediaNotice, MediaOptions, Microphone, Moderation, NewAttachment, PictureSource,
    Processing, Register, RequestError, Ring, SignIn, SignInError, Speaker, StartCall, StartCallError, TransferError,
    UserId, VoiceLevel, WantedView,
    media::{Camera, Picture, Screen},
};
use tokio::sync::{broadcast, mpsc, watch};

use crate::desktop::PlayingBell;

/// The way in, and the devices of this machine.
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
    /// The devices there are. Opens none.
    async fn devices(&self) -> Devices;
    /// Opens the microphone to show how loud it is, until the meter is dropped.
    async fn meter(&self, microphone: Microphone) -> Result<Box<dyn Meter>, MediaNotice>;
    /// What can be shared, with pictures of it.
    async fn screens(&self) -> Vec<ShareableScreen>;
    /// Opens the camera to show the user to themself, until it is dropped.
    async fn preview(&self, camera: Camera) -> Result<Box<dyn Preview>, MediaNotice>;
    /// Sounds a bell until it is dropped.
    async fn bell(&self, sound: PlayingBell) -> Result<Box<dyn Send>, MediaNotice>;
}

/// A signed-in user's connection and calls.
#[async_trait]
pub trait Session: Send + Sync + 'static {
    /// What is asked of the server goes by the kit's own handle, which a test answers by script.
    fn connection(&self) -> &Connection;
    /// What calls are like, now and from now on.
    fn calls(&self) -> CallValues;
    /// The keys that were known before.
    fn set_known_keys(&self, keys: KnownKeys);

    /// A picture's content.
    async fn picture(&self, picture: &AvatarId) -> Result<Vec<u8>, RequestError>;
    /// A small picture of a file in a conversation.
    async fn thumbnail(&self, file: AttachmentId) -> Result<Vec<u8>, RequestError>;
    /// Sends the content of a file as it comes, and tells how much of it the server has.
    async fn send_file(
        &self,
        new: NewAttachment,
        thumbnail: Option<Vec<u8>>,
        parts: mpsc::Receiver<Vec<u8>>,
        progress: Box<dyn FnMut(u64) + Send>,
    ) -> Result<Attachment, TransferError>;
    /// Saves a file into a folder under a name that is free there, which it gives; tells how much of it is here.
    async fn save_file(
        &self,
        file: Attachment,
        folder: PathBuf,
        progress: Box<dyn FnMut(u64) + Send>,
    ) -> Result<String, TransferError>;
    /// Another picture of this user, or none.
    async fn set_picture(&self, picture: Option<Vec<u8>>) -> Result<(), RequestError>;
    /// Another picture of a group.
    async fn set_group_picture(&self, group: &GroupId, picture: Vec<u8>) -> Result<(), RequestError>;
    /// Another password.
    async fn change_password(&self, old: &str, new: &str) -> Result<(), SignInError>;
    /// No account any more.
    async fn delete_account(&self, password: &str) -> Result<(), SignInError>;

    /// Calls one or several users.
    async fn start_call(&self, call: StartCall) -> Result<(), StartCallError>;
    /// Lets this device ring (`true`), or keeps it silent.
    async fn answer_call(&self, ring: bool) -> Result<(), CommandError>;
    /// Joins the call that rings, and shows this.
    async fn accept(&self, pictures: FirstPictures) -> Result<(), CommandError>;
    /// Declines the call that rings, on all devices.
    async fn decline(&self) -> Result<(), CommandError>;
    /// Cancels before the answer, hangs up after it.
    async fn hang_up(&self) -> Result<(), CommandError>;
    /// Puts the call's end away.
    async fn dismiss(&self) -> Result<(), CommandError>;
    /// Asks for more people in a group call; an event says when to choose them.
    async fn request_add_person(&self) -> Result<(), CommandError>;
    /// Raises this user's hand in a group call, or lowers it.
    async fn set_hand(&self, raised: bool) -> Result<(), CommandError>;
    /// Does this about somebody in a group call, as a moderator; done when the server says so.
    async fn moderate(&self, user: UserId, what: Moderation) -> Result<(), CommandError>;
    /// Whether the microphone is silent.
    fn set_muted(&self, muted: bool);
    /// The camera that is on in this call; `None`: none is.
    fn set_camera(&self, camera: Option<Camera>);
    /// Which camera calls use, on or off as it is.
    fn choose_camera(&self, camera: Camera);
    /// What is shared with the other end of this call.
    fn set_screen(&self, screen: Option<Screen>);
    /// The latest picture of one end's camera or screen. Own ones are taken for nobody else than who holds this.
    fn pictures(&self, end: End, source: PictureSource) -> LatestPicture;
    /// How many rows of the other end's camera or screen are seen at most; `None`: as many as there are.
    fn want(&self, source: PictureSource, rows: Option<u16>);
    /// The latest picture of somebody in the group call.
    fn picture_of(&self, user: &UserId, source: PictureSource) -> LatestPicture;
    /// What of the group call is seen here, the most important first.
    fn show(&self, views: Vec<WantedView>);
    /// How loud somebody is played in group calls, in percent.
    fn set_volume(&self, user: UserId, percent: u8);
    /// Which microphone calls use.
    fn set_microphone(&self, microphone: Microphone);
    /// Which speaker calls use.
    fn set_speaker(&self, speaker: Speaker);
    /// How the microphone's sound is processed.
    fn set_processing(&self, processing: Processing);
    /// Whether calls of two go through the server from now on.
    fn set_hide_address(&self, hide: bool);
    /// Hangs up, and closes the link.
    async fn close(&self);
}

/// What a session's calls are like, now and from now on.
pub struct CallValues {
    /// What rings here.
    pub ring: watch::Receiver<Option<Ring>>,
    /// How the call is.
    pub status: watch::Receiver<CallStatus>,
    /// How loud the call is.
    pub levels: watch::Receiver<Levels>,
    /// How loud each is who is heard in a group call.
    pub voices: watch::Receiver<Vec<VoiceLevel>>,
    /// How the call's media are doing.
    pub stats: watch::Receiver<Option<CallStats>>,
    /// What the other end's camera shows.
    pub their_camera: LatestPicture,
    /// What the other end shares.
    pub their_screen: LatestPicture,
    /// The keys of other people's devices, as they become known.
    pub known_keys: watch::Receiver<KnownKeys>,
    /// What happens to calls.
    pub events: broadcast::Receiver<CallEvent>,
}

/// The devices there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Devices {
    /// Those that hear.
    pub microphones: Vec<DeviceView>,
    /// Those that sound.
    pub speakers: Vec<DeviceView>,
    /// Those that see.
    pub cameras: Vec<DeviceView>,
}

/// The latest picture of something; `None` while there is none.
pub type LatestPicture = watch::Receiver<Option<Picture>>;

/// A screen or a window that can be shared.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareableScreen {
    /// How the kit knows it.
    pub screen: Screen,
    /// How a window shows it.
    pub view: ScreenView,
}

/// An open camera that nobody else sees.
#[async_trait]
pub trait Preview: Send {
    /// What it sees.
    fn pictures(&self) -> LatestPicture;
    /// Waits until it sees nothing any more, and says why.
    async fn failed(&mut self) -> MediaNotice;
}

/// An open microphone.
pub trait Meter: Send {
    /// How loud it is now: 0 to 1, on a scale that looks even to the eye.
    fn level(&self) -> f32;
}
