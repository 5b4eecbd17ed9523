use std::io::Write;

use super::{FRAME, MAGIC, Y4mError};
use crate::picture::{Picture, PictureSize};

/// Writes pictures one after another, all of one size.
pub struct Y4mWriter<W> {
    file: W,
    size: PictureSize,
}

impl<W: Write> Y4mWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// [`Y4mError::Io`].
    pub fn new(mut file: W, size: PictureSize, frame_rate: u32) -> Result<Self, Y4mError> {
        // Chromium reads no other name for this chroma.
        writeln!(file, "{MAGIC} W{} H{} F{frame_rate}:1 Ip A1:1 C420", size.width(), size.height())?;
        Ok(Self { file, size })
    }

    /// How large its pictures are.
    #[must_use]
    pub fn size(&self) -> PictureSize {
        self.size
    }

    /// Writes a picture, and a note beside it, which is one word. `false`: it has another size, and is left out.
    ///
    /// # Errors
    /// [`Y4mError::Io`].
    pub fn write(&mut self, picture: &Picture, note: Option<&str>) -> Result<bool, Y4mError> {
        if picture.size() != self.size {
            return Ok(false);
        }
        match note.map(|note| note.replace([' ', '\n'], "_")) {
            Some(note) => writeln!(self.file, "{FRAME} X{note}")?,
            None => writeln!(self.file, "{FRAME}")?,
        }
        self.file.write_all(picture.planes())?;
        Ok(true)
    }

    /// Writes out what is buffered, and goes on.
    ///
    /// # Errors
    /// [`Y4mError::Io`].
    pub fn flush(&mut self) -> Result<(), Y4mError> {
        Ok(self.file.flush()?)
    }

    /// Writes out what is buffered.
    ///
    /// # Errors
    /// [`Y4mError::Io`].
    pub fn finish(mut self) -> Result<W, Y4mError> {
        self.file.flush()?;
        Ok(self.file)
    }
}
