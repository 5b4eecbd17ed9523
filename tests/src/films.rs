//! Recordings of test patterns: which pictures are in them, and when each was there to be shown.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::{Duration, Instant, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use carillon_media::measure::{frame_number, frame_number_at};
use carillon_media::{Picture, Y4mReader};

/// What a recording shows.
#[derive(Debug)]
pub struct Film {
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// The number in each picture.
    pub numbers: Vec<u32>,
    /// When each was decoded, in milliseconds since the Unix epoch.
    pub at: Vec<u64>,
    /// How late each was, in milliseconds, to the length of a picture.
    late: Vec<u32>,
}

impl Film {
    /// Reads one of a pattern with so many pictures a second.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(path: &Path, rate: u32) -> Result<Self> {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        let mut reader = Y4mReader::new(BufReader::new(file))?;
        let size = reader.size();
        let (width, height) = (size.width(), size.height());
        let mut film = Self { width, height, numbers: Vec::new(), at: Vec::new(), late: Vec::new() };
        while let Some(frame) = reader.next_frame()? {
            let picture = Picture::new(size, Instant::now(), frame.planes).context("a whole picture")?;
            let number = frame_number(&picture).context("it has a number")?;
            let note = frame.note.context("it has a note")?;
            let at = note.strip_prefix("at=").context("it has a time")?.parse()?;
            let shown = frame_number_at(UNIX_EPOCH + Duration::from_millis(at), rate);
            film.at.push(at);
            film.numbers.push(number);
            film.late.push(shown.wrapping_sub(number) * 1000 / rate);
        }
        Ok(film)
    }

    /// Whether its pictures run on.
    #[must_use]
    pub fn runs_on(&self) -> bool {
        self.numbers.windows(2).all(|two| two[1] > two[0])
    }

    /// How late that many percent of the pictures were at most, in milliseconds.
    #[must_use]
    pub fn late(&self, percent: usize) -> u32 {
        let mut late = self.late.clone();
        late.sort_unstable();
        late.get(late.len() * percent / 100).copied().unwrap_or(u32::MAX)
    }

    /// When the first picture from then on was there, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn first_from(&self, then: u64) -> Option<u64> {
        self.at.iter().copied().find(|at| *at >= then)
    }

    /// How many pictures came from then on, and before that other time.
    #[must_use]
    pub fn between(&self, from: u64, to: u64) -> usize {
        self.at.iter().filter(|at| (from..to).contains(*at)).count()
    }

    /// When the last picture came, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn last_at(&self) -> u64 {
        self.at.last().copied().unwrap_or(0)
    }
}
