//! The one place where pictures are given a size that can be sent and shown: even, not too small, and no larger than others can use.

use std::time::Instant;

use yuv::{
    BufferStoreMut, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix, bgra_to_yuv420, rgba_to_yuv420,
};

use super::picture::{Picture, PictureSize, PictureSizeError};
use super::scale::{Plane, PlaneScaler};

/// What a screen or camera is sent with at most, the long side and the short one.
pub(crate) const MOST: (usize, usize) = (1920, 1080);

/// Video black (BT.601), and the colour of what has none.
pub(crate) const BLACK: u8 = 16;
pub(crate) const NO_COLOUR: u8 = 128;

/// Bytes of a pixel.
const PIXEL: usize = 4;

/// In which order a pixel has its colours, before one byte that says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Blue, green, red: displays.
    Bgrx,
    /// Red, green, blue: what was JPEG.
    Rgbx,
}

/// Pixels, row by row without gaps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pixels<'a> {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) order: Order,
    pub(crate) bytes: &'a [u8],
}

/// How large the content becomes within `most` (long side and short one), and the picture around it. Where it fits, an odd last column or row is left out, and
/// nothing else changes; what is smaller than pictures can be has a black margin.
pub(crate) fn fitted(width: usize, height: usize, most: (usize, usize)) -> Option<((usize, usize), PictureSize)> {
    let (most_wide, most_high) = if width >= height { most } else { (most.1, most.0) };
    let scale = (most_wide as f64 / width as f64).min(most_high as f64 / height as f64).min(1.0);
    let (wide, high) = ((width as f64 * scale).round() as usize, (height as f64 * scale).round() as usize);
    let least = usize::from(PictureSize::MIN_SIDE);
    let even = |side: usize| if side < least { (side.max(1), least) } else { (side & !1, side & !1) };
    let ((content_width, width), (content_height, height)) = (even(wide), even(high));
    Some(((content_width, content_height), PictureSize::new(width, height).ok()?))
}

/// The size that a picture of this end is sent with at most.
pub(crate) fn sent(size: PictureSize) -> Option<PictureSize> {
    fitted(size.width(), size.height(), MOST).map(|(_, size)| size)
}

/// In the same shape, and no higher than this; a picture that would become too small stays as it is.
pub(crate) fn within_rows(size: PictureSize, most: u32) -> PictureSize {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    if size.height() <= most {
        return size;
    }
    let even = |side: usize| side / 2 * 2;
    PictureSize::new(even(size.width() * most / size.height()), even(most)).unwrap_or(size)
}

/// The size that a picture of another end is shown with: without an odd last column or row, and with a margin if it is smaller than pictures can be.
///
/// # Errors
/// [`PictureSizeError`] if it is too large.
pub(crate) fn shown(width: usize, height: usize) -> Result<PictureSize, PictureSizeError> {
    let even = |side: usize| (side & !1).max(PictureSize::MIN_SIDE.into());
    PictureSize::new(even(width), even(height))
}

/// Appends a plane's columns and rows, as many as wanted; what it does not have is filled.
pub(crate) fn copy_plane(
    plane: &[u8],
    stride: usize,
    (columns, rows): (usize, usize),
    wanted: (usize, usize),
    filler: u8,
    to: &mut Vec<u8>,
) {
    let begun = to.len();
    for row in plane.chunks(stride.max(1)).take(rows.min(wanted.1)) {
        let row_ends = to.len() + wanted.0;
        to.extend_from_slice(&row[..columns.min(wanted.0).min(row.len())]);
        to.resize(row_ends, filler);
    }
    to.resize(begun + wanted.0 * wanted.1, filler);
}

/// Makes pictures of pixels.
#[derive(Default)]
pub(crate) struct Fitter {
    scaler: PlaneScaler,
    scaled: Vec<u8>,
}

impl Fitter {
    /// The pixels as a picture within `most`; `None` if there are none, or fewer than they say.
    pub(crate) fn picture(
        &mut self,
        pixels: Pixels<'_>,
        most: (usize, usize),
        captured_at: Instant,
    ) -> Option<Picture> {
        let Pixels { width, height, order, bytes } = pixels;
        if width == 0 || height == 0 || bytes.len() < width * height * PIXEL {
            return None;
        }
        let (content, size) = fitted(width, height, most)?;
        let is_scaled = content.0 + 1 < width || content.1 + 1 < height;
        if is_scaled {
            let scaled = self.scale(pixels, content)?;
            let picture = convert(&scaled, content.0, order, content, size, captured_at);
            self.scaled = scaled;
            return picture;
        }
        convert(bytes, width, order, content, size, captured_at)
    }

