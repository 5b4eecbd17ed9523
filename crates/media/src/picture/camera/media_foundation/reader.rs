//! A camera that is on, and what it brings.
#![allow(unsafe_code, reason = "what C declares is called here, and each call says why it may be")]

use std::slice;
use std::time::Duration;

use windows::Win32::Media::MediaFoundation::{
    IMFActivate, IMFMediaEvent, IMFMediaSource, IMFMediaType, IMFSample, IMFSourceReader, IMFSourceReaderCallback,
    IMFSourceReaderCallback_Impl, MF_SOURCE_READER_FIRST_VIDEO_STREAM, MF_SOURCE_READERF_CURRENTMEDIATYPECHANGED,
    MF_SOURCE_READERF_ENDOFSTREAM, MF_SOURCE_READERF_ERROR,
};
use windows::core::{Error, HRESULT, Ref, Result, implement};

use super::library::Library;
use crate::picture::latest::{LatestReceiver, LatestSender, latest};

const STREAM: u32 = MF_SOURCE_READER_FIRST_VIDEO_STREAM.0.cast_unsigned();
/// More than any camera has.
const MOST_MODES: u32 = 1000;

/// What came of one request.
pub(super) enum Arrived {
    /// No bytes: a gap in the stream.
    Came {
        bytes: Option<Vec<u8>>,
        is_other_format: bool,
    },
    /// The camera is gone.
    Ended,
    Failed(Error),
}

/// Reads of a camera until it is dropped.
pub(super) struct Reader {
    reader: IMFSourceReader,
    source: IMFMediaSource,
    arrived: LatestReceiver<Arrived>,
    // Last: it is ended after what came of it.
    _library: Library,
}

impl Reader {
    /// Takes the camera, so that it goes before the library does.
    pub(super) fn open(library: Library, camera: IMFActivate) -> Result<Self> {
        let (to, arrived) = latest();
        let callback: IMFSourceReaderCallback = Callback { to }.into();
        // SAFETY: the camera is one that the library has just listed.
        let source: IMFMediaSource = unsafe { camera.ActivateObject()? };
        match library.reader(&source, &callback) {
            Ok(reader) => Ok(Self { reader, source, arrived, _library: library }),
            Err(error) => {
                shut(&source);
                Err(error)
            }
        }
    }

    /// The formats that the camera has of itself.
    pub(super) fn offered(&self) -> impl Iterator<Item = IMFMediaType> {
        // SAFETY: it asks an object that we hold, which says by an error that there are no more.
        (0..MOST_MODES).map_while(|at| unsafe { self.reader.GetNativeMediaType(STREAM, at) }.ok())
    }

    pub(super) fn choose(&self, media_type: &IMFMediaType) -> Result<()> {
        // SAFETY: the format is one that this reader offers.
        unsafe { self.reader.SetCurrentMediaType(STREAM, None, media_type) }
    }

    /// The format that frames have now.
    pub(super) fn current(&self) -> Option<IMFMediaType> {
        // SAFETY: it asks an object that we hold.
        unsafe { self.reader.GetCurrentMediaType(STREAM) }.ok()
    }

    /// For one frame more, which comes on another thread.
    pub(super) fn ask(&self) -> Result<()> {
        // SAFETY: a reader with a callback takes nothing to write to.
        unsafe { self.reader.ReadSample(STREAM, 0, None, None, None, None) }
    }

    /// `None`: nothing has come yet.
    pub(super) fn wait(&self, most: Duration) -> Option<Arrived> {
        self.arrived.recv_timeout(most)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        shut(&self.source);
    }
}

/// Turns the camera and its light off.
fn shut(source: &IMFMediaSource) {
    // SAFETY: nothing is asked of it any more; what is still under way ends with an error.
    let _ = unsafe { source.Shutdown() };
}

#[implement(IMFSourceReaderCallback)]
struct Callback {
    to: LatestSender<Arrived>,
}

impl IMFSourceReaderCallback_Impl for Callback_Impl {
    fn OnReadSample(&self, status: HRESULT, _: u32, flags: u32, _: i64, sample: Ref<'_, IMFSample>) -> Result<()> {
        let is = |flag: i32| flags & flag.cast_unsigned() != 0;
        let arrived = if let Err(error) = status.ok() {
            Arrived::Failed(error)
        } else if is(MF_SOURCE_READERF_ERROR.0 | MF_SOURCE_READERF_ENDOFSTREAM.0) {
            Arrived::Ended
        } else {
            let is_other_format = is(MF_SOURCE_READERF_CURRENTMEDIATYPECHANGED.0);
            match sample.as_ref().map(copied).transpose() {
                Ok(bytes) => Arrived::Came { bytes, is_other_format },
                Err(error) => Arrived::Failed(error),
            }
        };
        // Who has turned the camera off takes no more.
        let _ = self.to.send(arrived);
        Ok(())
    }

    fn OnFlush(&self, _: u32) -> Result<()> {
        Ok(())
    }

    fn OnEvent(&self, _: u32, _: Ref<'_, IMFMediaEvent>) -> Result<()> {
        Ok(())
    }
}

fn copied(sample: &IMFSample) -> Result<Vec<u8>> {
    let (mut start, mut length) = (std::ptr::null_mut(), 0);
    // SAFETY: between the two calls the buffer is ours, and as long as it says.
    unsafe {
        let buffer = sample.ConvertToContiguousBuffer()?;
        buffer.Lock(&mut start, None, Some(&mut length))?;
        let is_there = !start.is_null();
        let bytes = if is_there { slice::from_raw_parts(start, length as usize).to_vec() } else { Vec::new() };
        buffer.Unlock()?;
        Ok(bytes)
    }
}
