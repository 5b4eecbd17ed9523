//! What the controller needs of a desktop: windows, a tray, notifications, bells. No Tauri in here.

use std::io;

use carillon_ipc::{CallView, FeedAddress, Levels, Locale, MainView, RingView, SettingsView, Theme};
use carillon_kit::{CallKind, Chat, Speaker, UserId, media::bell::Bell};
use tokio::sync::watch;

use crate::{
    frames::{Sources, TileHeights},
    ring::RingContent,
    window::WindowName,
};

/// A desktop. Nothing here waits: what takes time happens in tasks, in the order it was asked for.
pub trait Desktop: Send + 'static {
    /// Gives a window its view. A window that does not listen yet asks for it when it does.
    fn show(&mut self, view: View);
    /// Gives the call window its levels.
    fn levels(&mut self, levels: Levels);
    /// Makes a window, which shows itself once it has rendered; or raises the one there is. The ring window never takes focus.
    fn open(&mut self, window: WindowName);
    /// Names a window, for lists of windows and for screen readers.
    fn title(&mut self, window: WindowName, title: String);
    /// Shows a window that has rendered its first view.
    fn reveal(&mut self, window: WindowName);
    /// Takes a window away for good.
    fn close(&mut self, window: WindowName);
    /// Takes a window out of sight; it lives on.
    fn put_away(&mut self, window: WindowName, how: PutAway);
    /// Makes a window what it is to be. A whole one is where it was before, and as large.
    fn shape(&mut self, window: WindowName, shape: Shape);
    /// Makes room in the ring window for a look at oneself, or takes it away. Each new one has none.
    fn ring_looks(&mut self, on: bool);
    /// Gives a window the frames of these pictures from now on, and says where; `None`: it has nothing to draw.
    fn feed(&mut self, window: WindowName, sources: Option<Sources>) -> Option<Feed>;
    /// The ring that the notification, the tray and the user's attention follow.
    fn ring(&mut self, ring: Option<RingContent>);
    /// Whether keys answer what rings while another program has the focus. They are taken from others only while they are wanted.
    fn ring_shortcuts(&mut self, wanted: bool);
    /// The bell that sounds.
    fn sound(&mut self, sound: Option<PlayingBell>);
    /// What the tray shows.
    fn tray(&mut self, tray: TrayContent);
    /// Tells of a missed call.
    fn missed(&mut self, missed: MissedCallNotification);
    /// Tells of a message.
    fn message(&mut self, message: MessageNotification);
    /// The message at this place was edited or deleted: what its notification says is not so any more, and it goes.
    fn message_gone(&mut self, chat: &Chat, pos: u64);
    /// Opens an address in the system's browser. The user has seen it, and wants that.
    fn visit(&mut self, address: String);
    /// What happened in a conversation was seen: its notification can go. A conversation has one, and the next replaces it.
    fn seen(&mut self, chat: &Chat);
    /// How many missed calls and messages wait to be seen.
    fn waiting(&mut self, count: u32);
    /// Starts the program when the user logs in, in the tray, or does so no more.
    ///
    /// # Errors
    /// What the system says.
    fn autostart(&mut self, on: bool) -> io::Result<()>;
    /// What lies under the windows' pages.
    fn theme(&mut self, theme: Theme);
    /// How large everything in the windows is, in percent. The ring window has one size.
    fn zoom(&mut self, percent: u16);
    /// Ends the program.
    fn quit(&mut self);
}

/// Where a window's frames are, and what it shows of them.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Where the window finds them. It is the same until there is nothing to draw.
    pub address: FeedAddress,
    /// How high the tiles are that can be seen.
    pub heights: watch::Receiver<TileHeights>,
}

/// All that one window shows.
#[derive(Debug, Clone, PartialEq)]
pub enum View {
    /// Of the main window.
    Main(Box<MainView>),
    /// Of the ring window.
    Ring(Box<RingView>),
    /// Of the call window.
    Call(Box<CallView>),
    /// Of the settings window.
    Settings(Box<SettingsView>),
}

/// How a window leaves without ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutAway {
    /// Into the tray.
    Hide,
    /// To wherever the desktop puts minimised windows.
    Minimise,
}

/// How much of the screen a window takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// As much as the user gives it.
    #[default]
    Whole,
    /// All of it.
    FullScreen,
    /// Little, and on top of all others.
    Mini,
}

/// A bell, and where it sounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayingBell {
    /// Which bell.
    pub bell: Bell,
    /// Where.
    pub output: Speaker,
    /// How loud, in percent.
    pub volume: u8,
}

/// What the tray shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayContent {
    /// Icon and tooltip.
    pub state: TrayState,
    /// Whether all devices of the user keep silent; `None`: no user is signed in.
    pub do_not_disturb: Option<bool>,
    /// The menu's language.
    pub locale: Locale,
}

/// What the tray's icon is about; the first that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrayState {
    /// A call rings.
    Ringing {
        /// Who.
        name: String,
    },
    /// There is a call.
    InCall {
        /// With whom.
        name: String,
    },
    /// Others cannot reach this device.
    Offline,
    /// Missed calls wait to be seen.
    Missed {
        /// How many calls.
        count: u32,
    },
    /// Messages wait to be read.
    Unread {
        /// How many messages.
        count: u32,
    },
    /// All devices of the user keep silent.
    Silent,
    /// Nothing.
    Idle,
}

/// What is pressed in the tray.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrayAction {
    /// Show the main window.
    Open,
    /// Answer what rings.
    Accept,
    /// Decline what rings.
    Decline,
    /// Show the call window.
    ShowCall,
    /// End the call.
    HangUp,
    /// Keep all devices silent, or not any more.
    DoNotDisturb,
    /// Show the settings window.
    Settings,
    /// End the program.
    Quit,
}

/// The notification of a missed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedCallNotification {
    /// Who called.
    pub user: UserId,
    /// The conversation that the call belongs to.
    pub chat: Chat,
    /// The same in words, as [`shown_name`](carillon_kit::shown_name) has it.
    pub name: String,
    /// Voice or video.
    pub kind: CallKind,
    /// The language to say it in.
    pub locale: Locale,
}

/// The notification of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageNotification {
    /// The message's place at the server, which no other has.
    pub pos: u64,
    /// Where it belongs.
    pub chat: Chat,
    /// Who wrote it, and in which group, as [`shown_name`](carillon_kit::shown_name) has it.
    pub title: String,
    /// What it says, fit to stand where markup might be.
    pub text: String,
}
