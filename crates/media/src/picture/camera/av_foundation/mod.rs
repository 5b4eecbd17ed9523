//! Cameras by AVFoundation. It brings frames on a thread of its own, already unpacked to NV12.

mod device;
mod session;

use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use self::device::{Access, Device};
use self::session::Session;
use super::arrivals::ArrivedFrame;
use super::{Driver, LiveCamera, RawFrame, WAIT, best};
use crate::error::MediaError;
use crate::picture::source::{PictureMaker, Stop};
use crate::sound::devices::DeviceInfo;

/// The cameras that are plugged in, the system's choice first. Turns none on, and asks nobody.
pub(crate) fn list() -> Vec<DeviceInfo> {
    let found = Device::all().into_iter().enumerate();
    found.map(|(at, device)| DeviceInfo { id: device.id(), name: device.name(), is_default: at == 0 }).collect()
}

/// Turns a camera on; `None`: the system's choice. Where the user has not decided yet, the system asks, and that is waited for.
pub(crate) fn open(id: Option<&str>, stop: &Stop) -> Result<Box<dyn PictureMaker>, MediaError> {
    allowed(stop)?;
    let mut found = Device::all().into_iter();
    let device = match id {
        // Its id means nothing to people, and what it was called nobody knows any more.
        Some(id) => found.find(|device| device.id() == id).ok_or(MediaError::Gone(String::new()))?,
        None => found.next().ok_or(MediaError::NoCamera)?,
    };
    let name = device.name();
    let offered = device.offered();
    let mode = best(offered.iter().map(|offered| offered.mode));
    let chosen = offered.into_iter().find(|offered| Some(offered.mode) == mode);
    let chosen = chosen.ok_or_else(|| MediaError::UnsupportedFormat(name.clone()))?;
    let (frame_rate, size) = (chosen.mode.frame_rate, (chosen.mode.width, chosen.mode.height));
    let session = Session::begin(&device, &chosen)?;
    tracing::info!(name, ?size, "a camera is on");
    Ok(Box::new(LiveCamera::new(name.clone(), frame_rate, Camera { name, device, session, latest: None })))
}

fn allowed(stop: &Stop) -> Result<(), MediaError> {
    let answer = match device::access() {
        Access::Allowed => return Ok(()),
        Access::Refused => return Err(MediaError::PermissionDenied),
        Access::Undecided => device::ask(),
    };
    loop {
        match answer.recv_timeout(WAIT) {
            Ok(true) => return Ok(()),
            Ok(false) | Err(RecvTimeoutError::Disconnected) => return Err(MediaError::PermissionDenied),
            Err(RecvTimeoutError::Timeout) if stop.is_stopped() => return Err(MediaError::Closed),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// A camera that is on.
struct Camera {
    name: String,
    device: Device,
    session: Session,
    latest: Option<ArrivedFrame>,
}

impl Driver for Camera {
    fn next_frame(&mut self, wait: Duration) -> Result<Option<RawFrame<'_>>, MediaError> {
        self.latest = self.session.wait(wait);
        if self.latest.is_none() && !self.device.is_connected() {
            return Err(MediaError::Gone(self.name.clone()));
        }
        Ok(self.latest.as_ref().map(ArrivedFrame::raw))
    }
}
