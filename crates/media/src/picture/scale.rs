//! Smaller pictures.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::picture::{Picture, PictureSize};

/// Makes pictures smaller, one after another. It keeps what it needs for one of a size for the next.
pub struct Scaler {
    resizer: Resizer,
    options: ResizeOptions,
}

impl Default for Scaler {
    fn default() -> Self {
        // Every pixel of the larger picture counts, so that thin lines stay.
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false);
        Self { resizer: Resizer::new(), options }
    }
}

impl Scaler {
    /// This picture in another size; the same one if it has that size. `None` if the scaling fails.
    pub fn scale(&mut self, picture: &Picture, size: PictureSize) -> Option<Picture> {
        if picture.size() == size {
            return Some(picture.clone());
        }
        let from = picture.size();
        let mut planes = vec![0; size.bytes()];
        let (luma, chroma) = planes.split_at_mut(size.luma());
        let (blue, red) = chroma.split_at_mut(size.chroma());
        for (source, target, half) in [(picture.y(), luma, 1), (picture.u(), blue, 2), (picture.v(), red, 2)] {
            let sides = |size: PictureSize| Some((side(size.width() / half)?, side(size.height() / half)?));
            let ((from_width, from_height), (width, height)) = sides(from).zip(sides(size))?;
            let source = ImageRef::new(from_width, from_height, source, PixelType::U8).ok()?;
            let mut target = Image::from_slice_u8(width, height, target, PixelType::U8).ok()?;
            self.resizer.resize(&source, &mut target, &self.options).ok()?;
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
