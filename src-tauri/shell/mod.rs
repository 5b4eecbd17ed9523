//! The glue: Tauri's windows, tray and notifications as one [`Desktop`].
//!
//! What the controller asks for is passed on to tasks that each own one thing (windows, tray, notification, bell) and work in
//! the order they were asked.

pub(crate) mod channels;
pub(crate) mod commands;
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
    sync::Arc,
};

use carillon_ipc::{Levels, Theme};
use tauri::{AppHandle, Manager, UserAttentionType};
use tokio::sync::{mpsc, watch};

use crate::{
    desktop::{
        Desktop, Feed, MessageNotification, MissedCallNotification, PlayingBell, PutAway, Shape, TrayContent, View,
    },
    frames::{FrameFeed, Sources},
    ring::RingContent,
    window::WindowName,
};
use channels::Channels;
use windows::WindowOrder;

/// A user cannot ask for more windows than this at once.
const WINDOW_ORDERS: usize = 64;

/// The desktop that Tauri gives.
pub(crate) struct TauriDesktop {
    app: AppHandle,
    channels: Arc<Channels>,
    windows: mpsc::Sender<WindowOrder>,
    rings: watch::Sender<Option<RingContent>>,
    shortcuts: watch::Sender<bool>,
    sounds: watch::Sender<Option<PlayingBell>>,
    trays: watch::Sender<Option<TrayContent>>,
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
}

impl TauriDesktop {
    pub(crate) fn new(app: AppHandle, channels: Arc<Channels>) -> (Self, Surfaces) {
        let (windows, windows_rx) = mpsc::channel(WINDOW_ORDERS);
        let window_orders = windows.clone();
        let (rings, rings_rx) = watch::channel(None);
        let (shortcuts, shortcuts_rx) = watch::channel(false);
        let (sounds, sounds_rx) = watch::channel(None);
        let (trays, trays_rx) = watch::channel(None);
        let surfaces = Surfaces {
            windows: windows_rx,
            window_orders,
            rings: rings_rx,
            shortcuts: shortcuts_rx,
            sounds: sounds_rx,
            trays: trays_rx,
        };
        (Self { app, channels, windows, rings, shortcuts, sounds, trays, feeds: BTreeMap::new() }, surfaces)
    }

    fn order(&self, order: WindowOrder) {
        if let Err(error) = self.windows.try_send(order) {
            tracing::warn!(%error, "the windows do not keep up");
        }
    }

    fn draw_attention(&self, ringing: bool) {
        let Some(main) = self.app.get_webview_window(WindowName::Main.label()) else { return };
        // Some desktops know no such thing; the ring says it in other ways too.
        let _ = main.request_user_attention(ringing.then_some(UserAttentionType::Critical));
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
        self.draw_attention(ring.is_some());
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
        notifications::show(&self.app, &missed);
    }

    fn message(&mut self, message: MessageNotification) {
        notifications::show_message(&self.app, message);
    }

    fn missed_seen(&mut self) {
        notifications::withdraw(&self.app);
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
