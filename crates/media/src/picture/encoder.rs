//! Pictures to H.264, by OpenH264.

use std::time::Instant;

use bytes::Bytes;
use openh264::encoder::{
    BitRate, Complexity, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, Profile, RateControlMode,
    UsageType,
};
use openh264::formats::YUVSlices;
use openh264::{OpenH264API, Timestamp};
use openh264_sys2::{
    ENCODER_OPTION, ENCODER_OPTION_BITRATE, ENCODER_OPTION_FRAME_RATE, ENCODER_OPTION_MAX_BITRATE, SBitrateInfo,
};
use openh264_sys2::{SPATIAL_LAYER_0, SPATIAL_LAYER_ALL};

use super::picture::{Picture, PictureSize};

/// Below it OpenH264 has no picture to make.
const LEAST_BITRATE: u32 = 30_000;
/// Above it no picture of ours becomes better.
const MOST_BITRATE: u32 = 20_000_000;

/// What is seen, which decides what is given up first for want of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureContent {
    /// People and rooms: motion before sharpness.
    Camera,
    /// Text and windows: sharpness before motion.
    Screen,
}

/// How a [`VideoEncoder`] begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoEncoderConfig {
    /// What is seen.
    pub content: PictureContent,
    /// Bits a second.
    pub bitrate: u32,
    /// Pictures a second that will come.
    pub frame_rate: u32,
}

/// One encoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedUnit {
    /// One access unit of H.264, constrained baseline, with start codes (Annex B).
    pub payload: Bytes,
    /// It needs no picture before it.
    pub is_key_frame: bool,
}

/// OpenH264 refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the picture cannot be encoded: {0}")]
pub struct EncodeError(String);

/// Encodes pictures, one after another.
pub struct VideoEncoder {
    config: VideoEncoderConfig,
    encoder: Option<Sized>,
    wants_key_frame: bool,
}

/// An encoder for pictures of one size.
struct Sized {
    encoder: Encoder,
    size: PictureSize,
    began_at: Instant,
    /// What the encoder keeps to.
    bitrate: u32,
    frame_rate: u32,
}

impl VideoEncoder {
    /// The encoder itself begins with the first picture, whose size it needs.
    #[must_use]
    pub fn new(config: VideoEncoderConfig) -> Self {
        let bitrate = config.bitrate.clamp(LEAST_BITRATE, MOST_BITRATE);
        Self { config: VideoEncoderConfig { bitrate, ..config }, encoder: None, wants_key_frame: false }
    }

    /// Changes the rate from the next picture on.
    pub fn set_bitrate(&mut self, bitrate: u32) {
        self.config.bitrate = bitrate.clamp(LEAST_BITRATE, MOST_BITRATE);
    }

    /// Changes how many pictures a second will come, from the next one on.
    pub fn set_frame_rate(&mut self, frame_rate: u32) {
        self.config.frame_rate = frame_rate.max(1);
    }

    /// The next picture will need none before it.
    pub fn request_key_frame(&mut self) {
        self.wants_key_frame = true;
    }

    /// Encodes a picture; `None` if it is left out to keep the rate. The first one, and the first of another size, is a key frame.
    ///
    /// # Errors
    /// [`EncodeError`]; the encoder begins anew with the next picture.
    pub fn encode(&mut self, picture: &Picture) -> Result<Option<EncodedUnit>, EncodeError> {
        let mut sized = match self.encoder.take().filter(|sized| sized.size == picture.size()) {
            Some(sized) => sized,
            None => Sized::new(self.config, picture)?,
        };
        if std::mem::take(&mut self.wants_key_frame) {
            sized.encoder.force_intra_frame();
        }
        let encoded = sized.encode(picture)?;
        if sized.frame_rate != self.config.frame_rate {
            sized.set_frame_rate(self.config.frame_rate);
        }
        if sized.bitrate != self.config.bitrate {
            sized.set_bitrate(self.config.bitrate);
        }
        self.encoder = Some(sized);
        Ok(encoded)
    }
}

impl Sized {
    fn new(config: VideoEncoderConfig, first: &Picture) -> Result<Self, EncodeError> {
        let api = OpenH264API::from_source();
        let encoder =
            Encoder::with_api_config(api, settings(config)).map_err(|error| EncodeError(error.to_string()))?;
        let (size, began_at) = (first.size(), first.captured_at());
        Ok(Self { encoder, size, began_at, bitrate: 0, frame_rate: config.frame_rate })
    }

