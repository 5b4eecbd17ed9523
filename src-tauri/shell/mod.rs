//! The glue: Tauri's windows, tray and notifications as one [`Desktop`].
//!
//! What the controller asks for is passed on to tasks that each own one thing (windows, tray, notification, bell) and work in
//! the order they were asked.

pub(crate) mod autostart;
pub(crate) mod badge;
pub(crate) mod channels;
pub(crate) mod commands;
mod files;
pub(crate) mod kit;
pub(crate) mod notifications;
pub(crate) mod pictures;
mod place;
#[cfg(test)]
mod policy;
pub(crate) mod shortcuts;
pub(crate) mod sound;
mod thumbnail;
pub(crate) mod tray;
mod tray_icon;
pub(crate) mod windows;

use std::{
    collections::{BTreeMap, btree_map::Entry},
    io,
    sync::Arc,
};

use carillon_ipc::{Levels, Theme};
use carillon_kit::Chat;
use tauri::AppHandle;
use tokio::sync::{mpsc, watch};

use crate::{
    desktop::{
        Desktop, Feed, MessageNotification, MissedCallNotification, PlayingBell, PutAway, Shape, TrayContent, View,
    },
    frames::{FrameFeed, Sources},
    ring::RingContent,
    window::WindowName,
};
use autostart::Autostart;
use badge::Attention;
use channels::Channels;
use notifications::NoticeOrder;
use windows::WindowOrder;

/// A user cannot ask for more windows than this at once.
const WINDOW_ORDERS: usize = 64;
/// More than these within the time in which notices are gathered are lost, of a list that would be as long.
const NOTICES: usize = 256;

/// The desktop that Tauri gives.
pub(crate) struct TauriDesktop {
    app: AppHandle,
    channels: Arc<Channels>,
    windows: mpsc::Sender<WindowOrder>,
    rings: watch::Sender<Option<RingContent>>,
    shortcuts: watch::Sender<bool>,
    sounds: watch::Sender<Option<PlayingBell>>,
    trays: watch::Sender<Option<TrayContent>>,
    waiting: watch::Sender<u32>,
    attention: Attention,
    autostart: Option<Autostart>,
    notices: mpsc::Sender<NoticeOrder>,
    feeds: BTreeMap<WindowName, FrameFeed>,
}

/// The other ends of a [`TauriDesktop`], for the tasks that do what it says.
pub(crate) struct Surfaces {
    pub(crate) windows: mpsc::Receiver<WindowOrder>,
    /// What windows tell of themselves goes the way of what they are told.
    pub(crate) window_orders: mpsc::Sender<WindowOrder>,
    pub(crate) rings: watch::Receiver<Option<RingContent>>,
    pub(crate) shortcuts: watch::Receiver<bool>,
    pub(crate) sounds: watch::Receiver<Option<PlayingBell>>,
    pub(crate) trays: watch::Receiver<Option<TrayContent>>,
    pub(crate) waiting: watch::Receiver<u32>,
    pub(crate) notices: mpsc::Receiver<NoticeOrder>,
}

impl TauriDesktop {
    /// Without an `autostart` the system has no place for one.
    pub(crate) fn new(app: AppHandle, channels: Arc<Channels>, autostart: Option<Autostart>) -> (Self, Surfaces) {
        let (windows, windows_rx) = mpsc::channel(WINDOW_ORDERS);
        let window_orders = windows.clone();
        let (rings, rings_rx) = watch::channel(None);
        let (shortcuts, shortcuts_rx) = watch::channel(false);
        let (sounds, sounds_rx) = watch::channel(None);
        let (trays, trays_rx) = watch::channel(None);
        let (waiting, waiting_rx) = watch::channel(0);
        let (notices, notices_rx) = mpsc::channel(NOTICES);
        let surfaces = Surfaces {
            windows: windows_rx,
            window_orders,
            rings: rings_rx,
            shortcuts: shortcuts_rx,
            sounds: sounds_rx,
            trays: trays_rx,
            waiting: waiting_rx,
            notices: notices_rx,
        };
        let (attention, feeds) = (Attention::new(app.clone()), BTreeMap::new());
        let desktop = Self {
            app,
            channels,
            windows,
            rings,
            shortcuts,
            sounds,
            trays,
            waiting,
            notices,
            attention,
            autostart,
            feeds,
        };
        (desktop, surfaces)
    }

