//! Real devices, through cpal; PulseAudio's are found by it and opened by [`super::pulse`].
//!
//! 10 ms fixed buffers (a default buffer can be seconds on Linux), mono 48 kHz floats where the device has them, else
//! its own format, converted.

use std::sync::Arc;
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, SampleFormat, StreamConfig, SupportedBufferSize, SupportedStreamConfig};

use super::ring::{self, CaptureFeed, CaptureTap, Health, PlayoutFeed, PlayoutTap};
use super::wake::Waker;
use super::{DeviceName, Opened, Stream, host};
use crate::error::MediaError;
use crate::sound::frame::SAMPLE_RATE;

/// A hung sound server must not hold a call's devices for longer.
const OPEN_TIMEOUT: Duration = Duration::from_secs(2);

/// Callbacks of 10 ms at 48 kHz.
const BUFFER_FRAMES: u32 = SAMPLE_RATE / 100;

/// Microphone or speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Microphone,
    Speaker,
}

impl Side {
    /// A default device that is named and is not there means that there is none at all.
    fn explain(self, error: MediaError, wanted: Option<&str>) -> MediaError {
        match (error, wanted) {
            (MediaError::NotConnected(_), None) => self.none(),
            (MediaError::NotConnected(_), Some(id)) => missing(id),
            (error, _) => error,
        }
    }

    fn none(self) -> MediaError {
        match self {
            Self::Microphone => MediaError::NoMicrophone,
            Self::Speaker => MediaError::NoSpeaker,
        }
    }
}

/// A device is told by its name: its id says nothing to people.
fn missing(id: &str) -> MediaError {
    MediaError::NotConnected(host::last_name_of(id))
}

/// The system's devices, through whichever service it offers now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SoundSystem;

/// A device and how it is known.
pub(crate) struct Found {
    pub(crate) device: cpal::Device,
    pub(crate) known: DeviceName,
}

impl Found {
    fn of(device: cpal::Device) -> Option<Self> {
        Some(Self { known: host::name_of(&device)?, device })
    }
}

impl SoundSystem {
    /// All devices on one side.
    pub(crate) fn devices(self, side: Side) -> Result<Vec<Found>, MediaError> {
        let devices = host::current().devices().map_err(MediaError::from).inspect_err(|_| host::forget())?;
        let wanted = |device: &cpal::Device| match side {
            Side::Microphone => device.supports_input(),
            Side::Speaker => device.supports_output(),
        };
        Ok(devices.filter(wanted).filter_map(Found::of).collect())
    }

    /// The system's own choice, which `PULSE_SINK` and `PULSE_SOURCE` override as for every PulseAudio program.
    pub(crate) fn default_device(self, side: Side) -> Option<Found> {
        let named = pulse_choice(side).and_then(|id| self.device(side, &id));
        named.or_else(|| {
            let host = host::current();
            let device = match side {
                Side::Microphone => host.default_input_device(),
                Side::Speaker => host.default_output_device(),
            };
            let found = device.and_then(Found::of);
            if found.is_none() && host.id().to_string() == "pulseaudio" {
                host::forget();
            }
            found
        })
    }

    /// Connects to the sound service ahead of time, which opens no device.
    pub(crate) fn connect(self) {
        host::current();
    }

    /// The id of the microphone that should be in use when `wanted` (or else the default) is.
    pub(crate) fn microphone_in_charge(self, wanted: Option<&str>) -> Option<String> {
        self.in_charge(Side::Microphone, wanted)
    }

    /// The id of the speaker that should be in use when `wanted` (or else the default) is.
    pub(crate) fn speaker_in_charge(self, wanted: Option<&str>) -> Option<String> {
        self.in_charge(Side::Speaker, wanted)
    }

    fn in_charge(self, side: Side, wanted: Option<&str>) -> Option<String> {
        let wanted = wanted.and_then(|id| self.device(side, id));
        wanted.or_else(|| self.default_device(side)).map(|found| found.known.id)
    }

    fn device(self, side: Side, id: &str) -> Option<Found> {
        self.devices(side).ok()?.into_iter().find(|found| found.known.id == id)
    }

    fn find(self, side: Side, id: Option<&str>) -> Result<Found, MediaError> {
        match id {
            Some(id) => self.device(side, id).ok_or_else(|| missing(id)),
            None => self.default_device(side).ok_or_else(|| side.none()),
        }
    }

    pub(crate) fn open_microphone(
        self,
        wanted: Option<&str>,
        listener: Option<Waker>,
    ) -> Result<Opened<CaptureTap>, MediaError> {
        let Found { device, known } = self.find(Side::Microphone, wanted)?;
        let opened = open_capture(&device, &known, listener);
        let (stream, tap) = opened.map_err(|error| Side::Microphone.explain(error, wanted))?;
        Ok(Opened { stream, tap, device: Some(known) })
    }

    pub(crate) fn open_speaker(
        self,
        wanted: Option<&str>,
        listener: Option<Waker>,
    ) -> Result<Opened<PlayoutTap>, MediaError> {
        let Found { device, known } = self.find(Side::Speaker, wanted)?;
        let opened = open_playout(&device, &known, listener);
        let (stream, tap) = opened.map_err(|error| Side::Speaker.explain(error, wanted))?;
        Ok(Opened { stream, tap, device: Some(known) })
    }
}

fn open_capture(
    device: &cpal::Device,
    #[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "only PulseAudio's have a host of ours"))]
    known: &DeviceName,
    listener: Option<Waker>,
) -> Result<(Stream, CaptureTap), MediaError> {
    #[cfg(target_os = "linux")]
    if let Some(name) = super::pulse::name_of(&known.id) {
        return super::pulse::open_source(name, listener);
    }
    let attempt = |format: Format| {
        let (feed, tap) = ring::capture_ring(format.config.sample_rate, listener.clone());
        capture(device, format, feed).map(|stream| (stream, tap))
    };
    let opened = attempt(Format::wanted()).or_else(|_| attempt(Format::offered(device.default_input_config()?)));
    let (stream, tap) = opened?;
    stream.play()?;
    Ok((Stream::Hardware(Box::new(stream)), tap))
}

