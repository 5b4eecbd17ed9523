//! Somebody's pictures: they are decoded and shown, and how evenly they come is counted.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use carillon_media::{Picture, PictureViewer, ViewerEvent};
use carillon_protocol::{Published, Wants};
use carillon_rtc::ReceivingTrack;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use super::super::{
    MediaDevice, MediaNotice, PictureSource,
    frames::{self, ArrivedPicture},
    lip_sync::LipSync,
    published::PublishedSender,
    recordings::RecordedTo,
    shown::Curtain,
};
use super::note;

/// The last picture stays for so long when those after it are no use, and how often that is looked at.
const LAST_STAYS: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// As many pictures as come while one waits for its sound.
const MOST_WAITING: usize = 16;
/// A longer pause than this is no freeze.
const OFF_AFTER: Duration = Duration::from_secs(10);

/// Where somebody's pictures go. A group call has one for each time that somebody is in a slot.
pub(super) struct View {
    pub(super) source: PictureSource,
    pub(super) recording: Option<RecordedTo>,
    /// What they say that they show.
    pub(super) published: watch::Receiver<Published>,
    /// What this end wants to see of it, and where that is said.
    pub(super) wants: watch::Receiver<Wants>,
    pub(super) published_tx: PublishedSender,
    pub(super) shown: watch::Sender<Option<Picture>>,
    pub(super) needs_key_frame: Arc<Notify>,
    pub(super) notices: mpsc::Sender<MediaNotice>,
    pub(super) freezes: Arc<AtomicU32>,
    /// Shows pictures with their sound.
    pub(super) lip_sync: Option<LipSync>,
}

impl View {
    /// Shows what they send, until this is over or the track ends, and writes it to its end. Says whether the track goes on. The last picture
    /// stays.
    pub(super) async fn receive(mut self, track: &mut ReceivingTrack, over: impl Future<Output = ()>) -> bool {
        let mut over = pin!(over);
        let (mut viewer, mut pace, mut waiting) = (None, Pace::of(self.source), Waiting::default());
        let (published, wants) = (*self.published.borrow_and_update(), *self.wants.borrow_and_update());
        let mut curtain = Curtain::of(self.source, published, wants);
        self.published_tx.wants(wants);
        let mut seen = self.shown.subscribe();
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let goes_on = loop {
            tokio::select! {
                frame = track.next() => {
                    let Some(frame) = frame else { break false };
                    if pace.is_frozen_before(frame.arrived_at) {
                        self.freezes.fetch_add(1, Ordering::Relaxed);
                    }
                    if viewer.is_none() {
                        viewer = Some(self.start());
                    }
                    let at = match &self.lip_sync {
                        Some(lip_sync) => lip_sync.show_at(track.taken_at(frame.timestamp), frame.arrived_at),
                        None => frame.arrived_at,
                    };
                    show(&viewer, waiting.add(frames::arrive_picture(frame), at));
                }
                () = waiting.due() => show(&viewer, waiting.take()),
                () = self.needs_key_frame.notified() => track.need_key_frame(),
                Ok(()) = self.published.changed() => {
                    curtain.hear(*self.published.borrow_and_update());
                    seen.mark_changed();
                }
                Ok(()) = self.wants.changed() => {
                    let wants = *self.wants.borrow_and_update();
                    self.published_tx.wants(wants);
                    curtain.want(wants);
                    seen.mark_changed();
                }
                // A picture that was still on its way, or the last one.
                Ok(()) = seen.changed(), if curtain.is_drawn() => {
                    self.shown.send_if_modified(|shown| shown.take().is_some());
                }
                _ = looks.tick(), if viewer.is_some() => {
                    if track.useless_since().is_some_and(|since| since.elapsed() > LAST_STAYS) {
                        self.shown.send_if_modified(|shown| shown.take().is_some());
                    }
                }
                () = &mut over => break true,
            }
        };
        while let Some(picture) = waiting.take() {
            show(&viewer, Some(picture));
        }
        // The last of a recording is written, which is waited for elsewhere.
        let ended = tokio::task::spawn_blocking(move || drop(viewer)).await;
        if let Err(error) = ended {
            tracing::warn!(%error, "a viewer did not end well");
        }
        goes_on
    }

