use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::sound::codec::{Encoded, Encoder};
use crate::sound::frame::{FRAME, PACKET, SILENCE_DBOV, level_dbov};
use crate::sound::jitter::{Playback, ReceivedPacket};
use crate::sound::measure::{Pitch, heard, voice, voices_in};

#[test]
fn a_mix_of_one_is_that_voice_sample_for_sample() {
    let mut room = Room::with(&[Pitch::Middle]);
    let mut alone = Playback::new().expect("a decoder");
    let mut expected = Vec::new();
    for n in 0..300 {
        for packet in room.packets_at(0, n) {
            alone.insert(packet);
        }
        let mut frame = SILENCE;
        alone.pull_10ms(room.at(n), &mut frame);
        expected.extend_from_slice(&frame);
    }

    let mixed = room.play(300);

    assert!(level_dbov(&mixed) > -40.0);
    assert_eq!(mixed, expected);
}

#[test]
fn three_who_speak_at_once_are_all_heard() {
    let mixed = Room::with(&Pitch::ALL).play(800);

    assert_eq!(voices_in(&mixed), Pitch::ALL);
    assert!(mixed.iter().all(|sample| sample.abs() <= 1.0));
}

#[test]
fn a_volume_is_of_one_voice_and_not_of_the_others() {
    let mut room = Room::with(&[Pitch::Low, Pitch::High]);
    room.sinks[0].control().set_volume(Volume::percent(0));

    let mixed = room.play(600);

    heard(&mixed, Pitch::High, Pitch::Low).expect("only the other is heard");
}

#[test]
fn twice_the_volume_is_six_decibels_and_not_more() {
    let quiet = Room::with(&[Pitch::Low]).play(400);
    let mut room = Room::with(&[Pitch::Low]);
    room.sinks[0].control().set_volume(Volume::percent(255));

    let loud = room.play(400);

    let more = level_dbov(&loud) - level_dbov(&quiet);
    assert!((5.5..6.5).contains(&more), "{more}");
}

#[test]
fn each_voice_has_a_level_of_its_own_whatever_its_volume() {
    let mut room = Room::with(&[Pitch::Low, Pitch::High]);
    room.sinks[0].control().set_volume(Volume::percent(0));
    room.silent[1] = true;

    room.play(15); // the first vowel lasts 200 ms

    assert!(room.sinks[0].control().level_dbov() > -40.0);
    assert!(room.sinks[1].control().level_dbov() <= -90.0);
}

#[test]
fn a_voice_that_ends_frees_its_decoder_and_its_place_and_the_others_go_on() {
    let mut room = Room::with(&[Pitch::Low, Pitch::High]);
    let (before, control) = (room.play(400), room.sinks[0].control());
    let received = room.mixer.stats().received;
    assert_eq!(voices_in(&before), [Pitch::Low, Pitch::High]);

    room.leave(0);
    let after = room.play(400);

    assert_eq!(room.mixer.voices.len(), 1);
    assert_eq!(control.level_dbov(), SILENCE_DBOV);
    heard(&after[FRAME..], Pitch::High, Pitch::Low).expect("the other goes on");
    assert!(room.mixer.stats().received > received, "what the first has received counts on");
}

#[test]
fn a_voice_that_ends_in_the_middle_of_a_vowel_does_not_click() {
    let mut room = Room::with(&[Pitch::Low]);
    let before = room.play(15);
    room.leave(0);

    let mut all = before.clone();
    all.extend(room.play(10));

    let steepest = |samples: &[f32]| samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    assert!(steepest(&all) <= 1.01 * steepest(&before), "{} after {}", steepest(&all), steepest(&before));
    assert_eq!(all.last(), Some(&0.0));
}

#[test]
fn there_are_never_more_voices_than_a_machine_can_decode() {
    let places = Places::default();
    let mut taken: Vec<_> = (0..MAX_VOICES).map(|_| places.take().expect("a place")).collect();

    assert!(matches!(places.take(), Err(MediaError::TooManyVoices)));
    taken.pop();
    assert!(places.take().is_ok());
}

/// Some voices that speak over a perfect network to one mixer, in virtual time.
struct Room {
    mixer: Mixer,
    sinks: Vec<SoundSink>,
    said: Vec<Vec<ReceivedPacket>>,
    silent: Vec<bool>,
    begun: Instant,
    played: usize,
}

impl Room {
    fn with(pitches: &[Pitch]) -> Self {
        let (mut mixer, places, begun) = (Mixer::new(), Places::default(), Instant::now() + Duration::from_secs(100));
        let mut sinks = Vec::new();
        for _ in pitches {
            let (sink, voice) = places.take().expect("a place");
            mixer.add(voice);
            sinks.push(sink);
        }
        let said = pitches.iter().map(|pitch| said(*pitch, begun)).collect();
        Self { mixer, sinks, said, silent: vec![false; pitches.len()], begun, played: 0 }
    }

    /// When the frame with this number is asked for.
    fn at(&self, frame: usize) -> Instant {
        self.begun + Duration::from_millis(10) * u32::try_from(frame).expect("a short test")
    }

    /// What has come of a voice since the frame before.
    fn packets_at(&self, voice: usize, frame: usize) -> Vec<ReceivedPacket> {
        let (from, until) = (self.at(frame) - Duration::from_millis(10), self.at(frame));
        self.said[voice]
            .iter()
            .filter(|packet| packet.arrived_at > from && packet.arrived_at <= until)
            .cloned()
            .collect()
    }

    fn play(&mut self, frames: usize) -> Vec<f32> {
        let mut heard = Vec::new();
        for _ in 0..frames {
            for (at, sink) in self.sinks.iter().enumerate().filter(|(at, _)| !self.silent[*at]) {
                self.packets_at(at, self.played).into_iter().for_each(|packet| sink.push(packet));
            }
            self.mixer.receive();
            let mut frame = SILENCE;
            self.mixer.pull_10ms(self.at(self.played), &mut frame);
            heard.extend_from_slice(&frame);
            self.played += 1;
        }
        heard
    }

    fn leave(&mut self, voice: usize) {
        self.sinks.remove(voice);
        self.said.remove(voice);
        self.silent.remove(voice);
    }
}

/// Ten seconds of a voice, in packets that come every 20 ms.
fn said(pitch: Pitch, begun: Instant) -> Vec<ReceivedPacket> {
    let mut encoder = Encoder::new().expect("an encoder");
    let samples = voice(pitch, Duration::from_secs(10));
    let frames = samples.chunks_exact(PACKET).map(|samples| samples.try_into().expect("a packet's samples"));
    let payloads = frames.map(|frame: [f32; PACKET]| match encoder.encode(&frame).expect("it encodes") {
        Encoded::Packet(payload) => Some(Bytes::copy_from_slice(payload)),
        Encoded::Silence => None,
    });
    let mut sequence = 0_u16;
    let packets = payloads.enumerate().filter_map(|(n, payload)| {
        let n = u32::try_from(n).expect("a short test");
        sequence = sequence.wrapping_add(u16::from(payload.is_some()));
        let arrived_at = begun + Duration::from_millis(20) * (n + 1);
        Some(ReceivedPacket { sequence, timestamp: n * PACKET as u32, payload: payload?, arrived_at })
    });
    packets.collect()
}
