//! Two whole ends in virtual time: microphone, processing, Opus, network, jitter buffer, speaker, and the air between
//! a speaker and its own microphone.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use tokio::sync::mpsc;

use super::gate::{EncodedPacket, Gate};
use super::sender::Sender;
use crate::frame::{FRAME, Frame, SILENCE};
use crate::jitter::{Packet, Playback};
use crate::measure::{NotHeard, Pitch, heard, voice};
use crate::processing::{Processing, Processor};

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
                Step::Speak => end.sender.push(&frame, &end.gate),
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
    playback: Playback,
    sequence: u16,
    timestamp: u32,
    air: Air,
    heard: Vec<f32>,
}

impl End {
    fn new(processing: Processing, air: Air) -> Self {
        let (sender, packets) = mpsc::channel(256);
        let gate = Gate::default();
        gate.open(sender);
        Self {
            processor: Processor::new(processing),
            sender: Sender::new().expect("an encoder"),
            gate,
            packets,
            playback: Playback::new().expect("a decoder"),
            sequence: 0,
            timestamp: 0,
            air,
            heard: Vec::new(),
        }
    }

    fn listen(&mut self, now: Instant) {
        let mut frame = SILENCE;
        self.playback.pull_10ms(now, &mut frame);
        self.processor.playout(&frame);
        self.heard.extend_from_slice(&frame);
    }

    fn say(&mut self, frame: &Frame) -> Vec<EncodedPacket> {
        let mut frame = *frame;
        self.add_echo(&mut frame);
        self.processor.capture(&mut frame);
        self.sender.push(&frame, &self.gate);
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
        self.timestamp = self.timestamp.wrapping_add(packet.skipped);
        let (sequence, timestamp) = (self.sequence, self.timestamp);
        self.playback.insert(Packet { sequence, timestamp, payload: packet.payload }, arrived_at);
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(packet.samples);
    }
}
