//! Bells on a speaker that is a file.

use std::time::{Duration, Instant};

use carillon_media::bell::{Bell, BellPlayer, Ringtone};
use carillon_media::{LevelMeter, MediaError, Microphone, Speaker, level_dbov, wav};

#[test]
fn ringing_is_heard_until_it_is_stopped() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("ring.wav");

    let player = BellPlayer::start(Bell::Ring(Ringtone::Carillon), 1.0, &Speaker::Wav(file.clone())).expect("it rings");
    until(|| wav::read(&file).is_ok_and(|sound| sound.len() > 24_000));
    player.stop();

    let sound = wav::read(&file).expect("a recording");
    assert!(level_dbov(&sound[..24_000]) > -30.0);
    let end = &sound[sound.len() - 10..];
    assert!(end.iter().all(|s| s.abs() < 0.1), "{end:?}");
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let result = BellPlayer::start(Bell::Test, 1.0, &Speaker::Wav("/no/such/folder/test.wav".into()));

    assert!(matches!(result, Err(MediaError::File { .. })));
}

#[test]
fn the_level_meter_follows_the_microphone() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("meter.wav");
    let tone: Vec<f32> = (0..4_800).map(|n| 0.5 * (n as f32 * 0.1).sin()).collect();
    wav::write(&file, &tone).expect("the file is written");

    let meter = LevelMeter::start(&Microphone::Wav(file)).expect("it opens");

    until(|| (meter.level_dbov() - -9.0).abs() < 1.0);
}

/// Waits for `done`, but not for ever.
fn until(mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !done() {
        assert!(Instant::now() < deadline, "it did not happen within 10 s");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
