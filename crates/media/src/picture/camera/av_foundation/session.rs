//! A camera that is on, and the frames that it brings.
#![allow(unsafe_code, reason = "what Objective-C declares is called here, and each call says why it may be")]

use std::time::Duration;

use dispatch2::{DispatchQueue, DispatchQueueAttr, DispatchRetained};
use objc2::rc::Retained;
use objc2::runtime::{AnyObject, ProtocolObject};
use objc2::{AnyThread as _, DefinedClass as _, define_class, msg_send};
use objc2_av_foundation::{
    AVCaptureConnection, AVCaptureDeviceInput, AVCaptureOutput, AVCaptureSession, AVCaptureVideoDataOutput,
    AVCaptureVideoDataOutputSampleBufferDelegate,
};
use objc2_core_foundation::CFString;
use objc2_core_media::CMSampleBuffer;
use objc2_core_video::{kCVPixelBufferPixelFormatTypeKey, kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange};
use objc2_foundation::{NSDictionary, NSError, NSNumber, NSObject, NSObjectProtocol, NSString};

use super::super::Packing;
use super::super::arrivals::ArrivedFrame;
use super::device::{Device, Offered};
use crate::error::MediaError;
use crate::macos::Locked;
use crate::picture::fit::{NO_COLOUR, copy_plane};
use crate::picture::latest::{LatestReceiver, LatestSender, latest};
use crate::threads;

/// The camera is on until this is dropped.
pub(super) struct Session {
    session: Retained<AVCaptureSession>,
    frames: LatestReceiver<ArrivedFrame>,
    _receiver: Retained<Receiver>,
    _queue: DispatchRetained<DispatchQueue>,
}

impl Session {
    pub(super) fn begin(device: &Device, chosen: &Offered) -> Result<Self, MediaError> {
        let told = |error: Retained<NSError>| explain(&device.name(), &error);
        let (to, frames) = latest();
        let receiver = Receiver::new(to);
        let queue = DispatchQueue::new("carillon.camera", DispatchQueueAttr::SERIAL);
        let unusable = || MediaError::UnsupportedFormat(device.name());
        // SAFETY: all of them live as long as the session, and whatever is added was asked about before. The format and the interval are the
        // device's own, and are set while it is locked: a session takes back what was chosen if it was not, before it runs.
        unsafe {
            let input = AVCaptureDeviceInput::deviceInputWithDevice_error(device.raw()).map_err(told)?;
            let output = AVCaptureVideoDataOutput::new();
            output.setAlwaysDiscardsLateVideoFrames(true);
            output.setVideoSettings(Some(&nv12()));
            let delegate = ProtocolObject::from_ref(&*receiver);
            output.setSampleBufferDelegate_queue(Some(delegate), Some(&queue));
            let session = AVCaptureSession::new();
            if !session.canAddInput(&input) {
                return Err(MediaError::Busy);
            }
            session.addInput(&input);
            if !session.canAddOutput(&output) {
                return Err(unusable());
            }
            session.addOutput(&output);
            device.raw().lockForConfiguration().map_err(told)?;
            device.raw().setActiveFormat(&chosen.format);
            device.raw().setActiveVideoMinFrameDuration(chosen.interval);
            session.startRunning();
            device.raw().unlockForConfiguration();
            Ok(Self { session, frames, _receiver: receiver, _queue: queue })
        }
    }

    /// `None`: nothing has come yet.
    pub(super) fn wait(&self, most: Duration) -> Option<ArrivedFrame> {
        self.frames.recv_timeout(most)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: it turns the camera and its light off, and waits for that.
        unsafe { self.session.stopRunning() };
    }
}

/// What frames are to be, whatever the camera sends.
fn nv12() -> Retained<NSDictionary<NSString, AnyObject>> {
    let format = NSNumber::new_u32(kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange);
    // SAFETY: a constant of the system's; strings of the two libraries are the same objects.
    let key: &NSString = unsafe { &*std::ptr::from_ref::<CFString>(kCVPixelBufferPixelFormatTypeKey).cast() };
    NSDictionary::from_slices(&[key], &[format.as_ref()])
}

define_class!(
    // SAFETY: `NSObject` may be subclassed as it is, and `Receiver` has no `Drop` of its own.
    #[unsafe(super(NSObject))]
    #[ivars = LatestSender<ArrivedFrame>]
    struct Receiver;

    unsafe impl NSObjectProtocol for Receiver {}

    unsafe impl AVCaptureVideoDataOutputSampleBufferDelegate for Receiver {
        #[unsafe(method(captureOutput:didOutputSampleBuffer:fromConnection:))]
        fn came(&self, _: &AVCaptureOutput, sample: &CMSampleBuffer, _: &AVCaptureConnection) {
            // A panic must not leave Rust; the camera has stalled then.
            let frame = threads::guarded("camera frames", || frame_of(sample)).ok().flatten();
            if let Some(frame) = frame {
                let _ = self.ivars().send(frame); // whoever has turned it off takes no more
            }
        }
    }
);

impl Receiver {
    fn new(to: LatestSender<ArrivedFrame>) -> Retained<Self> {
        let made = Self::alloc().set_ivars(to);
        // SAFETY: it is `NSObject`'s own, which takes nothing.
        unsafe { msg_send![super(made), init] }
    }
}

/// Both planes one after the other, with rows of one length.
fn frame_of(sample: &CMSampleBuffer) -> Option<ArrivedFrame> {
    // SAFETY: it asks an object that lives.
    let image = unsafe { sample.image_buffer()? };
    let locked = Locked::new(&image)?;
    let ((width, height), luma, chroma) = (locked.size(), locked.plane(0)?, locked.plane(1)?);
    let (stride, half) = (width.next_multiple_of(2), height.div_ceil(2));
    let mut bytes = Vec::with_capacity(stride * (height + half));
    copy_plane(luma.bytes, luma.stride, (width, height), (stride, height), 0, &mut bytes);
    copy_plane(chroma.bytes, chroma.stride, (stride, half), (stride, half), NO_COLOUR, &mut bytes);
    Some(ArrivedFrame { packing: Packing::Nv12, width, height, stride, bytes })
}

/// What AVFoundation says of a camera, in terms a user can act on.
fn explain(name: &str, error: &NSError) -> MediaError {
    /// `AVErrorApplicationIsNotAuthorizedToUseDevice`.
    const NOT_AUTHORISED: isize = -11_852;
    /// `AVErrorDeviceAlreadyUsedByAnotherSession`, `AVErrorDeviceInUseByAnotherApplication`, `AVErrorDeviceLockedForConfigurationByAnotherProcess`.
    const BUSY: [isize; 3] = [-11_804, -11_815, -11_817];
    /// `AVErrorDeviceWasDisconnected` and `AVErrorDeviceNotConnected`.
    const UNPLUGGED: [isize; 2] = [-11_808, -11_814];
    match error.code() {
        NOT_AUTHORISED => MediaError::PermissionDenied,
        code if BUSY.contains(&code) => MediaError::Busy,
        code if UNPLUGGED.contains(&code) => MediaError::Gone(name.to_owned()),
        _ => MediaError::Other(format!("{name}: {}", error.localizedDescription())),
    }
}
