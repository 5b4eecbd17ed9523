//! One picture as encoders take it and decoders give it: I420, eight bits, BT.601.

use std::time::Instant;

use bytes::Bytes;

/// The largest picture in macroblocks of 16 × 16: level 5.2 of H.264 (4096 × 2304), which also bounds what a decoder allocates.
const MAX_MACROBLOCKS: usize = 36_864;

/// Width and height in pixels: even, because two rows and two columns share their colour, and within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PictureSize {
    width: u16,
    height: u16,
}

/// Why there is no picture of such a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureSizeError {
    /// Two rows and two columns share their colour.
    #[error("{0} × {1} is odd: width and height must be even")]
    Odd(usize, usize),
    /// Smaller than one macroblock.
    #[error("{0} × {1} is too small: at least 16 × 16")]
    TooSmall(usize, usize),
    /// More than level 5.2 of H.264 has.
    #[error("{0} × {1} is too large: at most 4096 × 2304")]
    TooLarge(usize, usize),
}

impl PictureSize {
    /// The shortest side: one macroblock.
    pub const MIN_SIDE: u16 = 16;
    /// The longest side.
    pub const MAX_SIDE: u16 = 4096;

    /// # Errors
    /// [`PictureSizeError`].
    pub fn new(width: usize, height: usize) -> Result<Self, PictureSizeError> {
        let sides = Self::MIN_SIDE.into()..=Self::MAX_SIDE.into();
        if width > *sides.end() || height > *sides.end() {
            return Err(PictureSizeError::TooLarge(width, height));
        }
        if !sides.contains(&width) || !sides.contains(&height) {
            return Err(PictureSizeError::TooSmall(width, height));
        }
        if width.div_ceil(16) * height.div_ceil(16) > MAX_MACROBLOCKS {
            return Err(PictureSizeError::TooLarge(width, height));
        }
        if !width.is_multiple_of(2) || !height.is_multiple_of(2) {
            return Err(PictureSizeError::Odd(width, height));
        }
        Ok(Self { width: width as u16, height: height as u16 })
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(self) -> usize {
        self.width.into()
    }

    /// Rows.
    #[must_use]
    pub fn height(self) -> usize {
        self.height.into()
    }

    /// Bytes of a picture of this size: one of brightness for each pixel, and two of colour for each four.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.luma() + 2 * self.chroma()
    }

    /// Bytes of the brightness plane.
    pub(crate) fn luma(self) -> usize {
        self.width() * self.height()
    }

    /// Bytes of one of the two colour planes.
    pub(crate) fn chroma(self) -> usize {
        self.luma() / 4
    }
}

impl std::fmt::Display for PictureSize {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{}x{}", self.width, self.height)
    }
}

/// One picture. Clones share its pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    size: PictureSize,
    captured_at: Instant,
    planes: Bytes,
}

impl Picture {
    /// Takes the three planes (Y, U, V) one after another, without padding. `None` if they are not as many bytes as this size has.
    #[must_use]
    pub fn new(size: PictureSize, captured_at: Instant, planes: impl Into<Bytes>) -> Option<Self> {
        let planes = planes.into();
        (planes.len() == size.bytes()).then_some(Self { size, captured_at, planes })
    }

    /// How large it is.
    #[must_use]
    pub fn size(&self) -> PictureSize {
        self.size
    }

    /// When it was taken; at the receiving end, when it came in.
    #[must_use]
    pub fn captured_at(&self) -> Instant {
        self.captured_at
    }

    /// All three planes, as a Y4M frame has them.
    #[must_use]
    pub fn planes(&self) -> &Bytes {
        &self.planes
    }

    /// Brightness, `width` bytes a row.
    #[must_use]
    pub fn y(&self) -> &[u8] {
        &self.planes[..self.size.luma()]
    }

    /// Blue difference, half as many bytes a row, and half as many rows.
    #[must_use]
    pub fn u(&self) -> &[u8] {
        &self.planes[self.size.luma()..][..self.size.chroma()]
    }

    /// Red difference, likewise.
    #[must_use]
    pub fn v(&self) -> &[u8] {
        &self.planes[self.size.luma() + self.size.chroma()..]
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Picture({}, taken {:?} ago)", self.size, self.captured_at.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_cannot_be_are_refused_by_name() {
        let refused = |width, height| PictureSize::new(width, height).expect_err("refused");

        assert_eq!(refused(641, 360), PictureSizeError::Odd(641, 360));
        assert_eq!(refused(640, 361), PictureSizeError::Odd(640, 361));
        assert_eq!(refused(1, 1), PictureSizeError::TooSmall(1, 1));
        assert_eq!(refused(0, 0), PictureSizeError::TooSmall(0, 0));
        assert_eq!(refused(4096, 4096), PictureSizeError::TooLarge(4096, 4096));
        assert_eq!(refused(usize::MAX, 16), PictureSizeError::TooLarge(usize::MAX, 16));
        assert!(PictureSize::new(3840, 2160).is_ok() && PictureSize::new(2160, 3840).is_ok());
    }

    #[test]
    fn a_picture_has_all_of_its_three_planes_or_is_none() {
        let size = PictureSize::new(32, 16).expect("a size");
        let planes: Vec<u8> = [vec![1; 512], vec![2; 128], vec![3; 128]].concat();

        let picture = Picture::new(size, Instant::now(), planes.clone()).expect("whole");

        assert_eq!((picture.y().len(), picture.u().len(), picture.v().len()), (512, 128, 128));
        assert!(picture.u().iter().all(|byte| *byte == 2) && picture.v().iter().all(|byte| *byte == 3));
        assert!(Picture::new(size, Instant::now(), planes[1..].to_vec()).is_none());
    }
}
