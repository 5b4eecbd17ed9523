//! Which frames go to which window. A window has a feed exactly while it has something to draw.

use std::collections::BTreeMap;

use carillon_ipc::{FeedAddress, SelfView};
use carillon_kit::{End, PictureSource};

use super::Controller;
use crate::{
    desktop::Desktop,
    frames::{Sources, Stream},
    window::WindowName,
};

/// What a window draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Drawn {
    pub(super) their_camera: bool,
    pub(super) their_screen: bool,
    pub(super) own_camera: bool,
    pub(super) own_screen: bool,
}

impl Drawn {
    fn streams(self) -> impl Iterator<Item = (Stream, End, PictureSource)> {
        let all = [
            (self.their_camera, Stream::TheirCamera, End::Other, PictureSource::Camera),
            (self.their_screen, Stream::TheirScreen, End::Other, PictureSource::Screen),
            (self.own_camera, Stream::OwnCamera, End::This, PictureSource::Camera),
            (self.own_screen, Stream::OwnScreen, End::This, PictureSource::Screen),
        ];
        all.into_iter().filter(|(is_drawn, ..)| *is_drawn).map(|(_, stream, end, source)| (stream, end, source))
    }
}

/// The feeds there are.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    addresses: BTreeMap<WindowName, FeedAddress>,
    call: Drawn,
    /// Which of the previews that there were, and where.
    preview: Option<(WindowName, u64)>,
}

impl Feeds {
    pub(super) fn address(&self, window: WindowName) -> Option<FeedAddress> {
        self.addresses.get(&window).cloned()
    }
}

impl<D: Desktop> Controller<D> {
    /// Before the views, which say where the frames are.
    pub(super) fn render_feeds(&mut self) {
        self.render_wants();
        let drawn = self.call_drawn();
        if std::mem::replace(&mut self.feeds.call, drawn) != drawn {
            let session = self.account.session().filter(|_| drawn != Drawn::default());
            let sources = session.map(|session| {
                drawn.streams().fold(Sources::default(), |sources, (stream, end, source)| {
                    sources.with(stream, session.kit.pictures(end, source))
                })
            });
            self.feed(WindowName::Call, sources);
        }
        let preview = self.devices.preview.as_ref();
        let preview = preview.and_then(|open| Some((open.window, open.number, open.pictures.clone()?)));
        let shown = preview.as_ref().map(|(window, number, _)| (*window, *number));
        let before = std::mem::replace(&mut self.feeds.preview, shown);
        if before != shown {
            if let Some((window, _)) = before.filter(|(window, _)| shown.is_none_or(|(now, _)| now != *window)) {
                self.feed(window, None);
            }
            if let Some((window, _, pictures)) = preview {
                self.feed(window, Some(Sources::default().with(Stream::OwnCamera, pictures)));
            }
        }
    }

    /// The other end makes no pictures for a window that cannot be seen, and small ones for a small window. Each call begins with all of it.
    fn render_wants(&mut self) {
        let wants = self.wants();
        if self.pair_call().is_some() {
            // The kit passes on what is new.
            self.apply(|kit| kit.want(PictureSource::Camera, wants.camera_rows));
            self.apply(|kit| kit.want(PictureSource::Screen, wants.screen_rows));
        }
    }

    fn feed(&mut self, window: WindowName, sources: Option<Sources>) {
        match self.desktop.feed(window, sources) {
            Some(address) => drop(self.feeds.addresses.insert(window, address)),
            None => drop(self.feeds.addresses.remove(&window)),
        }
    }

    /// What a window shows of this device's camera while its user looks at themself there.
    pub(super) fn self_view(&self, window: WindowName) -> Option<SelfView> {
        let is_open = self.devices.preview.as_ref().is_some_and(|preview| preview.window == window);
        is_open.then(|| SelfView { feed: self.feeds.address(window), is_mirrored: self.is_mirrored() })
    }
}
