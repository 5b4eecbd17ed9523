//! A camera in use, or a shared screen: a thread takes pictures, another one encodes the latest of them, and off is off.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::{mpsc, watch};

use super::encoding::{Controls, EncodedPicture, Encoding, SentPictures, ToEncode};
use super::fit;
use super::input::PictureInput;
use super::latest::{LatestSender, latest};
use super::picture::Picture;
use super::scale::Scaler;
use super::source::Stop;
use super::taking::{PictureEvent, PictureTaker, Taking};
use crate::error::MediaError;
use crate::threads;

const CAPTURE_THREAD: &str = "pictures";
const ENCODE_THREAD: &str = "picture encoder";

/// An open camera or screen. Dropping it turns it off: what is still queued then is [stale](EncodedPicture::is_stale), and its threads end.
pub struct PictureStream {
    controls: Arc<Controls>,
    stop: Stop,
    taken: Taken,
}

/// Where each picture is shown as it was taken, while somebody looks.
#[derive(Clone)]
struct Taken {
    controls: Arc<Controls>,
    shown: watch::Sender<Option<Picture>>,
}

impl Taken {
    /// Nothing is shown any more once the stream is off: the next stream may be showing there.
    fn show(&self, picture: Option<&Picture>) {
        if picture.is_some() && self.shown.receiver_count() == 0 {
            return;
        }
        self.shown.send_if_modified(|shown| {
            let is_on = !self.controls.is_off.load(Ordering::Acquire);
            if is_on {
                *shown = picture.cloned();
            }
            is_on
        });
    }
}

impl PictureStream {
    /// Begins to open a camera or a screen, because this device's own user turned it on. Its pictures go to `pictures`; one that waits there
    /// for too long lets later ones be left out before they are encoded. Each picture is in `shown` as it was taken, as long as anybody looks
    /// there. `tell` hears why there are no (more) pictures, and of a camera that is back.
    ///
    /// # Errors
    /// [`MediaError`]: the system refuses a thread.
    pub fn open(
        input: &PictureInput,
        bitrate: u32,
        shown: watch::Sender<Option<Picture>>,
        pictures: mpsc::Sender<EncodedPicture>,
        tell: impl Fn(PictureEvent) + Clone + Send + 'static,
    ) -> Result<Self, MediaError> {
        let controls = Controls { bitrate: AtomicU32::new(bitrate), ..Controls::default() };
        let (controls, stop) = (Arc::new(controls), Stop::default());
        let (to_encode, to_encode_rx) = latest();
        let taken = Taken { controls: Arc::clone(&controls), shown };
        let stream = Self { controls: Arc::clone(&controls), stop: stop.clone(), taken: taken.clone() };
        let encoding = Encoding::new(input.content(), controls, pictures);
        let (failed, crashed) = (tell.clone(), tell.clone());
        let encode = move || encoding.run(&to_encode_rx, |error| failed(PictureEvent::Failed(error)));
        threads::start(ENCODE_THREAD, encode, move |error| crashed(PictureEvent::Failed(error)))?;
        let (input, is_awaited, is_to_be_chosen) = (input.clone(), input.is_awaited(), input.is_to_be_chosen());
        let taking = Taking {
            thread: CAPTURE_THREAD,
            open: move |stop: &Stop| input.open(stop),
            is_awaited,
            is_to_be_chosen,
            stop,
            tell,
        };
        taking.begin(ToEncoder { taken, to_encode, scaler: Scaler::default() })?;
        Ok(stream)
    }

    /// The next picture will need none before it.
    pub fn request_key_frame(&self) {
        self.controls.wants_key_frame.store(true, Ordering::Release);
    }

    /// The other end sees no more rows than these, and with 0 none: then none are made, until the next one that is, which will need none before
    /// it. `None`: it sees them as they are.
    pub fn set_most_rows(&self, rows: Option<u32>) {
        let told = rows.map_or(0, |rows| rows.saturating_add(1));
        let were_unseen = self.controls.most_rows.swap(told, Ordering::AcqRel) == 1;
        if were_unseen {
            self.request_key_frame();
        }
    }

    /// What was encoded so far did not leave: the next picture needs none before it, however soon it comes after another such.
    pub fn begin_anew(&self) {
        self.controls.begins_anew.store(true, Ordering::Release);
    }

    /// After it has returned no picture may be sent any more.
    pub fn turn_off(&self) {
        if !self.controls.is_off.swap(true, Ordering::AcqRel) {
            self.taken.shown.send_if_modified(|shown| shown.take().is_some());
        }
        self.stop.stop();
    }

    /// What has become of its pictures so far.
    #[must_use]
    pub fn sent(&self) -> SentPictures {
        self.controls.sent_pictures()
    }

    /// Changes what its pictures may have from the next one on, in bits a second. Size and rate follow.
    pub fn set_bitrate(&self, bitrate: u32) {
        self.controls.bitrate.store(bitrate, Ordering::Release);
    }
}

