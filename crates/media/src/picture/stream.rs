//! A camera in use, or a shared screen: a thread takes pictures, another one encodes the latest of them, or one for each of its sizes, and off is
//! off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::sync::{mpsc, watch};

use super::encoding::{Controls, EncodedPicture, Encoding, OfLayer, SentPictures, ToEncode};
use super::fit;
use super::input::PictureInput;
use super::latest::{LatestReceiver, LatestSender, latest};
use super::layers::{Given, Layers, PICTURE_LAYERS, ROWS, Shares};
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
    /// Of each of its sizes, the smallest first.
    sizes: Vec<Arc<Controls>>,
    orders: Arc<Orders>,
    stop: Stop,
    taken: Taken,
}

/// What all sizes together may have, and which of them are wanted.
#[derive(Debug, Default)]
struct Orders {
    /// In bits a second.
    budget: AtomicU32,
    wanted: [AtomicBool; PICTURE_LAYERS],
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
        Self::begin(input, bitrate, shown, vec![(None, pictures)], tell)
    }

    /// The same of a camera whose pictures are made in several sizes side by side, the smallest first: those that are
    /// [wanted](Self::set_wanted) and for which there are bits and time. At first the smallest is wanted.
    ///
    /// # Errors
    /// [`MediaError`]: the system refuses a thread.
    pub fn open_in_layers(
        input: &PictureInput,
        bitrate: u32,
        shown: watch::Sender<Option<Picture>>,
        pictures: [mpsc::Sender<EncodedPicture>; PICTURE_LAYERS],
        tell: impl Fn(PictureEvent) + Clone + Send + 'static,
    ) -> Result<Self, MediaError> {
        let layers = ROWS.into_iter().enumerate().map(|(at, rows)| Some(OfLayer { rows, is_lost_whole: at > 0 }));
        Self::begin(input, bitrate, shown, layers.zip(pictures).collect(), tell)
    }

    fn begin(
        input: &PictureInput,
        bitrate: u32,
        shown: watch::Sender<Option<Picture>>,
        outputs: Vec<(Option<OfLayer>, mpsc::Sender<EncodedPicture>)>,
        tell: impl Fn(PictureEvent) + Clone + Send + 'static,
    ) -> Result<Self, MediaError> {
        let (orders, stop) = (Arc::new(Orders::default()), Stop::default());
        orders.budget.store(bitrate, Ordering::Release);
        orders.wanted[0].store(true, Ordering::Release);
        let layers = (outputs.len() > 1).then(Layers::default);
        let mut lanes = Vec::with_capacity(outputs.len());
        for (layer, pictures) in outputs {
            let (failed, crashed) = (tell.clone(), tell.clone());
            let (lane, to_encode) = Lane::new(bitrate);
            let encoding = Encoding::new(input.content(), layer, Arc::clone(&lane.controls), pictures);
            let encode = move || encoding.run(&to_encode, |error| failed(PictureEvent::Failed(error)));
            threads::start(ENCODE_THREAD, encode, move |error| crashed(PictureEvent::Failed(error)))?;
            lanes.push(lane);
        }
        let sizes: Vec<_> = lanes.iter().map(|lane| Arc::clone(&lane.controls)).collect();
        let taken = Taken { controls: Arc::clone(&sizes[0]), shown };
        let stream = Self { sizes, orders: Arc::clone(&orders), stop: stop.clone(), taken: taken.clone() };
        let (input, is_awaited, is_to_be_chosen) = (input.clone(), input.is_awaited(), input.is_to_be_chosen());
        let taking = Taking {
            thread: CAPTURE_THREAD,
            open: move |stop: &Stop| input.open(stop),
            is_awaited,
            is_to_be_chosen,
            stop,
            tell,
        };
        taking.begin(ToEncoders { taken, orders, lanes, layers, scaler: Scaler::default() })?;
        Ok(stream)
    }

    /// The next picture will need none before it; in this of its sizes, where there are several.
    pub fn request_key_frame(&self, size: usize) {
        if let Some(controls) = self.sizes.get(size) {
            controls.wants_key_frame.store(true, Ordering::Release);
        }
    }

    /// The other end sees no more rows than these, and with 0 none: then none are made, until the next one that is, which will need none before
    /// it. `None`: it sees them as they are.
    pub fn set_most_rows(&self, rows: Option<u32>) {
        let told = rows.map_or(0, |rows| rows.saturating_add(1));
        for controls in &self.sizes {
            let were_unseen = controls.most_rows.swap(told, Ordering::AcqRel) == 1;
            if were_unseen {
                controls.wants_key_frame.store(true, Ordering::Release);
            }
        }
    }

    /// Whether somebody sees this of its sizes. What nobody sees is not made and costs nothing; the first picture after that needs none before
    /// it.
    pub fn set_wanted(&self, size: usize, is_wanted: bool) {
        if let Some(wanted) = self.orders.wanted.get(size) {
            wanted.store(is_wanted, Ordering::Release);
        }
    }

    /// What was encoded so far did not leave: the next picture needs none before it, however soon it comes after another such.
    pub fn begin_anew(&self) {
        self.sizes.iter().for_each(|controls| controls.begins_anew.store(true, Ordering::Release));
    }

    /// After it has returned no picture may be sent any more.
    pub fn turn_off(&self) {
        let were_off = self.sizes.iter().map(|controls| controls.is_off.swap(true, Ordering::AcqRel));
        if were_off.fold(false, |any, was_off| any | !was_off) {
            self.taken.shown.send_if_modified(|shown| shown.take().is_some());
        }
        self.stop.stop();
    }

    /// What has become of its pictures so far.
    #[must_use]
    pub fn sent(&self) -> SentPictures {
        self.sizes[0].sent_pictures()
    }

    /// The same of each of its sizes, the smallest first. `None`: it is not made now.
    #[must_use]
    pub fn sent_sizes(&self) -> Vec<Option<SentPictures>> {
        let sent = |controls: &Arc<Controls>| controls.is_on.load(Ordering::Acquire).then(|| controls.sent_pictures());
        self.sizes.iter().map(sent).collect()
    }

    /// Changes what its pictures may have from the next one on, in bits a second, all sizes together. Size and rate follow.
    pub fn set_bitrate(&self, bitrate: u32) {
        self.orders.budget.store(bitrate, Ordering::Release);
    }
}