fn open_playout(
    device: &cpal::Device,
    #[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "only PulseAudio's have a host of ours"))]
    known: &DeviceName,
    listener: Option<Waker>,
) -> Result<(Stream, PlayoutTap), MediaError> {
    #[cfg(target_os = "linux")]
    if let Some(name) = super::pulse::name_of(&known.id) {
        return super::pulse::open_sink(name, listener);
    }
    let attempt = |format: Format| {
        let (feed, tap) = ring::playout_ring(format.config.sample_rate, listener.clone());
        playout(device, format, feed).map(|stream| (stream, tap))
    };
    let opened = attempt(Format::wanted()).or_else(|_| attempt(Format::offered(device.default_output_config()?)));
    let (stream, tap) = opened?;
    stream.play()?;
    Ok((Stream::Hardware(Box::new(stream)), tap))
}

/// What `PULSE_SINK` and `PULSE_SOURCE` say; libpulse honours them, cpal's own client does not.
fn pulse_choice(side: Side) -> Option<String> {
    let variable = match side {
        Side::Microphone => "PULSE_SOURCE",
        Side::Speaker => "PULSE_SINK",
    };
    let name = std::env::var(variable).ok().filter(|name| cfg!(target_os = "linux") && !name.is_empty())?;
    Some(format!("pulseaudio:{name}"))
}

/// How a stream is opened.
#[derive(Clone)]
struct Format {
    config: StreamConfig,
    sample: SampleFormat,
}

impl Format {
    fn wanted() -> Self {
        let config =
            StreamConfig { channels: 1, sample_rate: SAMPLE_RATE, buffer_size: BufferSize::Fixed(BUFFER_FRAMES) };
        Self { config, sample: SampleFormat::F32 }
    }

    /// What the device prefers, still in buffers of 10 ms if it lets us choose.
    fn offered(supported: SupportedStreamConfig) -> Self {
        let frames = supported.sample_rate() / 100;
        let buffer_size = match *supported.buffer_size() {
            SupportedBufferSize::Range { min, max } => BufferSize::Fixed(frames.clamp(min, max)),
            SupportedBufferSize::Unknown => BufferSize::Default,
        };
        let config = StreamConfig { channels: supported.channels(), sample_rate: supported.sample_rate(), buffer_size };
        Self { config, sample: supported.sample_format() }
    }
}

fn capture(device: &cpal::Device, format: Format, feed: CaptureFeed) -> Result<cpal::Stream, MediaError> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "cpal's enum is not exhaustive")]
    match format.sample {
        SampleFormat::F32 => capture_as::<f32>(device, format.config, feed, |s| s),
        SampleFormat::I16 => capture_as::<i16>(device, format.config, feed, cpal::Sample::to_float_sample),
        SampleFormat::I32 => capture_as::<i32>(device, format.config, feed, cpal::Sample::to_float_sample),
        SampleFormat::U8 => capture_as::<u8>(device, format.config, feed, cpal::Sample::to_float_sample),
        other => Err(MediaError::UnsupportedFormat(other.to_string())),
    }
}

fn capture_as<T: cpal::SizedSample + Send + 'static>(
    device: &cpal::Device,
    config: StreamConfig,
    mut feed: CaptureFeed,
    to_f32: impl Fn(T) -> f32 + Send + Copy + 'static,
) -> Result<cpal::Stream, MediaError> {
    let channels = usize::from(config.channels);
    let health = feed.health();
    let heard = move |data: &[T], _: &cpal::InputCallbackInfo| feed.push(data, channels, to_f32);
    Ok(device.build_input_stream(config, heard, on_error(health), Some(OPEN_TIMEOUT))?)
}

fn playout(device: &cpal::Device, format: Format, feed: PlayoutFeed) -> Result<cpal::Stream, MediaError> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "cpal's enum is not exhaustive")]
    match format.sample {
        SampleFormat::F32 => playout_as::<f32>(device, format.config, feed, |s| s),
        SampleFormat::I16 => playout_as::<i16>(device, format.config, feed, cpal::Sample::from_sample),
        SampleFormat::I32 => playout_as::<i32>(device, format.config, feed, cpal::Sample::from_sample),
        SampleFormat::U8 => playout_as::<u8>(device, format.config, feed, cpal::Sample::from_sample),
        other => Err(MediaError::UnsupportedFormat(other.to_string())),
    }
}

fn playout_as<T: cpal::SizedSample + Send + 'static>(
    device: &cpal::Device,
    config: StreamConfig,
    mut feed: PlayoutFeed,
    from_f32: impl Fn(f32) -> T + Send + Copy + 'static,
) -> Result<cpal::Stream, MediaError> {
    let channels = usize::from(config.channels);
    let health = feed.health();
    let play = move |data: &mut [T], _: &cpal::OutputCallbackInfo| feed.pull(data, channels, from_f32);
    Ok(device.build_output_stream(config, play, on_error(health), Some(OPEN_TIMEOUT))?)
}

/// Errors only raise a flag: some systems report them from the real-time thread.
fn on_error(health: Arc<Health>) -> impl FnMut(cpal::Error) + Send + 'static {
    move |error| {
        use cpal::ErrorKind as Kind;
        let harmless = matches!(error.kind(), Kind::Xrun | Kind::RealtimeDenied | Kind::DeviceChanged);
        if !harmless {
            health.fail();
        }
    }
}
