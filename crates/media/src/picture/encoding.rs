//! From pictures to H.264 on a thread of its own: the latest one, in the size and at the rate that the path's bits allow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::degradation::{Circumstances, Degradation, PicturePlan};
use super::encoder::{EncodeError, EncodedUnit, PictureContent, VideoEncoder, VideoEncoderConfig};
use super::fit::within_rows;
use super::latest::LatestReceiver;
use super::picture::{Picture, PictureSize};
use super::scale::Scaler;
use crate::error::MediaError;

/// The other end may ask for key frames as often as it likes. They are ten times as large as other pictures, so that all of them would
/// look poor at the same bitrate; an answer waits for so long after the key frame before at most.
pub(super) const KEY_FRAME_EVERY: Duration = Duration::from_millis(150);

/// How much the latest picture counts in the mean of what encoding takes.
const TAKES_SMOOTHING: f64 = 0.1;

/// One picture, ready for the network.
#[derive(Debug, Clone)]
pub struct EncodedPicture {
    /// One access unit of H.264 with start codes (Annex B).
    pub payload: Bytes,
    /// When it was taken.
    pub captured_at: Instant,
    /// How large it was before it was made smaller for the path: this changes with the camera or screen only.
    pub captured_size: PictureSize,
    /// It needs no picture before it.
    pub is_key_frame: bool,
    interruption: u32,
    controls: Arc<Controls>,
}

impl EncodedPicture {
    /// Whether its camera or screen was turned off since, or is gone. A stale picture must not be sent.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        let interruption = self.controls.interruption.load(Ordering::Acquire);
        self.controls.is_off.load(Ordering::Acquire) || self.interruption != interruption
    }
}

/// What the encoder is told while it works, and what it tells.
#[derive(Debug, Default)]
pub(super) struct Controls {
    pub(super) is_off: AtomicBool,
    pub(super) wants_key_frame: AtomicBool,
    pub(super) begins_anew: AtomicBool,
    pub(super) bitrate: AtomicU32,
    /// One more than the most rows that are seen at the other end; 0: pictures are seen as they are.
    pub(super) most_rows: AtomicU32,
    pub(super) is_paused: AtomicBool,
    /// Pictures are made in this size; see [`Layers`](super::layers::Layers).
    pub(super) is_on: AtomicBool,
    /// How long encoding takes, in thousandths of the time between two pictures.
    load: AtomicU32,
    /// How many pictures a second the source means to make.
    pub(super) frame_rate: AtomicU32,
    /// How often the source has ended so far.
    pub(super) interruption: AtomicU32,
    /// Width and height of the latest.
    pub(super) size: AtomicU64,
}

impl Controls {
    pub(super) fn new(bitrate: u32) -> Self {
        Self { bitrate: AtomicU32::new(bitrate), ..Self::default() }
    }

    pub(super) fn sent_pictures(&self) -> SentPictures {
        let size = self.size.load(Ordering::Relaxed);
        let is_paused = self.is_paused.load(Ordering::Acquire);
        SentPictures { size: ((size >> 32) as u32, size as u32), is_paused }
    }

    pub(super) fn load(&self) -> f64 {
        f64::from(self.load.load(Ordering::Relaxed)) / 1_000.0
    }

    fn sent(&self, size: PictureSize) {
        self.size.store((size.width() as u64) << 32 | size.height() as u64, Ordering::Relaxed);
    }
}

/// What has become of a stream's pictures so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SentPictures {
    /// Width and height of the latest; zero before the first.
    pub size: (u32, u32),
    /// There are too few bits for any picture, so that none is made.
    pub is_paused: bool,
}

/// One of several sizes that are made side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OfLayer {
    /// How many rows it has at most.
    pub(super) rows: u32,
    /// A machine that cannot keep up loses it whole.
    pub(super) is_lost_whole: bool,
}

/// A picture on its way to the encoder, and which interruption of its source was the latest before it.
pub(super) type ToEncode = (Picture, u32);

/// What the encoder's thread works with.
pub(super) struct Encoding {
    encoder: VideoEncoder,
    degradation: Degradation,
    scaler: Scaler,
    layer: Option<OfLayer>,
    /// Pictures a second that were planned last.
    planned_rate: u32,
    controls: Arc<Controls>,
    pictures: mpsc::Sender<EncodedPicture>,
    key_frame_at: Option<Instant>,
    /// Before it the next picture is one too many.
    next_at: Option<Instant>,
    /// How long a picture takes, in seconds, as a mean of the latest.
    takes: f64,
}

