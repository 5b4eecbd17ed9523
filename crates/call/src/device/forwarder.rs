//! The media of a group call: this device's transport offers to the server's forwarder, once for each transport. A transport that is
//! lost is replaced by another one, with another offer.

use std::time::{Duration, Instant};

use carillon_protocol::{
    Answer, CallId, Description, DescriptionKind, Done, EndReason, MediaSignal, OpId, RefusalCode, Request,
};

use super::{Device, End, MediaControl, MediaRole, Phase, Timer};

/// How long a device waits for its first connection with the forwarder; then its network lets no media through.
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
        let media = &mut self.call_in_hand().media;
        media.offering = Some(op);
        if !media.was_connected && self.timers.at(Timer::Connect).is_none() {
            self.timers.set(Timer::Connect, now + CONNECT_TIMEOUT);
        }
    }

    pub(super) fn is_offering(&self, op: OpId) -> bool {
        self.call.as_ref().is_some_and(|call| call.media.offering == Some(op))
    }

    /// A server that lets no device connect its media is older than this one: then a group call has no media, as it had none before.
    pub(super) fn forwarder_answered(&mut self, result: Answer, now: Instant) {
        self.call_in_hand().media.offering = None;
        match result {
            Answer::Ok(Done::MediaAnswer { sdp }) => {
                let kind = DescriptionKind::Answer;
                let answer = Description { kind, sdp, signature: None };
                self.order(MediaControl::Deliver(MediaSignal::Description(answer)));
            }
            Answer::Ok(_) => {}
            Answer::Refused(refusal) => match refusal.code {
                RefusalCode::RateLimited | RefusalCode::Internal => self.connect_later(now),
                RefusalCode::NotAllowed | RefusalCode::CallEnded | RefusalCode::UnknownCall => {
                    self.timers.take(Timer::Connect);
                    self.close_media();
                }
                _ => self.give_up_forwarder(now),
            },
        }
    }

    /// Another transport, a moment from now.
    pub(super) fn connect_later(&mut self, now: Instant) {
        self.call_in_hand().media.is_connected = false;
        self.timers.set(Timer::OfferAgain, now + OFFER_AGAIN);
    }

    /// Another transport, which has the user's consent from the former one.
    pub(super) fn connect_anew(&mut self, now: Instant) {
        if !self.has_forwarder() {
            return;
        }
        self.timers.take(Timer::OfferAgain);
        let (kind, before) = {
            let call = self.call_in_hand();
            (call.info.kind, std::mem::take(&mut call.media))
        };
        self.prepare(MediaRole::Participant, kind);
        self.call_in_hand().media.was_connected = before.was_connected || before.is_connected;
        if before.is_open {
            self.open();
        }
        if before.may_signal {
            self.begin_signalling(now);
        }
    }

    /// The forwarder is connected, for the first time or again.
    pub(super) fn forwarder_connected(&mut self) {
        self.timers.take(Timer::Connect);
        self.timers.take(Timer::OfferAgain);
        let media = &mut self.call_in_hand().media;
        (media.is_connected, media.was_connected) = (true, true);
        self.reconnected();
    }

    fn give_up_forwarder(&mut self, now: Instant) {
        let request = self.call_in_hand().info.id.map(|call| Request::MediaLost { call, was_connected: false });
        self.leave(End::Recorded { reason: EndReason::MediaFailed, by_me: false }, request, now);
    }

    /// Whether media that do not come any more were there before.
    pub(super) fn was_connected(&self) -> bool {
        match self.is_in_group() {
            true => self.call.as_ref().is_some_and(|call| call.media.was_connected),
            false => matches!(self.phase, Phase::Active { .. }),
        }
    }
}
