//! WAV files as microphones and speakers: any rate and format in, 48 kHz mono 16 bit out.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use crate::error::MediaError;
use crate::frame::SAMPLE_RATE;
use crate::resample;

/// Reads a whole file as 48 kHz mono; channels are mixed and other rates converted.
///
/// # Errors
/// [`MediaError::File`] if it cannot be read or is no WAV file.
pub fn read(path: &Path) -> Result<Vec<f32>, MediaError> {
    let fail = |e: hound::Error| MediaError::file(path, e);
    let mut reader = WavReader::open(path).map_err(fail)?;
    let spec = reader.spec();
    let interleaved: Vec<f32> = match spec.sample_format {
        SampleFormat::Float => reader.samples::<f32>().collect::<Result<_, _>>().map_err(fail)?,
        SampleFormat::Int => {
            let full_scale = (1_i64 << (spec.bits_per_sample - 1)) as f32;
            reader.samples::<i32>().map(|s| s.map(|s| s as f32 / full_scale)).collect::<Result<_, _>>().map_err(fail)?
        }
    };
    let channels = usize::from(spec.channels.max(1));
    let mono: Vec<f32> = interleaved.chunks_exact(channels).map(|f| f.iter().sum::<f32>() / channels as f32).collect();
    resample::whole(&mono, spec.sample_rate, SAMPLE_RATE)
}

/// Writes 48 kHz mono.
///
/// # Errors
/// [`MediaError::File`] if the file cannot be written.
pub fn write(path: &Path, samples: &[f32]) -> Result<(), MediaError> {
    let mut writer = Writer::create(path)?;
    writer.write(samples)?;
    writer.flush()
}

/// A recording in progress.
pub(crate) struct Writer {
    wav: WavWriter<BufWriter<File>>,
    path: std::path::PathBuf,
}

impl Writer {
    pub(crate) fn create(path: &Path) -> Result<Self, MediaError> {
        let spec =
            WavSpec { channels: 1, sample_rate: SAMPLE_RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let wav = WavWriter::create(path, spec).map_err(|e| MediaError::file(path, e))?;
        Ok(Self { wav, path: path.to_owned() })
    }

    pub(crate) fn write(&mut self, samples: &[f32]) -> Result<(), MediaError> {
        for sample in samples {
            let sample = (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i16;
            self.wav.write_sample(sample).map_err(|e| MediaError::file(&self.path, e))?;
        }
        Ok(())
    }

    /// Brings the file's header up to date, so that it is whole even if the program dies now.
    pub(crate) fn flush(&mut self) -> Result<(), MediaError> {
        self.wav.flush().map_err(|e| MediaError::file(&self.path, e))
    }
}
