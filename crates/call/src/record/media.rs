//! Media signals between the two devices of a call of two.

use carillon_protocol::{DescriptionKind, Done, MediaSignal, Refusal, RefusalCode, Signal};

use super::{
    Decision, Recipient, Rows,
    decide::{commit, refuse},
    rows::Role,
};

/// The most media signals that a ringing call holds: an offer and its candidates fit several times over, a flood does not.
pub const MAX_HELD_SIGNALS: usize = 64;

/// The most bytes of SDP and candidates that a ringing call holds.
pub const MAX_HELD_BYTES: usize = 64 * 1024;

/// Keeps what the caller's transport says for whoever will answer.
pub(super) fn hold(rows: &Rows, signal: MediaSignal) -> Result<Decision, Refusal> {
    check_half(Role::Caller, &signal)?;
    let bytes = rows.call.held.iter().map(size).sum::<usize>() + size(&signal);
    if rows.call.held.len() >= MAX_HELD_SIGNALS || bytes > MAX_HELD_BYTES {
        return refuse(RefusalCode::RateLimited, "too many media signals before an answer");
    }
    let mut rows = rows.clone();
    rows.call.held.push(signal);
    Ok(commit(rows, Vec::new(), Done::Done))
}

/// Passes on what one of the two transports says to the other.
pub(super) fn relay(rows: &Rows, from: Role, signal: MediaSignal) -> Result<Decision, Refusal> {
    check_half(from, &signal)?;
    let to = match from {
        Role::Caller => rows.answered_on(),
        Role::Callee(_) => Some(rows.call.caller_device),
    };
    let Some(to) = to else { return refuse(RefusalCode::NotAllowed, "nobody has answered") };
    let signal = Signal::Media { call: rows.call.id, signal };
    Ok(Decision { rows: None, signals: vec![(Recipient::Device(to), signal)], invited: Vec::new(), done: Done::Done })
}

/// The caller's device offers and the answering one answers, for as long as the call lives.
fn check_half(from: Role, signal: &MediaSignal) -> Result<(), Refusal> {
    let MediaSignal::Description(description) = signal else { return Ok(()) };
    match (from, description.kind) {
        (Role::Caller, DescriptionKind::Offer) | (Role::Callee(_), DescriptionKind::Answer) => Ok(()),
        _ => refuse(RefusalCode::NotAllowed, "the caller offers, the other answers"),
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