    fn scale(&mut self, pixels: Pixels<'_>, to: (usize, usize)) -> Option<Vec<u8>> {
        let Pixels { width, height, bytes, .. } = pixels;
        let mut scaled = std::mem::take(&mut self.scaled);
        scaled.resize(to.0 * to.1 * PIXEL, 0);
        let from = Plane { width, height, bytes: &bytes[..width * height * PIXEL] };
        self.scaler.scale_colours(from, Plane { width: to.0, height: to.1, bytes: &mut scaled })?;
        Some(scaled)
    }
}

fn convert(
    bytes: &[u8],
    stride: usize,
    order: Order,
    content: (usize, usize),
    size: PictureSize,
    captured_at: Instant,
) -> Option<Picture> {
    if content == (size.width(), size.height()) {
        return i420(bytes, stride, order, size, captured_at);
    }
    let mut with_margin = vec![0; size.width() * size.height() * PIXEL];
    let rows = with_margin.chunks_exact_mut(size.width() * PIXEL).zip(bytes.chunks_exact(stride * PIXEL));
    for (to, from) in rows.take(content.1) {
        to[..content.0 * PIXEL].copy_from_slice(&from[..content.0 * PIXEL]);
    }
    i420(&with_margin, size.width(), order, size, captured_at)
}

fn i420(bytes: &[u8], stride: usize, order: Order, size: PictureSize, captured_at: Instant) -> Option<Picture> {
    let mut planes = vec![0; size.bytes()];
    let mut image = planar(&mut planes, size);
    let (range, matrix) = (YuvRange::Limited, YuvStandardMatrix::Bt601);
    let stride = (stride * PIXEL) as u32;
    let convert = match order {
        Order::Bgrx => bgra_to_yuv420,
        Order::Rgbx => rgba_to_yuv420,
    };
    convert(&mut image, bytes, stride, range, matrix, YuvConversionMode::Balanced).ok()?;
    Picture::new(size, captured_at, planes)
}

