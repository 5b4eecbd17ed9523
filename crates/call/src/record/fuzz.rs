//! A body for fuzzers, and for the test that replays what they found: any bytes are a list of requests, and the record must judge
//! each of them without a panic and without breaking a promise of its own.

use std::collections::{BTreeMap, HashSet};

use carillon_protocol::{
    AppId, CallId, CallKind, CallScope, Candidate, ChannelName, Description, DescriptionKind, DeviceId, GroupId,
    GroupKind, GroupRole, Invitation, LegState, MAX_LEGS_EVER, MAX_RING_MS, MediaSignal, MicrophoneState, Moderation,
    Published, Signal, SnapshotCall, Uid, UserId,
};

use super::{
    Action, Actor, Claim, Decision, Facts, Grant, Group, GroupAction, Invitee, LegRow, MAX_HELD_SIGNALS, Profiles,
    Rows, Viewer, Way, decide, group_of, log_entry, snapshot,
};

/// Each request takes four bytes: who asks, what, about what, and how much later.
const STEP: usize = 4;
/// What is longer proves nothing more.
const MAX_STEPS: usize = 256;
const USERS: [&str; 5] = ["alice", "bob", "carol", "dora", "erin"];
/// The last one wants nothing of the first, and is not in the group.
const OUTSIDER: usize = USERS.len() - 1;
const DEVICES: u8 = 2;

/// Judges one story.
///
/// # Panics
/// Where the record breaks a promise.
pub fn call_record(bytes: &[u8]) {
    let mut story = Story { now_ms: 1_000_000, calls: BTreeMap::new() };
    for step in bytes.chunks_exact(STEP).take(MAX_STEPS) {
        story.step([step[0], step[1], step[2], step[3]]);
    }
}

struct Story {
    now_ms: u64,
    calls: BTreeMap<CallId, Rows>,
}

impl Story {
    fn step(&mut self, [who, what, about, later]: [u8; STEP]) {
        self.now_ms += u64::from(later).pow(2);
        let actor = actor(who);
        let asked = self.asked(what, about);
        let is_invite = matches!(asked, Action::Invite { .. });
        let call = if is_invite { None } else { self.meant(&actor, about) };
        let before = self.before(&actor, call, &asked);
        if let Ok(decision) = decide(&before, &actor, asked, self.now_ms) {
            check_signals(&decision);
            if let Some(rows) = decision.rows {
                self.commit(rows);
            }
        }
        self.check_views();
    }

    fn asked(&self, what: u8, about: u8) -> Action {
        match what % 13 {
            0 | 1 => self.invite(about),
            2 => Action::Ringing,
            3 => Action::Accept { claim: self.claim(about), hides_address: about >= 0xf0 },
            4 => Action::Decline,
            5 => Action::HangUp,
            6 => Action::MediaLost { was_connected: about.is_multiple_of(2) },
            7 => Action::Media(description(DescriptionKind::Offer)),
            8 => Action::Media(description(DescriptionKind::Answer)),
            9 => Action::Media(candidate(about)),
            10 => Action::RenewToken { claim: self.claim(about) },
            11 if about.is_multiple_of(2) => Action::DeviceGone,
            11 => Action::Remove { user: user(usize::from(about >> 1)) },
            _ if about >= 0xe0 => Action::Publish(published(about)),
            _ if about >= 0xd0 => Action::MoveToServer,
            _ if about >= 0xa0 => Action::InGroup(in_group(about)),
            _ if about >= 0x90 => reached(about),
            _ => Action::Expire,
        }
    }

    /// The low five bits say which users are invited (none, or the caller, are possible too); the others say which sort of call it is.
    fn invite(&self, about: u8) -> Action {
        let to: Vec<_> = (0..USERS.len()).filter(|index| about & (1 << index) != 0).map(user).collect();
        let is_group = about & 0x20 != 0;
        let is_shared = about & 0x40 != 0;
        let number = self.calls.len();
        let channel = if is_shared { "lobby".to_owned() } else { format!("channel-{number}") };
        let kind = CallKind::Voice;
        let scope = match (is_group, about & 0x80 != 0) {
            (false, false) => CallScope::Pair { kind },
            (false, true) => CallScope::Pair { kind: CallKind::Video },
            (true, false) => CallScope::Several { kind, name: None },
            (true, true) => CallScope::Group { kind, group: team(), place: GroupKind::Group, name: None },
        };
        let invitation = Invitation {
            scope,
            to,
            message: String::new(),
            channel: ChannelName::new(channel).expect("short and printable"),
            access_token: None,
            uid: None,
            ring_ms: about.is_multiple_of(3).then_some(15_000),
            hides_address: about.is_multiple_of(5),
        };
        Action::Invite { id: call_id(number), app: app(), invitation, claim: self.claim(about) }
    }