    fn encode(&mut self, picture: &Picture) -> Result<Option<EncodedUnit>, EncodeError> {
        let (width, height) = (self.size.width(), self.size.height());
        let planes = (picture.y(), picture.u(), picture.v());
        let source = YUVSlices::new(planes, (width, height), (width, width / 2, width / 2));
        let elapsed = picture.captured_at().saturating_duration_since(self.began_at);
        let at = Timestamp::from_millis(elapsed.as_millis().try_into().unwrap_or(0));
        let encoded = self.encoder.encode_at(&source, at).map_err(|error| EncodeError(error.to_string()))?;
        let is_key_frame = match encoded.frame_type() {
            FrameType::IDR => true,
            FrameType::I | FrameType::P | FrameType::IPMixed => false,
            FrameType::Skip => return Ok(None),
            FrameType::Invalid => return Err(EncodeError("it made no frame".into())),
        };
        Ok(Some(EncodedUnit { payload: encoded.to_vec().into(), is_key_frame }))
    }

    /// After the first picture only: OpenH264 takes nothing before it. Room for peaks is made before the rate grows.
    fn set_bitrate(&mut self, bitrate: u32) {
        let with_room = |bitrate: u32| bitrate / 5 * 6;
        let highest = with_room(bitrate.max(self.bitrate));
        let steps = [
            (ENCODER_OPTION_MAX_BITRATE, SPATIAL_LAYER_0, highest),
            (ENCODER_OPTION_BITRATE, SPATIAL_LAYER_ALL, bitrate),
            (ENCODER_OPTION_MAX_BITRATE, SPATIAL_LAYER_0, with_room(bitrate)),
        ];
        let well = steps.into_iter().all(|(option, layer, bitrate)| {
            let mut info = SBitrateInfo { iLayer: layer, iBitrate: bitrate.cast_signed() };
            self.set(option, &mut info)
        });
        if !well {
            tracing::warn!(bitrate, "the encoder keeps its rate");
        }
        self.bitrate = bitrate;
    }

    /// After the first picture only, too.
    fn set_frame_rate(&mut self, frame_rate: u32) {
        let mut rate = frame_rate as f32;
        if !self.set(ENCODER_OPTION_FRAME_RATE, &mut rate) {
            tracing::warn!(frame_rate, "the encoder keeps its frame rate");
        }
        self.frame_rate = frame_rate;
    }

    /// `value` is what OpenH264 documents for this option.
    fn set<T>(&mut self, option: ENCODER_OPTION, value: &mut T) -> bool {
        #[expect(unsafe_code, reason = "the safe interface knows rates at the beginning only")]
        // SAFETY: the callers give each option the type that it takes (`SBitrateInfo`, or a float for the frame rate), and it outlives the
        // call; the encoder has encoded a picture, so it is initialised.
        let code = unsafe { self.encoder.raw_api().set_option(option, (&raw mut *value).cast()) };
        code == 0
    }
}

