//! Two whole ends in virtual time: microphone, processing, Opus, network, jitter buffer, speaker, and the air between
//! a speaker and its own microphone.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use tokio::sync::mpsc;

use super::gate::{EncodedPacket, Gate};
use super::sender::Sender;
use crate::sound::frame::{FRAME, Frame, SILENCE, level_dbov};
use crate::sound::jitter::ReceivedPacket;
use crate::sound::measure::{NotHeard, Pitch, heard, voice};
use crate::sound::mixer::{Mixer, Places, SoundSink};
use crate::sound::processing::{Processing, Processor};

const TALK: Duration = Duration::from_secs(8);

#[test]
fn with_all_processing_on_each_hears_the_other_and_not_themselves() {
    let (alice, bob) = talk(Processing::default(), Air::silent());

    println!("{:?} {:?}", heard(&alice, Pitch::High, Pitch::Low), heard(&bob, Pitch::Low, Pitch::High));
    let by_alice = heard(&alice, Pitch::High, Pitch::Low).expect("Alice hears Bob");
    let by_bob = heard(&bob, Pitch::Low, Pitch::High).expect("Bob hears Alice");
    assert!(by_alice.bursts >= 10 && by_bob.bursts >= 10, "{by_alice:?} {by_bob:?}");
    assert!(by_alice.level_dbov > -40.0 && by_bob.level_dbov > -40.0, "{by_alice:?} {by_bob:?}");
}

#[test]
fn without_processing_each_hears_the_other_too() {
    let (alice, bob) = talk(Processing::OFF, Air::silent());

    heard(&alice, Pitch::High, Pitch::Low).expect("Alice hears Bob");
    heard(&bob, Pitch::Low, Pitch::High).expect("Bob hears Alice");
}

#[test]
fn where_the_speaker_is_heard_by_the_microphone_the_echo_is_taken_out() {
    let (alice, _) = talk(Processing::default(), Air { delay_ms: 70, gain: 0.4 });

    // The canceller needs a moment to learn the room.
    let learnt = &alice[3 * 48_000..];
    heard(learnt, Pitch::High, Pitch::Low).expect("Alice hears Bob and not herself");
}

#[test]
fn the_echo_of_three_who_speak_at_once_is_at_least_20_db_quieter_whatever_its_delay() {
    for delay_ms in [20, 60, 120, 200] {
        let loss = echo_loss_of_three(Air { delay_ms, gain: 0.4 });

        println!("{delay_ms} ms: {loss:.1} dB");
        assert!(loss >= 20.0, "{loss} dB at {delay_ms} ms");
    }
}

#[test]
fn without_echo_cancellation_one_hears_oneself() {
    let (alice, _) = talk(Processing::OFF, Air { delay_ms: 70, gain: 0.4 });

    let result = heard(&alice, Pitch::High, Pitch::Low);
    assert!(matches!(result, Err(NotHeard::OwnEcho { .. })), "{result:?}");
}

#[test]
fn a_pause_in_speech_sends_almost_nothing() {
    let mut end = End::new(Processing::default(), Air::silent());

    let packets: usize = (0..300).map(|_| end.say(&SILENCE).len()).sum();

    assert!(packets < 30, "{packets} packets in 3 s of silence");
}

#[test]
fn a_silent_side_sends_almost_nothing_whether_the_other_talks_or_not() {
    for noise_dbov in [f32::NEG_INFINITY, -65.0, -55.0] {
        for (other_talks, echo) in [(false, 0.0), (true, 0.0), (true, 0.1)] {
            let says = if other_talks { voice(Pitch::High, TALK) } else { vec![0.0; 8 * 48_000] };

            let packets = Silent::new(noise_dbov, Air { delay_ms: 70, gain: echo }).listens_to(&says).packets;

            println!(
                "noise {noise_dbov} dBov, the other talks: {other_talks}, echo {echo}: {packets:?} packets a second"
            );
            // Noise and room are learnt in the first seconds.
            assert!(packets[4..].iter().all(|n| *n <= 10), "{packets:?}");
        }
    }
}