    fn claim(&self, about: u8) -> Claim {
        let until_ms = (about % 4 == 3).then(|| self.now_ms + u64::from(about) * 500);
        Ok(Grant { uid: Uid::Number(u32::from(about) + 1), until_ms })
    }

    /// Mostly the call that the actor is in, sometimes any other.
    fn meant(&self, actor: &Actor, about: u8) -> Option<CallId> {
        let own = self.live_call_of(&actor.user).map(|rows| rows.call.id);
        let any = || self.calls.keys().nth(usize::from(about) % self.calls.len().max(1)).copied();
        own.filter(|_| about < 0xf0).or_else(any)
    }

    fn live_call_of(&self, user: &UserId) -> Option<&Rows> {
        self.calls.values().find(|rows| rows.takes(user, self.now_ms))
    }

    fn before(&self, actor: &Actor, call: Option<CallId>, asked: &Action) -> Facts {
        let Action::Invite { invitation, .. } = asked else {
            let call = call.and_then(|id| self.calls.get(&id)).cloned();
            return Facts { call, profiles: profiles(), ..Facts::default() };
        };
        let call = self.live_call_of(&actor.user).cloned();
        let is_in_team = actor.user != user(OUTSIDER);
        let group = group_of(call.as_ref(), invitation).filter(|_| is_in_team);
        let mut live = self.calls.values().filter(|rows| rows.is_live(self.now_ms));
        Facts {
            channel_call: live.find(|rows| rows.call.channel == invitation.channel).map(|rows| rows.call.id),
            invitees: invitation.to.iter().map(|user| self.invitee(user, actor)).collect(),
            group: group.map(|id| Group { id, name: "Team".to_owned() }),
            most_legs: None,
            node: 0,
            profiles: profiles(),
            call,
        }
    }

    fn invitee(&self, invited: &UserId, actor: &Actor) -> Invitee {
        let is_outsider = *invited == user(OUTSIDER);
        Invitee {
            user: invited.clone(),
            call: self.live_call_of(invited).cloned(),
            devices: (0..DEVICES).map(|number| (device(invited, number), number.to_string())).collect(),
            is_in_group: !is_outsider,
            has_blocked: is_outsider && actor.user == user(0),
        }
    }

    fn commit(&mut self, rows: Rows) {
        let id = rows.call.id;
        let before = self.calls.insert(id, rows.clone());
        let version = before.as_ref().map_or(0, |rows| rows.call.version);
        assert_eq!(rows.call.version, version + 1, "each commit counts");
        let says_nothing = |leg: &LegRow| leg.published.is_nothing() && leg.hand.is_none() && leg.muted.is_none();
        let is_there = |leg: &LegRow| leg.state == LegState::Accepted || says_nothing(leg) && leg.lost.is_none();
        assert!(rows.legs.iter().all(is_there), "a user who is not in the call publishes something, or has a hand up");
        check_moderated(&rows);
        assert!(rows.call.held.len() <= MAX_HELD_SIGNALS && rows.legs.len() <= MAX_LEGS_EVER, "all is bounded");
        if let Some(before) = &before {
            check_step(before, &rows);
        }
        if rows.is_live(self.now_ms) {
            self.check_alone(&rows);
        }
    }

    /// A channel has one live call at most, and a user too.
    fn check_alone(&self, rows: &Rows) {
        let others = || self.calls.values().filter(|other| other.call.id != rows.call.id && other.is_live(self.now_ms));
        assert!(others().all(|other| other.call.channel != rows.call.channel), "a channel has two live calls");
        for user in rows.taken().into_iter().filter(|user| rows.takes(user, self.now_ms)) {
            assert!(others().all(|other| !other.takes(user, self.now_ms)), "{user} is in two calls");
        }
    }

    /// What each user may see of each call agrees with the rows.
    fn check_views(&self) {
        for rows in self.calls.values() {
            for user in (0..USERS.len()).map(user) {
                for number in 0..DEVICES {
                    if let Some(SnapshotCall::Ringing(ring)) =
                        snapshot(rows, Viewer::alone(&user, device(&user, number)), &Profiles::default(), self.now_ms)
                    {
                        assert!(ring.ring_left_ms <= MAX_RING_MS, "rings for longer than anybody may ask for");
                        let mut legs = rows.legs.iter().filter(|leg| leg.user == user && !leg.is_blocked);
                        assert!(
                            legs.any(|leg| leg.state == LegState::Ringing),
                            "rings for {user} without a ringing leg"
                        );
                    }
                }
                let entry = log_entry(rows, &user, ToString::to_string);
                assert!(entry.is_none() || rows.users().contains(&&user), "{user} had no part in it");
            }
        }
    }
}

