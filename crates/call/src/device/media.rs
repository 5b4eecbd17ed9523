//! What a device orders of its transport, and what it makes of the transport's news.

use std::time::Instant;

use carillon_protocol::{CallKind, Description, DescriptionKind, EndReason, MediaSignal, Request};

use super::{
    DIRECT_RETURN_TIMEOUT, Device, End, Event, MediaControl, MediaRole, Phase, RECONNECT_TIMEOUT, Timer,
    phase::MediaState,
};

/// The most that is kept of what a transport says before the server takes it: an offer and its candidates, with room to spare.
const MAX_BACKLOG: usize = 64;

impl Device {
    /// Makes a transport: to the other device, or to the server's forwarder where the media go through the server.
    pub(super) fn prepare(&mut self, of_two: MediaRole, kind: CallKind) {
        let call = self.call_in_hand();
        let role = if call.info.path.is_direct() { of_two } else { MediaRole::Participant };
        // What is open stays so where the server takes over.
        if role != MediaRole::Participant || call.media.role.is_none() {
            call.publishing.stop();
        }
        call.media = MediaState { role: Some(role), ..MediaState::default() };
        self.order(MediaControl::Prepare { role, kind });
    }

    pub(super) fn open(&mut self) {
        self.call_in_hand().media.is_open = true;
        self.order(MediaControl::Open);
    }

    pub(super) fn close_media(&mut self) {
        let media = std::mem::take(&mut self.call_in_hand().media);
        self.timers.take(Timer::Connect);
        self.timers.take(Timer::OfferAgain);
        self.timers.take(Timer::FallBack);
        if media.role.is_some() {
            self.order(MediaControl::Close);
        }
    }

    /// The server takes this device's media signals from now on.
    pub(super) fn begin_signalling(&mut self, now: Instant) {
        let media = &mut self.call_in_hand().media;
        media.may_signal = true;
        for signal in std::mem::take(&mut media.backlog) {
            self.send_on(signal, now);
        }
    }

    /// What the transport says goes to the other device, or to the server's forwarder.
    pub(super) fn send_on(&mut self, signal: MediaSignal, now: Instant) {
        let has_forwarder = self.has_forwarder();
        let call = self.call_in_hand();
        if !belongs_to(call.media.role, &signal) {
            return;
        }
        match call.info.id.filter(|_| call.media.may_signal) {
            Some(call) if has_forwarder => self.offer_to_forwarder(call, signal, now),
            Some(call) => {
                self.send(Request::Media { call, signal });
            }
            None if call.media.backlog.len() < MAX_BACKLOG => call.media.backlog.push(signal),
            None => {}
        }
    }

    pub(super) fn connected(&mut self, now: Instant) {
        self.call_in_hand().media.is_connected = true;
        self.activate_if_connected(now);
    }

    pub(super) fn disconnected(&mut self) {
        self.call_in_hand().media.is_connected = false;
    }

    pub(super) fn activate_if_connected(&mut self, now: Instant) {
        let is_joining = matches!(self.phase, Phase::Joining);
        let call = self.call_in_hand();
        let is_ready = match call.info.is_group() {
            true => call.awaited.is_none(),
            false => call.media.is_connected && call.media.is_open,
        };
        if let Some(call) = call.info.id.filter(|_| is_joining && is_ready) {
            self.enter(Phase::Active { since: now });
            self.tell(Event::Active { call });
        }
    }

    /// The other end says over the media path that it is done. The server's word on the end is better, as long as it can be heard.
    pub(super) fn other_end_left(&mut self, now: Instant) {
        self.call_in_hand().media.is_left = true;
        if !self.link_is_up {
            self.end_as_hung_up(now);
        }
    }

    pub(super) fn end_as_hung_up(&mut self, now: Instant) {
        let request = self.call_in_hand().info.id.map(|call| Request::HangUp { call });
        self.leave(End::Recorded { reason: EndReason::HungUp, by_me: false }, request, now);
    }

    /// The path is gone, or the transport sees no way on: both may come back with a restart.
    pub(super) fn reconnect(&mut self, now: Instant) {
        if self.call_in_hand().media.is_left {
            return self.end_as_hung_up(now);
        }
        let is_waiting = self.reconnecting_until().is_some();
        let Some(id) = self.call_in_hand().info.id.filter(|_| !is_waiting) else { return };
        let until = now + RECONNECT_TIMEOUT;
        self.timers.set(Timer::Reconnect, until);
        self.tell(Event::Reconnecting { call: id, until });
        self.wait_for_other_device(now + DIRECT_RETURN_TIMEOUT);
        if self.link_is_up {
            self.restart(now);
        }
    }

    pub(super) fn reconnected(&mut self) {
        self.timers.take(Timer::FallBack);
        if let (Some(_), Some(call)) = (self.timers.take(Timer::Reconnect), self.call_in_hand().info.id) {
            self.tell(Event::Reconnected { call });
        }
    }

    pub(super) fn restart(&mut self, now: Instant) {
        if self.has_forwarder() {
            return self.connect_anew(now);
        }
        if self.call_in_hand().media.role == Some(MediaRole::Offerer) {
            self.order(MediaControl::Restart);
        }
    }

    pub(super) fn give_up_media(&mut self, now: Instant) {
        let was_connected = self.was_connected();
        let reason = if was_connected { EndReason::ConnectionLost } else { EndReason::MediaFailed };
        let request = self.call_in_hand().info.id.map(|call| Request::MediaLost { call, was_connected });
        self.leave(End::Recorded { reason, by_me: false }, request, now);
    }
}

/// Whether a transport with this role says such things; one that was replaced may have had another.
fn belongs_to(role: Option<MediaRole>, signal: &MediaSignal) -> bool {
    match (role, signal) {
        (None, _) => false,
        // The forwarder finds the device's candidates by itself.
        (Some(MediaRole::Participant), MediaSignal::Candidate(_) | MediaSignal::EndOfCandidates) => false,
        (Some(role), MediaSignal::Description(Description { kind, .. })) => {
            (role == MediaRole::Answerer) == (*kind == DescriptionKind::Answer)
        }
        (Some(_), MediaSignal::Candidate(_) | MediaSignal::EndOfCandidates) => true,
    }
}
