//! How well speech is understood at the other end: PESQ in wide band (ITU-T P.862.2), of sentences that a synthesiser says.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use carillon_media::{SAMPLE_RATE, level_dbov, wav};
use rubato::{
    Async, FixedAsync, Resampler as _, SincInterpolationParameters, SincInterpolationType, WindowFunction,
    audioadapter_buffers::direct::InterleavedSlice,
};

/// P.862 wants pieces of eight seconds or more; each ends in silence, which takes up the delay.
const PIECE: Duration = Duration::from_secs(8);
/// Of these nothing is said at the end of a piece.
const SILENT: Duration = Duration::from_millis(700);
/// What P.862.2 is defined for.
const PESQ_RATE: u32 = 16_000;
/// Speech has begun.
const AUDIBLE_DBOV: f32 = -45.0;
/// As a synthesiser names them.
const VOICES: [&str; 2] = ["en-us+m3", "en-us+f2"];

/// What is said; the first piece teaches the sound processing, and is not scored.
const SENTENCES: [&str; 5] = [
    "Good morning, and thank you for calling. Before we begin, please tell me whether you can hear me well from where you are.",
    "The train to the coast leaves at a quarter past nine, and the last one back goes shortly before eleven in the evening.",
    "She put the blue cups on the upper shelf, washed the large pan, and asked whether somebody had seen the key of the cellar.",
    "We should move the meeting to Thursday, since half of the team will be travelling and the figures are not ready yet.",
    "A cold wind came over the fields that night, and by the morning every window of the old house was white with frost.",
];

/// How many pieces a recording is scored by.
pub(crate) const SCORED: usize = SENTENCES.len() - 1;

/// How long it takes to say it all, and to hear it.
pub(crate) fn takes() -> Duration {
    PIECE * u32::try_from(SENTENCES.len()).unwrap_or(u32::MAX) + PIECE / 4
}

/// Has the sentences said into a file.
pub(crate) fn write(folder: &Path) -> Result<PathBuf> {
    let mut speech = Vec::new();
    for (number, sentence) in SENTENCES.iter().enumerate() {
        let said = folder.join(format!("sentence-{number}.wav"));
        let mut synthesiser = Command::new("espeak-ng");
        synthesiser.args(["-v", VOICES[number % VOICES.len()], "-s", "165", "-a", "60", "-w"]).arg(&said);
        let done = synthesiser.arg(sentence).status().context("espeak-ng is a package of that name")?;
        ensure!(done.success(), "espeak-ng says nothing");
        let said = wav::read(&said)?;
        let room = samples(PIECE.saturating_sub(SILENT));
        ensure!(said.len() <= room, "sentence {number} takes longer than a piece");
        speech.extend(said);
        speech.resize(samples(PIECE) * (number + 1), 0.0);
    }
    let all = folder.join("speech.wav");
    wav::write(&all, &speech)?;
    Ok(all)
}

/// The scores (1 to 4.6) of the pieces in what was said and heard from the same moment on.
pub(crate) fn scores(said: &[f32], heard: &[f32]) -> Result<Vec<f64>> {
    let frame = SAMPLE_RATE as usize / 100;
    let begin = said.chunks_exact(frame).position(|frame| level_dbov(frame) >= AUDIBLE_DBOV);
    let begin = begin.context("nothing was said")? * frame;
    let piece = samples(PIECE);
    (1..=SCORED)
        .map(|number| {
            let range = begin + piece * number..begin + piece * (number + 1);
            let cut = |recording: &[f32]| -> Result<Vec<i16>> {
                pcm(recording.get(range.clone()).context("the recording is too short")?)
            };
            Ok(f64::from(pesq::pesq_wb(&cut(said)?, &cut(heard)?)?))
        })
        .collect()
}

/// As PESQ wants it.
fn pcm(recording: &[f32]) -> Result<Vec<i16>> {
    let parameters = SincInterpolationParameters::new(128, WindowFunction::BlackmanHarris2)
        .interpolation(SincInterpolationType::Linear)
        .oversampling_factor(128);
    let ratio = f64::from(PESQ_RATE) / f64::from(SAMPLE_RATE);
    let mut resampler = Async::<f32>::new_sinc(ratio, 1.0, &parameters, 480, 1, FixedAsync::Input)?;
    let input = InterleavedSlice::new(recording, 1, recording.len())?;
    let slower = resampler.process_all(&input, recording.len(), None)?.take_data();
    #[expect(clippy::cast_possible_truncation, reason = "a sample within its bounds")]
    let pcm = slower.into_iter().map(|sample| (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i16).collect();
    Ok(pcm)
}

fn samples(duration: Duration) -> usize {
    usize::try_from(duration.as_millis()).unwrap_or(usize::MAX) * (SAMPLE_RATE as usize / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard_as_it_was_said_scores_high_and_with_holes_in_it_low() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let mut said = wav::read(&write(folder.path()).expect("said")).expect("read");
        said.resize(samples(takes()), 0.0); // as long as one records
        // Three of ten packets are silence.
        let mut holes = said.clone();
        holes
            .chunks_mut(960)
            .enumerate()
            .filter(|(number, _)| number % 10 < 3)
            .for_each(|(_, packet)| packet.fill(0.0));

        let whole = scores(&said, &said).expect("scored");
        let broken = scores(&said, &holes).expect("scored");

        assert_eq!(whole.len(), SCORED);
        assert!(whole.iter().all(|score| *score > 4.5), "{whole:?}");
        assert!(broken.iter().all(|score| *score < 2.5), "{broken:?}");
    }
}
