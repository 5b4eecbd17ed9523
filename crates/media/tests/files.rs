//! A whole voice without hardware: a WAV file is the microphone, another the speaker, and packets are looped back.

use std::path::Path;
use std::time::{Duration, Instant};

use carillon_media::{
    MediaError, Microphone, Processing, ReceivedPacket, Speaker, Voice, VoiceConfig, VoiceEvent, wav,
};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;

#[tokio::test]
async fn what_the_microphone_hears_comes_out_of_the_speaker() {
    let folder = scratch();
    let microphone = folder.path().join("microphone.wav");
    let speaker = folder.path().join("speaker.wav");
    wav::write(&microphone, &tone(440.0, 48_000)).expect("the file is written");
    let voice = Voice::prepare(with_files(&microphone, &speaker, Processing::OFF)).expect("a voice");

    let packets = open(&voice);
    loop_back(&voice, packets, 75).await;
    drop(voice);

    let recording = wav::read(&speaker).expect("a recording");
    assert!(recording.len() > 48_000, "{} samples", recording.len());
    let heard = &recording[24_000..48_000];
    assert!(strength(heard, 440.0) > 0.1, "440 Hz at {}", strength(heard, 440.0));
    assert!(strength(heard, 440.0) > 10.0 * strength(heard, 700.0));
}

#[tokio::test]
async fn after_muting_no_packet_may_be_sent_until_unmuting() {
    let folder = scratch();
    let microphone = folder.path().join("microphone.wav");
    wav::write(&microphone, &tone(440.0, 48_000)).expect("the file is written");
    let voice =
        Voice::prepare(with_files(&microphone, &folder.path().join("speaker.wav"), Processing::OFF)).expect("a voice");
    let mut packets = open(&voice);
    let patience = Duration::from_secs(5);
    timeout(patience, packets.recv()).await.expect("it speaks").expect("the voice lives");

    voice.set_muted(true);
    let silence = timeout(Duration::from_millis(400), async {
        while let Some(packet) = packets.recv().await {
            assert!(packet.is_stale(), "a packet that could still be sent came out of a muted voice");
        }
    });
    assert!(silence.await.is_err(), "the voice has ended");
    assert_eq!(voice.levels().microphone_dbov, carillon_media::SILENCE_DBOV);

    voice.set_muted(false);
    let packet = timeout(patience, packets.recv()).await.expect("it speaks again").expect("the voice lives");
    assert!(!packet.is_stale());
    assert!(packet.skipped >= 48 * 300, "only {} ticks were left out", packet.skipped);
}

#[tokio::test]
async fn levels_show_both_directions() {
    let folder = scratch();
    let microphone = folder.path().join("microphone.wav");
    wav::write(&microphone, &tone(440.0, 48_000)).expect("the file is written");
    let voice =
        Voice::prepare(with_files(&microphone, &folder.path().join("speaker.wav"), Processing::OFF)).expect("a voice");

    let packets = open(&voice);
    loop_back(&voice, packets, 25).await;

    let levels = voice.levels();
    assert!((levels.microphone_dbov - -9.0).abs() < 2.0, "{levels:?}");
    assert!(levels.speaker_dbov > -20.0, "{levels:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_recording_that_cannot_be_written_is_told_at_the_latest_when_the_voice_closes() {
    let folder = scratch();
    let microphone = folder.path().join("microphone.wav");
    wav::write(&microphone, &tone(440.0, 4_800)).expect("the file is written");
    let voice = Voice::prepare(with_files(&microphone, Path::new("/dev/full"), Processing::OFF)).expect("a voice");
    let mut events = voice.events();
    let _packets = open(&voice);

    let failed = async {
        loop {
            if let VoiceEvent::SpeakerFailed(why) = events.recv().await.expect("it is told before the end") {
                return why;
            }
        }
    };
    let failed = timeout(Duration::from_secs(5), async { tokio::join!(failed, async { drop(voice) }).0 });

    assert!(matches!(failed.await, Ok(MediaError::File { .. })));
}

#[tokio::test]
async fn opening_twice_is_refused() {
    let folder = scratch();
    let microphone = folder.path().join("microphone.wav");
    wav::write(&microphone, &tone(440.0, 4_800)).expect("the file is written");
    let voice =
        Voice::prepare(with_files(&microphone, &folder.path().join("speaker.wav"), Processing::OFF)).expect("a voice");
    let _packets = open(&voice);

    let (packets, _) = mpsc::channel(1);
    assert_eq!(voice.open(packets), Err(MediaError::AlreadyOpen));
}

fn with_files(microphone: &Path, speaker: &Path, processing: Processing) -> VoiceConfig {
    VoiceConfig { microphone: Microphone::Wav(microphone.into()), speaker: Speaker::Wav(speaker.into()), processing }
}

fn open(voice: &Voice) -> mpsc::Receiver<carillon_media::EncodedPacket> {
    let (packets, received) = mpsc::channel(16);
    voice.open(packets).expect("it opens");
    received
}

/// Sends `count` packets back as a perfect network would.
async fn loop_back(voice: &Voice, mut packets: mpsc::Receiver<carillon_media::EncodedPacket>, count: u16) {
    let (sink, mut timestamp) = (voice.listener().hear().expect("a place"), 0_u32);
    for sequence in 0..count {
        let packet = timeout(Duration::from_secs(5), packets.recv()).await;
        let packet = packet.expect("a packet in time").expect("the voice lives");
        timestamp = timestamp.wrapping_add(packet.skipped);
        sink.push(ReceivedPacket { sequence, timestamp, payload: packet.payload, arrived_at: Instant::now() });
        timestamp = timestamp.wrapping_add(packet.samples);
    }
}

fn tone(hz: f32, samples: usize) -> Vec<f32> {
    (0..samples).map(|n| 0.5 * (n as f32 * hz * std::f32::consts::TAU / 48_000.0).sin()).collect()
}

/// The amplitude of one frequency.
fn strength(samples: &[f32], hz: f32) -> f32 {
    let angle = |n: usize| n as f32 * hz * std::f32::consts::TAU / 48_000.0;
    let re: f32 = samples.iter().enumerate().map(|(n, s)| s * angle(n).cos()).sum();
    let im: f32 = samples.iter().enumerate().map(|(n, s)| s * angle(n).sin()).sum();
    2.0 * re.hypot(im) / samples.len() as f32
}

fn scratch() -> TempDir {
    tempfile::tempdir().expect("a scratch folder")
}
