//! WAV files as microphones and speakers: any rate and format in, 48 kHz mono 16 bit out.

mod chunks;
mod samples;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::error::MediaError;
use crate::sound::frame::SAMPLE_RATE;
use crate::sound::resample;

/// Three hours of what telephones record; a pipe may never end.
const LONGEST_BYTES: u64 = 1 << 30;

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("this is no WAV file")]
    NotWav,
    #[error("this is a RIFX file, whose numbers have their bytes the other way round; RIFF and RF64 are taken")]
    BigEndian,
    #[error("this WAV file does not say what its sound is like: there is no whole \"fmt \" chunk")]
    NoFormat,
    #[error("this WAV file has no \"data\" chunk")]
    NoData,
    #[error("this WAV file holds {0}; PCM of 8 to 32 bits, floats of 32 and 64 bits, A-law and \u{b5}-law are taken")]
    Format(String),
    #[error("this WAV file has {channels} channels at {rate_hz} Hz, which no sound has")]
    Shape { channels: u16, rate_hz: u32 },
    #[error("this WAV file is longer than a gigabyte")]
    TooLong,
}

/// Sound that was read once, as 48 kHz mono.
#[derive(Clone)]
pub struct Recording {
    samples: Arc<[f32]>,
    not_numbers: usize,
}

impl Recording {
    /// Reads a whole file, or what comes out of a pipe until it ends; channels are mixed and other rates converted.
    ///
    /// # Errors
    /// [`MediaError::File`] if it cannot be read, is no WAV file, or holds what is not taken; that is named.
    pub fn read(path: &Path) -> Result<Self, MediaError> {
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(|error| MediaError::file(path, error))?;
        file.take(LONGEST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| MediaError::file(path, error))?;
        if bytes.len() as u64 > LONGEST_BYTES {
            return Err(MediaError::file(path, Refused::TooLong));
        }
        Self::of(&bytes)
            .map_err(|refused| MediaError::file(path, refused))?
            .map_err(|error| MediaError::file(path, error))
    }

    fn of(bytes: &[u8]) -> Result<Result<Self, MediaError>, Refused> {
        let chunks::Content { format, data } = chunks::content(bytes)?;
        let (mono, not_numbers) = samples::mono(&format, data)?;
        let samples = resample::whole(&mono, format.rate_hz, SAMPLE_RATE);
        Ok(samples.map(|samples| Self { samples: samples.into(), not_numbers }))
    }

    /// The sound.
    #[must_use]
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// How many samples of the file were no numbers (NaN) or infinite; they are silence.
    #[must_use]
    pub fn not_numbers(&self) -> usize {
        self.not_numbers
    }
}

/// One that was read another time is another one.
impl PartialEq for Recording {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.samples, &other.samples)
    }
}

impl Eq for Recording {}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recording({} samples)", self.samples.len())
    }
}

/// Reads a whole file as 48 kHz mono; see [`Recording::read`].
///
/// # Errors
/// [`MediaError::File`] if it cannot be read or is no WAV file.
pub fn read(path: &Path) -> Result<Vec<f32>, MediaError> {
    Recording::read(path).map(|recording| recording.samples().to_vec())
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
    path: PathBuf,
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
