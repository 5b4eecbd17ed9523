//! From the state to the call window.

use carillon_ipc::{CallBarView, CallState, CallView, GroupCallView, LegView, PersonView};
use carillon_kit::{
    CallId, CallInfo, CallPhase, CallScope, CallStatus, GroupId, HangupReason, Leg, LegState, MicrophoneState, UserId,
    now, shown_name, shown_person,
};

use super::{Controller, conversation, feeds::seats, lists, pictures, session::SignedInSession, tried};
use crate::{desktop::Desktop, window::WindowName};

impl<D: Desktop> Controller<D> {
    pub(super) fn call_view(&self) -> CallView {
        let call = self.account.session().map(|session| session.call.clone()).unwrap_or_default();
        CallView {
            base: self.base(WindowName::Call),
            with: self.other_end(),
            kind: call.call.as_ref().map(|call| call.kind),
            picture: self.call_picture(),
            state: call_state(&call),
            muted: call.muted,
            poor_network: call.poor_network,
            microphones: self.microphones(),
            speakers: self.speakers(self.setup.settings.speaker.clone()),
            pictures: self.pictures_view(),
            group: self.group_call(&call),
            key_changed: self.key_changed(&call),
            ring: self.ring_state(),
            tried: self.account.session().and_then(tried::view),
            notice: self.call_notice.clone(),
        }
    }

    /// The live call in one line, for the main window.
    pub(super) fn call_bar(&self) -> Option<CallBarView> {
        let session = self.account.session().filter(|session| session.in_call())?;
        let call = &session.call;
        let group = call.scope().is_some_and(CallScope::is_group);
        Some(CallBarView {
            name: self.call_name().unwrap_or_default(),
            state: call_state(call),
            muted: call.muted,
            group,
        })
    }

    /// The call's own picture, or the other end's.
    fn call_picture(&self) -> Option<String> {
        let session = self.account.session()?;
        let of_theirs = || lists::known_person(session, &session.call.call.as_ref()?.with).picture;
        session.picture.clone().or_else(of_theirs)
    }

    fn group_call(&self, call: &CallStatus) -> Option<GroupCallView> {
        let session = self.account.session().filter(|_| call.scope().is_some_and(CallScope::is_group))?;
        let mut legs: Vec<_> = seats(call.legs()).map(|(seat, leg)| leg_view(seat, leg, call, session)).collect();
        legs.sort_by_key(|leg| !leg.is_me);
        let own = self.call_pictures.own();
        for me in legs.iter_mut().filter(|leg| leg.is_me) {
            (me.camera, me.screen, me.is_muted) = (own.camera, own.screen, call.muted);
            if !session.in_call() && me.is_in() {
                me.state = LegState::Left; // nobody tells those who have gone
            }
        }
        let mut view = GroupCallView {
            name: shown_name(group_name(session, call).unwrap_or_default()),
            adding: session.adding.then(|| candidates(session, call)),
            legs,
            most: Some(session.kit.connection().call_size()),
            ..GroupCallView::default()
        };
        view.can_add = session.in_call() && call.phase != CallPhase::Calling && view.room() > 0;
        Some(self.call_pictures.group.fill(view))
    }

    fn key_changed(&self, call: &CallStatus) -> Option<String> {
        let session = self.account.session()?;
        let call = call.call.as_ref().filter(|call| session.keys_changed.contains(&call.with))?;
        Some(shown_name(&call.with_name))
    }

    /// Who is on the other end of the call. A caller's kit knows an account's name only; the list of people knows more.
    pub(super) fn other_end(&self) -> Option<(UserId, String)> {
        let session = self.account.session()?;
        let CallInfo { with, with_name, .. } = session.call.call.as_ref()?;
        let listed = session.person(with).map(|person| &person.display_name);
        let name = listed.filter(|_| with_name == with.as_str()).unwrap_or(with_name);
        Some((with.clone(), shown_name(name)))
    }

    pub(super) fn picture_of(&self, call: CallId) -> Option<String> {
        self.account.session().filter(|session| session.call.id() == Some(call))?.picture.clone()
    }

