//! Everything that a controller hears.

use carillon_ipc::{CallRequest, MainRequest, Notice, RingRequest, SettingsRequest};
use carillon_kit::{
    CallEntry, CallEvent, CallId, CallStatus, Levels, LinkState, Login, MediaNotice, News, Person, Ring, SignInError,
    StartCallError, UserId,
};
use tokio::sync::{mpsc, oneshot};

use crate::{backend::Devices, desktop::TrayAction, ring::RingPress, store::SecretError, window::WindowName};

/// Windows, tray and kit together send less than this between two steps of a controller.
const QUEUE: usize = 256;

/// One thing that a controller hears.
#[derive(Debug)]
pub(crate) enum Input {
    /// A window asks.
    Request(Request, oneshot::Sender<Result<(), Notice>>),
    /// A window begins to listen.
    Subscribed(WindowName),
    /// The user closed a window by its frame.
    CloseRequested(WindowName),
    /// A button of the ring's notification.
    Press(RingPress),
    /// A missed call's notice was clicked; who called, if it said.
    MissedClicked(Option<UserId>),
    /// The tray.
    Tray(TrayAction),
    /// The tray has come, or gone.
    TrayHost(bool),
    /// The tray has been away for long.
    TrayStaysAway,
    /// The program was started a second time.
    StartedAgain,
    /// The system wants the program to end.
    Quit,
    /// The program may begin, with this sign-in if there is one.
    Begin(Result<Option<Login>, SecretError>),
    /// What came of a sign-in.
    SignedIn { attempt: u64, result: Result<Login, SignInError>, keep_in_file: bool },
    /// What came of keeping a sign-in.
    Kept(Result<(), SecretError>),
    /// A session says something. Sessions that are over have another number.
    Session(u64, Said),
    /// The sound devices there are now.
    Devices(Devices),
    /// What the tested microphone hears, or why it does not.
    Meter(Result<f32, MediaNotice>),
    /// A test bell has rung.
    TestBellOver,
    /// *Answered on …* has been on show for long enough.
    AnsweredElsewhereOver(CallId),
    /// An end of this user's own doing has been on show for long enough.
    EndOver(Option<CallId>),
    /// Everything is closed.
    Closed,
}

impl Input {
    pub(super) const fn is_levels(&self) -> bool {
        matches!(self, Self::Session(_, Said::Levels(_)))
    }
}

/// What one window asks.
#[derive(Debug)]
pub enum Request {
    /// The main window.
    Main(MainRequest),
    /// The ring window.
    Ring(RingRequest),
    /// The call window.
    Call(CallRequest),
    /// The settings window.
    Settings(SettingsRequest),
}

/// What a session says.
#[derive(Debug)]
pub(crate) enum Said {
    Link(LinkState),
    News(News),
    /// Some news were missed.
    NewsLost,
    Event(CallEvent),
    Ring(Option<Ring>),
    Call(CallStatus),
    Levels(Levels),
    LookAgain,
    People {
        query: String,
        people: Vec<Person>,
    },
    Recent(Vec<CallEntry>),
    NotStarted {
        to: UserId,
        error: StartCallError,
    },
}

/// A controller's ear, for everybody who tells it something.
#[derive(Debug, Clone)]
pub struct Ear(mpsc::Sender<Input>);

impl Ear {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Input>) {
        let (inputs, inputs_rx) = mpsc::channel(QUEUE);
        (Self(inputs), inputs_rx)
    }

    /// A window asks something.
    ///
    /// # Errors
    /// The notice that says why not.
    pub async fn ask(&self, request: Request) -> Result<(), Notice> {
        let (reply, answer) = oneshot::channel();
        self.tell(Input::Request(request, reply)).await;
        answer.await.unwrap_or(Ok(())) // no answer: the program is ending, and nobody will read one
    }

    /// A window begins to listen.
    pub async fn subscribed(&self, window: WindowName) {
        self.tell(Input::Subscribed(window)).await;
    }

    /// The user closed a window by its frame.
    pub async fn close_requested(&self, window: WindowName) {
        self.tell(Input::CloseRequested(window)).await;
    }

    /// A button of the ring's notification was pressed.
    pub async fn pressed(&self, press: RingPress) {
        self.tell(Input::Press(press)).await;
    }

    /// A missed call's notice was clicked; who called, if it said.
    pub async fn missed_clicked(&self, user: Option<UserId>) {
        self.tell(Input::MissedClicked(user)).await;
    }

    /// Something was chosen in the tray.
    pub async fn tray(&self, action: TrayAction) {
        self.tell(Input::Tray(action)).await;
    }

    /// The tray has come, or gone.
    pub async fn tray_host(&self, present: bool) {
        self.tell(Input::TrayHost(present)).await;
    }

    /// The program was started a second time.
    pub async fn started_again(&self) {
        self.tell(Input::StartedAgain).await;
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
        // Fails only when the controller has ended, and then there is nobody to tell.
        let _ = self.0.send(input).await;
    }
}
