//! What a call of two and a group call differ in: who hears of what, and when it is over. All else is one judgement for both.

use carillon_protocol::{CallScope, CalledGroup, EndReason, Leg, LegState, OtherEnd, Signal, UserId};

use super::{CallState, LegDevice, LegRow, Path, Profiles, Rows, views::leg as leg_view};

/// Whose rules a call goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Two users: it is over for both as soon as it is for one.
    Pair,
    /// Many: users come and go, as long as one of them talks or can still answer.
    Group,
}

impl Rules {
    pub(super) const fn of(scope: &CallScope) -> Self {
        match scope {
            CallScope::Pair { .. } => Self::Pair,
            CallScope::Several { .. } | CallScope::Group { .. } => Self::Group,
        }
    }

    /// Which way media go when the call begins.
    pub(super) const fn first_path(self, node: u16, hides_address: bool) -> Path {
        match self {
            Self::Pair if !hides_address => Path::PeerToPeer,
            Self::Pair | Self::Group => Path::Sfu { node, epoch: 0 },
        }
    }

    /// What those who are in the call hear of a leg that has changed. Of two, one is told that the other came; that it is over is
    /// heard by the end itself.
    pub(super) fn news(self, rows: &Rows, leg: usize, profiles: &Profiles) -> Option<Signal> {
        let row = &rows.legs[leg];
        match (self, row.state) {
            (Self::Group, _) => Some(Signal::LegChanged { call: rows.call.id, leg: leg_view(rows, row, profiles) }),
            (Self::Pair, LegState::Accepted) => Some(Signal::Accepted {
                call: rows.call.id,
                user: row.user.clone(),
                kind: rows.call.scope.kind(),
                device: row.device.as_ref().map(LegDevice::card),
                uid: row.pass.as_ref().map(|pass| pass.uid.clone()),
                path: rows.path(),
            }),
            (Self::Pair, _) => None,
        }
    }

    /// What those who are in the call hear when a leg's device publishes something else.
    pub(super) fn news_of_published(self, rows: &Rows, leg: usize, profiles: &Profiles) -> Signal {
        let (row, call, version) = (&rows.legs[leg], rows.call.id, rows.call.version);
        match self {
            Self::Group => Signal::LegChanged { call, leg: leg_view(rows, row, profiles) },
            Self::Pair => Signal::PublishedChanged { call, user: row.user.clone(), published: row.published, version },
        }
    }

    /// All legs, as those who are in the call see them. In a call of two each knows the other's.
    pub(super) fn legs(self, rows: &Rows, profiles: &Profiles) -> Vec<Leg> {
        match self {
            Self::Pair => Vec::new(),
            Self::Group => rows.legs.iter().map(|row| leg_view(rows, row, profiles)).collect(),
        }
    }

    /// The one at the other end.
    pub(super) fn other_end(self, rows: &Rows, leg: usize) -> Option<OtherEnd> {
        match self {
            Self::Pair => rows.other_end(leg),
            Self::Group => None,
        }
    }

    /// The group, as the log shows it.
    pub(super) fn called_group(self, rows: &Rows) -> Option<CalledGroup> {
        let invited = rows.legs.iter().filter(|leg| leg.user != rows.call.caller).count();
        match self {
            Self::Pair => None,
            Self::Group => Some(CalledGroup {
                group: rows.call.scope.group().cloned(),
                name: rows.call.scope.name().unwrap_or_default().to_owned(),
                invited: u32::try_from(invited).unwrap_or(u32::MAX),
            }),
        }
    }

    /// Why the call is over, if it is now.
    pub(super) fn end(self, rows: &Rows) -> Option<EndReason> {
        let is_anybody = |state| rows.legs.iter().any(|leg| leg.state == state);
        let caller_end = rows.caller_leg().and_then(|leg| leg.end);
        match (self, &rows.call.state) {
            (_, CallState::Ended { .. }) => None,
            (Self::Pair, _) => rows.legs.iter().find_map(|leg| leg.end),
            (Self::Group, CallState::Ringing) if caller_end.is_some() => caller_end,
            (Self::Group, CallState::Ringing) if !is_anybody(LegState::Ringing) => Some(why_unanswered(rows)),
            (Self::Group, CallState::Active) if !is_anybody(LegState::Accepted) => Some(EndReason::HungUp),
            (Self::Group, CallState::Ringing | CallState::Active) => None,
        }
    }

    /// What those hear for whom it still rings when the call ends. In a group call it counts as taken back.
    pub(super) const fn end_of_rings(self, reason: EndReason) -> EndReason {
        match self {
            Self::Pair => reason,
            Self::Group => EndReason::Cancelled,
        }
    }

    /// How it ends for a user who is taken out: in a call of two as if they had gone by themself.
    pub(super) fn removal(self, rows: &Rows, leg: &LegRow) -> (LegState, EndReason, Option<UserId>) {
        let by = || Some(leg.user.clone());
        match (self, &rows.call.state, leg.state) {
            (Self::Group, _, _) => (LegState::Removed, EndReason::Removed, None),
            (Self::Pair, CallState::Active, _) => (LegState::Left, EndReason::HungUp, by()),
            (Self::Pair, _, LegState::Ringing) => (LegState::Missed, EndReason::Declined, by()),
            (Self::Pair, _, _) => (LegState::Left, EndReason::Cancelled, by()),
        }
    }

    /// Who ended a user's part, where the rows still know.
    pub(super) fn ended_by(self, rows: &Rows, leg: &LegRow) -> Option<UserId> {
        match (self, &rows.call.state) {
            (Self::Pair, CallState::Ended { by, .. }) => by.clone(),
            (Self::Pair, CallState::Ringing | CallState::Active) => None,
            (Self::Group, _) => leg.removed_by.clone(),
        }
    }
}

/// All invited users have declined, or all were busy; else none has answered.
fn why_unanswered(rows: &Rows) -> EndReason {
    let are_all = |state| rows.legs.iter().filter(|leg| leg.user != rows.call.caller).all(|leg| leg.state == state);
    match () {
        () if are_all(LegState::Declined) => EndReason::Declined,
        () if are_all(LegState::Busy) => EndReason::Busy,
        () => EndReason::NoAnswer,
    }
}