#[test]
fn after_a_pause_words_begin_as_loud_as_if_all_had_been_sent_and_nothing_clicks() {
    let story = |sends_all| {
        let mut alice = Silent::new(-65.0, Air::silent());
        alice.end.sends_all = sends_all;
        let mut said = vec![0.0; 4 * 48_000];
        said.extend(voice(Pitch::Low, Duration::from_secs(4)));
        said.extend(vec![0.0; 2 * 48_000]);
        alice.says(&said, &voice(Pitch::High, Duration::from_secs(10)))
    };
    let (left_out, all) = (story(false), story(true));
    println!("{:?} and {:?} packets a second", left_out.packets, all.packets);
    let before_words = |course: &Course| course.packets[1..4].iter().sum::<usize>();
    assert!(2 * before_words(&left_out) < before_words(&all), "nothing was left out");

    let (words, reference) = (words(&left_out.heard), words(&all.heard));
    assert_eq!(words.len(), reference.len());
    println!("{words:.1?}\n{reference:.1?}");
    // Where a word begins is found to 10 ms only.
    assert!(words.iter().zip(&reference).all(|(word, meant)| *word > meant - 2.0), "{words:.1?} {reference:.1?}");
    assert!((mean(&words) - mean(&reference)).abs() < 0.7, "{words:.1?} {reference:.1?}");
    let (click, usual) = (steepest_in_pauses(&left_out.heard), steepest_in_pauses(&all.heard));
    assert!(click < usual + 0.01, "{click} in place of {usual}");
}

#[test]
fn after_a_pause_the_packet_says_how_long_it_was() {
    let mut end = End::new(Processing::OFF, Air::silent());
    let speech = voice(Pitch::Low, Duration::from_secs(1));
    let mut ticks = 0_u32;
    for frame in speech.chunks_exact(FRAME) {
        ticks += end.say(frame.try_into().expect("a frame")).iter().map(|p| p.samples + p.skipped).sum::<u32>();
    }
    end.gate.set_muted(true);
    (0..50).for_each(|_| assert!(end.say(&SILENCE).is_empty()));
    end.gate.set_muted(false);
    for frame in speech.chunks_exact(FRAME).take(2) {
        ticks += end.say(frame.try_into().expect("a frame")).iter().map(|p| p.samples + p.skipped).sum::<u32>();
    }

    assert_eq!(ticks, 48_000 + 50 * 480 + 960);
}

