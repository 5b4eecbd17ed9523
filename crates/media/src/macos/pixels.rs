//! The memory of a frame.
#![allow(unsafe_code, reason = "what C declares is called here, and each call says why it may be")]

use std::ffi::c_void;
use std::slice;

use objc2_core_video::{
    CVPixelBuffer, CVPixelBufferGetBaseAddress, CVPixelBufferGetBaseAddressOfPlane, CVPixelBufferGetBytesPerRow,
    CVPixelBufferGetBytesPerRowOfPlane, CVPixelBufferGetHeight, CVPixelBufferGetHeightOfPlane,
    CVPixelBufferGetPlaneCount, CVPixelBufferGetWidth, CVPixelBufferLockBaseAddress, CVPixelBufferLockFlags,
    CVPixelBufferUnlockBaseAddress,
};

/// A frame that can be read until this is dropped.
pub(crate) struct Locked<'a>(&'a CVPixelBuffer);

/// One of its planes, or all that it has.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) bytes: &'a [u8],
    /// From one row to the next.
    pub(crate) stride: usize,
}

impl<'a> Locked<'a> {
    /// `None`: the system does not let it be read.
    pub(crate) fn new(buffer: &'a CVPixelBuffer) -> Option<Self> {
        // SAFETY: it lives, and is unlocked in `drop`.
        let status = unsafe { CVPixelBufferLockBaseAddress(buffer, CVPixelBufferLockFlags::ReadOnly) };
        (status == 0).then_some(Self(buffer))
    }

    /// Width and height.
    pub(crate) fn size(&self) -> (usize, usize) {
        (CVPixelBufferGetWidth(self.0), CVPixelBufferGetHeight(self.0))
    }

    /// The pixels of a frame that has no planes.
    pub(crate) fn packed(&self) -> Option<Rows<'_>> {
        let stride = CVPixelBufferGetBytesPerRow(self.0);
        // SAFETY: it is locked, and has so many rows of so many bytes.
        unsafe { rows(CVPixelBufferGetBaseAddress(self.0), stride, CVPixelBufferGetHeight(self.0)) }
    }

    /// One of a frame's planes.
    pub(crate) fn plane(&self, which: usize) -> Option<Rows<'_>> {
        if which >= CVPixelBufferGetPlaneCount(self.0) {
            return None;
        }
        let stride = CVPixelBufferGetBytesPerRowOfPlane(self.0, which);
        let height = CVPixelBufferGetHeightOfPlane(self.0, which);
        // SAFETY: it is locked, and this plane has so many rows of so many bytes.
        unsafe { rows(CVPixelBufferGetBaseAddressOfPlane(self.0, which), stride, height) }
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // SAFETY: it was locked in the same way.
        unsafe { CVPixelBufferUnlockBaseAddress(self.0, CVPixelBufferLockFlags::ReadOnly) };
    }
}

/// # Safety
/// Unless it is null, so much memory begins there, and can be read as long as what is given back.
unsafe fn rows<'a>(start: *const c_void, stride: usize, height: usize) -> Option<Rows<'a>> {
    let length = stride.checked_mul(height).filter(|length| *length > 0 && !start.is_null())?;
    // SAFETY: the caller says so.
    let bytes = unsafe { slice::from_raw_parts(start.cast::<u8>(), length) };
    Some(Rows { bytes, stride })
}