/// A call that is over stays over, and the device of a leg that is in the call stays the same.
fn check_step(before: &Rows, after: &Rows) {
    assert!(!before.has_ended(), "a call changes after its end");
    for leg in &before.legs {
        let now = after.legs.iter().find(|now| now.user == leg.user).expect("no leg is forgotten");
        let is_same_ring = now.round == leg.round;
        if is_same_ring && leg.state == LegState::Accepted && now.state == LegState::Accepted {
            assert_eq!(now.device, leg.device, "a leg has a second winner");
        }
        assert!(now.round >= leg.round, "rounds are counted up");
    }
}

/// Whoever was muted or taken out by another stands below them, and no two hands are up since the same moment.
fn check_moderated(rows: &Rows) {
    let role_of = |user: &UserId| rows.role_of(user, &profiles());
    for leg in &rows.legs {
        let by = leg.removed_by.iter().chain(leg.muted.as_ref().map(|muted| &muted.user));
        assert!(by.into_iter().all(|by| role_of(by) > role_of(&leg.user)), "{} is moderated by an equal", leg.user);
        assert!(leg.removed_by.is_none() || leg.state == LegState::Removed, "{} was taken out and is in it", leg.user);
    }
    let hands: Vec<u64> = rows.legs.iter().filter_map(|leg| leg.hand).collect();
    assert_eq!(hands.iter().collect::<HashSet<_>>().len(), hands.len(), "two hands are up since the same moment");
}

/// No device is rung twice, and no ring is longer than a caller may ask for.
fn check_signals(decision: &Decision) {
    let mut rung = HashSet::new();
    for (recipient, signal) in &decision.signals {
        if let Signal::Ring(ring) = signal {
            assert!(ring.ring_left_ms <= MAX_RING_MS, "rings for longer than anybody may ask for");
            assert!(rung.insert(recipient), "{recipient:?} is rung twice");
        }
    }
    let mut invited = decision.invited.clone();
    invited.sort();
    invited.dedup();
    assert_eq!(invited.len(), decision.invited.len(), "somebody is asked twice");
}

fn actor(who: u8) -> Actor {
    let user = user(usize::from(who));
    let number = who / 128 % DEVICES;
    Actor {
        user_name: user.to_string(),
        device: device(&user, number),
        user,
        avatar: None,
        device_name: number.to_string(),
        key: None,
    }
}

fn description(kind: DescriptionKind) -> MediaSignal {
    MediaSignal::Description(Description { kind, sdp: "v=0".to_owned(), signature: None })
}

/// Some of them are large: what is held while it rings is bounded in bytes too.
fn candidate(about: u8) -> MediaSignal {
    let candidate = "host".repeat(usize::from(about) * 8);
    MediaSignal::Candidate(Candidate { candidate, sdp_mid: None, sdp_m_line_index: None })
}

fn published(about: u8) -> Published {
    let microphone = [MicrophoneState::Off, MicrophoneState::On, MicrophoneState::Muted][usize::from(about % 3)];
    Published { microphone, screen_sound: about & 4 != 0, ..Published::default() }
}

fn in_group(about: u8) -> GroupAction {
    let user = user(usize::from(about & 7));
    match about >> 3 & 3 {
        0 => GroupAction::SetHand { raised: about & 1 != 0 },
        1 => GroupAction::Moderate { user, what: Moderation::Mute },
        2 => GroupAction::Moderate { user, what: Moderation::LowerHand },
        _ => GroupAction::Moderate { user, what: Moderation::Remove },
    }
}

fn reached(about: u8) -> Action {
    let by = if about & 1 == 0 { Way::Link } else { Way::Media };
    Action::Reached { by, is_reached: about & 2 != 0 }
}

/// The second is an admin of the team.
fn profiles() -> Profiles {
    Profiles::default().with_roles([(user(1), GroupRole::Admin)])
}

fn user(index: usize) -> UserId {
    UserId::new(USERS[index % USERS.len()]).expect("a good name")
}

fn device(user: &UserId, number: u8) -> DeviceId {
    let index = USERS.iter().position(|name| *name == user.as_str()).unwrap_or_default();
    let id = format!("00000000-0000-7000-8000-{:012x}", index * 16 + usize::from(number) + 1);
    id.parse().expect("it is a UUID")
}

fn call_id(number: usize) -> CallId {
    format!("00000000-0000-7000-9000-{number:012x}").parse().expect("it is a UUID")
}

fn app() -> AppId {
    AppId::new("carillon").expect("a good name")
}

fn team() -> GroupId {
    GroupId::new("team").expect("a good name")
}
