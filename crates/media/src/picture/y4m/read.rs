use std::io::{BufRead, Read as _};

use bytes::Bytes;

use super::{FRAME, MAGIC, MAX_FRAME_RATE, MAX_LINE, Y4mError};
use crate::picture::PictureSize;

/// Reads pictures one after another.
pub struct Y4mReader<R> {
    file: R,
    size: PictureSize,
    frame_rate: u32,
    read: u64,
}

/// One picture of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Y4mFrame {
    /// Y, U and V.
    pub planes: Bytes,
    /// What the writer noted beside it.
    pub note: Option<String>,
}

/// What a header says.
struct Header {
    width: usize,
    height: usize,
    frame_rate: u32,
}

impl<R: BufRead> Y4mReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Y4mError`].
    pub fn new(mut file: R) -> Result<Self, Y4mError> {
        let line = line(&mut file)?.ok_or(Y4mError::NotY4m)?;
        let Header { width, height, frame_rate } = header(&line)?;
        Ok(Self { file, size: PictureSize::new(width, height)?, frame_rate, read: 0 })
    }

    /// How large its pictures are.
    pub fn size(&self) -> PictureSize {
        self.size
    }

    /// Pictures a second, rounded.
    pub fn frame_rate(&self) -> u32 {
        self.frame_rate
    }

    pub(crate) fn file(&self) -> &R {
        &self.file
    }

    /// The next picture; `None` at the end.
    ///
    /// # Errors
    /// [`Y4mError::Truncated`], [`Y4mError::NoFrame`] or [`Y4mError::Io`].
    pub fn next_frame(&mut self) -> Result<Option<Y4mFrame>, Y4mError> {
        if self.file.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let line = line(&mut self.file)?.ok_or(Y4mError::NoFrame(self.read))?;
        let mut words = line.split(' ');
        if words.next() != Some(FRAME) {
            return Err(Y4mError::NoFrame(self.read));
        }
        let note = words.find_map(|word| word.strip_prefix('X')).map(str::to_owned);
        let mut planes = vec![0; self.size.bytes()];
        self.file.read_exact(&mut planes).map_err(|error| {
            let is_end = error.kind() == std::io::ErrorKind::UnexpectedEof;
            if is_end { Y4mError::Truncated(self.read) } else { error.into() }
        })?;
        self.read += 1;
        Ok(Some(Y4mFrame { planes: planes.into(), note }))
    }
}

/// A line without its end; `None` if it does not end within what lines have.
fn line(file: &mut impl BufRead) -> Result<Option<String>, Y4mError> {
    let mut line = Vec::new();
    file.take(MAX_LINE).read_until(b'\n', &mut line)?;
    let whole = line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
    Ok(whole.map(str::to_owned))
}

fn header(line: &str) -> Result<Header, Y4mError> {
    let mut words = line.split(' ');
    if words.next() != Some(MAGIC) {
        return Err(Y4mError::NotY4m);
    }
    let mut header = Header { width: 0, height: 0, frame_rate: 30 };
    for word in words.filter(|word| !word.is_empty()) {
        let bad = || Y4mError::BadHeader(word.to_owned());
        match word.split_at_checked(1).ok_or_else(bad)? {
            ("W", width) => header.width = width.parse().map_err(|_| bad())?,
            ("H", height) => header.height = height.parse().map_err(|_| bad())?,
            ("F", rate) => header.frame_rate = frame_rate(rate).ok_or_else(bad)?,
            ("I", "p" | "?") => {}
            ("I", _) => return Err(Y4mError::Interlaced),
            ("C", "420" | "420jpeg" | "420mpeg2" | "420paldv") => {}
            ("C", chroma) => return Err(Y4mError::Chroma(chroma.to_owned())),
            _ => {} // the shape of pixels, and comments
        }
    }
    Ok(header)
}

fn frame_rate(ratio: &str) -> Option<u32> {
    let (pictures, seconds) = ratio.split_once(':')?;
    let (pictures, seconds) = (pictures.parse::<u32>().ok()?, seconds.parse::<u32>().ok()?);
    let rate = (f64::from(pictures) / f64::from(seconds)).round();
    (rate >= 1.0 && rate <= f64::from(MAX_FRAME_RATE)).then_some(rate as u32)
}
