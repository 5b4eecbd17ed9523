//! What a camera sends to pictures.

use std::time::Instant;

use yuv::{YuvPackedImage, yuyv422_to_yuv420};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::mode::Packing;
use crate::picture::fit::{self, Fitter, MOST, Order, Pixels};
use crate::picture::picture::{Picture, PictureSize};

/// One frame as the system gives it. What it says of itself is not believed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawFrame<'a> {
    pub(crate) packing: Packing,
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Bytes of a row, or of one of the first plane; of no meaning for JPEG.
    pub(crate) stride: usize,
    pub(crate) bytes: &'a [u8],
}

/// Makes pictures of frames.
#[derive(Default)]
pub(super) struct Unpacker {
    fitter: Fitter,
}

impl Unpacker {
    /// `None` for a frame that is damaged, or of a size that cannot be.
    pub(super) fn picture(&mut self, frame: RawFrame<'_>, captured_at: Instant) -> Option<Picture> {
        match frame.packing {
            Packing::Mjpeg => self.jpeg(frame.bytes, captured_at),
            Packing::Yuyv => yuyv(frame, captured_at),
            Packing::Nv12 => nv12(frame, captured_at),
        }
    }

    fn jpeg(&mut self, bytes: &[u8], captured_at: Instant) -> Option<Picture> {
        let side = PictureSize::MAX_SIDE.into();
        let options = DecoderOptions::default().set_max_width(side).set_max_height(side);
        let options = options.jpeg_set_out_colorspace(ColorSpace::RGBA);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        let pixels = decoder.decode().ok()?;
        let info = decoder.info()?;
        let (width, height) = (info.width.into(), info.height.into());
        self.fitter.picture(Pixels { width, height, order: Order::Rgbx, bytes: &pixels }, MOST, captured_at)
    }
}

/// Without an odd last column and row.
fn even(frame: &RawFrame<'_>) -> Option<PictureSize> {
    PictureSize::new(frame.width & !1, frame.height & !1).ok()
}

fn yuyv(frame: RawFrame<'_>, captured_at: Instant) -> Option<Picture> {
    let size = even(&frame)?;
    let stride = frame.stride.max(frame.width * 2);
    let mut planes = vec![0; size.bytes()];
    let packed = YuvPackedImage {
        yuy: frame.bytes.get(..stride * size.height())?,
        yuy_stride: stride as u32,
        width: size.width() as u32,
        height: size.height() as u32,
    };
    yuyv422_to_yuv420(&mut fit::planar(&mut planes, size), &packed).ok()?;
    Picture::new(size, captured_at, planes)
}

fn nv12(frame: RawFrame<'_>, captured_at: Instant) -> Option<Picture> {
    let size = even(&frame)?;
    let stride = frame.stride.max(frame.width);
    let (luma, chroma) = frame.bytes.split_at_checked(stride * frame.height)?;
    let (width, half) = (size.width(), size.height() / 2);
    if chroma.len() < stride * (half - 1) + width {
        return None;
    }
    let mut planes = Vec::with_capacity(size.bytes());
    fit::copy_plane(luma, stride, (width, size.height()), (width, size.height()), fit::BLACK, &mut planes);
    for which in [0, 1] {
        let rows = chroma.chunks(stride).take(half);
        planes.extend(rows.flat_map(|row| row[..width].iter().skip(which).step_by(2)));
    }
    Picture::new(size, captured_at, planes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn yuyv_keeps_its_brightness_and_shares_its_colours() {
        // Each row has four bytes more than it needs.
        let row: Vec<u8> = [[100, 90, 102, 170]; 16].concat().into_iter().chain([1, 2, 3, 4]).collect();
        let bytes = row.repeat(16);

        let picture = unpacked(Packing::Yuyv, 32, 16, 68, &bytes).expect("a picture");

        assert_eq!((picture.y()[0], picture.y()[1], picture.y()[32]), (100, 102, 100));
        assert!(picture.u().iter().all(|blue| *blue == 90) && picture.v().iter().all(|red| *red == 170));
    }

    #[test]
    fn nv12_is_taken_apart() {
        let (luma, chroma) =
            ([vec![7; 32], vec![0; 8]].concat().repeat(16), [[90, 170].repeat(16), vec![0; 8]].concat().repeat(8));

        let picture = unpacked(Packing::Nv12, 32, 16, 40, &[luma, chroma].concat()).expect("a picture");

        assert!(picture.y().iter().all(|luma| *luma == 7));
        assert!(picture.u().iter().all(|blue| *blue == 90) && picture.v().iter().all(|red| *red == 170));
    }

    #[test]
    fn jpeg_has_the_size_that_it_says_itself() {
        let mut jpeg = Vec::new();
        let red = image::RgbImage::from_pixel(641, 361, image::Rgb([255, 0, 0]));
        image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&red).expect("encoded");

        let picture = unpacked(Packing::Mjpeg, 1280, 720, 0, &jpeg).expect("a picture");

        assert_eq!((picture.size().width(), picture.size().height()), (640, 360));
        let seen = (picture.y()[1000], picture.u()[1000], picture.v()[1000]);
        assert!(seen.0.abs_diff(82) < 4 && seen.1.abs_diff(90) < 4 && seen.2.abs_diff(240) < 4, "{seen:?}");
        assert!(unpacked(Packing::Mjpeg, 641, 361, 0, &jpeg[..40]).is_none(), "it is damaged");
    }

    #[test]
    fn an_odd_row_and_column_are_left_out() {
        let bytes = vec![128; 34 * 2 * 17];
        let picture = unpacked(Packing::Yuyv, 33, 17, 68, &bytes).expect("a picture");
        assert_eq!((picture.size().width(), picture.size().height()), (32, 16));
    }

    proptest! {
        #[test]
        fn whatever_a_camera_sends_unpacking_it_ends(
            bytes in prop::collection::vec(any::<u8>(), 0..4096),
            (width, height, stride) in (0_usize..80, 0_usize..80, 0_usize..200),
        ) {
            for packing in [Packing::Yuyv, Packing::Nv12, Packing::Mjpeg] {
                unpacked(packing, width, height, stride, &bytes);
            }
        }
    }

    fn unpacked(packing: Packing, width: usize, height: usize, stride: usize, bytes: &[u8]) -> Option<Picture> {
        Unpacker::default().picture(RawFrame { packing, width, height, stride, bytes }, Instant::now())
    }
}
