//! Who may do what about the others in a group call.

use serde::{Deserialize, Serialize};

use crate::{GroupRole, UserId};

/// What somebody may do about the others in a group call. Whoever stands above another in it may [moderate](Moderation) them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallRole {
    /// Talk.
    #[default]
    Participant,
    /// They began the call.
    Caller,
    /// An admin of the call's group.
    Admin,
    /// The owner of the call's group.
    Owner,
}

impl CallRole {
    /// Of somebody who began the call, or did not, and has this role in the call's group.
    pub const fn of(is_caller: bool, in_group: Option<GroupRole>) -> Self {
        match in_group {
            Some(GroupRole::Owner) => Self::Owner,
            Some(GroupRole::Admin) => Self::Admin,
            Some(GroupRole::Member) | None if is_caller => Self::Caller,
            Some(GroupRole::Member) | None => Self::Participant,
        }
    }

    /// Whether there is nothing to be said of it.
    pub const fn is_participant(&self) -> bool {
        matches!(self, Self::Participant)
    }

    /// Whether somebody with this role may moderate one with the other. So nobody moderates themself, and equals do not each other.
    pub fn may_moderate(self, other: Self) -> bool {
        self > other
    }
}

/// What a moderator does about a participant. Nobody can open the microphone of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moderation {
    /// Their device mutes its microphone, until they unmute it themself.
    Mute,
    /// Their hand is down.
    LowerHand,
    /// They are out of the call, until they are asked into it again.
    Remove,
}

/// That a moderator has muted somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MutedBy {
    /// The moderator.
    pub user: UserId,
    /// The call's version at that time: a device obeys each once, so that its user can unmute.
    pub version: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_stands_above_another_may_moderate_them_and_nobody_an_equal() {
        use CallRole::{Admin, Caller, Owner, Participant};
        let above = [(Caller, Participant), (Admin, Caller), (Owner, Admin), (Owner, Participant)];

        assert!(above.iter().all(|(one, other)| one.may_moderate(*other) && !other.may_moderate(*one)));
        for role in [Participant, Caller, Admin, Owner] {
            assert!(!role.may_moderate(role), "{role:?}");
        }
    }

    #[test]
    fn in_a_group_its_admins_stand_above_who_called() {
        assert_eq!(CallRole::of(true, Some(GroupRole::Member)), CallRole::Caller);
        assert_eq!(CallRole::of(true, None), CallRole::Caller);
        assert_eq!(CallRole::of(true, Some(GroupRole::Admin)), CallRole::Admin);
        assert_eq!(CallRole::of(false, Some(GroupRole::Owner)), CallRole::Owner);
        assert_eq!(CallRole::of(false, Some(GroupRole::Member)), CallRole::Participant);
    }
}
