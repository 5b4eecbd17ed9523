//! Which cameras there are, what they can do, and whether this program may use them.
#![allow(unsafe_code, reason = "what Objective-C declares is called here: each asks an object that lives")]

use std::sync::mpsc::{Receiver, channel};

use block2::RcBlock;
use objc2::rc::Retained;
use objc2::runtime::Bool;
use objc2_av_foundation::{
    AVAuthorizationStatus, AVCaptureDevice, AVCaptureDeviceDiscoverySession, AVCaptureDeviceFormat,
    AVCaptureDevicePosition, AVCaptureDeviceTypeBuiltInWideAngleCamera, AVCaptureDeviceTypeExternalUnknown,
    AVFrameRateRange, AVMediaType, AVMediaTypeVideo,
};
use objc2_core_media::{CMTime, CMVideoFormatDescriptionGetDimensions};
use objc2_foundation::NSArray;

use super::super::{Mode, Packing};

/// What calls want, in pictures a second.
const WANTED_RATE: i32 = 30;
/// A camera's own rates are not whole numbers.
const RATE_MARGIN: f64 = 0.01;
/// More than any camera has.
const MOST_MODES: usize = 1000;

/// What the user has decided.
pub(super) enum Access {
    Allowed,
    Refused,
    Undecided,
}

pub(super) fn access() -> Access {
    let Some(video) = video() else { return Access::Refused };
    // SAFETY: video is one of the kinds that can be asked for.
    let status = unsafe { AVCaptureDevice::authorizationStatusForMediaType(video) };
    match status {
        AVAuthorizationStatus::Authorized => Access::Allowed,
        AVAuthorizationStatus::NotDetermined => Access::Undecided,
        _ => Access::Refused,
    }
}

/// Has the system ask, which ends the program if its `Info.plist` does not say what for.
pub(super) fn ask() -> Receiver<bool> {
    let (told_tx, told) = channel();
    let answered = RcBlock::new(move |is_allowed: Bool| {
        // Nobody waits any more if it was turned off meanwhile.
        let _ = told_tx.send(is_allowed.as_bool());
    });
    if let Some(video) = video() {
        // SAFETY: the block takes what the system says that it gives, and is kept by the system until it was called.
        unsafe { AVCaptureDevice::requestAccessForMediaType_completionHandler(video, &answered) };
    }
    told
}

fn video() -> Option<&'static AVMediaType> {
    // SAFETY: a constant of the system's.
    unsafe { AVMediaTypeVideo }
}

/// A camera that was plugged in when it was listed.
pub(super) struct Device(Retained<AVCaptureDevice>);

/// One of its formats, at one rate.
pub(super) struct Offered {
    pub(super) mode: Mode,
    pub(super) format: Retained<AVCaptureDeviceFormat>,
    /// The time of one picture.
    pub(super) interval: CMTime,
}

impl Device {
    /// The system's choice first.
    #[expect(
        deprecated,
        reason = "the new name of cameras that are plugged in is not there before macOS 14, where a program with it does not start"
    )]
    pub(super) fn all() -> Vec<Self> {
        // SAFETY: constants of the system's, and objects that live.
        let (found, chosen) = unsafe {
            let kinds =
                NSArray::from_slice(&[AVCaptureDeviceTypeBuiltInWideAngleCamera, AVCaptureDeviceTypeExternalUnknown]);
            let session = AVCaptureDeviceDiscoverySession::discoverySessionWithDeviceTypes_mediaType_position(
                &kinds,
                video(),
                AVCaptureDevicePosition::Unspecified,
            );
            (session.devices(), video().and_then(|video| AVCaptureDevice::defaultDeviceWithMediaType(video)))
        };
        let chosen = chosen.map(|chosen| Self(chosen).id());
        let mut found: Vec<Self> = found.iter().map(Self).collect();
        found.sort_by_key(|device| Some(device.id()) != chosen);
        found
    }

    pub(super) fn raw(&self) -> &AVCaptureDevice {
        &self.0
    }

    /// Stays when it is plugged in again, and when the program begins anew.
    pub(super) fn id(&self) -> String {
        // SAFETY: it asks an object that lives.
        unsafe { self.0.uniqueID() }.to_string()
    }

    pub(super) fn name(&self) -> String {
        // SAFETY: it asks an object that lives.
        unsafe { self.0.localizedName() }.to_string()
    }

    pub(super) fn is_connected(&self) -> bool {
        // SAFETY: it asks an object that lives.
        unsafe { self.0.isConnected() }
    }

    /// Whatever it sends by itself, the system makes NV12 of it.
    pub(super) fn offered(&self) -> Vec<Offered> {
        let mut offered = Vec::new();
        // SAFETY: it asks objects that live.
        for format in unsafe { self.0.formats() } {
            // SAFETY: the same.
            let size = unsafe { CMVideoFormatDescriptionGetDimensions(&format.formatDescription()) };
            let side = |side: i32| u32::try_from(side).unwrap_or(0);
            // SAFETY: the same.
            for range in unsafe { format.videoSupportedFrameRateRanges() } {
                let (frame_rate, interval) = rate_of(&range);
                let (width, height) = (side(size.width), side(size.height));
                let mode = Mode { packing: Packing::Nv12, width, height, frame_rate };
                offered.push(Offered { mode, format: format.clone(), interval });
            }
        }
        offered.truncate(MOST_MODES);
        offered
    }
}

/// What is wanted where a camera can choose, or else its fastest.
fn rate_of(range: &AVFrameRateRange) -> (u32, CMTime) {
    // SAFETY: it asks an object that lives. An interval that is not within the range would end the program.
    unsafe {
        let (slowest, fastest) = (range.minFrameRate(), range.maxFrameRate());
        let wanted = f64::from(WANTED_RATE);
        if slowest + RATE_MARGIN < wanted && wanted < fastest - RATE_MARGIN {
            return (WANTED_RATE.cast_unsigned(), CMTime::new(1, WANTED_RATE));
        }
        (fastest.round().clamp(0.0, 1000.0) as u32, range.minFrameDuration())
    }
}