impl Encoding {
    pub(super) fn new(
        content: PictureContent,
        layer: Option<OfLayer>,
        controls: Arc<Controls>,
        pictures: mpsc::Sender<EncodedPicture>,
    ) -> Self {
        let bitrate = controls.bitrate.load(Ordering::Acquire);
        Self {
            // Rate and frame rate are planned before the first picture.
            encoder: VideoEncoder::new(VideoEncoderConfig { content, bitrate, frame_rate: 0 }),
            degradation: Degradation::new(content),
            scaler: Scaler::default(),
            layer,
            planned_rate: 0,
            controls,
            pictures,
            key_frame_at: None,
            next_at: None,
            takes: 0.0,
        }
    }

    pub(super) fn run(mut self, taken: &LatestReceiver<ToEncode>, failed: impl FnOnce(MediaError)) {
        while let Some((picture, interruption)) = taken.recv() {
            let encoded = match self.encode(&picture, interruption) {
                Ok(Some(encoded)) => encoded,
                Ok(None) => continue,
                Err(error) => return failed(MediaError::Codec(error.to_string())),
            };
            if self.pictures.blocking_send(encoded).is_err() {
                return; // the call's task has ended, which sends them
            }
        }
    }

    /// `None`: this picture is left out.
    fn encode(&mut self, picture: &Picture, interruption: u32) -> Result<Option<EncodedPicture>, EncodeError> {
        if interruption != self.controls.interruption.load(Ordering::Acquire) {
            return Ok(None); // it would take the key frame of those after the interruption
        }
        if self.controls.begins_anew.swap(false, Ordering::AcqRel) {
            (self.key_frame_at, self.next_at) = (None, None);
            self.controls.wants_key_frame.store(true, Ordering::Release);
        }
        let Some(plan) = self.plan(picture) else { return Ok(None) };
        let begun = Instant::now();
        let Some(scaled) = self.scaler.scale(picture, plan.size) else { return Ok(None) };
        self.encoder.set_bitrate(plan.bitrate);
        self.encoder.set_frame_rate(plan.frame_rate);
        let captured_at = picture.captured_at();
        let is_due = self.key_frame_at.is_none_or(|at| captured_at >= at + KEY_FRAME_EVERY);
        if is_due && self.controls.wants_key_frame.swap(false, Ordering::AcqRel) {
            self.encoder.request_key_frame();
        }
        let unit = self.encoder.encode(&scaled)?;
        self.takes += TAKES_SMOOTHING * (begun.elapsed().as_secs_f64() - self.takes);
        self.controls.load.store((self.load() * 1_000.0) as u32, Ordering::Relaxed);
        let Some(EncodedUnit { payload, is_key_frame }) = unit else { return Ok(None) };
        if is_key_frame {
            self.key_frame_at = Some(captured_at);
        }
        self.controls.sent(plan.size);
        let (captured_size, controls) = (picture.size(), Arc::clone(&self.controls));
        Ok(Some(EncodedPicture { payload, captured_at, captured_size, is_key_frame, interruption, controls }))
    }

    fn load(&self) -> f64 {
        self.takes * f64::from(self.planned_rate)
    }

    /// How this picture is to be made, if it is.
    fn plan(&mut self, picture: &Picture) -> Option<PicturePlan> {
        let now = picture.captured_at();
        let most_rows = match self.controls.most_rows.load(Ordering::Acquire) {
            0 => u32::MAX,
            1 => {
                // For want of viewers, not of bits.
                self.controls.is_paused.store(false, Ordering::Release);
                return None;
            }
            told => told - 1,
        };
        let is_lost_whole = self.layer.is_some_and(|layer| layer.is_lost_whole);
        let given = Circumstances {
            size: self.layer.map_or(picture.size(), |layer| within_rows(picture.size(), layer.rows)),
            frame_rate: self.controls.frame_rate.load(Ordering::Acquire),
            budget: self.controls.bitrate.load(Ordering::Acquire),
            load: if is_lost_whole { 0.0 } else { self.load() },
        };
        let plan = self.degradation.plan(given, now);
        self.controls.is_paused.store(plan.is_none(), Ordering::Release);
        let plan = plan?;
        self.planned_rate = plan.frame_rate;
        let interval = Duration::from_secs(1) / plan.frame_rate.max(1);
        // A source's own pace is not even; a little early is in time.
        let next_at = self.next_at.unwrap_or(now);
        if now + interval / 4 < next_at {
            return None;
        }
        self.next_at = Some((next_at + interval).max(now + interval / 2));
        let size = within_rows(plan.size, most_rows);
        let bitrate = plan.bitrate.min(self.degradation.most(size, plan.frame_rate));
        Some(PicturePlan { size, bitrate, ..plan })
    }
}
