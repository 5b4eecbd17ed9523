//! H.264 to pictures, by OpenH264. What comes in is a stranger's: it is looked at before the decoder allocates anything for it.

use std::time::Instant;

use openh264::decoder::{DecodedYUV, Decoder};
use openh264::formats::YUVSource as _;

use super::fit;
use super::fit::{BLACK, NO_COLOUR};
use super::nal::{self, SequenceParameters};
use super::picture::{Picture, PictureSize, PictureSizeError};

/// What a decoder may keep to refer to, in macroblocks: level 5.2 of H.264 (`MaxDpbMbs`).
const MAX_KEPT_MACROBLOCKS: u32 = 184_320;

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Something before it is missing: ask for a key frame.
    #[error("a key frame is needed")]
    KeyFrameNeeded,
    /// The pictures have a size that is not shown.
    #[error(transparent)]
    Size(#[from] PictureSizeError),
    /// It is not well-formed, or not of a kind that is understood. A key frame may help.
    #[error("the picture does not decode: {0}")]
    Broken(String),
}

/// Decodes pictures, one after another. After an error it begins anew with the next key frame.
#[derive(Default)]
pub struct VideoDecoder {
    /// There is one from a key frame on, until something goes wrong.
    decoder: Option<Decoder>,
}

impl VideoDecoder {
    /// Waits for a key frame.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decodes one access unit with start codes (Annex B). `None` if it has no picture.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(&mut self, unit: &[u8], arrived_at: Instant) -> Result<Option<Picture>, DecodeError> {
        let decoded = self.try_decode(unit, arrived_at);
        if decoded.is_err() {
            self.decoder = None;
        }
        decoded
    }

    fn try_decode(&mut self, unit: &[u8], arrived_at: Instant) -> Result<Option<Picture>, DecodeError> {
        let is_key_frame = check(unit)?;
        let decoder = match &mut self.decoder {
            Some(decoder) => decoder,
            None if is_key_frame => self.decoder.insert(Decoder::new().map_err(broken)?),
            None => return Err(DecodeError::KeyFrameNeeded),
        };
        decoder.decode(unit).map_err(broken)?.map(|decoded| copy(&decoded, arrived_at)).transpose()
    }
}

fn broken(error: openh264::Error) -> DecodeError {
    DecodeError::Broken(error.to_string())
}

/// Whether it is a key frame with its parameters.
fn check(unit: &[u8]) -> Result<bool, DecodeError> {
    let (mut has_parameters, mut has_key) = (false, false);
    for unit in nal::units(unit) {
        match nal::kind(unit) {
            nal::SEQUENCE_PARAMETERS => {
                check_parameters(unit)?;
                has_parameters = true;
            }
            nal::IDR_SLICE => has_key = true,
            _ => {}
        }
    }
    Ok(has_parameters && has_key)
}

fn check_parameters(unit: &[u8]) -> Result<(), DecodeError> {
    let Some(SequenceParameters { width, height, references }) = SequenceParameters::read(unit) else {
        return Err(DecodeError::Broken("its parameters make no sense".into()));
    };
    let pixels = |macroblocks: u32| macroblocks.saturating_mul(16) as usize;
    PictureSize::new(pixels(width), pixels(height))?;
    if width * height * references > MAX_KEPT_MACROBLOCKS {
        return Err(DecodeError::Broken(format!("it wants {references} pictures kept")));
    }
    Ok(())
}