fn settings(config: VideoEncoderConfig) -> EncoderConfig {
    let is_screen = config.content == PictureContent::Screen;
    EncoderConfig::new()
        .profile(Profile::Baseline)
        .usage_type(if is_screen { UsageType::ScreenContentRealTime } else { UsageType::CameraVideoRealTime })
        .bitrate(BitRate::from_bps(config.bitrate))
        .max_frame_rate(FrameRate::from_hz(config.frame_rate.max(1) as f32))
        .rate_control_mode(RateControlMode::Bitrate)
        // Without it the rate is not kept where bits are few.
        .skip_frames(true)
        .complexity(Complexity::Low)
        // Key frames are asked for; a hand before the lens is no reason for one, another window on the screen is.
        .intra_frame_period(IntraFramePeriod::from_num_frames(0))
        .scene_change_detect(is_screen)
        // OpenH264 has neither for screens, and says so on standard error where it is asked for them.
        .adaptive_quantization(!is_screen)
        .background_detection(!is_screen)
        // The call has other work for the other cores.
        .num_threads(1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::picture::counter::frame_number;
    use crate::picture::nal::{self, SequenceParameters};
    use crate::picture::{TestPattern, VideoDecoder};

    const RATE: u32 = 30;

    #[test]
    fn what_was_encoded_is_decoded_and_its_number_is_read_at_low_and_at_high_rates() {
        for (bitrate, width, height) in [(300_000, 640, 360), (300_000, 1280, 720), (1_500_000, 1280, 720)] {
            let mut film = Film::new(width, height, bitrate);
            let mut decoder = VideoDecoder::new();

            let mut seen = Vec::new();
            for (number, unit) in film.shoot(90) {
                let picture = decoder.decode(&unit.payload, Instant::now()).expect("it decodes").expect("at once");
                assert_eq!(frame_number(&picture), Some(number), "at {bitrate} b/s");
                seen.push(number);
            }

            assert!(seen.len() > 45, "only {} of 90 at {bitrate} b/s of {width} × {height}", seen.len());
        }
    }

    #[test]
    fn the_rate_is_kept_and_follows_a_change_within_two_seconds() {
        let mut film = Film::new(1280, 720, 1_500_000);
        film.shoot(60);

        for wanted in [1_500_000, 400_000, 2_500_000] {
            film.encoder.set_bitrate(wanted);
            film.shoot(60); // it may need so long
            let bits: usize = film.shoot(60).iter().map(|(_, unit)| unit.payload.len() * 8).sum();
            let rate = bits as f64 / 2.0 / f64::from(wanted);
            assert!((0.6..1.2).contains(&rate), "{rate:.2} of {wanted} b/s");
        }
    }

    #[test]
    fn with_fewer_pictures_a_second_each_has_more_bits() {
        let mut film = Film::new(640, 360, 500_000);
        film.shoot(60);
        film.encoder.set_frame_rate(10);
        film.rate = 10;
        film.shoot(30);

        let bits: usize = film.shoot(50).iter().map(|(_, unit)| unit.payload.len() * 8).sum();

        let rate = bits as f64 / 5.0 / 500_000.0;
        assert!((0.6..1.2).contains(&rate), "{rate:.2} of the rate");
    }

    #[test]
    fn key_frames_come_first_when_asked_for_and_with_another_size_and_not_else() {
        let mut film = Film::new(640, 360, 1_000_000);
        let mut keys: Vec<bool> = film.shoot(10).iter().map(|(_, unit)| unit.is_key_frame).collect();
        film.encoder.request_key_frame();
        keys.extend(film.shoot(3).iter().map(|(_, unit)| unit.is_key_frame));
        film.pattern = TestPattern::new(PictureSize::new(320, 180).expect("a size"));
        keys.extend(film.shoot(3).iter().map(|(_, unit)| unit.is_key_frame));

        let at: Vec<usize> = (0..keys.len()).filter(|at| keys[*at]).collect();
        assert_eq!((keys.len(), at), (16, vec![0, 10, 13]));
    }

    #[test]
    fn a_key_frame_says_its_profile_and_its_size_and_has_all_that_a_decoder_needs() {
        let mut film = Film::new(1280, 720, 1_500_000);
        let (_, first) = film.shoot(1).remove(0);

        let kinds: Vec<u8> = nal::units(&first.payload).map(nal::kind).collect();
        let parameters = nal::units(&first.payload).next().expect("it begins with its parameters");

        assert_eq!(kinds, [7, 8, 5]);
        assert_eq!((parameters[1], parameters[2] & 0x40), (66, 0x40), "constrained baseline");
        let read = SequenceParameters::read(parameters).expect("well-formed");
        assert_eq!((read.width, read.height, read.references), (80, 45, 1));
    }

    #[test]
    fn a_screen_that_stands_still_costs_next_to_nothing() {
        let config = VideoEncoderConfig { content: PictureContent::Screen, bitrate: 1_000_000, frame_rate: 10 };
        let mut encoder = VideoEncoder::new(config);
        let size = PictureSize::new(640, 360).expect("a size");
        let planes = TestPattern::new(size).picture(1, Instant::now()).expect("whole").planes().clone();
        let now = Instant::now();

        let mut sizes = Vec::new();
        for number in 0..20 {
            let at = now + Duration::from_millis(100) * number;
            let picture = Picture::new(size, at, planes.clone()).expect("whole");
            sizes.push(encoder.encode(&picture).expect("it encodes").map_or(0, |unit| unit.payload.len()));
        }

        assert!(sizes[10..].iter().all(|size| *size < 1000), "{sizes:?}");
    }

    /// A pattern that runs at 30 pictures a second of its own time.
    struct Film {
        pattern: TestPattern,
        encoder: VideoEncoder,
        at: Instant,
        number: u32,
        rate: u32,
    }

    impl Film {
        fn new(width: usize, height: usize, bitrate: u32) -> Self {
            let pattern = TestPattern::new(PictureSize::new(width, height).expect("a size"));
            let config = VideoEncoderConfig { content: PictureContent::Camera, bitrate, frame_rate: RATE };
            Self { pattern, encoder: VideoEncoder::new(config), at: Instant::now(), number: 0, rate: RATE }
        }

        /// So many pictures; those that are left out are not among them.
        fn shoot(&mut self, pictures: u32) -> Vec<(u32, EncodedUnit)> {
            let shot = (0..pictures).filter_map(|_| {
                self.number += 1;
                self.at += Duration::from_secs(1) / self.rate;
                let picture = self.pattern.picture(self.number, self.at).expect("whole");
                Some((self.number, self.encoder.encode(&picture).expect("it encodes")?))
            });
            shot.collect()
        }
    }
}
