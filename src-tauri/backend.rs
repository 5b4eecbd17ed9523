//! What the controller needs of the kit, as traits, so that tests can stand in for a server, a network and sound devices.

use std::sync::Arc;

use async_trait::async_trait;
use carillon_ipc::DeviceView;
use carillon_kit::{
    CallEntry, CallEvent, CallKind, CallStatus, Levels, LinkState, Login, MediaNotice, MediaOptions, Microphone, News,
    Person, Processing, Register, RequestError, Ring, SignIn, SignInError, Speaker, StartCallError, UserId,
};
use tokio::sync::{broadcast, watch};

use crate::desktop::Sounding;

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
    async fn bell(&self, sound: Sounding) -> Result<Box<dyn Send>, MediaNotice>;
}

/// One signed-in connection with its calls.
#[async_trait]
pub trait Session: Send + Sync + 'static {
    /// Who is signed in, and where.
    fn login(&self) -> &Login;
    /// How the link is.
    fn link(&self) -> watch::Receiver<LinkState>;
    /// Presence and call log.
    fn news(&self) -> broadcast::Receiver<News>;
    /// What happens to calls.
    fn events(&self) -> broadcast::Receiver<CallEvent>;
    /// What rings here.
    fn ring(&self) -> watch::Receiver<Option<Ring>>;
    /// How the call is.
    fn call(&self) -> watch::Receiver<CallStatus>;
    /// How loud the call is.
    fn levels(&self) -> watch::Receiver<Levels>;
    /// People whose name contains this.
    async fn search(&self, query: &str) -> Result<Vec<Person>, RequestError>;
    /// The latest calls, newest first.
    async fn recent(&self) -> Result<Vec<CallEntry>, RequestError>;
    /// Calls somebody.
    async fn start_call(&self, to: UserId, kind: CallKind) -> Result<(), StartCallError>;
    /// Does something with the call there is.
    async fn order(&self, order: CallOrder);
    /// Changes how calls sound.
    fn set(&self, sound: SoundSetting);
    /// Hangs up, and closes the link.
    async fn close(&self);
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
