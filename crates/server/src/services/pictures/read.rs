//! From a file to few pixels, with suspicion: its size is known, and within limits, before a single pixel is decoded, and nothing is
//! unpacked but pixels.

use std::io::Cursor;

use image::{
    DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgba, RgbaImage,
    metadata::Orientation,
};
use png::{ColorType, DecodingError, Transformations};

use super::PictureError;

/// A camera's picture has at most about so many pixels a side; a file of a megabyte may claim to have any number.
pub(super) const MAX_SIDE: u32 = 4096;
/// What the pixels of one may take: four bytes each.
pub(super) const MAX_PIXEL_BYTES: usize = 4 * (MAX_SIDE as usize) * (MAX_SIDE as usize);
/// A decoder holds the pixels and about as much again while it works.
const MAX_DECODER_BYTES: usize = 2 * MAX_PIXEL_BYTES;
/// Sharp at every size that a window shows people at.
const SIDE: u32 = 256;

/// A picture of at most 256 × 256 pixels, as it lies.
pub(super) fn read(file: &[u8]) -> Result<DynamicImage, PictureError> {
    let reader = ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(|_| PictureError::NotAPicture)?;
    let (picture, orientation) = match reader.format() {
        Some(ImageFormat::Png) => read_png(file)?,
        Some(ImageFormat::Jpeg | ImageFormat::WebP) => read_other(reader)?,
        Some(_) | None => return Err(PictureError::NotAPicture),
    };
    let mut picture = small(picture);
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Not by way of `image`, which unpacks colour profiles, and takes sixteen bits a colour for twice the pixels.
fn read_png(file: &[u8]) -> Result<(DynamicImage, Orientation), PictureError> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), png::Limits { bytes: MAX_DECODER_BYTES });
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(|error| unreadable_png(&error))?;
    if header.width.max(header.height) > MAX_SIDE {
        return Err(PictureError::TooLarge);
    }
    let mut reader = decoder.read_info().map_err(|error| unreadable_png(&error))?;
    let bytes = reader.output_buffer_size().filter(|bytes| *bytes <= MAX_PIXEL_BYTES).ok_or(PictureError::TooLarge)?;
    let mut pixels = vec![0; bytes];
    let frame = reader.next_frame(&mut pixels).map_err(|error| unreadable_png(&error))?;
    let (width, height) = (frame.width, frame.height);
    let picture = match frame.color_type {
        ColorType::Grayscale => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        ColorType::GrayscaleAlpha => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLumaA8),
        ColorType::Rgb => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        ColorType::Rgba => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8),
        ColorType::Indexed => None,
    };
    let orientation = reader.info().exif_metadata.as_deref().and_then(Orientation::from_exif_chunk);
    Ok((picture.ok_or(PictureError::NotAPicture)?, orientation.unwrap_or(Orientation::NoTransforms)))
}

/// Profiles and notes of these are not packed: they are no larger than the file.
fn read_other(mut reader: ImageReader<Cursor<&[u8]>>) -> Result<(DynamicImage, Orientation), PictureError> {
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| unreadable(&error))?;
    let (width, height) = decoder.dimensions();
    if width.max(height) > MAX_SIDE || decoder.total_bytes() > MAX_PIXEL_BYTES as u64 {
        return Err(PictureError::TooLarge);
    }
    let orientation = decoder.orientation().map_err(|error| unreadable(&error))?;
    Ok((DynamicImage::from_decoder(decoder).map_err(|error| unreadable(&error))?, orientation))
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES as u64);
    limits
}

fn unreadable(error: &ImageError) -> PictureError {
    if matches!(error, ImageError::Limits(_)) { PictureError::TooLarge } else { PictureError::NotAPicture }
}

const fn unreadable_png(error: &DecodingError) -> PictureError {
    if matches!(error, DecodingError::LimitsExceeded) { PictureError::TooLarge } else { PictureError::NotAPicture }
}

/// Each pixel of what is smaller is the mean of several. What is transparent has a colour too, which must not count in it.
fn small(picture: DynamicImage) -> DynamicImage {
    if picture.width().max(picture.height()) <= SIDE {
        return picture;
    }
    if !picture.color().has_alpha() {
        return picture.thumbnail(SIDE, SIDE);
    }
    let mut pixels = picture.into_rgba8();
    premultiply(&mut pixels);
    let mut pixels = DynamicImage::from(pixels).thumbnail(SIDE, SIDE).into_rgba8();
    unpremultiply(&mut pixels);
    pixels.into()
}

fn premultiply(pixels: &mut RgbaImage) {
    for Rgba([red, green, blue, alpha]) in pixels.pixels_mut() {
        for colour in [red, green, blue] {
            *colour = rounded(u32::from(*colour) * u32::from(*alpha), 255);
        }
    }
}

fn unpremultiply(pixels: &mut RgbaImage) {
    for Rgba([red, green, blue, alpha]) in pixels.pixels_mut() {
        for colour in [red, green, blue] {
            *colour = rounded(u32::from(*colour) * 255, u32::from(*alpha).max(1));
        }
    }
}

fn rounded(dividend: u32, divisor: u32) -> u8 {
    u8::try_from((dividend + divisor / 2) / divisor).unwrap_or(u8::MAX)
}
