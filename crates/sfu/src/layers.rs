//! The sizes of a camera that is sent in several, and which of them its device is asked for. Pure.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use carillon_protocol::WantedLayers;
use str0m::media::Rid;

/// A size that nobody wants any more is asked for so long still: whoever pulls at a window wants it again.
const LINGERS: Duration = Duration::from_secs(5);

/// One size of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Layer {
    Small,
    Medium,
    Large,
}

impl Layer {
    /// The smallest first.
    pub(crate) const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// By the name that packets have for it; `None`: it is none of these.
    pub(crate) fn named(rid: Rid) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.rid() == rid)
    }

    pub(crate) fn rid(self) -> Rid {
        Rid::from(match self {
            Self::Small => "l",
            Self::Medium => "m",
            Self::Large => "h",
        })
    }

    /// How many lines it has at most.
    pub(crate) const fn lines(self) -> u16 {
        match self {
            Self::Small => 180,
            Self::Medium => 360,
            Self::Large => 720,
        }
    }

    /// What it is thought to take before it was ever sent, in bits a second.
    pub(crate) const fn assumed_rate(self) -> u64 {
        match self {
            Self::Small => 120_000,
            Self::Medium => 400_000,
            Self::Large => 1_200_000,
        }
    }
}

/// Which sizes of each camera somebody wants.
#[derive(Debug)]
pub(crate) struct LayerWishes<O>(HashMap<O, Wish>);

#[derive(Debug, Default)]
struct Wish {
    /// When each was wanted last.
    wanted_at: [Option<Instant>; 3],
    told: WantedLayers,
}

impl<O: Eq + Hash> LayerWishes<O> {
    pub(crate) fn new() -> Self {
        Self(HashMap::new())
    }

    /// These are wanted now, and no others. Says whether something else is to be asked for than before.
    pub(crate) fn want(&mut self, wanted: impl IntoIterator<Item = (O, Layer)>, now: Instant) -> bool {
        for (origin, layer) in wanted {
            self.0.entry(origin).or_default().wanted_at[layer as usize] = Some(now);
        }
        self.0.values_mut().fold(false, |any, wish| any | wish.look(now))
    }

    /// What is asked of a camera. `None`: it is not known to be sent in several sizes.
    pub(crate) fn of(&self, origin: &O) -> Option<WantedLayers> {
        self.0.get(origin).map(|wish| wish.told)
    }

    /// Keeps nothing of cameras that have gone.
    pub(crate) fn retain(&mut self, is_there: impl Fn(&O) -> bool) {
        self.0.retain(|origin, _| is_there(origin));
    }
}

impl Wish {
    fn look(&mut self, now: Instant) -> bool {
        let is_wanted = |at: Option<Instant>| at.is_some_and(|at| now.saturating_duration_since(at) < LINGERS);
        let [small, medium, large] = self.wanted_at.map(is_wanted);
        let wanted = WantedLayers { small, medium, large };
        std::mem::replace(&mut self.told, wanted) != wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_asked_for_at_once_and_for_a_while_after_it_was() {
        let (mut wishes, start) = (LayerWishes::new(), Instant::now());
        let small = WantedLayers { small: true, ..WantedLayers::default() };
        assert_eq!(wishes.of(&"camera"), None);

        assert!(wishes.want([("camera", Layer::Small), ("camera", Layer::Large)], start));
        assert_eq!(wishes.of(&"camera"), Some(WantedLayers { large: true, ..small }));
        assert!(!wishes.want([("camera", Layer::Small)], start + Duration::from_secs(4)), "it lingers");
        assert!(wishes.want([("camera", Layer::Small)], start + Duration::from_secs(5)));

        assert_eq!(wishes.of(&"camera"), Some(small));
        wishes.retain(|_| false);
        assert_eq!(wishes.of(&"camera"), None);
    }

    #[test]
    fn sizes_are_known_by_their_names() {
        for layer in Layer::ALL {
            assert_eq!(Layer::named(layer.rid()), Some(layer));
        }
        assert_eq!(Layer::named(Rid::from("x")), None);
    }
}