    /// A decoder and a thread, for a call that has pictures.
    fn start(&self) -> Option<PictureViewer> {
        let (needs_key_frame, notices) = (Arc::clone(&self.needs_key_frame), self.notices.clone());
        let tell = move |event| match event {
            ViewerEvent::KeyFrameNeeded => needs_key_frame.notify_one(),
            ViewerEvent::Failed(error) => note(&notices, MediaNotice::of(MediaDevice::Picture, error)),
        };
        let tell_of = |error| note(&self.notices, MediaNotice::of(MediaDevice::Picture, error));
        let recording = self.recording.as_ref().and_then(|recording| {
            recording.open(self.source.size_in(*self.published.borrow())).unwrap_or_else(|error| {
                tell_of(error);
                None
            })
        });
        PictureViewer::start(self.shown.clone(), recording, tell).map_err(tell_of).ok()
    }
}

fn show(viewer: &Option<Option<PictureViewer>>, frame: Option<ArrivedPicture>) {
    if let (Some(Some(viewer)), Some(frame)) = (viewer, frame) {
        viewer.push(frame);
    }
}

/// Pictures that wait for their sound, in their order.
#[derive(Debug, Default)]
struct Waiting(VecDeque<(Instant, ArrivedPicture)>);

impl Waiting {
    /// One that is due goes on at once, and where too many wait the first of them does.
    fn add(&mut self, frame: ArrivedPicture, at: Instant) -> Option<ArrivedPicture> {
        self.0.push_back((at, frame));
        let is_due = self.0.front().is_some_and(|(at, _)| *at <= Instant::now());
        if is_due || self.0.len() > MOST_WAITING { self.take() } else { None }
    }

    async fn due(&self) {
        match self.0.front() {
            Some((at, _)) => sleep_until((*at).into()).await,
            None => std::future::pending().await,
        }
    }

    fn take(&mut self) -> Option<ArrivedPicture> {
        self.0.pop_front().map(|(_, frame)| frame)
    }
}

/// How evenly pictures come: a freeze is a pause of three times the usual one, and of at least 150 ms more than it (as in WebRTC's
/// statistics, `freezeCount`).
#[derive(Debug)]
struct Pace {
    /// A screen that stands still sends nothing, and nobody can tell that from a freeze.
    may_stand_still: bool,
    last: Option<Instant>,
    usual: Option<Duration>,
}

impl Pace {
    fn of(source: PictureSource) -> Self {
        Self { may_stand_still: source == PictureSource::Screen, last: None, usual: None }
    }

    fn is_frozen_before(&mut self, now: Instant) -> bool {
        let Some(last) = self.last.replace(now) else { return false };
        let pause = now.saturating_duration_since(last);
        let Some(usual) = self.usual else {
            self.usual = Some(pause);
            return false;
        };
        // A camera that was off did not freeze.
        let is_frozen = pause > (usual * 3).max(usual + Duration::from_millis(150)) && pause < OFF_AFTER;
        if !is_frozen && pause < OFF_AFTER {
            self.usual = Some((usual * 9 + pause) / 10);
        }
        is_frozen && !self.may_stand_still
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_of_several_pictures_is_a_freeze_and_a_camera_that_was_off_is_none() {
        let (mut pace, mut now) = (Pace::of(PictureSource::Camera), Instant::now());
        let mut after = |milliseconds| {
            now += Duration::from_millis(milliseconds);
            pace.is_frozen_before(now)
        };

        assert!((0..30).all(|_| !after(33)));
        assert!(!after(120), "a picture or two are late");
        assert!(after(250));
        assert!(!after(33) && !after(30_000) && !after(33));
    }

    #[test]
    fn a_screen_that_stands_still_is_not_frozen() {
        let (mut pace, mut now) = (Pace::of(PictureSource::Screen), Instant::now());
        let mut after = |milliseconds| {
            now += Duration::from_millis(milliseconds);
            pace.is_frozen_before(now)
        };

        assert!((0..30).all(|_| !after(66)));
        assert!(!after(3000) && !after(66) && !after(9000));
    }
}
