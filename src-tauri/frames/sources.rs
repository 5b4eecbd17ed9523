//! Where a window's frames come from.

use std::time::Instant;

use carillon_kit::media::Picture;
use tokio::sync::watch;

use super::message::Stream;

/// The latest picture of each stream; without one there is nothing to show of it.
#[derive(Debug, Clone, Default)]
pub struct Sources([Option<Source>; 4]);

#[derive(Debug, Clone)]
struct Source {
    pictures: watch::Receiver<Option<Picture>>,
    since: Option<Instant>,
}

impl Sources {
    /// With the pictures of one more stream, as far as they are not older than `since`.
    #[must_use]
    pub fn with(mut self, stream: Stream, pictures: watch::Receiver<Option<Picture>>, since: Option<Instant>) -> Self {
        self.0[usize::from(stream.number())] = Some(Source { pictures, since });
        self
    }

    /// The streams that there is something of.
    pub fn streams(&self) -> Vec<Stream> {
        Stream::ALL.into_iter().filter(|stream| self.0[usize::from(stream.number())].is_some()).collect()
    }

    /// What a stream shows now.
    pub(super) fn latest(&self, stream: Stream) -> Option<Picture> {
        let Source { pictures, since } = self.0[usize::from(stream.number())].as_ref()?;
        let latest = pictures.borrow().clone()?;
        since.is_none_or(|since| latest.captured_at() >= since).then_some(latest)
    }

    /// Waits until a stream shows another picture, or none any more.
    pub(super) async fn changed(&mut self) -> Stream {
        let [their_camera, their_screen, own_camera, own_screen] = &mut self.0;
        tokio::select! {
            () = change_of(their_camera) => Stream::TheirCamera,
            () = change_of(their_screen) => Stream::TheirScreen,
            () = change_of(own_camera) => Stream::OwnCamera,
            () = change_of(own_screen) => Stream::OwnScreen,
        }
    }
}

/// What has nobody left to change it shows nothing any more, and does not change again.
async fn change_of(source: &mut Option<Source>) {
    let Some(open) = source else { return std::future::pending().await };
    if open.pictures.changed().await.is_err() {
        *source = None;
    }
}
