//! What other programs play, on its way to those who see the shared screen, through a real sound server.
#![cfg(target_os = "linux")]

mod private_pulse;

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use carillon_media::measure::{Pitch, heard, write_voice};
use carillon_media::{
    EncodedPacket, Microphone, Processing, ReceivedPacket, ScreenSound, ScreenSoundStream, SoundSink, Speaker, Voice,
    VoiceConfig, wav,
};
use tokio::sync::mpsc;

use self::private_pulse::with_pulse;

#[test]
fn what_another_program_plays_is_heard_and_not_the_call_itself() {
    with_pulse("what_another_program_plays_is_heard_and_not_the_call_itself", &["speaker"], async |_| {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = |name| folder.path().join(name);
        write_voice(&file("film.wav"), Pitch::High, Duration::from_secs(20)).expect("written");
        write_voice(&file("bob.wav"), Pitch::Low, Duration::from_secs(5)).expect("written");
        // Bob is heard by the same speaker as the film, and both only through it.
        let bob = voice(Microphone::Wav(file("bob.wav")), Speaker::Wav(file("nowhere.wav")));
        let call = voice(Microphone::Wav(file("bob.wav")), Speaker::Default);
        let listener = voice(Microphone::Wav(file("bob.wav")), Speaker::Wav(file("heard.wav")));
        let (mut from_bob, _from_call, _from_listener) = (open(&bob), open(&call), open(&listener));
        let _film = Player::play(&file("film.wav"));
        let (sound_tx, mut sound) = mpsc::channel(25);
        let shared = ScreenSoundStream::open(&ScreenSound::OtherPrograms, sound_tx, |error| panic!("{error}"));

        let (mut to_call, mut to_listener) = (Network::to(&call), Network::to(&listener));
        let until = Instant::now() + Duration::from_secs(6);
        while Instant::now() < until {
            tokio::select! {
                packet = from_bob.recv() => to_call.deliver(packet.expect("Bob speaks")),
                packet = sound.recv() => to_listener.deliver(packet.expect("the film goes on")),
            }
        }
        drop((shared, bob, call, listener));

        let recording = wav::read(&file("heard.wav")).expect("a recording");
        heard(&recording, Pitch::High, Pitch::Low).expect("the film is heard, and Bob is not");
    });
}

#[test]
fn where_nothing_plays_nothing_is_sent() {
    with_pulse("where_nothing_plays_nothing_is_sent", &["speaker"], async |pulse| {
        let (sound_tx, mut sound) = mpsc::channel(25);
        let shared = ScreenSoundStream::open(&ScreenSound::OtherPrograms, sound_tx, |error| panic!("{error}"));
        let mut packets = 0;
        let until = Instant::now() + Duration::from_secs(1);
        while let Ok(packet) = tokio::time::timeout_at(until.into(), sound.recv()).await {
            packets += u32::from(packet.is_some());
        }

        assert!(shared.is_ok() && packets <= 10, "{packets} packets of silence");
        assert_eq!(pulse.streams().expect("counted"), (0, 0), "it listens to somebody");
    });
}

/// Another program.
struct Player(Child);

impl Player {
    fn play(file: &Path) -> Self {
        Self(Command::new("paplay").arg(file).spawn().expect("paplay is installed with pactl"))
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn voice(microphone: Microphone, speaker: Speaker) -> Voice {
    Voice::prepare(VoiceConfig { microphone, speaker, processing: Processing::OFF }).expect("a voice")
}

fn open(voice: &Voice) -> mpsc::Receiver<EncodedPacket> {
    let (packets, received) = mpsc::channel(64);
    voice.open(packets).expect("it opens");
    received
}

/// A perfect network: numbers packets and delivers them at once.
struct Network {
    to: SoundSink,
    sequence: u16,
    timestamp: u32,
}

impl Network {
    fn to(voice: &Voice) -> Self {
        Self { to: voice.listener().hear().expect("a place"), sequence: 0, timestamp: 0 }
    }

    fn deliver(&mut self, packet: EncodedPacket) {
        self.timestamp = self.timestamp.wrapping_add(packet.skipped);
        let (sequence, timestamp) = (self.sequence, self.timestamp);
        self.to.push(ReceivedPacket { sequence, timestamp, payload: packet.payload, arrived_at: Instant::now() });
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(packet.samples);
    }
}
