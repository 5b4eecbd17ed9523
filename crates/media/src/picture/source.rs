//! Where pictures come from. A source works on a thread of its own and may wait as long as its device takes.

use std::fs::File;
use std::io::{BufReader, Seek as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::counter::frame_number_at;
use super::pattern::TestPattern;
use super::picture::{Picture, PictureSize};
use super::y4m::{Y4mError, Y4mReader};
use crate::error::MediaError;
pub(crate) use crate::stop::Stop;

/// Makes pictures, one after another, at its own pace.
pub(crate) trait PictureMaker {
    /// What people call it; empty for what only stands in.
    fn name(&self) -> String {
        String::new()
    }

    /// How many pictures a second it means to make.
    fn frame_rate(&self) -> u32;

    /// Waits for the next picture. `None` once it is told to stop.
    ///
    /// # Errors
    /// [`MediaError`]: there will be no more pictures.
    fn next_picture(&mut self, stop: &Stop) -> Result<Option<Picture>, MediaError>;
}

/// Says when the next picture is due: evenly, and after a stall from now on anew.
pub(super) struct Pace {
    interval: Duration,
    next: Instant,
}

impl Pace {
    pub(super) fn new(frame_rate: u32) -> Self {
        Self { interval: Duration::from_secs(1) / frame_rate.max(1), next: Instant::now() }
    }

    /// Waits for the time of the next picture; `None` once it is told to stop. Also says how many were left out.
    pub(super) fn wait(&mut self, stop: &Stop) -> Option<(Instant, u32)> {
        if stop.wait_until(self.next) {
            return None;
        }
        let due = self.next;
        let late = due.elapsed().as_nanos() / self.interval.as_nanos().max(1);
        let left_out = u32::try_from(late).unwrap_or(u32::MAX);
        let due = due + self.interval * left_out;
        self.next = due + self.interval;
        Some((due, left_out))
    }
}

/// What a screen shows that stands still: its latest picture again after so long, for those who have just begun to look, or have lost
/// something.
#[derive(Debug, Default)]
struct Still(Option<Picture>);

impl Still {
    const SHOWN_AGAIN_AFTER: Duration = Duration::from_millis(500);

    /// It has changed.
    fn changed(&mut self, picture: &Picture) {
        self.0 = Some(picture.clone());
    }

    /// The picture again, if it is time.
    fn again(&mut self, now: Instant) -> Option<Picture> {
        let is_old = |latest: &&Picture| now.saturating_duration_since(latest.captured_at()) >= Self::SHOWN_AGAIN_AFTER;
        let latest = self.0.as_ref().filter(is_old)?;
        self.0 = Picture::new(latest.size(), now, latest.planes().clone());
        self.0.clone()
    }
}

/// Text is read at this rate as well as at a higher one, and each picture of a screen is large.
pub(crate) const SCREEN_RATE: u32 = 15;

/// Looks at a screen or a window, on one of the systems.
pub(crate) trait ScreenDriver {
    /// What people call it; empty where the system does not say.
    fn name(&self) -> String {
        String::new()
    }

    /// The picture that is due now; `None`: nothing has changed since the last one.
    ///
    /// # Errors
    /// It is gone, or cannot be looked at any more.
    fn look(&mut self, due: Instant) -> Result<Option<Picture>, MediaError>;
}

/// A screen or a window whose pictures are wanted.
pub(crate) struct LiveScreen<D> {
    driver: D,
    pace: Pace,
    still: Still,
}

impl<D: ScreenDriver> LiveScreen<D> {
    pub(crate) fn new(driver: D) -> Self {
        Self { driver, pace: Pace::new(SCREEN_RATE), still: Still::default() }
    }
}

impl<D: ScreenDriver> PictureMaker for LiveScreen<D> {
    fn name(&self) -> String {
        self.driver.name()
    }

    fn frame_rate(&self) -> u32 {
        SCREEN_RATE
    }

    fn next_picture(&mut self, stop: &Stop) -> Result<Option<Picture>, MediaError> {
        loop {
            let Some((due, _)) = self.pace.wait(stop) else { return Ok(None) };
            if let Some(picture) = self.driver.look(due)? {
                self.still.changed(&picture);
                return Ok(Some(picture));
            }
            if let Some(again) = self.still.again(due) {
                return Ok(Some(again));
            }
        }
    }
}

/// The test pattern as a camera. Its pictures are numbered by the time of day ([`frame_number_at`]).
pub(crate) struct PatternSource {
    pattern: TestPattern,
    frame_rate: u32,
    pace: Pace,
    number: u32,
}

impl PatternSource {
    pub(crate) fn new(size: PictureSize, frame_rate: u32) -> Self {
        let number = frame_number_at(SystemTime::now(), frame_rate);
        Self { pattern: TestPattern::new(size), frame_rate, pace: Pace::new(frame_rate), number }
    }
}

impl PictureMaker for PatternSource {
    fn frame_rate(&self) -> u32 {
        self.frame_rate
    }

    fn next_picture(&mut self, stop: &Stop) -> Result<Option<Picture>, MediaError> {
        let Some((due, left_out)) = self.pace.wait(stop) else { return Ok(None) };
        self.number = self.number.wrapping_add(left_out);
        let picture = self.pattern.picture(self.number, due);
        self.number = self.number.wrapping_add(1);
        Ok(picture)
    }
}

/// A Y4M file as a camera, over and over.
pub(crate) struct Y4mSource {
    path: PathBuf,
    file: Y4mReader<BufReader<File>>,
    pace: Pace,
}

impl Y4mSource {
    pub(crate) fn open(path: &Path) -> Result<Self, MediaError> {
        let opened = File::open(path).map_err(Y4mError::from).and_then(|file| Y4mReader::new(BufReader::new(file)));
        let file = opened.map_err(|error| MediaError::file(path, error))?;
        Ok(Self { path: path.to_owned(), pace: Pace::new(file.frame_rate()), file })
    }

    /// The next picture, after the last one the first.
    fn read(&mut self) -> Result<bytes::Bytes, Y4mError> {
        if let Some(frame) = self.file.next_frame()? {
            return Ok(frame.planes);
        }
        self.file = self.file.rewound()?;
        Ok(self.file.next_frame()?.ok_or(Y4mError::Empty)?.planes)
    }
}

impl Y4mReader<BufReader<File>> {
    fn rewound(&self) -> Result<Self, Y4mError> {
        let mut file = self.file().get_ref().try_clone()?;
        file.rewind()?;
        Self::new(BufReader::new(file))
    }
}

impl PictureMaker for Y4mSource {
    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn frame_rate(&self) -> u32 {
        self.file.frame_rate()
    }

    /// A file that is no longer there stands in for a camera that was unplugged.
    fn next_picture(&mut self, stop: &Stop) -> Result<Option<Picture>, MediaError> {
        let Some((due, _)) = self.pace.wait(stop) else { return Ok(None) };
        if !self.path.exists() {
            return Err(MediaError::Gone(self.name()));
        }
        let planes = self.read().map_err(|error| MediaError::file(&self.path, error))?;
        Ok(Picture::new(self.file.size(), due, planes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::counter::frame_number;
    use crate::picture::y4m::Y4mWriter;
    use crate::threads;

    #[test]
    fn the_pattern_camera_numbers_its_pictures_by_the_time_of_day() {
        let mut source = PatternSource::new(PictureSize::new(320, 180).expect("a size"), 60);

        let numbers: Vec<u32> = (0..5).map(|_| number(&mut source)).collect();

        let now = frame_number_at(SystemTime::now(), 60);
        assert!(numbers.windows(2).all(|two| two[1] > two[0]), "{numbers:?}");
        let ahead = now.wrapping_sub(numbers[4]).cast_signed();
        assert!(ahead.abs() <= 60, "{numbers:?} at {now}, also when the time of day is put right meanwhile");
    }

    #[test]
    fn a_file_is_shown_over_and_over() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("three.y4m");
        let size = PictureSize::new(320, 180).expect("a size");
        let mut writer = Y4mWriter::new(File::create(&path).expect("made"), size, 120).expect("written");
        for number in 1..=3 {
            let picture = TestPattern::new(size).picture(number, Instant::now()).expect("whole");
            writer.write(&picture, None).expect("written");
        }

        let mut source = Y4mSource::open(&path).expect("it opens");
        let numbers: Vec<u32> = (0..7).map(|_| number(&mut source)).collect();

        assert_eq!(numbers, [1, 2, 3, 1, 2, 3, 1]);
    }

    #[test]
    fn a_file_without_a_picture_and_one_that_is_not_there_say_so() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("empty.y4m");
        assert!(matches!(Y4mSource::open(&path), Err(MediaError::File { .. })));
        std::fs::write(&path, "YUV4MPEG2 W32 H16 F30:1\n").expect("written");

        let shown = Y4mSource::open(&path).expect("a good header").next_picture(&Stop::default());

        assert!(matches!(shown, Err(MediaError::File { detail, .. }) if detail.contains("no picture")));
    }

    #[test]
    fn a_source_that_waits_for_its_next_picture_stops_at_once() {
        let mut source = PatternSource::new(PictureSize::new(320, 180).expect("a size"), 1);
        let stop = Stop::default();
        number(&mut source);
        let stopping = stop.clone();
        let thread = threads::start("waits", move || drop(source.next_picture(&stop)), |error| panic!("{error}"));

        stopping.stop();

        thread.expect("started").join().expect("it ends before its next picture");
    }

    fn number(source: &mut impl PictureMaker) -> u32 {
        let picture = source.next_picture(&Stop::default()).expect("it works").expect("it goes on");
        frame_number(&picture).expect("it has a number")
    }
}
