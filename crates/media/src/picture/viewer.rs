//! What the other end's pictures become: a thread decodes them, the latest is there to be shown, and all may be recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self as std_mpsc, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::watch;

use super::decoder::VideoDecoder;
use super::picture::Picture;
use super::recording::PictureRecording;
use crate::error::MediaError;
use crate::threads;

const THREAD: &str = "picture decoder";
/// A second of pictures that wait for the decoder. A machine that is further behind begins anew with a key frame.
const UNIT_QUEUE: usize = 30;
/// When nothing decodes any more, the last good picture is shown for so long, and then none.
const LAST_STAYS: Duration = Duration::from_secs(2);

/// One encoded picture from the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedPicture {
    /// One access unit of H.264 with start codes (Annex B).
    pub payload: Bytes,
    /// When the last of it came.
    pub arrived_at: Instant,
}

/// What happens to a viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewerEvent {
    /// What came last does not decode: nothing more will, before the next key frame.
    KeyFrameNeeded,
    /// The recording cannot be written, or the decoder's thread panicked.
    Failed(MediaError),
}

/// Decodes one track's pictures. Dropping it waits for the last of them, and for the end of the recording.
pub struct PictureViewer {
    units: Option<std_mpsc::SyncSender<ReceivedPicture>>,
    overrun: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl PictureViewer {
    /// Starts the decoder, whose latest picture is in `shown`. With `recording` all pictures are written there, each with the note `at=` and the time of day in
    /// milliseconds when it was decoded.
    ///
    /// # Errors
    /// [`MediaError`]: the system refuses a thread.
    pub fn start(
        shown: watch::Sender<Option<Picture>>,
        recording: Option<PictureRecording>,
        tell: impl Fn(ViewerEvent) + Clone + Send + 'static,
    ) -> Result<Self, MediaError> {
        let (units, units_rx) = std_mpsc::sync_channel(UNIT_QUEUE);
        let overrun = Arc::new(AtomicBool::new(false));
        let (decoder, staying) = (VideoDecoder::new(), Staying::default());
        let worker = Worker { decoder, staying, overrun: Arc::clone(&overrun), shown, recording };
        let telling = tell.clone();
        let crashed = move |error| tell(ViewerEvent::Failed(error));
        let thread = threads::start(THREAD, move || worker.run(&units_rx, telling), crashed)?;
        Ok(Self { units: Some(units), overrun, thread: Some(thread) })
    }

    /// Takes a picture from the network. Never blocks: where the decoder is too far behind it is lost, and a key frame is needed.
    pub fn push(&self, picture: ReceivedPicture) {
        let is_taken = self.units.as_ref().is_some_and(|units| units.try_send(picture).is_ok());
        if !is_taken {
            self.overrun.store(true, Ordering::Release);
        }
    }
}

impl Drop for PictureViewer {
    fn drop(&mut self) {
        self.units = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How long the last good picture stays when what follows does not decode.
#[derive(Debug, Default)]
struct Staying {
    until: Option<Instant>,
    is_over: bool,
}

impl Staying {
    fn decoded(&mut self) {
        *self = Self::default();
    }

    fn failed(&mut self, now: Instant) {
        self.until.get_or_insert(now + LAST_STAYS);
    }

    /// How much longer; `None` while there is no end to it.
    fn left(&self, now: Instant) -> Option<Duration> {
        self.until.filter(|_| !self.is_over).map(|until| until.saturating_duration_since(now))
    }

    /// Says once that it is over.
    fn is_over(&mut self, now: Instant) -> bool {
        let is_over = self.left(now).is_some_and(|left| left.is_zero());
        self.is_over |= is_over;
        is_over
    }
}

struct Worker {
    decoder: VideoDecoder,
    staying: Staying,
    overrun: Arc<AtomicBool>,
    shown: watch::Sender<Option<Picture>>,
    recording: Option<PictureRecording>,
}

impl Worker {
    fn run(mut self, units: &std_mpsc::Receiver<ReceivedPicture>, tell: impl Fn(ViewerEvent)) {
        while let Some(unit) = self.next(units) {
            if self.overrun.swap(false, Ordering::AcqRel) {
                self.decoder = VideoDecoder::new();
            }
            match self.decoder.decode(&unit.payload, unit.arrived_at) {
                Ok(Some(picture)) => {
                    self.staying.decoded();
                    self.show(picture, &tell);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(%error, "a picture is not shown");
                    self.staying.failed(Instant::now());
                    tell(ViewerEvent::KeyFrameNeeded);
                }
            }
        }
        if let Some(Err(error)) = self.recording.map(|recording| recording.flush()) {
            tell(ViewerEvent::Failed(error));
        }
    }

    /// Waits for the next unit; a picture that stays for too long meanwhile is taken away.
    fn next(&mut self, units: &std_mpsc::Receiver<ReceivedPicture>) -> Option<ReceivedPicture> {
        loop {
            let now = Instant::now();
            if self.staying.is_over(now) {
                self.shown.send_replace(None);
            }
            let Some(left) = self.staying.left(now) else { return units.recv().ok() };
            match units.recv_timeout(left) {
                Ok(unit) => return Some(unit),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    fn show(&mut self, picture: Picture, tell: &impl Fn(ViewerEvent)) {
        if let Some(Err(error)) = self.recording.as_ref().map(|recording| recording.write(&picture)) {
            self.recording = None;
            tell(ViewerEvent::Failed(error));
        }
        self.shown.send_replace(Some(picture));
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::BufReader;

    use super::*;
    use crate::picture::counter::frame_number;
    use crate::picture::{PictureContent, PictureSize, TestPattern, VideoEncoder, VideoEncoderConfig, Y4mReader};

    #[test]
    fn pictures_are_shown_and_recorded_with_their_time() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("seen.y4m");
        let (shown_tx, shown) = watch::channel(None);
        let recording = PictureRecording::begin(&path).expect("it can be made");
        let viewer = PictureViewer::start(shown_tx, Some(recording), |event| panic!("{event:?}")).expect("it starts");

        film(10).into_iter().for_each(|picture| viewer.push(picture));
        drop(viewer);

        let last = shown.borrow().clone().expect("a picture");
        assert_eq!(frame_number(&last), Some(9));
        let mut reader = Y4mReader::new(BufReader::new(File::open(&path).expect("made"))).expect("a good header");
        let mut numbers = Vec::new();
        while let Some(frame) = reader.next_frame().expect("whole") {
            assert!(frame.note.is_some_and(|note| note.starts_with("at=1")));
            let picture = Picture::new(reader.size(), Instant::now(), frame.planes).expect("whole");
            numbers.extend(frame_number(&picture));
        }
        assert_eq!(numbers, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn what_does_not_decode_asks_for_a_key_frame() {
        let (told_tx, told) = std_mpsc::channel();
        let (shown_tx, shown) = watch::channel(None);
        let viewer = PictureViewer::start(shown_tx, None, move |event| drop(told_tx.send(event))).expect("it starts");

        film(2).into_iter().skip(1).for_each(|picture| viewer.push(picture));

        assert_eq!(told.recv(), Ok(ViewerEvent::KeyFrameNeeded));
        drop(viewer);
        assert!(shown.borrow().is_none());
    }

    #[test]
    fn when_nothing_decodes_any_more_the_last_picture_stays_for_two_seconds() {
        let (mut staying, now) = (Staying::default(), Instant::now());
        let after = |milliseconds| now + Duration::from_millis(milliseconds);

        assert_eq!(staying.left(now), None, "a screen that stands still stays");
        staying.failed(now);
        staying.failed(after(1000));
        assert!(!staying.is_over(after(1999)));
        assert!(staying.is_over(after(2000)) && !staying.is_over(after(2001)), "it is told once");
        staying.failed(after(2500));
        assert_eq!(staying.left(after(2500)), None);
        staying.decoded();
        staying.failed(after(3000));
        assert_eq!(staying.left(after(3000)), Some(LAST_STAYS));
    }

    fn film(pictures: u32) -> Vec<ReceivedPicture> {
        let pattern = TestPattern::new(PictureSize::new(320, 180).expect("a size"));
        let config = VideoEncoderConfig { content: PictureContent::Camera, bitrate: 1_000_000, frame_rate: 30 };
        let (mut encoder, now) = (VideoEncoder::new(config), Instant::now());
        let shot = (0..pictures).map(|number| {
            let at = now + Duration::from_millis(33) * number;
            let picture = pattern.picture(number, at).expect("whole");
            let unit = encoder.encode(&picture).expect("it encodes").expect("none is left out");
            ReceivedPicture { payload: unit.payload, arrived_at: at }
        });
        shot.collect()
    }
}
