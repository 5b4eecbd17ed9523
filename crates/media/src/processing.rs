//! Echo cancellation, noise suppression and automatic gain, each with a switch.
//!
//! Order matters: the playout frame goes in before the capture frame that may contain its echo, on one thread.

use sonora::config::{AdaptiveDigital, EchoCanceller, GainController2, HighPassFilter, NoiseSuppression};
use sonora::{AudioProcessing, Config, StreamConfig};

use crate::frame::{FRAME, Frame, SAMPLE_RATE};

/// Which kinds of sound processing are on; all of them by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Processing {
    /// Takes the speaker's sound out of the microphone's.
    pub echo_cancellation: bool,
    /// Takes steady noise out.
    pub noise_suppression: bool,
    /// Brings quiet and loud voices to the same level.
    pub gain_control: bool,
}

impl Default for Processing {
    fn default() -> Self {
        Self { echo_cancellation: true, noise_suppression: true, gain_control: true }
    }
}

impl Processing {
    /// Everything off: what the microphone hears is what is sent.
    pub const OFF: Self = Self { echo_cancellation: false, noise_suppression: false, gain_control: false };

    fn is_off(self) -> bool {
        self == Self::OFF
    }

    fn config(self) -> Config {
        Config {
            high_pass_filter: (!self.is_off()).then(HighPassFilter::default),
            echo_canceller: self.echo_cancellation.then(EchoCanceller::default),
            noise_suppression: self.noise_suppression.then(NoiseSuppression::default),
            gain_controller2: self.gain_control.then(gain_control),
            ..Config::default()
        }
    }
}

fn gain_control() -> GainController2 {
    GainController2 { adaptive_digital: Some(AdaptiveDigital::default()), ..GainController2::default() }
}

/// The processing of one voice: the playout goes by, the capture goes through.
pub(crate) struct Processor {
    apm: AudioProcessing,
    processing: Processing,
    scratch: Box<Frame>,
}

impl Processor {
    pub(crate) fn new(processing: Processing) -> Self {
        let format = StreamConfig::new(SAMPLE_RATE, 1);
        let builder = AudioProcessing::builder().config(processing.config());
        let apm = builder.capture_config(format).render_config(format).build();
        Self { apm, processing, scratch: Box::new([0.0; FRAME]) }
    }

    /// Switches parts on and off without a gap.
    pub(crate) fn set(&mut self, processing: Processing) {
        if processing != self.processing {
            self.processing = processing;
            self.apm.apply_config(processing.config());
        }
    }

    /// What the speaker is about to play: the echo canceller's reference.
    pub(crate) fn playout(&mut self, frame: &Frame) {
        if self.processing.echo_cancellation {
            // Fails only for frames of another shape than it was built for.
            let _ = self.apm.process_render_f32(&[frame], &mut [self.scratch.as_mut_slice()]);
        }
    }

    /// What the microphone heard, cleaned in place.
    pub(crate) fn capture(&mut self, frame: &mut Frame) {
        if self.processing.is_off() {
            return;
        }
        if self.apm.process_capture_f32(&[frame.as_slice()], &mut [self.scratch.as_mut_slice()]).is_ok() {
            frame.copy_from_slice(self.scratch.as_slice());
        }
    }
}
