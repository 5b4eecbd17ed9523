//! Smaller pictures.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::picture::{Picture, PictureSize};

/// One plane of a picture, row by row without gaps.
#[derive(Debug)]
pub struct Plane<B> {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// A byte for each pixel.
    pub bytes: B,
}

/// How what is made smaller looks. Every pixel of the larger picture counts either way, so that thin lines stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharpness {
    /// A face may be soft.
    Soft,
    /// Text has to stay sharp.
    Sharp,
}

/// Makes planes smaller, one after another. It keeps what it needs for one of a size for the next.
#[derive(Default)]
pub struct PlaneScaler(Resizer);

impl PlaneScaler {
    /// Fills a plane with what another one shows. `None` if there are not as many bytes as one of them has pixels.
    pub fn scale(&mut self, from: Plane<&[u8]>, to: Plane<&mut [u8]>, sharpness: Sharpness) -> Option<()> {
        self.resize(PixelType::U8, from, to, sharpness)
    }

    /// The same with four bytes for each pixel, none of which says how much shines through.
    pub(super) fn scale_colours(&mut self, from: Plane<&[u8]>, to: Plane<&mut [u8]>) -> Option<()> {
        self.resize(PixelType::U8x4, from, to, Sharpness::Soft)
    }

    fn resize(&mut self, kind: PixelType, from: Plane<&[u8]>, to: Plane<&mut [u8]>, sharp: Sharpness) -> Option<()> {
        let filter = match sharp {
            Sharpness::Soft => FilterType::Bilinear,
            Sharpness::Sharp => FilterType::CatmullRom,
        };
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);
        let source = ImageRef::new(side(from.width)?, side(from.height)?, from.bytes, kind).ok()?;
        let mut target = Image::from_slice_u8(side(to.width)?, side(to.height)?, to.bytes, kind).ok()?;
        self.0.resize(&source, &mut target, &options).ok()
    }
}

/// Makes pictures smaller, one after another.
#[derive(Default)]
pub(crate) struct Scaler(PlaneScaler);

impl Scaler {
    /// This picture in another size; the same one if it has that size. `None` if the scaling fails.
    pub(crate) fn scale(&mut self, picture: &Picture, size: PictureSize) -> Option<Picture> {
        if picture.size() == size {
            return Some(picture.clone());
        }
        let from = picture.size();
        let mut planes = vec![0; size.bytes()];
        let (luma, chroma) = planes.split_at_mut(size.luma());
        let (blue, red) = chroma.split_at_mut(size.chroma());
        for (source, target, half) in [(picture.y(), luma, 1), (picture.u(), blue, 2), (picture.v(), red, 2)] {
            let source = Plane { width: from.width() / half, height: from.height() / half, bytes: source };
            let target = Plane { width: size.width() / half, height: size.height() / half, bytes: target };
            self.0.scale(source, target, Sharpness::Soft)?;
        }
        Picture::new(size, picture.captured_at(), planes)
    }
}

fn side(pixels: usize) -> Option<u32> {
    pixels.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::picture::TestPattern;
    use crate::picture::counter::frame_number;

    #[test]
    fn a_smaller_picture_shows_the_same_in_the_same_colours_at_the_same_time() {
        let (large, small) = (size(1280, 720), size(480, 270));
        let picture = TestPattern::new(large).picture(1234, Instant::now()).expect("whole");

        let scaled = Scaler::default().scale(&picture, small).expect("it scales");

        assert_eq!((scaled.size(), scaled.captured_at()), (small, picture.captured_at()));
        assert_eq!(frame_number(&scaled), Some(1234));
        for (of_large, of_small) in [(picture.y(), scaled.y()), (picture.u(), scaled.u()), (picture.v(), scaled.v())] {
            let mean = |plane: &[u8]| plane.iter().map(|byte| f64::from(*byte)).sum::<f64>() / plane.len() as f64;
            assert!((mean(of_large) - mean(of_small)).abs() < 1.0);
        }
    }

    #[test]
    fn a_picture_that_has_the_size_already_is_not_touched() {
        let picture = TestPattern::new(size(320, 180)).picture(1, Instant::now()).expect("whole");

        let scaled = Scaler::default().scale(&picture, picture.size()).expect("it is there");

        assert_eq!(scaled.planes().as_ptr(), picture.planes().as_ptr());
    }

    #[test]
    fn the_smallest_and_the_narrowest_are_scaled_too() {
        let picture = TestPattern::new(size(1280, 16)).picture(1, Instant::now()).expect("whole");

        assert!(Scaler::default().scale(&picture, size(16, 16)).is_some());
    }

    fn size(width: usize, height: usize) -> PictureSize {
        PictureSize::new(width, height).expect("a size")
    }
}
