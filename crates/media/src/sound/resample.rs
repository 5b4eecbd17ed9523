//! Conversion between a device's sample rate and ours.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Async, FixedAsync, Resampler, SincInterpolationParameters, SincInterpolationType, WindowFunction};

use crate::error::MediaError;

/// Converts a whole recording.
pub(crate) fn whole(mono: &[f32], from_hz: u32, to_hz: u32) -> Result<Vec<f32>, MediaError> {
    if from_hz == to_hz || mono.is_empty() {
        return Ok(mono.to_vec());
    }
    let mut resampler = build(from_hz, to_hz)?;
    let input = InterleavedSlice::new(mono, 1, mono.len()).map_err(other)?;
    Ok(resampler.process_all(&input, mono.len(), None).map_err(other)?.take_data())
}

/// Converts a live stream, 10 ms of input at a time.
pub(crate) struct Converter {
    resampler: Async<f32>,
    pending: Vec<f32>,
    output: Vec<f32>,
}

impl Converter {
    /// `None` where there is nothing to convert.
    pub(crate) fn between(from_hz: u32, to_hz: u32) -> Result<Option<Self>, MediaError> {
        if from_hz == to_hz {
            return Ok(None);
        }
        let resampler = build(from_hz, to_hz)?;
        let output = vec![0.0; resampler.output_frames_max()];
        Ok(Some(Self { resampler, pending: Vec::new(), output }))
    }

    /// Takes samples at the one rate and appends what they amount to at the other.
    pub(crate) fn convert(&mut self, input: &[f32], out: &mut Vec<f32>) -> Result<(), MediaError> {
        self.pending.extend_from_slice(input);
        loop {
            let needed = self.resampler.input_frames_next();
            if self.pending.len() < needed {
                return Ok(());
            }
            let frames = self.output.len();
            let input = InterleavedSlice::new(&self.pending[..needed], 1, needed).map_err(other)?;
            let mut output = InterleavedSlice::new_mut(&mut self.output, 1, frames).map_err(other)?;
            let (used, made) = self.resampler.process_into_buffer(&input, &mut output, None).map_err(other)?;
            out.extend_from_slice(&self.output[..made]);
            self.pending.drain(..used);
        }
    }
}

fn build(from_hz: u32, to_hz: u32) -> Result<Async<f32>, MediaError> {
    if from_hz == 0 || to_hz == 0 {
        return Err(MediaError::UnsupportedFormat("0 Hz".into()));
    }
    // Transparent for speech at 1.3 ms of delay.
    let parameters = SincInterpolationParameters::new(128, WindowFunction::BlackmanHarris2)
        .interpolation(SincInterpolationType::Linear)
        .oversampling_factor(256);
    let ratio = f64::from(to_hz) / f64::from(from_hz);
    let chunk = (from_hz as usize / 100).max(1);
    Async::new_sinc(ratio, 1.0, &parameters, chunk, 1, FixedAsync::Input).map_err(other)
}

fn other(error: impl std::fmt::Display) -> MediaError {
    MediaError::Other(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate_hz: u32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (n as f32 * 1000.0 * std::f32::consts::TAU / rate_hz as f32).sin()).collect()
    }

    #[test]
    fn a_recording_keeps_its_length_and_pitch() {
        let converted = whole(&tone(44_100, 44_100), 44_100, 48_000).expect("converts");

        assert!((converted.len() as i64 - 48_000).abs() <= 2, "{}", converted.len());
        let expected = tone(48_000, 48_000);
        let error: f32 = (4_800..43_200).map(|n| (converted[n] - expected[n]).abs()).fold(0.0, f32::max);
        // The filter's delay is not a whole number of samples; a third of one is 0.045 at this pitch.
        assert!(error < 0.06, "off by {error}");
    }

    #[test]
    fn a_stream_converted_in_pieces_keeps_its_rate() {
        let mut converter = Converter::between(44_100, 48_000).expect("builds").expect("rates differ");
        let mut out = Vec::new();

        for piece in tone(44_100, 44_100).chunks(137) {
            converter.convert(piece, &mut out).expect("converts");
        }

        assert!((out.len() as i64 - 48_000).abs() < 1_000, "{}", out.len());
    }

    #[test]
    fn equal_rates_need_no_converter() {
        assert!(Converter::between(48_000, 48_000).expect("no error").is_none());
    }
}
