//! Who talks, so that they can be large: not whoever coughs.

use std::time::{Duration, Instant};

use carillon_kit::{UserId, VoiceLevel};

/// How long somebody else has to talk before they are the speaker.
const TAKES_OVER: Duration = Duration::from_secs(2);
/// Between words and sentences it is silent, and somebody still talks.
const PAUSE: Duration = Duration::from_millis(800);
/// What is louder is speech. Breath and keyboards are below it.
const SPEECH: f32 = 0.25;

/// Who of a group call talks, by how loud each of them is.
#[derive(Debug, Default)]
pub(super) struct ActiveSpeaker {
    current: Option<UserId>,
    next: Option<Candidate>,
}

/// Who talks now, and is not the speaker yet.
#[derive(Debug)]
struct Candidate {
    user: UserId,
    since: Instant,
    heard_at: Instant,
}

impl ActiveSpeaker {
    /// Takes in how loud everybody is; gives another speaker, if there is another now.
    pub(super) fn hear(&mut self, voices: &[VoiceLevel], now: Instant) -> Option<UserId> {
        if voices.is_empty() {
            *self = Self::default(); // nobody is heard, such as after a call
            return None;
        }
        self.next.take_if(|next| now.saturating_duration_since(next.heard_at) > PAUSE);
        let loudest = voices.iter().filter(|voice| voice.level >= SPEECH).max_by(|a, b| a.level.total_cmp(&b.level))?;
        if self.current.as_ref() == Some(&loudest.user) {
            self.next = None;
            return None;
        }
        let since = self.next.as_ref().filter(|next| next.user == loudest.user).map_or(now, |next| next.since);
        if self.current.is_some() && now.saturating_duration_since(since) < TAKES_OVER {
            self.next = Some(Candidate { user: loudest.user.clone(), since, heard_at: now });
            return None;
        }
        self.next = None;
        self.current = Some(loudest.user.clone());
        self.current.clone()
    }
}

#[cfg(test)]
mod tests {
    use carillon_kit::DeviceId;

    use super::*;

    #[test]
    fn the_first_who_talks_is_the_speaker_at_once_and_another_after_two_seconds() {
        let mut room = Room::new();

        assert_eq!(room.hear(&[("bob", 0.6), ("wei", 0.0)], 50), ["bob"]);
        assert_eq!(room.hear(&[("bob", 0.0), ("wei", 0.6)], 1_900), Vec::<String>::new());
        assert_eq!(room.hear(&[("bob", 0.0), ("wei", 0.6)], 200), ["wei"]);
    }

    #[test]
    fn a_cough_and_a_short_answer_change_nothing() {
        let mut room = Room::new();
        room.hear(&[("bob", 0.6), ("wei", 0.0)], 500);

        for _ in 0..20 {
            assert_eq!(room.hear(&[("bob", 0.0), ("wei", 0.8)], 400), Vec::<String>::new(), "they cough");
            assert_eq!(room.hear(&[("bob", 0.6), ("wei", 0.0)], 400), Vec::<String>::new(), "the speaker goes on");
            assert_eq!(room.hear(&[("bob", 0.0), ("wei", 0.8)], 400), Vec::<String>::new());
            assert_eq!(room.hear(&[("bob", 0.0), ("wei", 0.1)], 1_000), Vec::<String>::new(), "nobody talks");
        }
    }

    #[test]
    fn pauses_between_words_do_not_begin_the_time_anew() {
        let mut room = Room::new();
        room.hear(&[("bob", 0.6), ("wei", 0.0)], 500);

        let mut told = Vec::new();
        for _ in 0..4 {
            told.extend(room.hear(&[("bob", 0.0), ("wei", 0.6)], 400));
            told.extend(room.hear(&[("bob", 0.0), ("wei", 0.0)], 400));
        }
        assert_eq!(told, ["wei"]);
    }

    #[test]
    fn two_who_talk_at_once_do_not_change_places() {
        let mut room = Room::new();
        room.hear(&[("bob", 0.6), ("wei", 0.0)], 500);

        let told: Vec<_> = (0..100)
            .flat_map(|step| {
                let (bob, wei) = if step % 2 == 0 { (0.6, 0.5) } else { (0.5, 0.6) };
                room.hear(&[("bob", bob), ("wei", wei)], 100)
            })
            .collect();

        assert_eq!(told, Vec::<String>::new());
    }

    #[test]
    fn after_a_call_the_first_who_talks_is_told_again() {
        let mut room = Room::new();
        assert_eq!(room.hear(&[("bob", 0.6)], 50), ["bob"]);
        room.hear(&[], 50);
        assert_eq!(room.hear(&[("bob", 0.6)], 50), ["bob"]);
    }

    /// Twenty times a second, in a time of its own.
    struct Room {
        speaker: ActiveSpeaker,
        now: Instant,
    }

    impl Room {
        fn new() -> Self {
            Self { speaker: ActiveSpeaker::default(), now: Instant::now() }
        }

        /// For so many milliseconds they are so loud. Gives who became the speaker.
        fn hear(&mut self, levels: &[(&str, f32)], for_ms: u64) -> Vec<String> {
            let device = "01930000-0000-7000-8000-000000000000".parse::<DeviceId>().expect("a good id");
            let voice = |(name, level): &(&str, f32)| VoiceLevel {
                user: UserId::new(*name).expect("a good name"),
                device,
                level: *level,
            };
            let voices: Vec<_> = levels.iter().map(voice).collect();
            let step = |_| {
                self.now += Duration::from_millis(50);
                self.speaker.hear(&voices, self.now).map(|user| user.to_string())
            };
            (0..for_ms / 50).filter_map(step).collect()
        }
    }
}
