//! What other programs play, by ScreenCaptureKit: everything that the Mac plays but what this program does. It is there from macOS 13 on.
#![allow(unsafe_code, reason = "what Objective-C declares is called here, and each call says why it may be")]

use std::ptr::{self, NonNull};
use std::slice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use objc2::runtime::NSObjectProtocol as _;
use objc2::sel;
use objc2_core_audio_types::{AudioBuffer, AudioBufferList};
use objc2_core_foundation::CFRetained;
use objc2_core_media::{CMBlockBuffer, CMSampleBuffer, CMTime};
use objc2_screen_capture_kit::{SCStreamConfiguration, SCStreamOutputType};

use super::waiting::{CHANNELS, Waiting};
use crate::error::MediaError;
use crate::macos::{Content, Stream, may_see_screens};
use crate::sound::frame::{PACKET, SAMPLE_RATE};

/// Each side of the pictures that nobody takes: the least that there can be.
const LEAST_SIDE: usize = 2;

/// All other programs.
pub(in crate::sound) struct OtherPrograms {
    stream: Stream,
    waiting: Arc<Mutex<Waiting>>,
}

impl OtherPrograms {
    /// Begins to listen. It is the same permission as that to see screens.
    pub(in crate::sound) fn connect() -> Result<Self, MediaError> {
        if !may_see_screens() {
            return Err(MediaError::PermissionDenied);
        }
        let content = Content::now()?;
        let display = content.displays().iter().next().ok_or(MediaError::NoScreen)?;
        // SAFETY: it is made anew.
        let configuration = unsafe { SCStreamConfiguration::new() };
        if !configuration.respondsToSelector(sel!(setCapturesAudio:)) {
            return Err(MediaError::Other("the sound of other programs is there from macOS 13 on".into()));
        }
        // SAFETY: it was just asked whether it has the first of these, and the others came with it.
        unsafe {
            configuration.setCapturesAudio(true);
            configuration.setExcludesCurrentProcessAudio(true);
            configuration.setSampleRate(SAMPLE_RATE as isize);
            configuration.setChannelCount(CHANNELS as isize);
            configuration.setWidth(LEAST_SIDE);
            configuration.setHeight(LEAST_SIDE);
            configuration.setMinimumFrameInterval(CMTime::new(1, 1));
        }
        let waiting = Arc::new(Mutex::new(Waiting::default()));
        let filled = Arc::clone(&waiting);
        let take = move |sample: &CMSampleBuffer| push(sample, &mut lock(&filled));
        let filter = Content::all_of(&display);
        let stream = Stream::begin(&filter, &configuration, SCStreamOutputType::Audio, take)?;
        Ok(Self { stream, waiting })
    }

    /// The next 20 ms of them all, left and right by turns. Waits for nothing but a block that is being copied.
    pub(in crate::sound) fn mix(&mut self, into: &mut [f32; PACKET * CHANNELS]) -> Result<(), MediaError> {
        if let Some(error) = self.stream.ended() {
            return Err(error);
        }
        into.fill(0.0);
        lock(&self.waiting).add_to(into);
        into.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
        Ok(())
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As C has a list of two buffers.
#[repr(C)]
struct TwoBuffers {
    list: AudioBufferList,
    second: AudioBuffer,
}

/// Takes floating-point samples: one buffer for each channel, or one for both.
fn push(sample: &CMSampleBuffer, to: &mut Waiting) {
    let none = AudioBuffer { mNumberChannels: 0, mDataByteSize: 0, mData: ptr::null_mut() };
    let mut buffers = TwoBuffers { list: AudioBufferList { mNumberBuffers: 0, mBuffers: [none] }, second: none };
    let mut block: *mut CMBlockBuffer = ptr::null_mut();
    // SAFETY: there is room for two buffers, as the size says, and what they lead to lives as long as the block, which is held until the end.
    unsafe {
        let start = &raw mut buffers;
        let status = sample.audio_buffer_list_with_retained_block_buffer(
            ptr::null_mut(),
            start.cast::<AudioBufferList>(),
            size_of::<TwoBuffers>(),
            None,
            None,
            0,
            &mut block,
        );
        let _held = NonNull::new(block).map(|block| CFRetained::from_raw(block));
        if status != 0 {
            return;
        }
        let first = (&raw const (*start).list.mBuffers).cast::<AudioBuffer>();
        let count = ((*start).list.mNumberBuffers as usize).min(CHANNELS);
        let first_buffer = (count > 0).then(|| &*first);
        let second_buffer = (count > 1).then(|| &(*start).second);
        match (first_buffer, second_buffer) {
            (Some(left), Some(right)) => {
                let (left, right) = (samples(left), samples(right));
                to.push(left.iter().zip(right).flat_map(|(left, right)| [*left, *right]));
            }
            (Some(both), None) if both.mNumberChannels as usize == CHANNELS => to.push(samples(both).iter().copied()),
            (Some(one), None) => to.push(samples(one).iter().flat_map(|sample| [*sample; CHANNELS])),
            (None, _) => {}
        }
    }
}

/// # Safety
/// It leads to as many bytes as it says, which are samples.
unsafe fn samples(buffer: &AudioBuffer) -> &[f32] {
    let start = buffer.mData.cast_const().cast::<f32>();
    if start.is_null() || !start.is_aligned() {
        return &[];
    }
    // SAFETY: the caller says so.
    unsafe { slice::from_raw_parts(start, buffer.mDataByteSize as usize / size_of::<f32>()) }
}
