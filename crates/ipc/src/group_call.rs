//! A group call in the call window.

use carillon_protocol::{LegState, MAX_LEGS, UserId};
use serde::{Deserialize, Serialize};

use crate::PersonView;

/// A group call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GroupCallView {
    /// The group's name; empty: several people without a group.
    pub name: String,
    /// Every user's part; this user's first, then in the order they were called.
    pub legs: Vec<LegView>,
    /// How many can be in it at once; `None`: as many as ever can.
    #[serde(default)]
    pub most: Option<usize>,
    /// Whether more people can be brought in now.
    pub can_add: bool,
    /// `Some` while people are being chosen: who can be.
    pub adding: Option<Vec<PersonView>>,
    /// Whether one of them is large, and not all the same.
    #[serde(default)]
    pub is_spotlight: bool,
    /// Whom this user has chosen to be the large one.
    #[serde(default)]
    pub pinned: Option<UserId>,
    /// Who talks, or talked last.
    #[serde(default)]
    pub speaker: Option<UserId>,
    /// Whether the list of people is open.
    #[serde(default)]
    pub shows_people: bool,
}

/// A user's part in a group call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegView {
    /// Who.
    pub user: UserId,
    /// What is shown of them.
    pub name: String,
    /// Where their picture is.
    #[serde(default)]
    pub picture: Option<String>,
    /// How far it has come.
    pub state: LegState,
    /// Whether it is this user's.
    #[serde(default)]
    pub is_me: bool,
    /// Names their streams and their level for as long as the call lasts.
    #[serde(default)]
    pub seat: u8,
    /// Whether they have their camera on.
    #[serde(default)]
    pub camera: bool,
    /// Whether they share their screen.
    #[serde(default)]
    pub screen: bool,
    /// Whether they have muted their microphone.
    #[serde(default)]
    pub is_muted: bool,
    /// Whether the server does not reach them for the moment.
    #[serde(default)]
    pub is_reconnecting: bool,
    /// Their hand is up, as the how manyth of all: 1 is the first.
    #[serde(default)]
    pub hand: Option<usize>,
    /// Whether this user may mute them, lower their hand and take them out.
    #[serde(default)]
    pub can_moderate: bool,
    /// How loud they are played here, in percent, and whether not at all.
    #[serde(default)]
    pub volume: VolumeView,
}

impl GroupCallView {
    /// Whether this user's own hand is up.
    pub fn has_raised_hand(&self) -> bool {
        self.legs.iter().any(|leg| leg.is_me && leg.hand.is_some())
    }

    /// How many more people can be brought in: those who have declined, missed it or left take no room.
    pub fn room(&self) -> usize {
        self.most.unwrap_or(MAX_LEGS).saturating_sub(self.legs.iter().filter(|leg| leg.state.takes_room()).count())
    }
}

impl LegView {
    /// Whether they are in the call.
    pub fn is_in(&self) -> bool {
        self.state == LegState::Accepted
    }
}

/// How loud somebody is played here. Nobody else hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeView {
    /// In percent of how loud they come: 0 to [`MAX_VOLUME`].
    pub percent: u8,
    /// Whether they are not heard here, whatever that says.
    pub is_silenced: bool,
}

/// The loudest, in percent.
pub const MAX_VOLUME: u8 = 200;

impl Default for VolumeView {
    fn default() -> Self {
        Self { percent: 100, is_silenced: false }
    }
}
