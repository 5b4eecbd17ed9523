//! Which voices of a channel are passed on: the loudest few. Who speaks for a moment displaces nobody, and while there is room everybody
//! who was ever heard is in.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use crate::speech::{Score, Speech};

/// How often somebody may displace another.
const EVERY: Duration = Duration::from_millis(300);

/// How long a voice stays in at least: one that comes and goes would be heard in pieces.
const STAYS: Duration = Duration::from_secs(2);

/// By how much a voice has to outscore the one that it displaces, over each span.
const IMMEDIATE_MARGIN: f32 = 3.0;
const MEDIUM_MARGIN: f32 = 2.0;
const LONG_MARGIN: f32 = 0.0;

/// The voices of a channel, each known by a name.
#[derive(Debug)]
pub(crate) struct Loudness<K> {
    most: usize,
    speeches: HashMap<K, Speech>,
    /// Those that are passed on, and since when.
    chosen: Vec<(K, Instant)>,
    next_at: Option<Instant>,
}

impl<K: Copy + Eq + Hash> Loudness<K> {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, speeches: HashMap::new(), chosen: Vec::new(), next_at: None }
    }

    /// Hears a packet. Says whether the choice has changed.
    pub(crate) fn hear(&mut self, who: K, level: i8, now: Instant) -> bool {
        self.speeches.entry(who).or_insert_with(Speech::new).hear(level, now);
        if self.is_chosen(who) {
            return false;
        }
        if self.chosen.len() < self.most {
            self.chosen.push((who, now));
            return true;
        }
        if self.next_at.is_some_and(|at| now < at) {
            return false;
        }
        self.next_at = Some(now + EVERY);
        self.challenge(who, now)
    }

    /// Forgets somebody who has gone. Says whether the choice has changed.
    pub(crate) fn forget(&mut self, who: K) -> bool {
        self.speeches.remove(&who);
        let before = self.chosen.len();
        self.chosen.retain(|(chosen, _)| *chosen != who);
        self.chosen.len() != before
    }

    pub(crate) fn is_chosen(&self, who: K) -> bool {
        self.chosen.iter().any(|(chosen, _)| *chosen == who)
    }

    pub(crate) fn chosen(&self) -> impl Iterator<Item = K> {
        self.chosen.iter().map(|(who, _)| *who)
    }

    /// Lets the weakest that has stayed long enough go, if the challenger dominates it.
    fn challenge(&mut self, who: K, now: Instant) -> bool {
        let Some(challenger) = self.score(who, now) else { return false };
        let mut weakest: Option<(usize, Score)> = None;
        for at in 0..self.chosen.len() {
            let (chosen, since) = self.chosen[at];
            let has_stayed = now.saturating_duration_since(since) >= STAYS;
            let Some(score) = self.score(chosen, now).filter(|_| has_stayed) else { continue };
            if weakest.is_none_or(|(_, weakest)| score.total() < weakest.total()) {
                weakest = Some((at, score));
            }
        }
        match weakest {
            Some((at, weakest)) if challenger.dominates(weakest) => {
                self.chosen[at] = (who, now);
                true
            }
            Some(_) | None => false,
        }
    }

    fn score(&mut self, who: K, now: Instant) -> Option<Score> {
        self.speeches.get_mut(&who).map(|speech| speech.score(now))
    }
}

impl Score {
    fn total(self) -> f32 {
        self.immediate + self.medium + self.long
    }

    fn dominates(self, other: Self) -> bool {
        self.immediate - other.immediate > IMMEDIATE_MARGIN
            && self.medium - other.medium > MEDIUM_MARGIN
            && self.long - other.long > LONG_MARGIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(20);

    #[test]
    fn while_there_is_room_everybody_who_is_heard_is_in() {
        let (mut loudness, now) = (Loudness::new(3), Instant::now());

        assert!(loudness.hear(1, -80, now) && loudness.hear(2, -20, now) && loudness.hear(3, -127, now));
        assert!(!loudness.hear(1, -80, now), "it is in already");

        assert_eq!(loudness.chosen().collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_speaker_displaces_the_one_who_is_silent_and_nobody_else() {
        let (mut loudness, start) = (Loudness::new(2), Instant::now());
        let mut now = start;
        for _ in 0..150 {
            loudness.hear(1, -30, now);
            loudness.hear(2, -127, now);
            now += STEP;
        }

        let changes = (0..100).filter(|step| {
            let now = now + STEP * *step;
            loudness.hear(1, -30, now);
            loudness.hear(2, -127, now);
            loudness.hear(3, -25, now)
        });

        assert_eq!(changes.count(), 1);
        assert!(loudness.is_chosen(1) && loudness.is_chosen(3) && !loudness.is_chosen(2));
    }

    #[test]
    fn a_cough_displaces_nobody() {
        let (mut loudness, start) = (Loudness::new(1), Instant::now());
        for step in 0..150 {
            loudness.hear(1, -35, start + STEP * step);
        }

        let now = start + STEP * 150;
        for step in 0..4 {
            assert!(!loudness.hear(2, -10, now + STEP * step));
        }
    }

    #[test]
    fn two_who_speak_at_once_do_not_displace_each_other_all_the_time() {
        let (mut loudness, start) = (Loudness::new(1), Instant::now());

        let changes = (0..1_500).filter(|step| {
            let now = start + STEP * *step;
            let first = loudness.hear(1, -30, now);
            loudness.hear(2, -28, now) || first
        });

        assert!(changes.count() <= 2, "one is in, and stays");
    }

    #[test]
    fn a_place_is_free_when_its_voice_has_gone() {
        let (mut loudness, now) = (Loudness::new(1), Instant::now());
        loudness.hear(1, -30, now);

        assert!(loudness.forget(1) && !loudness.forget(1));

        assert!(loudness.hear(2, -60, now));
    }
}
