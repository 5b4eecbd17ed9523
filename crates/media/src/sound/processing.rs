//! Echo cancellation, noise suppression and automatic gain, each with a switch.
//!
//! Order matters: the playout frame goes in before the capture frame that may contain its echo, on one thread.

use sonora::config::{
    AdaptiveDigital, EchoCanceller, GainController2, HighPassFilter, NoiseSuppression, TransparentModeType,
};
use sonora::{AudioProcessing, Config, StreamConfig};

use crate::sound::activity::Activity;
use crate::sound::frame::{FRAME, Frame, SAMPLE_RATE, level_dbov};

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
            echo_canceller: self.echo_cancellation.then(echo_canceller),
            noise_suppression: self.noise_suppression.then(NoiseSuppression::default),
            gain_controller2: self.gain_control.then(gain_control),
            ..Config::default()
        }
    }
}

fn echo_canceller() -> EchoCanceller {
    EchoCanceller { transparent_mode: TransparentModeType::Hmm, ..EchoCanceller::default() }
}

fn gain_control() -> GainController2 {
    GainController2 { adaptive_digital: Some(AdaptiveDigital::default()), ..GainController2::default() }
}

/// The processing of one voice: the playout goes by, the capture goes through.
pub(crate) struct Processor {
    apm: AudioProcessing,
    processing: Processing,
    activity: Activity,
    scratch: Box<Frame>,
}

impl Processor {
    pub(crate) fn new(processing: Processing) -> Self {
        let format = StreamConfig::new(SAMPLE_RATE, 1);
        let builder = AudioProcessing::builder().config(processing.config());
        let apm = builder.capture_config(format).render_config(format).build();
        Self { apm, processing, activity: Activity::new(), scratch: Box::new([0.0; FRAME]) }
    }

    pub(crate) fn processing(&self) -> Processing {
        self.processing
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
        self.activity.played(frame);
        if self.processing.echo_cancellation {
            // Fails only for frames of another shape than it was built for.
            let _ = self.apm.process_render_f32(&[frame], &mut [self.scratch.as_mut_slice()]);
        }
    }

    /// Cleans what the microphone heard, in place; says whether it may be speech. With all processing off, everything may be.
    pub(crate) fn capture(&mut self, frame: &mut Frame) -> bool {
        if self.processing.is_off() {
            return true;
        }
        let heard_dbov = level_dbov(frame);
        if self.apm.process_capture_f32(&[frame.as_slice()], &mut [self.scratch.as_mut_slice()]).is_ok() {
            frame.copy_from_slice(self.scratch.as_slice());
        }
        self.activity.is_speech(heard_dbov, frame)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sound::measure::{Pitch, voice};

    /// Only the far side talks; how much quieter its echo leaves than it came, in dB, after three seconds of learning.
    fn echo_loss(delay_ms: usize, processing: Processing) -> f32 {
        let far = voice(Pitch::Middle, Duration::from_secs(7));
        let room = |n: usize| -> f32 {
            let reflections = [(0, 0.5), (97, -0.2), (311, 0.12), (720, 0.06), (1_501, -0.03)];
            let at = |back: usize| n.checked_sub(delay_ms * 48 + back).map_or(0.0, |n| far[n]);
            reflections.iter().map(|&(back, gain)| gain * at(back)).sum()
        };
        let mut processor = Processor::new(processing);
        let (mut came, mut left) = (Vec::new(), Vec::new());
        for start in (0..far.len() - FRAME).step_by(FRAME) {
            let playout: Frame = far[start..start + FRAME].try_into().expect("a frame");
            processor.playout(&playout);
            let mut capture: Frame = std::array::from_fn(|n| room(start + n));
            came.extend_from_slice(&capture);
            processor.capture(&mut capture);
            left.extend_from_slice(&capture);
        }
        let learnt = 3 * SAMPLE_RATE as usize;
        level_dbov(&came[learnt..]) - level_dbov(&left[learnt..])
    }

    #[test]
    fn an_echo_is_at_least_20_db_quieter_after_three_seconds_whatever_its_delay() {
        for delay_ms in [20, 60, 120, 200] {
            let loss = echo_loss(delay_ms, Processing::default());

            println!("{delay_ms} ms: {loss:.1} dB");
            assert!(loss >= 20.0, "{loss} dB at {delay_ms} ms");
        }
    }

    #[test]
    fn with_everything_off_nothing_is_changed() {
        assert_eq!(echo_loss(60, Processing::OFF), 0.0);
    }

    #[test]
    fn echo_cancellation_can_be_switched_off_alone() {
        let loss = echo_loss(60, Processing { echo_cancellation: false, noise_suppression: false, gain_control: true });

        assert!(loss < 3.0, "{loss} dB");
    }

    #[test]
    fn steady_noise_is_suppressed() {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            0.02 * (state as f32 / u32::MAX as f32 - 0.5)
        };
        let mut processor = Processor::new(Processing { gain_control: false, ..Processing::default() });
        let (mut came, mut left) = (0.0, 0.0);
        for _ in 0..500 {
            let mut frame: Frame = std::array::from_fn(|_| noise());
            came = level_dbov(&frame);
            processor.capture(&mut frame);
            left = level_dbov(&frame);
        }

        assert!(came - left > 8.0, "{came} to {left} dB");
    }

    #[test]
    fn a_quiet_voice_becomes_louder() {
        let quiet: Vec<f32> = voice(Pitch::Middle, Duration::from_secs(8)).iter().map(|s| 0.05 * s).collect();
        let mut processor = Processor::new(Processing::default());
        let mut left = Vec::new();
        for frame in quiet.chunks_exact(FRAME) {
            let mut frame: Frame = frame.try_into().expect("a frame");
            processor.capture(&mut frame);
            left.extend_from_slice(&frame);
        }

        let tail = left.len() - 2 * SAMPLE_RATE as usize;
        let gained = level_dbov(&left[tail..]) - level_dbov(&quiet[tail..]);
        assert!(gained > 6.0, "{gained} dB");
    }
}
