//! What one sees of a call's pictures: which ones, and when.

use std::io::BufWriter;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use carillon_kit::media::{Picture, PictureSize, measure::frame_number};
use carillon_media::{TestPattern, Y4mWriter};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::kit::SOON;

/// One picture that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The number burnt into it, where that could be made out.
    pub number: Option<u32>,
    /// When it was there to be shown, or was taken.
    pub at: Instant,
}

/// The number of the next picture.
///
/// # Errors
/// If there is none in time, or its number cannot be made out.
pub async fn next_number(shown: &mut watch::Receiver<Option<Picture>>) -> Result<u32> {
    let picture = next(shown).await?;
    frame_number(&picture).context("a picture without a number")
}

/// The next picture.
///
/// # Errors
/// If there is none in time.
pub async fn next(shown: &mut watch::Receiver<Option<Picture>>) -> Result<Picture> {
    let waiting = async {
        loop {
            shown.changed().await?;
            if let Some(picture) = shown.borrow_and_update().clone() {
                return anyhow::Ok(picture);
            }
        }
    };
    timeout(SOON, waiting).await.context("no picture")?
}

/// All pictures that are shown during a time, and when they were there to be shown.
///
/// # Errors
/// If the kit is gone.
pub async fn look(shown: watch::Receiver<Option<Picture>>, during: Duration) -> Result<Vec<Seen>> {
    look_by(shown, during, |_| Instant::now()).await
}

/// The same of one's own pictures, and when they were taken.
///
/// # Errors
/// If the kit is gone.
pub async fn look_when_taken(shown: watch::Receiver<Option<Picture>>, during: Duration) -> Result<Vec<Seen>> {
    look_by(shown, during, Picture::captured_at).await
}

async fn look_by(
    mut shown: watch::Receiver<Option<Picture>>,
    during: Duration,
    time_of: impl Fn(&Picture) -> Instant,
) -> Result<Vec<Seen>> {
    let mut seen = Vec::new();
    let looking = async {
        shown.mark_unchanged();
        loop {
            shown.changed().await?;
            let picture = shown.borrow_and_update().clone();
            seen.extend(picture.map(|picture| Seen { at: time_of(&picture), number: frame_number(&picture) }));
        }
    };
    let ended: Result<Result<()>, _> = timeout(during, looking).await;
    ended.unwrap_or(Ok(()))?;
    Ok(seen)
}

/// How long pictures stood still between two moments: the sum of all gaps between pictures, and before the first and behind the last,
/// that are three times as long as the mean of the 30 gaps before them, and longer than it by 150 ms (W3C, *Identifiers for WebRTC's
/// Statistics API*, `totalFreezesDuration`).
#[must_use]
pub fn frozen(seen: &[Instant], from: Instant, to: Instant) -> Duration {
    gaps(seen, from, to).into_iter().map(|(gap, usual)| if is_freeze(gap, usual) { gap } else { Duration::ZERO }).sum()
}

/// The longest time without a new picture.
#[must_use]
pub fn longest_gap(seen: &[Instant], from: Instant, to: Instant) -> Duration {
    gaps(seen, from, to).into_iter().map(|(gap, _)| gap).max().unwrap_or_default()
}

fn is_freeze(gap: Duration, usual: Duration) -> bool {
    gap >= (usual * 3).max(usual + Duration::from_millis(150))
}

/// Each gap, and the mean of those before it.
fn gaps(seen: &[Instant], from: Instant, to: Instant) -> Vec<(Duration, Duration)> {
    const USUAL: Duration = Duration::from_millis(33);
    const MEMORY: usize = 30;
    let seen = seen.iter().copied().filter(|at| (from..=to).contains(at));
    let moments: Vec<Instant> = std::iter::once(from).chain(seen).chain([to]).collect();
    let gaps: Vec<Duration> = moments.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let usual = |number: usize| {
        let before = &gaps[number.saturating_sub(MEMORY)..number];
        before.iter().sum::<Duration>().checked_div(before.len() as u32).unwrap_or(USUAL)
    };
    gaps.iter().enumerate().map(|(number, gap)| (*gap, usual(number))).collect()
}

/// Writes a clip of the test pattern, whose pictures are numbered from 0: a camera's file for Chromium, which shows it over and over.
///
/// # Errors
/// If it cannot be written.
pub fn write_clip(path: &Path, size: PictureSize, frame_rate: u32, pictures: u32) -> Result<()> {
    let mut clip = Y4mWriter::new(BufWriter::new(std::fs::File::create(path)?), size, frame_rate)?;
    let pattern = TestPattern::new(size);
    for number in 0..pictures {
        clip.write(&pattern.picture(number, Instant::now()).context("a whole picture")?, None)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(33);

    #[test]
    fn pictures_at_their_usual_pace_do_not_stand_still_and_a_gap_counts_whole() {
        let from = Instant::now();
        let even: Vec<Instant> = (1..=90).map(|number| from + FRAME * number).collect();
        let with_a_gap: Vec<Instant> =
            even.iter().enumerate().filter(|(number, _)| !(30..39).contains(number)).map(|(_, at)| *at).collect();
        let to = from + FRAME * 91;

        assert_eq!(frozen(&even, from, to), Duration::ZERO);
        assert_eq!(frozen(&with_a_gap, from, to), FRAME * 10);
        assert_eq!((longest_gap(&even, from, to), longest_gap(&with_a_gap, from, to)), (FRAME, FRAME * 10));
    }

    #[test]
    fn without_a_picture_it_stands_still_all_the_time_and_a_slow_pace_is_none() {
        let from = Instant::now();
        let slow: Vec<Instant> = (1..=20).map(|number| from + FRAME * 6 * number).collect();

        assert_eq!(frozen(&[], from, from + FRAME * 30), FRAME * 30);
        // Only the first is: the usual pace is not known yet.
        assert_eq!(frozen(&slow, from, from + FRAME * 120), FRAME * 6);
    }
}
