//! How a network treats datagrams, and how that changes with time.

use std::time::Duration;

/// How one way through a network is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Conditions {
    /// What is lost at random, before any queue.
    pub loss: Loss,
    /// How long every datagram takes.
    pub delay: Duration,
    /// Each datagram is late by a random time up to this.
    pub jitter: Duration,
    /// Whether late datagrams are overtaken; else those behind wait for them.
    pub overtakes: bool,
    /// Of each thousand datagrams so many are held back by [`HELD_BACK`], so that others overtake them.
    pub reordered_permille: u32,
    /// The narrowest link of the way; `None`: as wide as one likes.
    pub bottleneck: Option<Bottleneck>,
    /// Nothing passes.
    pub is_out: bool,
}

/// Longer than a picture at 60 a second, shorter than any jitter buffer.
pub const HELD_BACK: Duration = Duration::from_millis(20);

/// What is lost at random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Loss {
    /// Nothing.
    #[default]
    None,
    /// Of each thousand datagrams so many, each by itself.
    Single {
        /// How many.
        permille: u32,
    },
    /// As many, but one after another (the model of Gilbert and Elliott: a good state that loses nothing, and a bad one that loses all).
    Bursts {
        /// How many of a thousand.
        permille: u32,
        /// How many datagrams a burst has on average.
        length: u32,
    },
}

/// A link with a rate, and a queue before it that drops what does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bottleneck {
    /// Bits a second.
    pub rate: u32,
    /// The longest that a datagram waits for those before it.
    pub queue: Duration,
}

impl Bottleneck {
    /// A link with a queue of 200 ms, as home routers have it.
    #[must_use]
    pub const fn of(rate: u32) -> Self {
        Self { rate, queue: Duration::from_millis(200) }
    }
}

impl Conditions {
    /// Nothing is lost, and nothing is late.
    pub const CLEAN: Self = Self {
        loss: Loss::None,
        delay: Duration::ZERO,
        jitter: Duration::ZERO,
        overtakes: false,
        reordered_permille: 0,
        bottleneck: None,
        is_out: false,
    };

    /// Nothing passes.
    pub const OUT: Self = Self { is_out: true, ..Self::CLEAN };

    /// Of a hundred datagrams so many are lost.
    #[must_use]
    pub const fn losing(percent: u32) -> Self {
        Self { loss: Loss::Single { permille: percent * 10 }, ..Self::CLEAN }
    }

    /// So many bits a second pass.
    #[must_use]
    pub const fn narrow(rate: u32) -> Self {
        Self { bottleneck: Some(Bottleneck::of(rate)), ..Self::CLEAN }
    }
}

/// Conditions that follow each other: each from its moment on.
#[derive(Debug, Clone, PartialEq)]
pub struct Course(Vec<(Duration, Conditions)>);

impl Course {
    /// Conditions from these moments on, in their order; clean before the first.
    #[must_use]
    pub fn new(steps: impl IntoIterator<Item = (Duration, Conditions)>) -> Self {
        Self(steps.into_iter().collect())
    }

    /// The conditions at a time since the beginning.
    #[must_use]
    pub fn at(&self, elapsed: Duration) -> Conditions {
        let begun = self.0.iter().take_while(|(from, _)| *from <= elapsed);
        begun.last().map_or(Conditions::CLEAN, |(_, conditions)| *conditions)
    }
}

impl From<Conditions> for Course {
    fn from(always: Conditions) -> Self {
        Self(vec![(Duration::ZERO, always)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_of_a_course_holds_until_the_next_one() {
        let second = Duration::from_secs(1);
        let course = Course::new([
            (second, Conditions::narrow(300_000)),
            (second * 3, Conditions::OUT),
            (second * 4, Conditions::CLEAN),
        ]);

        let at = |half_seconds| course.at(second / 2 * half_seconds);

        assert_eq!(at(0), Conditions::CLEAN);
        assert_eq!([at(2), at(5)], [Conditions::narrow(300_000); 2]);
        assert_eq!([at(6), at(7)], [Conditions::OUT; 2]);
        assert_eq!(at(100), Conditions::CLEAN);
    }
}