/// A picture's planes as the crate `yuv` writes them.
pub(crate) fn planar(planes: &mut [u8], size: PictureSize) -> YuvPlanarImageMut<'_, u8> {
    let (luma, chroma) = planes.split_at_mut(size.luma());
    let (blue, red) = chroma.split_at_mut(size.chroma());
    let (width, height) = (size.width() as u32, size.height() as u32);
    YuvPlanarImageMut {
        y_plane: BufferStoreMut::Borrowed(luma),
        y_stride: width,
        u_plane: BufferStoreMut::Borrowed(blue),
        u_stride: width / 2,
        v_plane: BufferStoreMut::Borrowed(red),
        v_stride: width / 2,
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_as_it_is_but_for_an_odd_column_and_row() {
        for (given, kept) in [((1920, 1080), (1920, 1080)), ((641, 361), (640, 360)), ((1080, 1920), (1080, 1920))] {
            let (content, size) = fitted(given.0, given.1, MOST).expect("a size");
            assert_eq!((content, (size.width(), size.height())), (kept, kept), "{given:?}");
        }
    }

    #[test]
    fn what_is_too_large_is_scaled_and_keeps_its_shape() {
        for (given, becomes) in [
            ((3840, 2160), (1920, 1080)),
            ((2560, 1600), (1728, 1080)),
            ((5120, 1440), (1920, 540)),
            ((2160, 3840), (1080, 1920)),
            ((65_535, 65_535), (1080, 1080)),
        ] {
            let (content, size) = fitted(given.0, given.1, MOST).expect("a size");
            assert_eq!((content, (size.width(), size.height())), (becomes, becomes), "{given:?}");
        }
    }

    #[test]
    fn what_is_smaller_than_pictures_can_be_has_a_margin() {
        for (given, content_is, size_is) in
            [((1, 1), (1, 1), (16, 16)), ((15, 400), (15, 400), (16, 400)), ((60_000, 4), (1920, 1), (1920, 16))]
        {
            let (content, size) = fitted(given.0, given.1, MOST).expect("a size");
            assert_eq!((content, (size.width(), size.height())), (content_is, size_is), "{given:?}");
        }
    }

    #[test]
    fn a_picture_that_is_seen_smaller_keeps_its_shape() {
        let size = |width, height| PictureSize::new(width, height).expect("a size");

        assert_eq!(within_rows(size(1280, 720), 361), size(640, 360));
        assert_eq!(within_rows(size(1280, 720), 720), size(1280, 720));
        assert_eq!(within_rows(size(1280, 720), 2), size(1280, 720), "too small for any picture");
    }

    #[test]
    fn what_the_other_end_sends_is_shown_at_any_size_but_a_vast_one() {
        let sides = |width, height| shown(width, height).map(|size| (size.width(), size.height()));

        assert_eq!(sides(3840, 2160), Ok((3840, 2160)));
        assert_eq!(sides(641, 359), Ok((640, 358)));
        assert_eq!(sides(1, 1), Ok((16, 16)));
        assert_eq!(sides(0, 0), Ok((16, 16)));
        assert!(matches!(sides(7680, 4320), Err(PictureSizeError::TooLarge(..))));
    }

    #[test]
    fn a_plane_is_cut_and_filled_to_what_is_wanted() {
        let plane = [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9];
        let copied = |has, wanted| {
            let mut to = vec![77];
            copy_plane(&plane, 4, has, wanted, 5, &mut to);
            to.split_off(1)
        };

        assert_eq!(copied((3, 3), (2, 2)), [1, 2, 4, 5]);
        assert_eq!(copied((1, 1), (2, 2)), [1, 5, 5, 5]);
        assert_eq!(copied((3, 3), (3, 4)), [1, 2, 3, 4, 5, 6, 7, 8, 9, 5, 5, 5]);
    }

    #[test]
    fn colours_become_those_of_television() {
        let colour = |bgrx: [u8; 4]| {
            let pixels = bgrx.repeat(33 * 17);
            let picture = Fitter::default()
                .picture(Pixels { width: 33, height: 17, order: Order::Bgrx, bytes: &pixels }, MOST, Instant::now())
                .expect("a picture");
            assert_eq!((picture.size().width(), picture.size().height()), (32, 16));
            (picture.y()[100], picture.u()[50], picture.v()[50])
        };
        let near = |seen: (u8, u8, u8), wanted: (u8, u8, u8)| {
            let apart = [(seen.0, wanted.0), (seen.1, wanted.1), (seen.2, wanted.2)];
            assert!(apart.iter().all(|(one, other)| one.abs_diff(*other) <= 2), "{seen:?} for {wanted:?}");
        };

        near(colour([0, 0, 0, 9]), (16, 128, 128));
        near(colour([255, 255, 255, 0]), (235, 128, 128));
        near(colour([0, 0, 255, 255]), (82, 90, 240));
        near(colour([255, 0, 0, 255]), (41, 240, 110));
    }

    #[test]
    fn a_picture_of_4k_is_sent_smaller_and_a_small_one_as_it_is() {
        let becomes = |width, height| {
            let size = sent(PictureSize::new(width, height).expect("a size")).expect("one that can be sent");
            (size.width(), size.height())
        };

        assert_eq!(becomes(3840, 2160), (1920, 1080));
        assert_eq!(becomes(640, 360), (640, 360));
    }

    #[test]
    fn of_one_pixel_and_of_very_many_there_is_a_picture() {
        for (width, height) in [(1, 1), (7, 3), (3840, 2160), (4097, 33)] {
            let pixels = vec![200; width * height * PIXEL];
            let picture = Fitter::default().picture(
                Pixels { width, height, order: Order::Bgrx, bytes: &pixels },
                MOST,
                Instant::now(),
            );
            let picture = picture.unwrap_or_else(|| panic!("{width} × {height}"));
            assert!(picture.size().width() <= 1920 && picture.y()[0] > 150);
        }
        let short = Pixels { width: 4, height: 4, order: Order::Bgrx, bytes: &[0; 63] };
        assert!(Fitter::default().picture(short, MOST, Instant::now()).is_none());
    }
}
