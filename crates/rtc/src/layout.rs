//! Which media sections a session has, and in which order. Both ends know it beforehand, so that nothing is negotiated twice.

use crate::track::Source;

/// How a session is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// Between two devices: a slot for each [`Source`], with a track each way.
    #[default]
    Pair,
    /// Between a device and a server that passes on what it gets: a slot for each [`Source`] to send by, and then slots to receive by, in
    /// pools. Who is in a slot changes without another description.
    Channel(Pools),
}

/// How many tracks of each source can be received at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pools {
    /// Microphones of others.
    pub voices: u8,
    /// Cameras of others.
    pub pictures: u8,
    /// Screens of others.
    pub screens: u8,
    /// What is heard along with those screens.
    pub screen_sounds: u8,
}

impl Pools {
    fn in_order(self) -> [(Source, u8); 4] {
        let Self { voices, pictures, screens, screen_sounds } = self;
        [
            (Source::Microphone, voices),
            (Source::Camera, pictures),
            (Source::Screen, screens),
            (Source::ScreenSound, screen_sounds),
        ]
    }
}

/// One media section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) source: Source,
    pub(crate) way: Way,
}

/// Which way the tracks of a section go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Both,
    Out,
    /// By this slot of its source's pool.
    In(u8),
}

impl Section {
    pub(crate) fn sends(self) -> bool {
        matches!(self.way, Way::Both | Way::Out)
    }

    /// The slot by which it receives.
    pub(crate) fn received_in(self) -> Option<u8> {
        match self.way {
            Way::Both => Some(0),
            Way::Out => None,
            Way::In(slot) => Some(slot),
        }
    }
}

impl Layout {
    /// The media sections, in their order.
    pub(crate) fn sections(self) -> Vec<Section> {
        let way = if self == Self::Pair { Way::Both } else { Way::Out };
        let mut sections: Vec<_> = Source::IN_ORDER.map(|source| Section { source, way }).to_vec();
        if let Self::Channel(pools) = self {
            let pool =
                |(source, slots): (Source, u8)| (0..slots).map(move |slot| Section { source, way: Way::In(slot) });
            sections.extend(pools.in_order().into_iter().flat_map(pool));
        }
        sections
    }

    /// Only one end makes offers: the other one, a server, knows the layout by them.
    pub(crate) fn is_offered_only(self) -> bool {
        matches!(self, Self::Channel(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_a_section_for_each_source_both_ways() {
        let sections = Layout::Pair.sections();

        assert_eq!(sections.len(), 4);
        assert!(sections.iter().all(|section| section.way == Way::Both));
    }

    #[test]
    fn a_channel_sends_by_four_sections_and_receives_by_its_pools_in_order() {
        let pools = Pools { voices: 5, pictures: 16, screens: 1, screen_sounds: 1 };
        let sections = Layout::Channel(pools).sections();

        assert_eq!(sections.len(), 4 + 5 + 16 + 1 + 1);
        assert!(sections[..4].iter().all(|section| section.way == Way::Out));
        assert_eq!(sections[4], Section { source: Source::Microphone, way: Way::In(0) });
        assert_eq!(sections[8], Section { source: Source::Microphone, way: Way::In(4) });
        assert_eq!(sections[9], Section { source: Source::Camera, way: Way::In(0) });
        assert_eq!(sections[25], Section { source: Source::Screen, way: Way::In(0) });
        assert_eq!(sections[26], Section { source: Source::ScreenSound, way: Way::In(0) });
    }
}
