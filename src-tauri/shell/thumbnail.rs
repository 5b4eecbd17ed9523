//! Small pictures of screens and windows, as a window can show them.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use carillon_kit::media::Picture;
use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};

/// Text can still be recognised.
const QUALITY: u8 = 80;

/// A `data:` URL of a picture.
pub(super) fn data_url(picture: &Picture) -> Option<String> {
    let mut jpeg = Vec::new();
    let side = |pixels: usize| u32::try_from(pixels).ok();
    let (width, height) = (side(picture.size().width())?, side(picture.size().height())?);
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    encoder.encode(&rgb(picture), width, height, ExtendedColorType::Rgb8).ok()?;
    Some(format!("data:image/jpeg;base64,{}", BASE64_STANDARD.encode(jpeg)))
}

/// BT.601, limited range, three bytes a pixel.
fn rgb(picture: &Picture) -> Vec<u8> {
    let width = picture.size().width();
    let (y, u, v) = (picture.y(), picture.u(), picture.v());
    let pixel = |at: usize| {
        let chroma = at / width / 2 * (width / 2) + at % width / 2;
        let luma = 1.164 * (f32::from(y[at]) - 16.0);
        let (blue, red) = (f32::from(u[chroma]) - 128.0, f32::from(v[chroma]) - 128.0);
        [luma + 1.596 * red, luma - 0.392 * blue - 0.813 * red, luma + 2.017 * blue].map(|part| part as u8)
    };
    (0..y.len()).flat_map(pixel).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use carillon_kit::media::PictureSize;

    use super::*;

    #[test]
    fn colours_are_what_they_were() {
        let of = |y: u8, u: u8, v: u8| {
            let planes = [vec![y; 256], vec![u; 64], vec![v; 64]].concat();
            let size = PictureSize::new(16, 16).expect("a size");
            rgb(&Picture::new(size, Instant::now(), planes).expect("all its planes"))[..3].to_vec()
        };

        assert_eq!(of(16, 128, 128), [0, 0, 0]);
        assert_eq!(of(235, 128, 128), [254, 254, 254]);
        assert_eq!(of(81, 90, 240), [254, 0, 0], "red, as BT.601 has it");
    }

    #[test]
    fn a_picture_becomes_a_small_jpeg() {
        let size = PictureSize::new(320, 180).expect("a size");
        let picture = Picture::new(size, Instant::now(), vec![90; size.bytes()]).expect("all its planes");

        let url = data_url(&picture).expect("it can be encoded");

        assert!(url.starts_with("data:image/jpeg;base64,/9j/") && url.len() < 10_000, "{}", url.len());
    }
}