fn copy(decoded: &DecodedYUV<'_>, arrived_at: Instant) -> Result<Picture, DecodeError> {
    let (width, height) = decoded.dimensions();
    let size = fit::shown(width, height)?;
    let (luma, blue, red) = decoded.strides();
    let mut planes = Vec::with_capacity(size.bytes());
    let whole = (size.width(), size.height());
    let half = (size.width() / 2, size.height() / 2);
    fit::copy_plane(decoded.y(), luma, (width, height), whole, BLACK, &mut planes);
    fit::copy_plane(decoded.u(), blue, (width.div_ceil(2), height.div_ceil(2)), half, NO_COLOUR, &mut planes);
    fit::copy_plane(decoded.v(), red, (width.div_ceil(2), height.div_ceil(2)), half, NO_COLOUR, &mut planes);
    Picture::new(size, arrived_at, planes).ok_or_else(|| DecodeError::Broken("a plane is short".into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::picture::counter::frame_number;
    use crate::picture::{PictureContent, TestPattern, VideoEncoder, VideoEncoderConfig};

    #[test]
    fn before_a_key_frame_there_is_no_picture() {
        let units = film(5);
        let mut decoder = VideoDecoder::new();

        assert_eq!(decode(&mut decoder, &units[1]), Err(DecodeError::KeyFrameNeeded));
        assert_eq!(decode(&mut decoder, &units[0]), Ok(Some(0)));
        assert_eq!(decode(&mut decoder, &units[1]), Ok(Some(1)));
    }

    #[test]
    fn after_a_damaged_picture_the_next_key_frame_is_shown_again() {
        let (units, later) = (film(5), film(2));
        let mut decoder = VideoDecoder::new();
        decode(&mut decoder, &units[0]).expect("it decodes");
        let mut damaged = units[1].clone();
        damaged.truncate(damaged.len() / 3);

        // OpenH264 may tell of it with this picture or with the next.
        let first = decode(&mut decoder, &damaged);
        let second = decode(&mut decoder, &units[2]);
        assert!(first.is_err() || second.is_err(), "{first:?}, {second:?}");
        if second.is_ok() {
            decoder = VideoDecoder::new();
        }

        assert_eq!(decode(&mut decoder, &units[3]), Err(DecodeError::KeyFrameNeeded));
        assert_eq!(decode(&mut decoder, &later[0]), Ok(Some(0)));
        assert_eq!(decode(&mut decoder, &later[1]), Ok(Some(1)));
    }

    #[test]
    fn a_missing_picture_is_not_papered_over() {
        let units = film(5);
        let mut decoder = VideoDecoder::new();
        decode(&mut decoder, &units[0]).expect("it decodes");

        let told = [decode(&mut decoder, &units[2]), decode(&mut decoder, &units[3])];

        assert!(told.iter().any(Result::is_err), "{told:?}");
    }

    #[test]
    fn sizes_beyond_all_bounds_are_refused_before_anything_is_allocated() {
        let unit = |parameters: Vec<u8>| [vec![0, 0, 0, 1], parameters, vec![0, 0, 0, 1, 0x65, 0x88]].concat();
        let mut decoder = VideoDecoder::new();

        let vast = decoder.decode(&unit(parameters(1000, 1000, 1)), Instant::now());
        let greedy = decoder.decode(&unit(parameters(256, 144, 16)), Instant::now());
        let absurd = decoder.decode(&unit(parameters(u32::MAX / 2, 1, 1)), Instant::now());

        assert_eq!(vast, Err(PictureSizeError::TooLarge(16_000, 16_000).into()));
        assert!(matches!(absurd, Err(DecodeError::Size(PictureSizeError::TooLarge(..)))), "{absurd:?}");
        assert!(matches!(&greedy, Err(DecodeError::Broken(why)) if why.contains("16 pictures")), "{greedy:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn whatever_becomes_of_a_stream_decoding_it_ends(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
            picture in 0_usize..3,
        ) {
            let mut units = film(3);
            for (at, byte) in changes {
                let at = at.index(units[picture].len());
                units[picture][at] = byte;
            }
            let mut decoder = VideoDecoder::new();
            for unit in &units {
                let _ = decode(&mut decoder, unit);
            }
        }
    }

    fn decode(decoder: &mut VideoDecoder, unit: &[u8]) -> Result<Option<u32>, DecodeError> {
        Ok(decoder.decode(unit, Instant::now())?.and_then(|picture| frame_number(&picture)))
    }

    fn film(pictures: u32) -> Vec<Vec<u8>> {
        let pattern = TestPattern::new(PictureSize::new(320, 180).expect("a size"));
        let config = VideoEncoderConfig { content: PictureContent::Camera, bitrate: 1_000_000, frame_rate: 30 };
        let mut encoder = VideoEncoder::new(config);
        let shot = (0..pictures).map(|number| {
            let picture = pattern.picture(number, Instant::now()).expect("whole");
            encoder.encode(&picture).expect("it encodes").expect("none is left out").payload.to_vec()
        });
        shot.collect()
    }

    /// A sequence parameter set of the baseline profile.
    fn parameters(width: u32, height: u32, references: u32) -> Vec<u8> {
        let mut bits = String::new();
        let mut golomb = |number: u32| {
            let number = format!("{:b}", u64::from(number) + 1);
            bits.push_str(&"0".repeat(number.len() - 1));
            bits.push_str(&number);
        };
        [0, 0, 2, references].into_iter().for_each(&mut golomb); // id, numbers, order, references
        let mut sizes = String::new();
        let mut golomb = |number: u32| {
            let number = format!("{:b}", u64::from(number) + 1);
            sizes.push_str(&"0".repeat(number.len() - 1));
            sizes.push_str(&number);
        };
        [width - 1, height - 1].into_iter().for_each(&mut golomb);
        let bits = format!("{bits}0{sizes}11000100000000");
        let body = bits
            .as_bytes()
            .chunks(8)
            .map(|byte| byte.iter().fold(0_u8, |byte, bit| byte << 1 | u8::from(*bit == b'1')) << (8 - byte.len()));
        // Start codes inside are broken up.
        let mut unit = vec![0x67, 66, 0xc0, 52];
        for byte in body {
            if byte <= 3 && unit.ends_with(&[0, 0]) {
                unit.push(3);
            }
            unit.push(byte);
        }
        unit
    }
}
