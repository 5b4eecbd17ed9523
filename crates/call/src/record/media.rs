//! Media signals between the two devices of a call whose media go from device to device.

use carillon_protocol::{DescriptionKind, DeviceId, Done, MediaSignal, Refusal, RefusalCode, Signal};

use super::{
    Decision, LegRow, Path, Recipient,
    judgement::Judgement,
    refusing::{not_allowed, refuse},
};

/// The most media signals that a ringing call holds: an offer and its candidates fit several times over, a flood does not.
pub const MAX_HELD_SIGNALS: usize = 64;

/// The most bytes of SDP and candidates that a ringing call holds.
pub const MAX_HELD_BYTES: usize = 64 * 1024;

impl Judgement<'_> {
    /// Keeps what the caller's transport says for the device that will answer.
    pub(super) fn hold(mut self, leg: usize, signal: MediaSignal) -> Result<Decision, Refusal> {
        self.check_media(leg, &signal)?;
        let held = &mut self.rows.call.held;
        let bytes = held.iter().map(size).sum::<usize>() + size(&signal);
        if held.len() >= MAX_HELD_SIGNALS || bytes > MAX_HELD_BYTES {
            return refuse(RefusalCode::RateLimited, "too many media signals before an answer");
        }
        held.push(signal);
        Ok(self.decide(Done::Done))
    }

    /// Passes on what one of the two transports says to the other.
    pub(super) fn relay(mut self, leg: usize, signal: MediaSignal) -> Result<Decision, Refusal> {
        self.check_media(leg, &signal)?;
        let user = &self.rows.legs[leg].user;
        let other = self.rows.joined().filter(|other| other.user != *user).find_map(LegRow::joined_device);
        let Some(to) = other else {
            return refuse(RefusalCode::NotAllowed, "nobody has answered");
        };
        self.signals.push((Recipient::Device(to), Signal::Media { call: self.rows.call.id, signal }));
        Ok(self.decide(Done::Done))
    }

    /// Tells the device that answers what was held.
    pub(super) fn give_held(&mut self, to: DeviceId) {
        let call = self.rows.call.id;
        let held = std::mem::take(&mut self.rows.call.held);
        self.signals.extend(held.into_iter().map(|signal| (Recipient::Device(to), Signal::Media { call, signal })));
    }

    /// Only devices that speak to each other may, and the caller's offers and the answering one answers, for as long as the call lives.
    fn check_media(&self, leg: usize, signal: &MediaSignal) -> Result<(), Refusal> {
        match self.rows.call.path {
            Some(Path::PeerToPeer) => {}
            Some(Path::Sfu { .. }) | None => return not_allowed(),
        }
        let is_caller = self.rows.legs[leg].user == self.rows.call.caller;
        match signal {
            MediaSignal::Description(description) if is_caller != (description.kind == DescriptionKind::Offer) => {
                refuse(RefusalCode::NotAllowed, "the caller offers, the other answers")
            }
            MediaSignal::Description(_) | MediaSignal::Candidate(_) | MediaSignal::EndOfCandidates => Ok(()),
        }
    }
}

fn size(signal: &MediaSignal) -> usize {
    match signal {
        MediaSignal::Description(description) => description.sdp.len(),
        MediaSignal::Candidate(candidate) => {
            candidate.candidate.len() + candidate.sdp_mid.as_ref().map_or(0, String::len)
        }
        MediaSignal::EndOfCandidates => 0,
    }
}
