//! Cameras by Video4Linux.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use moq_v4l::buffer::Type;
use moq_v4l::capability::Flags;
use moq_v4l::frameinterval::FrameIntervalEnum;
use moq_v4l::framesize::FrameSizeEnum;
use moq_v4l::io::traits::CaptureStream as _;
use moq_v4l::prelude::MmapStream;
use moq_v4l::video::Capture as _;
use moq_v4l::video::capture::Parameters;
use moq_v4l::{Device, Format, FourCC};

use super::nodes::{self, KnownNodes, StableNames};
use super::{Driver, LiveCamera, Mode, Packing, RawFrame, STALLED_AFTER, best, error_of};
use crate::error::MediaError;
use crate::picture::source::{PictureMaker, Stop};
use crate::sound::devices::DeviceInfo;

/// Frames that the camera fills while one is converted.
const BUFFERS: u32 = 4;
/// `POLLIN` of poll(2).
const READABLE: i16 = 1;
/// Where udev names cameras by what they are and not by the order of plugging.
const BY_ID: &str = "/dev/v4l/by-id";
/// More than any camera has.
const MOST_MODES: usize = 1000;

/// What the files of this machine have said so far.
static KNOWN: Mutex<KnownNodes> = Mutex::new(KnownNodes::new());

/// The cameras that are plugged in, in the order of their numbers. Turns none on, and asks only those that were not there before.
pub(crate) fn list() -> Vec<DeviceInfo> {
    let found = {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.cameras(nodes::nodes(Path::new("/dev")), |path| {
            let device = Device::with_path(path).ok()?;
            Some(name(&device).filter(|_| !modes(&device).is_empty()))
        })
    };
    if found.is_empty() {
        return Vec::new();
    }
    let names = StableNames::read(Path::new(BY_ID), |link| std::fs::canonicalize(link));
    let named = found.into_iter().enumerate().map(|(at, (path, name))| {
        let id = names.of(&path).display().to_string();
        DeviceInfo { id, name, is_default: at == 0 }
    });
    named.collect()
}

/// Turns a camera on; `None`: the first one.
pub(crate) fn open(id: Option<&str>, _: &Stop) -> Result<Box<dyn PictureMaker>, MediaError> {
    let path = match id {
        Some(id) => PathBuf::from(id),
        None => PathBuf::from(list().into_iter().next().ok_or(MediaError::NoCamera)?.id),
    };
    let shown = path.display().to_string();
    let device = Device::with_path(&path).map_err(|error| error_of(&shown, &error))?;
    let name = name(&device).ok_or_else(|| MediaError::Gone(shown.clone()))?;
    let told = |error: std::io::Error| error_of(&name, &error);
    let mode = best(modes(&device)).ok_or_else(|| MediaError::UnsupportedFormat(name.clone()))?;
    let asked = Format::new(mode.width, mode.height, FourCC::new(code(mode.packing)));
    let format = device.set_format(&asked).map_err(told)?;
    let packing = packing(format.fourcc).ok_or_else(|| MediaError::UnsupportedFormat(name.clone()))?;
    // Not all cameras let their rate be chosen.
    let _ = device.set_params(&Parameters::with_fps(mode.frame_rate));
    let mut stream = MmapStream::with_buffers(&device, Type::VideoCapture, BUFFERS).map_err(told)?;
    stream.set_timeout(STALLED_AFTER);
    tracing::info!(name, width = format.width, height = format.height, ?packing, "a camera is on");
    let driver = V4lDriver { name: name.clone(), stream, format, packing, is_on: false };
    Ok(Box::new(LiveCamera::new(name, mode.frame_rate, driver)))
}

struct V4lDriver {
    name: String,
    stream: MmapStream<'static>,
    format: Format,
    packing: Packing,
    is_on: bool,
}

impl Driver for V4lDriver {
    fn next_frame(&mut self, wait: Duration) -> Result<Option<RawFrame<'_>>, MediaError> {
        let told = |error: std::io::Error| error_of(&self.name, &error);
        // The first call begins the stream, and has a timeout of its own.
        if self.is_on {
            let wait = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
            if self.stream.handle().poll(READABLE, wait).map_err(told)? == 0 {
                return Ok(None);
            }
        }
        self.is_on = true;
        let (bytes, about) = self.stream.next().map_err(told)?;
        let used = (about.bytesused as usize).min(bytes.len());
        let Format { width, height, stride, .. } = self.format;
        Ok(Some(RawFrame {
            packing: self.packing,
            width: width as usize,
            height: height as usize,
            stride: stride as usize,
            bytes: &bytes[..used],
        }))
    }
}

/// What people call it; `None` for what is no camera.
fn name(device: &Device) -> Option<String> {
    let told = device.query_caps().ok()?;
    told.capabilities.contains(Flags::VIDEO_CAPTURE | Flags::STREAMING).then_some(told.card)
}

/// The modes that can be used.
fn modes(device: &Device) -> Vec<Mode> {
    let mut modes = Vec::new();
    for format in device.enum_formats().unwrap_or_default() {
        let Some(packing) = packing(format.fourcc) else { continue };
        for size in device.enum_framesizes(format.fourcc).unwrap_or_default() {
            for (width, height) in sizes(&size.size) {
                for rate in rates(device, format.fourcc, width, height) {
                    modes.push(Mode { packing, width, height, frame_rate: rate });
                }
            }
        }
    }
    modes.truncate(MOST_MODES);
    modes
}

/// Of a camera that scales, those that calls want.
fn sizes(size: &FrameSizeEnum) -> Vec<(u32, u32)> {
    match size {
        FrameSizeEnum::Discrete(size) => vec![(size.width, size.height)],
        FrameSizeEnum::Stepwise(steps) => {
            let wide = |width: u32| width.clamp(steps.min_width, steps.max_width);
            let high = |height: u32| height.clamp(steps.min_height, steps.max_height);
            [(1280, 720), (640, 480)].map(|(width, height)| (wide(width), high(height))).to_vec()
        }
    }
}

fn rates(device: &Device, code: FourCC, width: u32, height: u32) -> Vec<u32> {
    let told = device.enum_frameintervals(code, width, height).unwrap_or_default();
    let rates: Vec<u32> = told
        .into_iter()
        .filter_map(|told| match told.interval {
            FrameIntervalEnum::Discrete(interval) => interval.denominator.checked_div(interval.numerator),
            FrameIntervalEnum::Stepwise(steps) => {
                steps.min.denominator.checked_div(steps.min.numerator).map(|rate| rate.min(30))
            }
        })
        .collect();
    // A camera that does not say how fast it is most likely is as fast as all are.
    if rates.is_empty() { vec![30] } else { rates }
}

const fn code(packing: Packing) -> &'static [u8; 4] {
    match packing {
        Packing::Nv12 => b"NV12",
        Packing::Yuyv => b"YUYV",
        Packing::Mjpeg => b"MJPG",
    }
}

fn packing(code_is: FourCC) -> Option<Packing> {
    let known = [Packing::Nv12, Packing::Yuyv, Packing::Mjpeg];
    known.into_iter().find(|packing| *code(*packing) == code_is.repr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_that_is_not_there_is_gone() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("video9").display().to_string();

        assert_eq!(open(Some(&path), &Stop::default()).err(), Some(MediaError::Gone(path)));
    }

    #[test]
    fn packings_are_told_by_their_codes() {
        for known in [Packing::Nv12, Packing::Yuyv, Packing::Mjpeg] {
            assert_eq!(packing(FourCC::new(code(known))), Some(known));
        }
        assert_eq!(packing(FourCC::new(b"H264")), None);
    }
}
