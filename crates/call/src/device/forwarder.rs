//! Media that go through the server: this device's transport offers to the server's forwarder, once for each transport. A transport that is
//! lost is replaced by another one, with another offer.

use std::time::{Duration, Instant};

use carillon_protocol::{
    Answer, CallId, Description, DescriptionKind, Done, MediaSignal, OpId, RefusalCode, Request, WantedPicture,
};

use super::{Device, MediaControl, MediaRole, Phase, Timer, phase::MediaState};

/// How long a device in a group call waits for its first connection with the forwarder; then its network lets no media through. A call of
/// two waits as for any other path.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// When the forwarder is asked again, after it had too much to do or a transport has failed.
pub const OFFER_AGAIN: Duration = Duration::from_secs(1);

impl Device {
    /// Whether the call in hand has a transport to the forwarder.
    pub(super) fn has_forwarder(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.media.role == Some(MediaRole::Participant))
    }

    pub(super) fn offer_to_forwarder(&mut self, call: CallId, signal: MediaSignal, now: Instant) {
        let MediaSignal::Description(Description { sdp, .. }) = signal else { return };
        let op = self.send(Request::MediaOffer { call, sdp });
        let is_in_group = self.is_in_group();
        let media = &mut self.call_in_hand().media;
        (media.offering, media.has_offered) = (Some(op), true);
        if is_in_group && !media.was_connected && self.timers.at(Timer::Connect).is_none() {
            self.timers.set(Timer::Connect, now + CONNECT_TIMEOUT);
        }
    }

    /// Whether the transport to the forwarder is so new that its offer is yet to come.
    pub(super) fn is_about_to_offer(&self) -> bool {
        self.has_forwarder() && self.call.as_ref().is_some_and(|call| !call.media.has_offered)
    }

    pub(super) fn is_offering(&self, op: OpId) -> bool {
        self.call.as_ref().is_some_and(|call| call.media.offering == Some(op))
    }

    /// A server that lets no device connect its media is older than this one: then a group call has no media, as it had none before, and a
    /// call of two cannot be.
    pub(super) fn forwarder_answered(&mut self, result: Answer, now: Instant) {
        self.call_in_hand().media.offering = None;
        match result {
            Answer::Ok(Done::MediaAnswer { sdp }) => {
                let kind = DescriptionKind::Answer;
                let answer = Description { kind, sdp, signature: None };
                self.order(MediaControl::Deliver(MediaSignal::Description(answer)));
            }
            Answer::Ok(_) => {}
            Answer::Refused(refusal) if may_help(refusal.code) => self.connect_later(now),
            Answer::Refused(refusal) if is_over(refusal.code) || self.is_in_group() && is_without(refusal.code) => {
                self.timers.take(Timer::Connect);
                self.close_media();
            }
            Answer::Refused(_) => self.give_up_media(now),
        }
    }

    /// Another transport, a moment from now.
    pub(super) fn connect_later(&mut self, now: Instant) {
        self.call_in_hand().media.is_connected = false;
        self.timers.set(Timer::OfferAgain, now + OFFER_AGAIN);
    }

    /// These pictures are to be received.
    pub(super) fn wants(&mut self, pictures: Vec<WantedPicture>) {
        if self.is_in_group()
            && self.has_forwarder()
            && matches!(self.phase, Phase::Inviting | Phase::Joining | Phase::Active { .. })
        {
            self.call_in_hand().media.wanted = pictures;
            self.tell_wanted();
        }
    }

    /// Says which pictures are wanted. The server says what is in the slots in return, so that it is known again after a link that was lost.
    pub(super) fn tell_wanted(&mut self) {
        let Some(call) = self.call.as_ref().filter(|call| call.media.may_signal && self.link_is_up) else { return };
        if let Some(id) = call.info.id.filter(|_| self.has_forwarder()) {
            let pictures = call.media.wanted.clone();
            self.send(Request::WantPictures { call: id, pictures });
        }
    }

    /// Another transport after the one that there is.
    pub(super) fn connect_anew(&mut self, now: Instant) {
        if self.has_forwarder() {
            self.connect_with_forwarder(now);
        }
    }

    /// A transport to the forwarder, which has the user's consent from the former one.
    pub(super) fn connect_with_forwarder(&mut self, now: Instant) {
        self.timers.take(Timer::OfferAgain);
        let call = self.call_in_hand();
        let (kind, wanted) = (call.info.kind, std::mem::take(&mut call.media.wanted));
        let MediaState { is_open, is_connected, was_connected, may_signal, .. } = call.media;
        self.prepare(MediaRole::Participant, kind);
        let media = &mut self.call_in_hand().media;
        (media.wanted, media.was_connected) = (wanted, was_connected || is_connected);
        if is_open {
            self.open();
        }
        if may_signal {
            self.begin_signalling(now);
        }
    }

    /// The forwarder is connected, for the first time or again.
    pub(super) fn forwarder_connected(&mut self, now: Instant) {
        self.timers.take(Timer::Connect);
        self.timers.take(Timer::OfferAgain);
        self.want_of_other_end();
        let media = &mut self.call_in_hand().media;
        let is_again = std::mem::replace(&mut media.was_connected, true);
        media.is_connected = true;
        // The forwarder keeps the latest wish that it heard, so one that became none meanwhile is told too.
        if is_again || !media.wanted.is_empty() {
            self.tell_wanted();
        }
        self.reconnected();
        self.activate_if_connected(now);
    }

    /// Whether the forwarder is connected now.
    pub(super) fn is_media_connected(&self) -> bool {
        self.has_forwarder() && self.call.as_ref().is_some_and(|call| call.media.is_connected)
    }

    /// Whether media that do not come any more were there before.
    pub(super) fn was_connected(&self) -> bool {
        match self.is_in_group() {
            true => self.call.as_ref().is_some_and(|call| call.media.was_connected),
            false => matches!(self.phase, Phase::Active { .. }),
        }
    }
}

/// Whether the same may be taken soon.
pub(super) const fn may_help(code: RefusalCode) -> bool {
    matches!(code, RefusalCode::RateLimited | RefusalCode::Internal)
}

/// Whether the server has no forwarder.
const fn is_without(code: RefusalCode) -> bool {
    matches!(code, RefusalCode::NotAllowed)
}

/// Whether the call is over, of which the device hears in other words.
const fn is_over(code: RefusalCode) -> bool {
    matches!(code, RefusalCode::CallEnded | RefusalCode::UnknownCall)
}
