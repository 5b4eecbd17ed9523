//! Pictures of people and groups: read with suspicion, and written anew, so that nothing of the file remains but what it shows.

mod read;

use std::fmt::Write as _;

use axum::body::Bytes;
use carillon_protocol::AvatarId;
use image::{
    DynamicImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
};
use sha2::{Digest as _, Sha256};

use self::read::{MAX_SIDE, read};
use crate::runtime::{
    failpoint,
    workers::{NotDone, Workers},
};
pub(crate) use crate::store::avatars::Picture;

/// The largest file that is looked at.
pub(crate) const MAX_PICTURE_BYTES: usize = 1024 * 1024;
const JPEG_QUALITY: u8 = 85;
/// Each may take a ground and [`read::MAX_PIXEL_BYTES`] for a moment.
const AT_ONCE: usize = 1;
/// More than this are turned away.
const IN_ALL: usize = 8;

/// Why a file did not become a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PictureError {
    #[error("it is not a PNG, JPEG or WebP picture, or a damaged one")]
    NotAPicture,
    #[error("it has more than {MAX_SIDE} pixels a side, or too many in all")]
    TooLarge,
    #[error("too many pictures at once")]
    Crowded,
    #[error("the picture could not be written")]
    Failed,
}

impl From<NotDone> for PictureError {
    fn from(why: NotDone) -> Self {
        match why {
            NotDone::Crowded => Self::Crowded,
            NotDone::Failed => Self::Failed,
        }
    }
}

/// Makes pictures, one after the other.
#[derive(Clone)]
pub(crate) struct Pictures(Workers);

impl Pictures {
    pub(crate) fn new() -> Self {
        Self(Workers::new(AT_ONCE, IN_ALL))
    }

    #[cfg(test)]
    pub(crate) const fn workers(&self) -> &Workers {
        &self.0
    }

    /// A picture of at most 256 × 256 pixels from a file; its name and its declared type are not looked at.
    pub(crate) async fn read(&self, file: Bytes) -> Result<Picture, PictureError> {
        let work = move || {
            failpoint::in_picture();
            write(&read(&file)?)
        };
        self.0.run(work).await?
    }
}

/// As PNG if anything shines through, else as JPEG.
fn write(picture: &DynamicImage) -> Result<Picture, PictureError> {
    let pixels = picture.to_rgba8();
    let is_opaque = pixels.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    let mut body = Vec::new();
    let written = if is_opaque {
        picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut body, JPEG_QUALITY))
    } else {
        pixels.write_with_encoder(PngEncoder::new(&mut body))
    };
    written.map_err(|_| PictureError::Failed)?;
    let content_type = if is_opaque { "image/jpeg" } else { "image/png" };
    Ok(Picture { id: id(&body), content_type, body })
}

