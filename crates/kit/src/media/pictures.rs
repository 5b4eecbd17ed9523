//! The pictures of a call: this end's camera and screen, which are open only while its user wants it, and what the others show.

mod receiving;
mod sending;
mod viewing;

use std::time::Duration;

use carillon_media::PictureInput;
use carillon_rtc::Transport;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::recordings::{RecordedTo, Recordings};
use super::slots::ToldSlots;
use super::stats::PictureFigures;
use super::{MediaNotice, PictureSource, ShownPictures, bitrates, lip_sync::LipSync, published::PublishedSender};
pub(super) use sending::PictureClock;
use sending::Publisher;
use viewing::Viewing;

/// A screen that is opened fails at most twice, a camera as often as it is unplugged, and each viewer a few times.
const NOTICE_QUEUE: usize = 16;
/// How long the last pictures may take to be written.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Both directions of a call's pictures.
pub(super) struct Pictures {
    stage: Stage,
    publishers: Vec<Publisher>,
    viewings: Vec<Viewing>,
    /// What came by a transport that was replaced, and ends.
    ending: Vec<JoinHandle<()>>,
    /// What the path carries, in bits a second.
    available: u32,
    notices_tx: mpsc::Sender<MediaNotice>,
    notices: mpsc::Receiver<MediaNotice>,
}

/// Where pictures are shown, and what is said of them.
#[derive(Clone)]
pub(super) struct Stage {
    pub(super) shown: ShownPictures,
    pub(super) published: PublishedSender,
    pub(super) recordings: Recordings,
    pub(super) others: Others,
}

/// Whose pictures come in.
#[derive(Clone)]
pub(super) enum Others {
    /// Those of the other end of a call of two, which are shown with its voice.
    One(LipSync),
    /// Those of whoever is in the slots of a group call.
    Many(ToldSlots),
}

impl Stage {
    fn recording(&self, source: PictureSource) -> Option<RecordedTo> {
        self.recordings.of(source)
    }
}

impl Pictures {
    /// Opens no camera and looks at no screen.
    pub(super) fn prepare(transport: &Transport, stage: Stage) -> Self {
        let (notices_tx, notices) = mpsc::channel(NOTICE_QUEUE);
        let publisher = |source: PictureSource| {
            let tracks = Some(transport.publish_all(source.track())).filter(|tracks| !tracks.is_empty())?;
            Some(Publisher::new(source, tracks, &stage.shown, &stage.published, &notices_tx))
        };
        let publishers = PictureSource::ALL.into_iter().filter_map(publisher).collect();
        let viewings = Viewing::all(transport, &stage, &notices_tx);
        let available = *transport.available().borrow();
        Self { stage, publishers, viewings, ending: Vec::new(), available, notices_tx, notices }
    }

    /// Goes on with another transport: what is open stays so, and what comes in begins anew.
    pub(super) fn move_to(&mut self, transport: &Transport) {
        for publisher in &self.publishers {
            publisher.send_by(transport.publish_all(publisher.source().track()));
        }
        self.ending.retain(|ending| !ending.is_finished());
        let viewings = std::mem::replace(&mut self.viewings, Viewing::all(transport, &self.stage, &self.notices_tx));
        self.ending.extend(viewings.into_iter().map(Viewing::end));
        self.set_available(*transport.available().borrow());
    }

    /// The path carries so much now, in bits a second.
    pub(super) fn set_available(&mut self, available: u32) {
        self.available = available;
        let has = |source| {
            self.publishers.iter().any(|publisher| publisher.source() == source && publisher.wanted().is_some())
        };
        let bitrates = bitrates::part(available, has(PictureSource::Camera), has(PictureSource::Screen));
        for publisher in &mut self.publishers {
            publisher.set_budget(match publisher.source() {
                PictureSource::Camera => bitrates.camera,
                PictureSource::Screen => bitrates.screen,
            });
        }
    }

    /// How the pictures of each track are doing.
    pub(super) fn figures(&self) -> Vec<PictureFigures> {
        let sent = self.publishers.iter().flat_map(Publisher::figures);
        sent.chain(self.viewings.iter().filter_map(Viewing::figures)).collect()
    }

    /// Opens this camera or screen, or closes the one that is open. Only after this device's own user has consented.
    pub(super) fn set(&mut self, source: PictureSource, wanted: Option<PictureInput>) {
        let Some(at) = self.publishers.iter().position(|publisher| publisher.source() == source) else {
            return tracing::debug!(?source, "the transport has no slot for it");
        };
        if self.publishers[at].wanted() != wanted.as_ref() {
            self.publishers[at].want(wanted);
            self.set_available(self.available);
            self.publishers[at].open();
        }
    }

    /// Whether what is wanted there is not shown: it does not come, of which the user was told, or the user has yet to choose it.
    pub(super) fn is_held_back(&self, source: PictureSource) -> bool {
        self.publishers.iter().any(|publisher| publisher.source() == source && publisher.is_held_back())
    }

    /// The path is there, or there again: what was sent before may be lost.
    pub(super) fn refresh(&self) {
        self.publishers.iter().for_each(Publisher::refresh);
    }

    /// What the user should know.
    pub(super) async fn notice(&mut self) -> MediaNotice {
        match self.notices.recv().await {
            Some(notice) => notice,
            None => std::future::pending().await, // this end holds a sender
        }
    }

    /// Cameras and screens first: they are what people want closed. What has come in is written to its end.
    pub(super) async fn close(mut self) -> Vec<MediaNotice> {
        self.publishers.iter_mut().for_each(Publisher::close);
        let receiving: Vec<_> = self.viewings.into_iter().map(Viewing::end).chain(self.ending).collect();
        let all_ended = async {
            for ended in receiving {
                // Of a panic its thread has told.
                let _ = ended.await;
            }
        };
        if timeout(CLOSE_TIMEOUT, all_ended).await.is_err() {
            tracing::warn!("the pictures did not end in time");
        }
        drop((self.notices_tx, self.publishers));
        std::iter::from_fn(|| self.notices.try_recv().ok()).collect()
    }
}

fn note(notices: &mpsc::Sender<MediaNotice>, notice: MediaNotice) {
    // Beyond the queue's length the user knows enough.
    let _ = notices.try_send(notice);
}

#[cfg(test)]
mod tests;
