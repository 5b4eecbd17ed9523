//! Pictures of people and groups: read with suspicion, and written anew, so that nothing of the file remains but what it shows.

use std::{fmt::Write as _, io::Cursor, sync::Arc};

use axum::body::Bytes;
use carillon_protocol::AvatarId;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
    codecs::png::PngEncoder,
};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

/// The largest file that is looked at.
pub(crate) const MAX_PICTURE_BYTES: usize = 1024 * 1024;
/// A camera's picture has at most about so many pixels a side; a file of a megabyte may claim to have any number.
const MAX_SIDE: u32 = 4096;
/// What the pixels of one may take: four bytes each.
const MAX_PIXEL_BYTES: u64 = 4 * (MAX_SIDE as u64) * (MAX_SIDE as u64);
/// Sharp at every size that a window shows people at.
const SIDE: u32 = 256;
const JPEG_QUALITY: u8 = 85;
/// Each may take a core and [`MAX_PIXEL_BYTES`] for a moment.
const AT_ONCE: usize = 1;
/// Whoever comes when so many wait is turned away.
const WAITING: usize = 8;

/// A picture as it is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) id: AvatarId,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

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

/// Makes pictures, one after the other.
#[derive(Clone)]
pub(crate) struct Pictures {
    queue: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl Pictures {
    pub(crate) fn new() -> Self {
        Self { queue: Arc::new(Semaphore::new(WAITING)), running: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// A picture of at most 256 × 256 pixels from a file, whatever its name or type says that it is.
    pub(crate) async fn read(&self, file: Bytes) -> Result<Picture, PictureError> {
        let _place = self.queue.clone().try_acquire_owned().map_err(|_| PictureError::Crowded)?;
        let _turn = self.running.clone().acquire_owned().await.map_err(|_| PictureError::Failed)?;
        tokio::task::spawn_blocking(move || write(&read(&file)?)).await.unwrap_or(Err(PictureError::Failed))
    }
}

/// Its size is known, and within limits, before a single pixel is decoded.
fn read(file: &[u8]) -> Result<DynamicImage, PictureError> {
    let mut reader =
        ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|_| PictureError::NotAPicture)?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) {
        return Err(PictureError::NotAPicture);
    }
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| unreadable(&error))?;
    let (width, height) = decoder.dimensions();
    if width.max(height) > MAX_SIDE || decoder.total_bytes() > MAX_PIXEL_BYTES {
        return Err(PictureError::TooLarge);
    }
    let orientation = decoder.orientation().map_err(|error| unreadable(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(&error))?;
    if width.max(height) > SIDE {
        picture = picture.thumbnail(SIDE, SIDE);
    }
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    // A decoder holds the pixels and about as much again while it works.
    limits.max_alloc = Some(2 * MAX_PIXEL_BYTES);
    limits
}

fn unreadable(error: &ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooLarge,
        _ => PictureError::NotAPicture,
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
        write!(hexadecimal, "{byte:02x}").expect("a String takes whatever is written to it");
    }
    AvatarId::new(hexadecimal).expect("64 hexadecimal digits are an id")
}

#[cfg(test)]
mod tests {
    use image::{ImageBuffer, Rgba};

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
        let note = b"tEXtComment\0taken at home";
        let chunk = [&21_u32.to_be_bytes(), note.as_slice(), &crc(note).to_be_bytes()].concat();
        noted.splice(33..33, chunk);

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
