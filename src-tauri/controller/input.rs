//! Everything that a controller hears.

use carillon_ipc::{CallRequest, MainRequest, Notice, RingRequest, SettingsRequest};
use carillon_kit::{
    AvatarId, CallEntry, CallEvent, CallId, CallStatus, Chat, Conversation, DeviceEntry, GroupInfo, KnownKeys, Levels,
    LinkState, Login, MediaNotice, Member, Message, News, Person, RequestError, Ring, SignInError, StartCallError,
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    backend::{Calling, Change, Devices},
    desktop::TrayAction,
    ring::RingPress,
    store::SecretError,
    window::WindowName,
};

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
    /// The main window has the focus, or has it no more.
    Focused(bool),
    /// A window shows somebody's picture.
    Picture(AvatarId, oneshot::Sender<Option<Vec<u8>>>),
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
    Contacts(Vec<Person>),
    Recent(Vec<CallEntry>),
    /// So many missed calls wait to be seen.
    Missed(u32),
    Conversations(Vec<Conversation>),
    /// A page of a conversation; `None`: it could not be had.
    MainPage {
        chat: Chat,
        page: Option<(Vec<Message>, bool)>,
    },
    /// What came of sending a message.
    Sent {
        id: u64,
        result: Result<Box<Message>, RequestError>,
    },
    /// It is time to send what waits.
    SendOn,
    /// It is time to keep what waits to be sent, which has failed.
    KeepUnsentAgain,
    Groups(Vec<GroupInfo>),
    Rooms {
        query: String,
        rooms: Vec<GroupInfo>,
    },
    Group {
        info: GroupInfo,
        members: Vec<Member>,
    },
    /// What came of making a group.
    GroupMade(Result<(GroupInfo, Vec<Member>), RequestError>),
    OwnDevices(Vec<DeviceEntry>),
    /// What came of a change.
    Changed {
        change: Change,
        result: Result<(), RequestError>,
    },
    /// What came of another password.
    PasswordChanged(Result<(), SignInError>),
    /// *Saved* has been on show for long enough.
    SavedOver,
    KnownKeys(KnownKeys),
    NotStarted {
        calling: Calling,
        error: StartCallError,
    },
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

    /// The main window has the focus, or has it no more.
    pub async fn focused(&self, focused: bool) {
        self.tell(Input::Focused(focused)).await;
    }

    /// A window shows somebody's picture: its content, if it can be had.
    pub async fn picture(&self, picture: AvatarId) -> Option<Vec<u8>> {
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
