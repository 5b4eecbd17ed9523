//! Which way the media of a call of two go. It begins from device to device, unless one of the two hides its address. Where they do not
//! reach each other, or not any more, either of them asks the server, which tells both: then each has a transport to the server's forwarder,
//! and there is no way back in this call.

use std::time::Instant;

use carillon_protocol::{
    Answer, CallPath, MAX_PUBLISHED_SIDE, OpId, PublishedSource, Request, WantedPicture, slots_of,
};

use super::{
    DIRECT_CONNECT_TIMEOUT, Device, Event, JOIN_TIMEOUT, OFFER_AGAIN, Phase, RECONNECT_TIMEOUT, Timer,
    forwarder::may_help,
};

impl Device {
    /// Whether the media of the call in hand go from device to device.
    pub(super) fn is_direct(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.info.path.is_direct())
    }

    /// This device's own user hides its address: the media of the call in hand go through the server, also where the server says otherwise.
    pub(super) fn hide_address(&mut self) {
        self.call_in_hand().info.path = CallPath::Server;
    }

    /// The other device may be reached until then; after that the media go through the server.
    pub(super) fn wait_for_other_device(&mut self, until: Instant) {
        if self.is_direct() {
            self.timers.set(Timer::FallBack, until);
        }
    }

    /// Whether the media are to go from device to device, and do not.
    fn misses_other_device(&self) -> bool {
        self.is_direct() && (matches!(self.phase, Phase::Joining) || self.reconnecting_until().is_some())
    }

    /// The link is up again, and nothing could be asked meanwhile.
    pub(super) fn wait_again_for_other_device(&mut self, now: Instant) {
        let Some(call) = self.call.as_ref().filter(|_| self.misses_other_device()) else { return };
        let (waits_already, has_failed) = (self.timers.at(Timer::FallBack).is_some(), call.media.has_failed);
        if call.awaited.is_none() && call.media.moving.is_none() && !waits_already {
            match has_failed {
                true => self.ask_for_server(),
                false => self.wait_for_other_device(now + DIRECT_CONNECT_TIMEOUT),
            }
        }
    }

    /// The transport sees no way to the other device: there is nothing to wait for.
    pub(super) fn cannot_reach_other_device(&mut self) {
        self.call_in_hand().media.has_failed = true;
        self.ask_for_server();
    }

    /// Asks that the media go through the server.
    pub(super) fn ask_for_server(&mut self) {
        self.timers.take(Timer::FallBack);
        let can_ask = self.link_is_up && self.misses_other_device();
        let Some(call) = self.call.as_ref().filter(|call| can_ask && call.media.moving.is_none()) else { return };
        if let Some(id) = call.info.id {
            let op = self.send(Request::MoveToServer { call: id });
            self.call_in_hand().media.moving = Some(op);
        }
    }

    pub(super) fn is_moving(&self, op: OpId) -> bool {
        self.call.as_ref().is_some_and(|call| call.media.moving == Some(op))
    }

    /// That it is so both devices hear by a signal. A server that does not do it leaves the call as it is, for as long as it would have waited.
    pub(super) fn move_answered(&mut self, result: &Answer, now: Instant) {
        self.call_in_hand().media.moving = None;
        match result {
            Answer::Ok(_) => {}
            // They may have reached each other meanwhile.
            Answer::Refused(refusal) if may_help(refusal.code) => {
                if self.misses_other_device() {
                    self.wait_for_other_device(now + OFFER_AGAIN);
                }
            }
            Answer::Refused(_) if matches!(self.phase, Phase::Joining) && self.call_in_hand().media.has_failed => {
                self.give_up_media(now);
            }
            Answer::Refused(_) => {}
        }
    }

    /// The server says which way the media go. They move to it once, with what the user has consented to.
    pub(super) fn go(&mut self, path: CallPath, now: Instant) {
        if path.is_direct() || !self.is_direct() {
            return;
        }
        self.timers.take(Timer::FallBack);
        let call = self.call_in_hand();
        call.info.path = path;
        let (id, has_transport) = (call.info.id, call.media.role.is_some());
        self.tell(Event::PathChanged { call: id, path });
        self.give_time_to_connect(now);
        if has_transport {
            self.connect_with_forwarder(now);
        }
    }

    fn give_time_to_connect(&mut self, now: Instant) {
        let id = self.call_in_hand().info.id;
        match self.phase {
            Phase::Joining => self.timers.set(Timer::Join, now + JOIN_TIMEOUT),
            Phase::Active { .. } if self.reconnecting_until().is_none() => {
                let until = now + RECONNECT_TIMEOUT;
                self.timers.set(Timer::Reconnect, until);
                if let Some(call) = id {
                    self.tell(Event::Reconnecting { call, until });
                }
            }
            Phase::Idle
            | Phase::Inviting
            | Phase::Ringing
            | Phase::Active { .. }
            | Phase::Leaving { .. }
            | Phase::Ended(_) => {}
        }
    }

    /// Wants of the one at the other end of a call of two what this device looks at, as it says to them too.
    pub(super) fn want_of_other_end(&mut self) {
        let is_pair = self.has_forwarder() && !self.is_in_group();
        let Some(call) = self.call.as_mut().filter(|_| is_pair) else { return };
        let wants = call.publishing.now.wants;
        let looked_at = [(PublishedSource::Camera, wants.camera_rows), (PublishedSource::Screen, wants.screen_rows)];
        let looked_at = looked_at.into_iter().filter(|(_, rows)| *rows != Some(0));
        let wanted = looked_at.map(|(source, rows)| WantedPicture {
            slot: slots_of(source).start,
            user: call.info.with.clone(),
            height: rows.unwrap_or(MAX_PUBLISHED_SIDE),
        });
        let wanted: Vec<_> = wanted.collect();
        let before = std::mem::replace(&mut call.media.wanted, wanted);
        if call.media.is_connected && before != call.media.wanted {
            self.tell_wanted();
        }
    }
}
