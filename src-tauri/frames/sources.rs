//! Where a window's frames come from.

use std::collections::BTreeMap;

use carillon_ipc::Stream;
use carillon_kit::media::Picture;
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};

use crate::backend::LatestPicture;

/// The latest picture of each stream; without one there is nothing to show of it.
#[derive(Debug, Clone, Default)]
pub struct Sources(BTreeMap<Stream, LatestPicture>);

impl Sources {
    /// With the pictures of one more stream.
    #[must_use]
    pub fn with(mut self, stream: Stream, pictures: LatestPicture) -> Self {
        self.0.insert(stream, pictures);
        self
    }

    /// The streams that there is something of.
    pub fn streams(&self) -> Vec<Stream> {
        self.0.keys().copied().collect()
    }

    /// What a stream shows now.
    pub(super) fn latest(&self, stream: Stream) -> Option<Picture> {
        self.0.get(&stream)?.borrow().clone()
    }

    /// Nobody is left who could change what a stream shows: it has ended.
    pub(super) fn remove(&mut self, stream: Stream) {
        self.0.remove(&stream);
    }

    /// Looks at all of them from now on.
    pub(super) fn watch(&self) -> Watched {
        Watched(self.0.iter().map(|(stream, pictures)| next_change(*stream, pictures.clone())).collect())
    }
}

/// The streams whose pictures may change. Only the one that does is looked at.
pub(super) struct Watched(FuturesUnordered<BoxFuture<'static, (Stream, Option<LatestPicture>)>>);

/// What has happened to a stream.
pub(super) enum Change {
    /// It shows another picture, or none any more.
    Picture(Stream),
    /// Nobody is left to change it.
    Over(Stream),
}

impl Watched {
    /// Waits until something happens to one of them.
    pub(super) async fn next(&mut self) -> Change {
        match self.0.next().await {
            Some((stream, Some(pictures))) => {
                self.0.push(next_change(stream, pictures));
                Change::Picture(stream)
            }
            Some((stream, None)) => Change::Over(stream),
            None => std::future::pending().await,
        }
    }
}

fn next_change(stream: Stream, mut pictures: LatestPicture) -> BoxFuture<'static, (Stream, Option<LatestPicture>)> {
    Box::pin(async move {
        let is_open = pictures.changed().await.is_ok();
        (stream, is_open.then_some(pictures))
    })
}
