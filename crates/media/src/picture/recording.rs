//! A Y4M file that the pictures of somebody are written to, one viewer after another.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::picture::{Picture, PictureSize};
use super::scale::Scaler;
use super::y4m::{Y4mError, Y4mWriter};
use crate::error::MediaError;

/// What the header says; pictures come as they come.
const RECORDED_RATE: u32 = 30;

/// A file that is written. Clones of it are the same file.
#[derive(Clone)]
pub struct PictureRecording {
    path: Arc<Path>,
    going: Arc<Mutex<Going>>,
}

struct Going {
    /// In which all pictures are written, where it is known before the first.
    size: Option<PictureSize>,
    file: Writing,
    scaler: Scaler,
}

enum Writing {
    /// The size of its pictures is not known yet.
    Begun(BufWriter<File>),
    Going(Y4mWriter<BufWriter<File>>),
    /// It could not be written, which was told once.
    Broken,
}

impl PictureRecording {
    /// Makes the file; nothing is left of one that was there.
    ///
    /// # Errors
    /// [`MediaError`]: it cannot be made.
    pub fn begin(path: impl Into<PathBuf>) -> Result<Self, MediaError> {
        Self::begin_in(path, None)
    }

    /// The same in this size, also where the first picture is smaller: for pictures that come in one of several sizes.
    ///
    /// # Errors
    /// [`MediaError`]: it cannot be made.
    pub fn begin_in(path: impl Into<PathBuf>, size: Option<PictureSize>) -> Result<Self, MediaError> {
        let path = path.into();
        let file = File::create(&path).map_err(|error| MediaError::file(&path, error))?;
        let going = Going { file: Writing::Begun(BufWriter::new(file)), size, scaler: Scaler::default() };
        Ok(Self { path: path.into(), going: Arc::new(Mutex::new(going)) })
    }

    /// All pictures become as large as the first: the other end's change their size with the path. Those of another shape are left out.
    pub(super) fn write(&self, picture: &Picture) -> Result<(), MediaError> {
        let mut going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        going.write(picture).map_err(|error| MediaError::file(&self.path, error))
    }

    /// Nothing of what was written so far is only in memory.
    pub(super) fn flush(&self) -> Result<(), MediaError> {
        let mut going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        let flushed = if let Writing::Going(writer) = &mut going.file { writer.flush() } else { Ok(()) };
        flushed.map_err(|error| MediaError::file(&self.path, error))
    }
}

impl Going {
    fn write(&mut self, picture: &Picture) -> Result<(), Y4mError> {
        let mut writer = match std::mem::replace(&mut self.file, Writing::Broken) {
            Writing::Begun(file) => {
                let known = self.size.filter(|size| is_alike(*size, picture.size()));
                Y4mWriter::new(file, known.unwrap_or(picture.size()), RECORDED_RATE)?
            }
            Writing::Going(writer) => writer,
            Writing::Broken => return Ok(()),
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let scaled = Some(writer.size()).filter(|size| is_alike(*size, picture.size()));
        if let Some(scaled) = scaled.and_then(|size| self.scaler.scale(picture, size)) {
            writer.write(&scaled, Some(&format!("at={}", now.as_millis())))?;
        }
        self.file = Writing::Going(writer);
        Ok(())
    }
}

/// Whether pictures of these sizes have the same shape, but for a few rows.
fn is_alike(one: PictureSize, other: PictureSize) -> bool {
    let (across, along) = ((one.width() * other.height()) as f64, (one.height() * other.width()) as f64);
    (across / along - 1.0).abs() < 0.05
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;
    use std::time::Instant;

    use super::*;
    use crate::picture::{TestPattern, Y4mReader};

    #[test]
    fn a_recording_has_the_size_that_was_said_if_the_first_picture_has_its_shape() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let size = |width, height| PictureSize::new(width, height).expect("a size");
        for (said, recorded) in [(size(640, 360), 360), (size(640, 480), 180)] {
            let path = folder.path().join("seen.y4m");
            let recording = PictureRecording::begin_in(&path, Some(said)).expect("it can be made");
            let first = TestPattern::new(size(320, 180)).picture(1, Instant::now()).expect("whole");
            recording.write(&first).expect("it is written");
            recording.flush().expect("it is written");

            let reader = Y4mReader::new(BufReader::new(File::open(&path).expect("made"))).expect("a good header");
            assert_eq!(reader.size().height(), recorded);
        }
    }

    #[test]
    fn a_recording_goes_on_where_another_one_who_writes_it_begins() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("seen.y4m");
        let recording = PictureRecording::begin(&path).expect("it can be made");

        for (writer, height) in [(recording.clone(), 180), (recording, 90)] {
            let pattern = TestPattern::new(PictureSize::new(height * 16 / 9, height).expect("a size"));
            writer.write(&pattern.picture(1, Instant::now()).expect("whole")).expect("it is written");
            writer.flush().expect("it is written");
        }

        let mut reader = Y4mReader::new(BufReader::new(File::open(&path).expect("made"))).expect("a good header");
        let frames = std::iter::from_fn(|| reader.next_frame().expect("whole")).count();
        assert_eq!((frames, reader.size().height()), (2, 180));
    }

    #[test]
    fn a_recording_that_cannot_be_made_is_told_at_once() {
        let folder = tempfile::tempdir().expect("a scratch folder");

        assert!(matches!(PictureRecording::begin(folder.path()), Err(MediaError::File { .. })));
    }
}