    /// What the call is called: the group's name, or the other end's.
    pub(super) fn call_name(&self) -> Option<String> {
        let group = self.account.session().and_then(|session| group_name(session, &session.call));
        group.map(shown_name).or_else(|| self.other_end().map(|(_, name)| name))
    }
}

fn group_id(call: &CallStatus) -> Option<&GroupId> {
    call.scope().and_then(CallScope::group)
}

/// The name of a call's group. The server tells it to those who are called; the caller's list of groups has it.
fn group_name<'a>(session: &'a SignedInSession, call: &'a CallStatus) -> Option<&'a str> {
    let listed = || session.groups.iter().find(|info| Some(&info.group) == group_id(call));
    let said = call.scope().and_then(CallScope::name).filter(|name| !name.is_empty());
    said.or_else(|| Some(listed()?.name.as_str()))
}

fn leg_view(seat: u8, leg: &Leg, call: &CallStatus, session: &SignedInSession) -> LegView {
    let is_me = leg.user == session.account.user;
    let own = call.legs().iter().find(|own| own.user == session.account.user);
    let own_role = own.filter(|own| own.state == LegState::Accepted).map(|own| own.role).unwrap_or_default();
    let is_in = leg.state == LegState::Accepted;
    let person = lists::known_person(session, &leg.user);
    let picture = if is_me { pictures::address(session.account.avatar.as_ref()) } else { person.picture };
    LegView {
        user: leg.user.clone(),
        name: shown_person(&leg.name, &leg.user),
        picture,
        state: leg.state,
        is_me,
        seat,
        camera: leg.published.camera.is_some(),
        screen: leg.published.screen.is_some(),
        is_muted: leg.published.microphone == MicrophoneState::Muted,
        // How this device itself is reached, the line above says.
        is_reconnecting: leg.reconnecting && is_in && !is_me,
        hand: place_of_hand(leg, call.legs()),
        can_moderate: is_in && own_role.may_moderate(leg.role),
        volume: session.volumes.get(&leg.user).copied().unwrap_or_default(),
    }
}

/// The how manyth of all hands that are up this one is.
fn place_of_hand(leg: &Leg, legs: &[Leg]) -> Option<usize> {
    let hand = leg.hand?;
    Some(legs.iter().filter_map(|other| other.hand).filter(|other| *other <= hand).count())
}

/// Who can be brought into a group call: members of its group, else contacts, unless they are in it or being asked.
fn candidates(session: &SignedInSession, call: &CallStatus) -> Vec<PersonView> {
    let is_in = |person: &PersonView| {
        let mut legs = call.legs().iter().filter(|leg| matches!(leg.state, LegState::Accepted | LegState::Ringing));
        legs.any(|leg| leg.user == person.user)
    };
    let all: Vec<PersonView> = match group_id(call) {
        Some(group) => {
            let members = conversation::members(session, group).into_iter();
            members.filter(|member| !member.is_me).map(|member| member.person).collect()
        }
        None => lists::contacts(session),
    };
    all.into_iter().filter(|person| !is_in(person)).collect()
}

fn call_state(call: &CallStatus) -> CallState {
    match &call.phase {
        CallPhase::Idle | CallPhase::RingingHere => CallState::Idle,
        CallPhase::Calling => CallState::Calling,
        CallPhase::RingingThere { devices } => CallState::RingingThere { devices: *devices },
        CallPhase::Connecting => CallState::Connecting,
        CallPhase::Active { since } => CallState::Active { for_ms: millis(now().saturating_duration_since(*since)) },
        CallPhase::Reconnecting { until, .. } => {
            CallState::Reconnecting { left_ms: millis(until.saturating_duration_since(now())) }
        }
        CallPhase::Ended { reason, talked } => {
            CallState::Ended { reason: shown_reason(reason), talked_ms: millis(*talked) }
        }
    }
}

fn shown_reason(reason: &HangupReason) -> HangupReason {
    let mut shown = reason.clone();
    if let HangupReason::HandledElsewhere { device, .. } = &mut shown {
        *device = shown_name(device);
    }
    shown
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