proptest! {
    #[test]
    fn once_muted_nothing_is_sent(steps in prop::collection::vec(step(), 1..200)) {
        let mut end = End::new(Processing::OFF, Air::silent());
        let frame: Frame = voice(Pitch::Low, Duration::from_millis(100))[1_440..1_920].try_into().expect("a frame");
        for step in steps {
            match step {
                Step::Speak => end.sender.push(&frame, true, &end.gate),
                Step::Mute(muted) => end.gate.set_muted(muted),
                Step::Drain => {
                    let fresh = end.drain().into_iter().filter(|packet| !packet.is_stale()).count();
                    prop_assert!(!end.gate.is_muted() || fresh == 0, "{fresh} packets while muted");
                }
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Speak,
    Mute(bool),
    Drain,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![6 => Just(Step::Speak), 1 => any::<bool>().prop_map(Step::Mute), 2 => Just(Step::Drain)]
}

/// Both talk at the same time; what each of them hears.
fn talk(processing: Processing, bobs_air: Air) -> (Vec<f32>, Vec<f32>) {
    let mut alice = End::new(processing, Air::silent());
    let mut bob = End::new(processing, bobs_air);
    let (says_alice, says_bob) = (voice(Pitch::Low, TALK), voice(Pitch::High, TALK));
    let mut now = Instant::now() + Duration::from_secs(100);
    for (a, b) in says_alice.chunks_exact(FRAME).zip(says_bob.chunks_exact(FRAME)) {
        now += Duration::from_millis(10);
        alice.listen(now);
        bob.listen(now);
        for packet in alice.say(a.try_into().expect("a frame")) {
            bob.receive(packet, now + Duration::from_millis(3));
        }
        for packet in bob.say(b.try_into().expect("a frame")) {
            alice.receive(packet, now + Duration::from_millis(3));
        }
    }
    (alice.heard, bob.heard)
}

/// Three talk at once to one who is silent; how much quieter their echo leaves than it came, in dB, after three seconds of learning.
fn echo_loss_of_three(air: Air) -> f32 {
    let mut silent = End::new(Processing::default(), air);
    (0..2).for_each(|_| silent.hear_one_more());
    let mut others: Vec<End> = Pitch::ALL.iter().map(|_| End::new(Processing::OFF, Air::silent())).collect();
    let said = Pitch::ALL.map(|pitch| voice(pitch, TALK));
    let mut now = Instant::now() + Duration::from_secs(100);
    for at in (0..said[0].len() - FRAME).step_by(FRAME) {
        now += Duration::from_millis(10);
        silent.listen(now);
        silent.say(&SILENCE);
        for (n, other) in others.iter_mut().enumerate() {
            for packet in other.say(said[n][at..at + FRAME].try_into().expect("a frame")) {
                silent.lines[n].carry(packet, now + Duration::from_millis(3));
            }
        }
    }
    let learnt = 3 * 48_000;
    level_dbov(&silent.captured.0[learnt..]) - level_dbov(&silent.captured.1[learnt..])
}

/// The levels of the first 60 ms of each word, in dBov.
fn words(heard: &[f32]) -> Vec<f32> {
    let frames: Vec<f32> = heard.chunks_exact(FRAME).map(level_dbov).collect();
    let begins = |at: usize| frames[at] > -40.0 && frames[at.saturating_sub(6)..at].iter().all(|level| *level <= -40.0);
    (6..frames.len() - 6).filter(|at| begins(*at)).map(|at| level_dbov(&heard[at * FRAME..(at + 6) * FRAME])).collect()
}

fn mean(levels: &[f32]) -> f32 {
    levels.iter().sum::<f32>() / levels.len() as f32
}

/// From sample to sample, where no one speaks.
fn steepest_in_pauses(heard: &[f32]) -> f32 {
    let pauses = heard.chunks_exact(FRAME).filter(|frame| level_dbov(frame) < -45.0);
    pauses.flat_map(|frame| frame.windows(2).map(|pair| (pair[1] - pair[0]).abs())).fold(0.0, f32::max)
}

/// A user who hardly speaks, in a noisy room, and hears the other side.
struct Silent {
    end: End,
    other: End,
    noise: f32,
    state: u32,
}

/// What became of it.
struct Course {
    /// In each second.
    packets: Vec<usize>,
    /// At the other side.
    heard: Vec<f32>,
}

impl Silent {
    fn new(noise_dbov: f32, air: Air) -> Self {
        let noise = 10_f32.powf(noise_dbov / 20.0) * 3_f32.sqrt();
        let (end, other) = (End::new(Processing::default(), air), End::new(Processing::OFF, Air::silent()));
        Self { end, other, noise, state: 1 }
    }

    fn listens_to(self, other: &[f32]) -> Course {
        self.says(&vec![0.0; other.len()], other)
    }

    fn says(mut self, said: &[f32], other: &[f32]) -> Course {
        let mut now = Instant::now() + Duration::from_secs(100);
        let mut packets = vec![0; said.len() / 48_000];
        for (n, (said, other)) in said.chunks_exact(FRAME).zip(other.chunks_exact(FRAME)).enumerate() {
            now += Duration::from_millis(10);
            self.end.listen(now);
            self.other.listen(now);
            let noisy: Frame = std::array::from_fn(|at| said[at] + self.hiss());
            for packet in self.end.say(&noisy) {
                packets[n / 100] += 1;
                self.other.receive(packet, now + Duration::from_millis(3));
            }
            for packet in self.other.say(other.try_into().expect("a frame")) {
                self.end.receive(packet, now + Duration::from_millis(3));
            }
        }
        Course { packets, heard: self.other.heard }
    }

    fn hiss(&mut self) -> f32 {
        self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.noise * (2.0 * (self.state >> 8) as f32 / (1 << 24) as f32 - 1.0)
    }
}

/// How the speaker's sound gets into the microphone.
struct Air {
    delay_ms: usize,
    gain: f32,
}

impl Air {
    fn silent() -> Self {
        Self { delay_ms: 0, gain: 0.0 }
    }
}

struct End {
    processor: Processor,
    sender: Sender,
    gate: Gate,
    packets: mpsc::Receiver<EncodedPacket>,
    mixer: Mixer,
    places: Places,
    /// From each other end.
    lines: Vec<Line>,
    air: Air,
    heard: Vec<f32>,
    /// What the microphone heard, and what was left of it.
    captured: (Vec<f32>, Vec<f32>),
    /// All of it, for comparison.
    sends_all: bool,
}

impl End {
    fn new(processing: Processing, air: Air) -> Self {
        let (sender, packets) = mpsc::channel(256);
        let gate = Gate::default();
        gate.open(sender);
        let mut end = Self {
            processor: Processor::new(processing),
            sender: Sender::new().expect("an encoder"),
            gate,
            packets,
            mixer: Mixer::new(),
            places: Places::default(),
            lines: Vec::new(),
            air,
            heard: Vec::new(),
            captured: (Vec::new(), Vec::new()),
            sends_all: false,
        };
        end.hear_one_more();
        end
    }

    fn hear_one_more(&mut self) {
        let (sink, heard) = self.places.take().expect("a place");
        self.mixer.add(heard);
        self.lines.push(Line { sink, sequence: 0, timestamp: 0 });
    }

    fn listen(&mut self, now: Instant) {
        let mut frame = SILENCE;
        self.mixer.receive();
        self.mixer.pull_10ms(now, &mut frame);
        self.processor.playout(&frame);
        self.heard.extend_from_slice(&frame);
    }

    fn say(&mut self, frame: &Frame) -> Vec<EncodedPacket> {
        let mut frame = *frame;
        self.add_echo(&mut frame);
        self.captured.0.extend_from_slice(&frame);
        let is_speech = self.processor.capture(&mut frame);
        self.captured.1.extend_from_slice(&frame);
        self.sender.push(&frame, is_speech || self.sends_all, &self.gate);
        self.drain()
    }

    fn add_echo(&self, frame: &mut Frame) {
        let start = self.heard.len().checked_sub(FRAME + self.air.delay_ms * 48);
        if let Some(echo) = start.map(|start| &self.heard[start..start + FRAME]) {
            frame.iter_mut().zip(echo).for_each(|(s, e)| *s += self.air.gain * e);
        }
    }

    fn drain(&mut self) -> Vec<EncodedPacket> {
        std::iter::from_fn(|| self.packets.try_recv().ok()).collect()
    }

    fn receive(&mut self, packet: EncodedPacket, arrived_at: Instant) {
        self.lines[0].carry(packet, arrived_at);
    }
}

/// The way from one other end.
struct Line {
    sink: SoundSink,
    sequence: u16,
    timestamp: u32,
}

impl Line {
    fn carry(&mut self, packet: EncodedPacket, arrived_at: Instant) {
        self.timestamp = self.timestamp.wrapping_add(packet.skipped);
        let (sequence, timestamp) = (self.sequence, self.timestamp);
        self.sink.push(ReceivedPacket { sequence, timestamp, payload: packet.payload, arrived_at });
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(packet.samples);
    }
}
