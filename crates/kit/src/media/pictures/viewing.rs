//! Where others' pictures come in: each track that they come by has a task, which shows the other end of a call of two, or whoever is in
//! that slot of a group call.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use carillon_media::Picture;
use carillon_protocol::{MediaSlot, Published, UserId, Wants};
use carillon_rtc::{End, ReceivingTrack, TrackId, Transport};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::super::{
    MediaNotice, PictureSource,
    slots::{Occupant, ToldSlots, number},
    stats::PictureFigures,
};
use super::receiving::View;
use super::{Others, Stage};

/// One track, and its task.
pub(super) struct Viewing {
    id: TrackId,
    source: PictureSource,
    seen: watch::Receiver<Option<Seen>>,
    receiving: JoinHandle<()>,
    /// Dropping it ends the receiving.
    stop: oneshot::Sender<()>,
}

/// Who is seen by a track.
#[derive(Debug, Clone)]
struct Seen {
    /// `None`: the other end of a call of two.
    user: Option<UserId>,
    latest: watch::Receiver<Option<Picture>>,
    freezes: Arc<AtomicU32>,
}

impl Viewing {
    /// Takes all tracks of a transport by which pictures come.
    pub(super) fn all(transport: &Transport, stage: &Stage, notices: &mpsc::Sender<MediaNotice>) -> Vec<Self> {
        // A transport to the server has more of them than the other end of a call of two is seen by.
        let last = if let Others::One(_) = stage.others { 0 } else { u8::MAX };
        let tracks = PictureSource::ALL.into_iter().flat_map(|source| {
            (0..=last).map_while(move |slot| Some((source, transport.receive_in(source.track(), slot)?)))
        });
        tracks.map(|(source, track)| Self::take(source, track, stage.clone(), notices.clone())).collect()
    }

    fn take(source: PictureSource, track: ReceivingTrack, stage: Stage, notices: mpsc::Sender<MediaNotice>) -> Self {
        let ((stop, stopped), (seen_tx, seen), id) = (oneshot::channel(), watch::channel(None), track.id());
        let usher = Usher { source, stage, notices, seen: seen_tx };
        let receiving = tokio::spawn(usher.show(track, async {
            // Whoever stops it drops it.
            let _: Result<(), _> = stopped.await;
        }));
        Self { id, source, seen, receiving, stop }
    }

    /// Ends it. What has come in is written to its end, which is to be waited for.
    pub(super) fn end(self) -> JoinHandle<()> {
        drop(self.stop);
        self.receiving
    }

    /// Of what is seen, while something is.
    pub(super) fn figures(&self) -> Option<PictureFigures> {
        let seen = self.seen.borrow();
        let Seen { user, latest, freezes } = seen.as_ref()?;
        let size = latest.borrow().as_ref()?.size();
        Some(PictureFigures {
            id: self.id,
            source: self.source,
            user: user.clone(),
            size: (size.width() as u32, size.height() as u32),
            freezes: freezes.load(Ordering::Relaxed),
            is_paused: false,
        })
    }
}

/// Shows what comes by a track in the place of whose it is.
struct Usher {
    source: PictureSource,
    stage: Stage,
    notices: mpsc::Sender<MediaNotice>,
    seen: watch::Sender<Option<Seen>>,
}

impl Usher {
    async fn show(self, mut track: ReceivingTrack, stopped: impl Future<Output = ()>) {
        let mut stopped = pin!(stopped);
        match self.stage.others.clone() {
            Others::One(_) => {
                let view = self.view_of_other_end();
                view.receive(&mut track, stopped).await;
                self.stage.shown.sender(End::Other, self.source).send_replace(None);
            }
            Others::Many(mut slots) => {
                let (mut goes_on, slot) = (true, number(track.id()));
                while goes_on {
                    let occupant = Occupant::of(slots.borrow_and_update().as_deref(), slot);
                    goes_on = match occupant {
                        Occupant::Known(who) => self.show_one(who, &mut track, &mut slots, stopped.as_mut()).await,
                        Occupant::Unknown | Occupant::Nobody => tokio::select! {
                            Ok(()) = slots.changed() => true,
                            // It is left over, or nobody has said yet whose it is.
                            frame = track.next() => frame.is_some(),
                            () = &mut stopped => false,
                        },
                    };
                }
            }
        }
    }

    /// Shows somebody until they are in this slot no more. Says whether the track goes on.
    async fn show_one(
        &self,
        who: MediaSlot,
        track: &mut ReceivingTrack,
        slots: &mut ToldSlots,
        mut stopped: Pin<&mut impl Future<Output = ()>>,
    ) -> bool {
        // What is left over of somebody else must not become a part of their picture.
        track.need_key_frame();
        let incoming = self.stage.shown.begin(&who.user, self.source);
        let view = self.view_of(&who.user, incoming.latest());
        let (slot, mut is_stopped) = (who.slot, false);
        let over = async {
            tokio::select! {
                () = goes(slots, slot, &who) => {}
                () = &mut stopped => is_stopped = true,
            }
        };
        let goes_on = view.receive(track, over).await;
        self.seen.send_replace(None);
        goes_on && !is_stopped
    }

    fn view_of_other_end(&self) -> View {
        let shown = &self.stage.shown;
        let latest = shown.sender(End::Other, self.source).clone();
        let view = self.view(latest, shown.published(), shown.wants());
        self.see(None, &view);
        view
    }

    fn view_of(&self, user: &UserId, latest: &watch::Sender<Option<Picture>>) -> View {
        // What is wanted of them is said by the wish for their pictures; nobody says anything here.
        let wants = watch::Sender::new(Wants::default()).subscribe();
        let mut view = self.view(latest.clone(), self.stage.shown.published_of(user), wants);
        view.recording = view.recording.map(|recording| recording.of(user));
        self.see(Some(user.clone()), &view);
        view
    }

    fn see(&self, user: Option<UserId>, view: &View) {
        let seen = Seen { user, latest: view.shown.subscribe(), freezes: Arc::clone(&view.freezes) };
        self.seen.send_replace(Some(seen));
    }

    fn view(
        &self,
        latest: watch::Sender<Option<Picture>>,
        published: watch::Receiver<Published>,
        wants: watch::Receiver<Wants>,
    ) -> View {
        let lip_sync = match &self.stage.others {
            // A screen stands beside what is said, and has no lips.
            Others::One(lip_sync) => Some(lip_sync.clone()).filter(|_| self.source == PictureSource::Camera),
            Others::Many(_) => None,
        };
        View {
            source: self.source,
            recording: self.stage.recording(self.source),
            published,
            wants,
            published_tx: self.stage.published.clone(),
            shown: latest,
            needs_key_frame: Arc::default(),
            notices: self.notices.clone(),
            freezes: Arc::default(),
            lip_sync,
        }
    }
}

/// Waits until somebody is in a slot no more.
async fn goes(slots: &mut ToldSlots, slot: u8, who: &MediaSlot) {
    while slots.changed().await.is_ok() {
        let now = Occupant::of(slots.borrow_and_update().as_deref(), slot);
        if !matches!(now, Occupant::Known(now) if now == *who) {
            return;
        }
    }
    std::future::pending().await // the call's media end, and stop this too
}
