//! All that changes the controller's state.

use carillon_ipc::{CallRequest, MainRequest, Notice, RingRequest, SettingsRequest};
use carillon_kit::{AttachmentId, AvatarId, CallId, Chat, Login, MediaNotice, SignInError};
use tokio::sync::{mpsc, oneshot};

use super::session_event::{CallUpdate, SessionEvent};
use crate::{
    backend::{Devices, LatestPicture, ShareableScreen},
    desktop::TrayAction,
    frames::TileHeights,
    ring::RingPress,
    store::SecretError,
    window::WindowName,
};

/// Windows, tray and kit together send less than this between two steps of a controller.
const QUEUE: usize = 256;

/// One thing that changes the controller's state.
#[derive(Debug)]
pub(crate) enum Input {
    /// A window asks.
    Request(WindowRequest, oneshot::Sender<Result<(), Notice>>),
    /// A window begins to listen.
    Subscribed(WindowName),
    /// The user closed a window by its frame.
    CloseRequested(WindowName),
    /// The main window has the focus, or has it no more.
    Focused(bool),
    /// A window can be seen, or cannot: it is minimised.
    Seen(WindowName, bool),
    /// The system does not show the ring window.
    RingUnseen,
    /// Whether the screen is locked: then no window can be seen.
    ScreenLocked(bool),
    /// How high the tiles of the call window are that can be seen.
    Tiles(TileHeights),
    /// A window shows a picture of a person or a group.
    Picture(PictureName, oneshot::Sender<Option<Vec<u8>>>),
    /// A button of the ring's notification.
    Press(RingPress),
    /// A notice was clicked; the conversation that it is about, if it said.
    NoticeClicked(Option<Chat>),
    /// The tray.
    Tray(TrayAction),
    /// The keys that answer from everywhere.
    Shortcut { accept: bool },
    /// The tray has come, or gone.
    TrayHost(bool),
    /// The tray has been away for long.
    TrayStaysAway,
    /// The program was started a second time.
    StartedAgain,
    /// The system was asked to open a link.
    OpenedLink(String),
    /// The system wants the program to end.
    Quit,
    /// The program may begin, with this sign-in if there is one.
    Begin(Result<Option<Login>, SecretError>),
    /// What came of a sign-in.
    SignedIn { attempt: u64, result: Result<Login, SignInError>, keep_in_file: bool },
    /// What came of keeping a sign-in.
    Kept(Result<(), SecretError>),
    /// Something came of a session. Sessions that are over have another number.
    Session(u64, SessionEvent),
    /// The devices there are now.
    Devices(Devices),
    /// The screens and windows that can be shared.
    Screens(Vec<ShareableScreen>),
    /// What the previewed camera sees, or why it does not. Previews that are over have another number.
    Preview(u64, Result<LatestPicture, MediaNotice>),
    /// What the tested microphone hears, or why it does not.
    Meter(Result<f32, MediaNotice>),
    /// The clock may have come to where *do not disturb* begins or ends.
    LookAtQuiet,
    /// A test bell has rung.
    TestBellOver,
    /// *Answered on …* has been on show for long enough.
    AnsweredElsewhereOver(CallId),
    /// An end has been on show for long enough.
    EndOver(Option<CallId>),
    /// Who called during a call has been on show for long enough.
    TriedOver(CallId),
    /// Everything is closed.
    Closed,
}

impl Input {
    pub(super) const fn is_levels(&self) -> bool {
        matches!(self, Self::Session(_, SessionEvent::Call(CallUpdate::Levels(_))))
    }
}

/// A picture that a window shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureName {
    /// Of a person or a group.
    Avatar(AvatarId),
    /// A small one of a file in a conversation.
    Thumbnail(AttachmentId),
}

/// What one window asks.
#[derive(Debug)]
pub enum WindowRequest {
    /// The main window.
    Main(MainRequest),
    /// The ring window.
    Ring(RingRequest),
    /// The call window.
    Call(CallRequest),
    /// The settings window.
    Settings(SettingsRequest),
}

/// Tells the controller what windows, tray, notifications and the kit have to say.
#[derive(Debug, Clone)]
pub struct ControllerHandle(mpsc::Sender<Input>);

impl ControllerHandle {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Input>) {
        let (inputs, inputs_rx) = mpsc::channel(QUEUE);
        (Self(inputs), inputs_rx)
    }

    /// A window asks something.
    ///
    /// # Errors
    /// The notice that says why not.
    pub async fn ask(&self, request: WindowRequest) -> Result<(), Notice> {
        let (reply, answer) = oneshot::channel();
        self.tell(Input::Request(request, reply)).await;
        answer.await.unwrap_or(Ok(())) // no answer: the program is ending, and its windows with it
    }

    /// A window begins to listen.
    pub async fn subscribed(&self, window: WindowName) {
        self.tell(Input::Subscribed(window)).await;
    }

    /// The user closed a window by its frame.
    pub async fn close_requested(&self, window: WindowName) {
        self.tell(Input::CloseRequested(window)).await;
    }

    /// The main window has the focus, or has it no more.
    pub async fn focused(&self, focused: bool) {
        self.tell(Input::Focused(focused)).await;
    }

    /// A window can be seen, or cannot: it is minimised.
    pub async fn seen(&self, window: WindowName, is_seen: bool) {
        self.tell(Input::Seen(window, is_seen)).await;
    }

    /// The system does not show the ring window.
    pub async fn ring_unseen(&self) {
        self.tell(Input::RingUnseen).await;
    }

    /// Whether the screen is locked: then no window can be seen.
    pub async fn screen_locked(&self, locked: bool) {
        self.tell(Input::ScreenLocked(locked)).await;
    }

    /// A window shows a picture: its content, if it can be had.
    pub async fn picture(&self, picture: PictureName) -> Option<Vec<u8>> {
        let (reply, answer) = oneshot::channel();
        self.tell(Input::Picture(picture, reply)).await;
        answer.await.ok().flatten()
    }

    /// A button of the ring's notification was pressed.
    pub async fn pressed(&self, press: RingPress) {
        self.tell(Input::Press(press)).await;
    }

    /// A notice was clicked; the conversation that it is about, if it said.
    pub async fn notice_clicked(&self, chat: Option<Chat>) {
        self.tell(Input::NoticeClicked(chat)).await;
    }

    /// Something was chosen in the tray.
    pub async fn tray(&self, action: TrayAction) {
        self.tell(Input::Tray(action)).await;
    }

    /// The keys that answer from everywhere were pressed.
    pub async fn shortcut(&self, accept: bool) {
        self.tell(Input::Shortcut { accept }).await;
    }

    /// The tray has come, or gone.
    pub async fn tray_host(&self, present: bool) {
        self.tell(Input::TrayHost(present)).await;
    }

    /// The program was started a second time.
    pub async fn started_again(&self) {
        self.tell(Input::StartedAgain).await;
    }

    /// The system was asked to open a link, which may be one of ours.
    pub async fn opened_link(&self, link: &str) {
        self.tell(Input::OpenedLink(link.to_owned())).await;
    }

    /// The system wants the program to end.
    pub async fn quit(&self) {
        self.tell(Input::Quit).await;
    }

    /// The program may begin, with this sign-in if there is one.
    pub async fn begin(&self, login: Result<Option<Login>, SecretError>) {
        self.tell(Input::Begin(login)).await;
    }

    pub(crate) async fn tell(&self, input: Input) {
        // Fails only when the controller has ended, and the program with it.
        let _ = self.0.send(input).await;
    }
}