impl Drop for PictureStream {
    fn drop(&mut self) {
        self.turn_off();
    }
}

/// Shows pictures and passes them on.
struct ToEncoder {
    taken: Taken,
    to_encode: LatestSender<ToEncode>,
    scaler: Scaler,
}

impl PictureTaker for ToEncoder {
    fn begin(&mut self, frame_rate: u32) {
        let controls = &self.taken.controls;
        controls.frame_rate.store(frame_rate, Ordering::Release);
        controls.wants_key_frame.store(true, Ordering::Release);
    }

    fn take(&mut self, picture: Picture) -> bool {
        let size = fit::sent(picture.size());
        let Some(picture) = size.and_then(|size| self.scaler.scale(&picture, size)) else { return true };
        self.taken.show(Some(&picture));
        self.to_encode.send((picture, self.taken.controls.interruption.load(Ordering::Acquire)))
    }

    fn end(&mut self) {
        self.taken.controls.interruption.fetch_add(1, Ordering::AcqRel);
        self.taken.show(None);
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, Instant};

    use tokio::time::timeout;

    use super::super::encoding::KEY_FRAME_EVERY;
    use super::*;
    use crate::picture::counter::frame_number;
    use crate::picture::{Camera, PictureSize, TestPattern, Y4mWriter};

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_camera_that_is_on_gives_pictures_and_a_key_frame_when_asked() {
        let (pictures_tx, mut pictures) = mpsc::channel(2);
        let stream = open(pictures_tx);

        let first = next(&mut pictures).await;
        assert!(first.is_key_frame && !first.is_stale());
        assert!(!next(&mut pictures).await.is_key_frame);

        stream.request_key_frame();
        let mut later = Vec::new();
        while !later.last().is_some_and(|is_key| *is_key) {
            later.push(next(&mut pictures).await.is_key_frame);
        }
        assert!(later.len() <= 6, "{} pictures later", later.len());
    }

    #[tokio::test]
    async fn with_few_bits_the_pictures_become_smaller_and_with_none_they_pause() {
        let (pictures_tx, mut pictures) = mpsc::channel(2);
        let stream = open(pictures_tx);
        next(&mut pictures).await;
        assert_eq!(stream.sent().size, (320, 180));

        stream.set_bitrate(45_000);
        while stream.sent().size == (320, 180) {
            next(&mut pictures).await;
        }
        assert!(!stream.sent().is_paused);

        stream.set_bitrate(10_000);
        while !stream.sent().is_paused {
            let _ = timeout(Duration::from_millis(50), pictures.recv()).await;
        }
        stream.set_bitrate(500_000);
        next(&mut pictures).await;
    }

    #[tokio::test]
    async fn pictures_that_nobody_sees_are_not_made_and_the_first_that_somebody_sees_needs_none_before_it() {
        let (pictures_tx, mut pictures) = mpsc::channel(2);
        let stream = open(pictures_tx);
        next(&mut pictures).await;

        stream.set_most_rows(Some(0));
        while timeout(Duration::from_millis(300), pictures.recv()).await.is_ok() {}
        assert!(timeout(Duration::from_millis(300), pictures.recv()).await.is_err());
        assert!(!stream.sent().is_paused, "there are bits enough");

        stream.set_most_rows(Some(90));
        assert!(next(&mut pictures).await.is_key_frame);
        assert_eq!(stream.sent().size, (160, 90));
        stream.set_most_rows(None);
        while stream.sent().size != (320, 180) {
            next(&mut pictures).await;
        }
    }

    #[tokio::test]
    async fn key_frames_that_are_asked_for_all_the_time_keep_their_distance() {
        let (pictures_tx, mut pictures) = mpsc::channel(2);
        let stream = open(pictures_tx);

        let mut taken_at = Vec::new();
        while taken_at.len() < 4 {
            stream.request_key_frame();
            let picture = next(&mut pictures).await;
            taken_at.extend(picture.is_key_frame.then_some(picture.captured_at));
        }

        assert!(taken_at.windows(2).all(|pair| pair[1] - pair[0] >= KEY_FRAME_EVERY), "{taken_at:?}");
    }

    #[tokio::test]
    async fn a_path_that_is_there_does_not_wait_for_the_time_between_key_frames() {
        let (pictures_tx, mut pictures) = mpsc::channel(2);
        let stream = open(pictures_tx);
        assert!(next(&mut pictures).await.is_key_frame);

        stream.begin_anew();
        let mut later = Vec::new();
        while !later.last().is_some_and(|is_key| *is_key) {
            later.push(next(&mut pictures).await.is_key_frame);
        }

        assert!(later.len() <= 4, "two wait, one is being encoded: {} pictures later", later.len());
    }

