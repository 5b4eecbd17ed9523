//! Where a window's frames come from.

use carillon_kit::media::Picture;
use tokio::sync::watch;

use super::message::Stream;

/// The latest picture of each stream; without one there is nothing to show of it.
#[derive(Debug, Clone, Default)]
pub struct Sources([Option<watch::Receiver<Option<Picture>>>; 4]);

impl Sources {
    /// With the pictures of one more stream.
    #[must_use]
    pub fn with(mut self, stream: Stream, pictures: watch::Receiver<Option<Picture>>) -> Self {
        self.0[usize::from(stream.number())] = Some(pictures);
        self
    }

    /// The streams that there is something of.
    pub fn streams(&self) -> Vec<Stream> {
        Stream::ALL.into_iter().filter(|stream| self.0[usize::from(stream.number())].is_some()).collect()
    }

    /// What a stream shows now.
    pub(super) fn latest(&self, stream: Stream) -> Option<Picture> {
        self.0[usize::from(stream.number())].as_ref()?.borrow().clone()
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
async fn change_of(source: &mut Option<watch::Receiver<Option<Picture>>>) {
    let Some(open) = source else { return std::future::pending().await };
    if open.changed().await.is_err() {
        *source = None;
    }
}