impl Drop for PictureStream {
    fn drop(&mut self) {
        self.turn_off();
    }
}

/// The way to the encoder of one size.
struct Lane {
    controls: Arc<Controls>,
    to_encode: LatestSender<ToEncode>,
}

impl Lane {
    fn new(bitrate: u32) -> (Self, LatestReceiver<ToEncode>) {
        let (to_encode, to_encode_rx) = latest();
        (Self { controls: Arc::new(Controls::new(bitrate)), to_encode }, to_encode_rx)
    }

    /// Passes a picture on, to be made with so many bits a second, or not at all. `false`: nobody takes any more.
    fn send(&self, picture: &Picture, share: Option<u32>) -> bool {
        let was_on = self.controls.is_on.swap(share.is_some(), Ordering::AcqRel);
        let Some(share) = share else { return true };
        self.controls.bitrate.store(share, Ordering::Release);
        if !was_on {
            self.controls.begins_anew.store(true, Ordering::Release);
        }
        self.to_encode.send((picture.clone(), self.controls.interruption.load(Ordering::Acquire)))
    }
}

/// Shows pictures and passes them on.
struct ToEncoders {
    taken: Taken,
    orders: Arc<Orders>,
    lanes: Vec<Lane>,
    /// Where there are several sizes.
    layers: Option<Layers>,
    scaler: Scaler,
}

impl ToEncoders {
    /// What each size of this picture has.
    fn shares(&mut self, picture: &Picture) -> Shares {
        let budget = self.orders.budget.load(Ordering::Acquire);
        let Some(layers) = &mut self.layers else { return [Some(budget), None, None] };
        let mut loads = [0.0; PICTURE_LAYERS];
        for (load, lane) in loads.iter_mut().zip(&self.lanes) {
            *load = lane.controls.load();
        }
        let given = Given {
            size: picture.size(),
            frame_rate: self.lanes[0].controls.frame_rate.load(Ordering::Acquire),
            budget,
            wanted: std::array::from_fn(|at| self.orders.wanted[at].load(Ordering::Acquire)),
            loads,
        };
        layers.plan(given, picture.captured_at())
    }
}

impl PictureTaker for ToEncoders {
    fn begin(&mut self, frame_rate: u32) {
        for Lane { controls, .. } in &self.lanes {
            controls.frame_rate.store(frame_rate, Ordering::Release);
            controls.wants_key_frame.store(true, Ordering::Release);
        }
    }

    fn take(&mut self, picture: Picture) -> bool {
        let size = fit::sent(picture.size());
        let Some(picture) = size.and_then(|size| self.scaler.scale(&picture, size)) else { return true };
        self.taken.show(Some(&picture));
        let shares = self.shares(&picture);
        self.lanes.iter().zip(shares).all(|(lane, share)| lane.send(&picture, share))
    }

    fn end(&mut self) {
        for Lane { controls, .. } in &self.lanes {
            controls.interruption.fetch_add(1, Ordering::AcqRel);
        }
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

        stream.request_key_frame(0);
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
    async fn of_several_sizes_those_that_are_wanted_are_made_and_each_begins_with_a_key_frame() {
        let (small_tx, mut small) = mpsc::channel(2);
        let (medium_tx, mut medium) = mpsc::channel(2);
        let (large_tx, mut large) = mpsc::channel(2);
        let outputs = [small_tx, medium_tx, large_tx];
        let size = PictureSize::new(640, 360).expect("a size");
        let camera = PictureInput::Camera(Camera::Pattern { size, frame_rate: 30 });
        let stream = PictureStream::open_in_layers(&camera, 3_000_000, watch::channel(None).0, outputs, no_failure);
        let stream = stream.expect("it opens");
        let sizes = |stream: &PictureStream| {
            stream.sent_sizes().into_iter().map(|sent| sent.map(|sent| sent.size.1)).collect::<Vec<_>>()
        };

        assert!(next(&mut small).await.is_key_frame);
        assert_eq!(sizes(&stream), [Some(180), None, None]);

        stream.set_wanted(2, true);
        assert!(next(&mut medium).await.is_key_frame, "the camera has no more rows");
        assert_eq!(sizes(&stream), [Some(180), Some(360), None]);
        stream.set_wanted(2, false);
        while sizes(&stream)[1].is_some() {
            next(&mut small).await;
        }
        // What was on its way.
        while timeout(Duration::from_millis(300), medium.recv()).await.is_ok() {}

        stream.set_wanted(1, true);
        assert!(next(&mut medium).await.is_key_frame);
        assert!(large.try_recv().is_err());
    }

    #[tokio::test]
    async fn key_frames_that_are_asked_for_all_the_time_keep_their_distance() {
        let (pictures_tx, mut pictures) = mpsc::channel(2);
        let stream = open(pictures_tx);

        let mut taken_at = Vec::new();
        while taken_at.len() < 4 {
            stream.request_key_frame(0);
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