    #[tokio::test]
    async fn after_it_is_off_no_picture_may_be_sent() {
        let (pictures_tx, mut pictures) = mpsc::channel(2);
        let stream = open(pictures_tx);
        let queued = next(&mut pictures).await;

        let waiting = tokio::spawn(async move {
            let mut left = Vec::new();
            while let Some(picture) = pictures.recv().await {
                left.push(picture);
            }
            left
        });
        stream.turn_off();

        assert!(queued.is_stale() && waiting.await.expect("it ends").iter().all(EncodedPicture::is_stale));
    }

    #[tokio::test]
    async fn a_file_that_breaks_off_is_told() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("short.y4m");
        std::fs::write(&path, "YUV4MPEG2 W32 H16 F30:1\nFRAME\nshort").expect("written");
        let (failed_tx, mut failed) = mpsc::unbounded_channel();
        let (pictures_tx, _pictures) = mpsc::channel(2);

        let input = PictureInput::Camera(Camera::Y4m(path));
        let tell = move |error| failed_tx.send(error).expect("the test listens");
        let stream = PictureStream::open(&input, 500_000, watch::channel(None).0, pictures_tx, tell).expect("it opens");

        let told = timeout(PATIENCE, failed.recv()).await.expect("in time").expect("it is told");
        let PictureEvent::Failed(MediaError::File { detail, .. }) = told else { panic!("{told:?}") };
        assert!(detail.contains("within picture 0"), "{detail}");
        drop(stream);
    }

    #[tokio::test]
    async fn what_an_unplugged_camera_took_is_not_sent_and_it_begins_with_a_key_frame_when_it_is_back() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (path, away) = (folder.path().join("camera.y4m"), folder.path().join("away.y4m"));
        let size = PictureSize::new(320, 180).expect("a size");
        let mut writer = Y4mWriter::new(File::create(&path).expect("made"), size, 30).expect("written");
        for number in 1..=3 {
            let picture = TestPattern::new(size).picture(number, Instant::now()).expect("whole");
            writer.write(&picture, None).expect("written");
        }
        let (told_tx, mut told) = mpsc::unbounded_channel();
        let (pictures_tx, mut pictures) = mpsc::channel(2);
        let (shown_tx, shown) = watch::channel(None);
        let tell = move |event| told_tx.send(event).expect("the test listens");
        let camera = PictureInput::Camera(Camera::Y4m(path.clone()));
        let stream = PictureStream::open(&camera, 500_000, shown_tx, pictures_tx, tell).expect("it opens");
        let taken_before = next(&mut pictures).await;

        std::fs::rename(&path, &away).expect("unplugged");
        while told.is_empty() {
            let _ = timeout(Duration::from_millis(50), pictures.recv()).await;
        }
        assert!(
            matches!(told.recv().await, Some(PictureEvent::Failed(MediaError::Gone(name))) if name == "camera.y4m")
        );
        assert!(taken_before.is_stale() && shown.borrow().is_none());

        std::fs::rename(&away, &path).expect("plugged in");
        let back = timeout(PATIENCE, told.recv()).await.expect("in time");
        assert_eq!(back, Some(PictureEvent::Restored("camera.y4m".into())));
        let mut picture = next(&mut pictures).await;
        while picture.is_stale() {
            picture = next(&mut pictures).await;
        }
        assert!(picture.is_key_frame);
        drop(stream);
    }

    #[tokio::test]
    async fn what_is_taken_is_shown_to_whoever_looks_until_it_is_off() {
        let (pictures_tx, _pictures) = mpsc::channel(2);
        let (shown_tx, mut shown) = watch::channel(None);

        let stream = PictureStream::open(&pattern(), 500_000, shown_tx.clone(), pictures_tx, no_failure);
        for _ in 0..3 {
            timeout(PATIENCE, shown.changed()).await.expect("in time").expect("it goes on");
            assert!(shown.borrow_and_update().as_ref().and_then(frame_number).is_some());
        }
        drop(stream);

        assert!(shown.borrow_and_update().is_none());
    }

    #[tokio::test]
    async fn where_nobody_looks_nothing_is_shown() {
        let (pictures_tx, mut pictures) = mpsc::channel(2);
        let shown_tx = watch::channel(None).0;

        let stream = PictureStream::open(&pattern(), 500_000, shown_tx.clone(), pictures_tx, no_failure);
        next(&mut pictures).await;
        next(&mut pictures).await;

        assert!(stream.is_ok() && shown_tx.borrow().is_none());
    }

    fn open(pictures: mpsc::Sender<EncodedPicture>) -> PictureStream {
        PictureStream::open(&pattern(), 500_000, watch::channel(None).0, pictures, no_failure).expect("it opens")
    }

    fn pattern() -> PictureInput {
        let size = PictureSize::new(320, 180).expect("a size");
        PictureInput::Camera(Camera::Pattern { size, frame_rate: 30 })
    }

    async fn next(pictures: &mut mpsc::Receiver<EncodedPicture>) -> EncodedPicture {
        timeout(PATIENCE, pictures.recv()).await.expect("in time").expect("it goes on")
    }

    fn no_failure(event: PictureEvent) {
        panic!("{event:?}");
    }
}