    fn order(&self, order: WindowOrder) {
        if let Err(error) = self.windows.try_send(order) {
            tracing::warn!(%error, "the windows do not keep up");
        }
    }

    fn notice(&self, order: NoticeOrder) {
        if let Err(error) = self.notices.try_send(order) {
            tracing::warn!(%error, "the system's notices do not keep up");
        }
    }
}

impl Desktop for TauriDesktop {
    fn show(&mut self, view: View) {
        self.channels.show(view);
    }

    fn levels(&mut self, levels: Levels) {
        self.channels.levels(levels);
    }

    fn open(&mut self, window: WindowName) {
        self.order(WindowOrder::Open(window));
    }

    fn title(&mut self, window: WindowName, title: String) {
        self.order(WindowOrder::Title(window, title));
    }

    fn reveal(&mut self, window: WindowName) {
        self.order(WindowOrder::Reveal(window));
    }

    fn close(&mut self, window: WindowName) {
        self.channels.forget(window);
        self.order(WindowOrder::Close(window));
    }

    fn put_away(&mut self, window: WindowName, how: PutAway) {
        self.order(WindowOrder::PutAway(window, how));
    }

    fn shape(&mut self, window: WindowName, shape: Shape) {
        self.order(WindowOrder::Shape(window, shape));
    }

    fn ring_looks(&mut self, on: bool) {
        self.order(WindowOrder::RingLooks(on));
    }

    fn feed(&mut self, window: WindowName, sources: Option<Sources>) -> Option<Feed> {
        let Some(sources) = sources else {
            self.feeds.remove(&window);
            return None;
        };
        let feed = match self.feeds.entry(window) {
            Entry::Occupied(open) => {
                open.get().set_sources(sources);
                open.into_mut()
            }
            Entry::Vacant(place) => {
                let begun = FrameFeed::begin(sources).inspect_err(
                    |error| tracing::warn!(%error, "no port of this machine for pictures: none are shown"),
                );
                place.insert(begun.ok()?)
            }
        };
        Some(Feed { address: feed.address().clone(), heights: feed.heights() })
    }

    fn ring(&mut self, ring: Option<RingContent>) {
        self.attention.draw(ring.is_some());
        self.rings.send_replace(ring);
    }

    fn ring_shortcuts(&mut self, wanted: bool) {
        self.shortcuts.send_replace(wanted);
    }

    fn sound(&mut self, sound: Option<PlayingBell>) {
        self.sounds.send_replace(sound);
    }

    fn tray(&mut self, tray: TrayContent) {
        self.trays.send_replace(Some(tray));
    }

    fn missed(&mut self, missed: MissedCallNotification) {
        self.notice(NoticeOrder::missed(missed));
    }

    fn message(&mut self, message: MessageNotification) {
        self.notice(NoticeOrder::message(message));
    }

    fn message_gone(&mut self, chat: &Chat, pos: u64) {
        self.notice(NoticeOrder::Gone(chat.clone(), pos));
    }

    fn visit(&mut self, address: String) {
        // The program that opens it may take its time, or not end before the browser does.
        if let Err(error) = open::that_detached(address) {
            tracing::warn!(%error, "the system opens no address");
        }
    }

    fn seen(&mut self, chat: &Chat) {
        self.notice(NoticeOrder::Withdraw(chat.clone()));
    }

    fn waiting(&mut self, count: u32) {
        self.waiting.send_replace(count);
    }

    fn autostart(&mut self, on: bool) -> io::Result<()> {
        let entry = self.autostart.as_ref().ok_or_else(|| io::Error::other("the system has no place for it"))?;
        entry.set(on)
    }

    fn theme(&mut self, theme: Theme) {
        self.order(WindowOrder::Theme(theme));
    }

    fn zoom(&mut self, percent: u16) {
        self.order(WindowOrder::Zoom(percent));
    }

    fn quit(&mut self) {
        self.app.exit(0);
    }
}