fn id(body: &[u8]) -> AvatarId {
    let mut hexadecimal = String::with_capacity(64);
    for byte in Sha256::digest(body) {
        write!(hexadecimal, "{byte:02x}").expect("a String takes all that is written to it");
    }
    AvatarId::new(hexadecimal).expect("64 hexadecimal digits are an id")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageBuffer, ImageFormat, Rgba};

    use super::*;

    #[tokio::test]
    async fn a_large_picture_is_made_small_and_keeps_its_shape() {
        let picture = Pictures::new().read(file(1000, 500, 255, ImageFormat::Png)).await.unwrap();

        assert_eq!(picture.content_type, "image/jpeg");
        assert_eq!(size(&picture), (256, 128));
    }

    #[tokio::test]
    async fn a_small_picture_keeps_its_size_and_what_shines_through() {
        let picture = Pictures::new().read(file(20, 30, 100, ImageFormat::WebP)).await.unwrap();

        assert_eq!(picture.content_type, "image/png");
        assert_eq!(size(&picture), (20, 30));
    }

    #[tokio::test]
    async fn the_same_content_has_the_same_id() {
        let pictures = Pictures::new();

        let one = pictures.read(file(20, 30, 255, ImageFormat::Png)).await.unwrap();
        let other = pictures.read(file(20, 30, 255, ImageFormat::Png)).await.unwrap();

        assert_eq!(one, other);
        assert_eq!(one.id.as_str().len(), 64);
    }

    #[tokio::test]
    async fn nothing_of_a_file_remains_but_its_pixels() {
        let mut noted = file(20, 30, 255, ImageFormat::Png).to_vec();
        noted.splice(33..33, chunk(b"tEXtComment\0taken at home"));

        let picture = Pictures::new().read(noted.into()).await.unwrap();

        assert!(!picture.body.windows(7).any(|window| window == b"at home"));
    }

    #[tokio::test]
    async fn what_is_no_picture_is_refused() {
        let cut_off = file(20, 30, 255, ImageFormat::Png).slice(..60);
        let gif = Bytes::from_static(b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00");
        for junk in [Bytes::new(), Bytes::from_static(b"<svg onload=alert(1)>"), gif, cut_off] {
            assert_eq!(Pictures::new().read(junk).await, Err(PictureError::NotAPicture));
        }
    }

    /// A bomb: a small file that says it has a billion pixels.
    #[tokio::test]
    async fn a_picture_that_claims_to_be_huge_is_refused_before_it_is_decoded() {
        let mut bomb = file(20, 30, 255, ImageFormat::Png).to_vec();
        bomb[16..24].copy_from_slice(&[0, 0, 0x80, 0, 0, 0, 0x80, 0]);
        let checksum = crc(&bomb[12..29]).to_be_bytes();
        bomb[29..33].copy_from_slice(&checksum);

        assert_eq!(Pictures::new().read(bomb.into()).await, Err(PictureError::TooLarge));
    }

    /// Another bomb: a profile of a few KiB that unpacks to 64 MiB. It is not unpacked, so it may as well be nonsense.
    #[tokio::test]
    async fn a_colour_profile_is_not_read() {
        let mut profiled = file(20, 30, 255, ImageFormat::Png).to_vec();
        profiled.splice(33..33, chunk(b"iCCPa profile\0\0this is not deflated"));
        let plain = Pictures::new().read(file(20, 30, 255, ImageFormat::Png)).await.unwrap();

        assert_eq!(Pictures::new().read(profiled.into()).await, Ok(plain));
    }

    #[tokio::test]
    async fn sixteen_bits_a_colour_are_taken_at_every_size_that_eight_are() {
        let wide = ImageBuffer::from_pixel(3000, 3000, Rgba([u16::MAX, 0x7f7f, 0, u16::MAX]));
        let mut file = Cursor::new(Vec::new());
        wide.write_to(&mut file, ImageFormat::Png).unwrap();

        let picture = Pictures::new().read(file.into_inner().into()).await.unwrap();

        assert_eq!(size(&picture), (256, 256));
        let [red, green, blue] = image::load_from_memory(&picture.body).unwrap().to_rgb8().get_pixel(128, 128).0;
        assert!(red > 250 && (120..135).contains(&green) && blue < 5, "{red} {green} {blue}");
    }

    /// A red disc on what is transparent and green: half-transparent edges are as red as the rest.
    #[tokio::test]
    async fn what_is_transparent_does_not_bleed_into_the_edges_of_what_is_not() {
        let disc = ImageBuffer::from_fn(600, 600, |x, y| match x.abs_diff(300).pow(2) + y.abs_diff(300).pow(2) {
            0..40_000 => Rgba([255_u8, 0, 0, 255]),
            _ => Rgba([0, 255, 0, 0]),
        });
        let mut file = Cursor::new(Vec::new());
        disc.write_to(&mut file, ImageFormat::Png).unwrap();

        let picture = Pictures::new().read(file.into_inner().into()).await.unwrap();

        let pixels = image::load_from_memory(&picture.body).unwrap().to_rgba8();
        let edge: Vec<_> = pixels.pixels().filter(|pixel| (1..255).contains(&pixel.0[3])).collect();
        assert!(edge.len() > 100, "{}", edge.len());
        assert!(edge.iter().all(|pixel| pixel.0[0] == 255 && pixel.0[1] == 0), "{edge:?}");
    }

    #[tokio::test]
    async fn a_picture_lies_as_its_camera_says_whatever_its_format() {
        let mut turned = file(20, 30, 255, ImageFormat::Png).to_vec();
        // One entry: orientation (0x0112), a short, once: 6, to be turned right.
        turned.splice(33..33, chunk(b"eXIfMM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"));

        assert_eq!(size(&Pictures::new().read(turned.into()).await.unwrap()), (30, 20));
    }

    /// A chunk of a PNG from its name and what is in it.
    fn chunk(named: &[u8]) -> Vec<u8> {
        let length = u32::try_from(named.len() - 4).unwrap();
        [&length.to_be_bytes(), named, &crc(named).to_be_bytes()].concat()
    }

    fn file(width: u32, height: u32, alpha: u8, format: ImageFormat) -> Bytes {
        let pixel = |x, y| Rgba([u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap(), 7, alpha]);
        let mut file = Cursor::new(Vec::new());
        ImageBuffer::from_fn(width, height, pixel).write_to(&mut file, format).unwrap();
        file.into_inner().into()
    }

    fn size(picture: &Picture) -> (u32, u32) {
        let picture = image::load_from_memory(&picture.body).unwrap();
        (picture.width(), picture.height())
    }

    /// CRC-32 as PNG has it (ISO 3309).
    fn crc(bytes: &[u8]) -> u32 {
        let step = |crc: u32, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
    }
}
