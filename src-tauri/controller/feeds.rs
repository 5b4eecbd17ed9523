//! Which frames go to which window. A window has a feed exactly while it has something to draw.

use std::collections::BTreeMap;

use carillon_ipc::{CameraTestView, FeedAddress};
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
    /// Which of the previews that there were.
    preview: Option<u64>,
}

impl Feeds {
    pub(super) fn address(&self, window: WindowName) -> Option<FeedAddress> {
        self.addresses.get(&window).cloned()
    }
}

impl<D: Desktop> Controller<D> {
    /// Before the views, which say where the frames are.
    pub(super) fn render_feeds(&mut self) {
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
        let (number, pictures) =
            (preview.map(|preview| preview.number), preview.and_then(|open| open.pictures.clone()));
        let number = number.filter(|_| pictures.is_some());
        if std::mem::replace(&mut self.feeds.preview, number) != number {
            let sources = pictures.map(|pictures| Sources::default().with(Stream::OwnCamera, pictures));
            self.feed(WindowName::Settings, sources);
        }
    }

    fn feed(&mut self, window: WindowName, sources: Option<Sources>) {
        match self.desktop.feed(window, sources) {
            Some(address) => drop(self.feeds.addresses.insert(window, address)),
            None => drop(self.feeds.addresses.remove(&window)),
        }
    }

    pub(super) fn camera_test_view(&self) -> Option<CameraTestView> {
        self.devices
            .preview
            .as_ref()
            .map(|_| CameraTestView { feed: self.feeds.address(WindowName::Settings), is_mirrored: self.is_mirrored() })
    }
}
