//! Whether what another device says about its media comes from that device.
//!
//! The server says which device is on the other end, and its key; the key has to be the one that this installation knows, or the app
//! is told. Once a key is known, nothing that is unsigned or signed with another key is used.

use std::collections::VecDeque;

use carillon_protocol::{
    Answer, CallId, Description, DeviceCard, DeviceKey, Done, Signal, Signature, SnapshotCall, UserId,
    identity::description_text,
};
use tokio::sync::watch;

use super::{CallEvent, Unverified};
use crate::{KnownKeys, connection::Feed, identity::is_signed};

/// A device is in one call at a time; the ones before may still be spoken of.
const MOST: usize = 8;

/// The other ends of the latest calls, and the keys that are known.
pub(crate) struct Trust {
    known: watch::Sender<KnownKeys>,
    others: VecDeque<(CallId, UserId, DeviceCard)>,
}

impl Trust {
    pub(crate) fn new(known: watch::Sender<KnownKeys>) -> Self {
        Self { known, others: VecDeque::new() }
    }

    /// Takes note of who is on the other end of a call; a warning, if their device has another key than before.
    pub(crate) fn notice(&mut self, feed: &Feed) -> Option<CallEvent> {
        let (call, user, card) = match feed {
            Feed::Signal(Signal::Ring(ring))
            | Feed::Reset(Some(SnapshotCall::Ringing(ring)))
            | Feed::Answer { result: Answer::Ok(Done::Joined { ring, .. }), .. } => {
                (ring.call, &ring.from, ring.from_device.as_ref()?)
            }
            Feed::Signal(Signal::Accepted { call, user, device, .. }) => (*call, user, device.as_ref()?),
            Feed::Reset(Some(SnapshotCall::Joined { call, with: Some(with), .. })) => (*call, &with.user, &with.device),
            Feed::Resumed | Feed::Reset(_) | Feed::Down | Feed::Signal(_) | Feed::Answer { .. } => return None,
        };
        if self.others.iter().any(|(known, _, other)| *known == call && other == card) {
            return None;
        }
        self.others.truncate(MOST - 1);
        self.others.push_front((call, user.clone(), card.clone()));
        let is_changed = match (self.known.borrow().get(user, card.device), &card.key) {
            (Some(known), Some(key)) => known != key,
            _ => false,
        };
        is_changed.then(|| CallEvent::IdentityChanged { user: user.clone(), device: card.device })
    }

    /// Whether a description comes from the other end of a call; the first key of a device is remembered by it.
    pub(crate) fn check(&self, call: CallId, user: &UserId, description: &Description) -> Result<(), Unverified> {
        let text = description_text(call, description.kind, &description.sdp);
        let Some(card) = self.card(call, user) else {
            return self.check_any(user, &text, description.signature.as_ref());
        };
        let remembered = self.known.borrow().get(user, card.device).cloned();
        let Some(key) = card.key.clone().or(remembered) else { return Ok(()) };
        signed_by([&key], &text, description.signature.as_ref())?;
        self.known.send_if_modified(|known| {
            let is_new = known.get(user, card.device) != Some(&key);
            if is_new {
                known.insert(user.clone(), card.device, key);
            }
            is_new
        });
        Ok(())
    }

    /// As the server said it last, but a key that it has named once it cannot take back.
    fn card(&self, call: CallId, user: &UserId) -> Option<&DeviceCard> {
        let of_call = |(known, with, _): &&(CallId, UserId, DeviceCard)| *known == call && with == user;
        let mut cards = self.others.iter().filter(of_call).map(|(_, _, card)| card);
        let with_key = cards.clone().find(|card| card.key.is_some());
        with_key.or_else(|| cards.next())
    }

    /// The server has not said which device it is: any that is known, where one is.
    fn check_any(&self, user: &UserId, text: &str, signature: Option<&Signature>) -> Result<(), Unverified> {
        let known = self.known.borrow();
        let keys: Vec<_> = known.of(user).map(|(_, key)| key).collect();
        if keys.is_empty() { Ok(()) } else { signed_by(keys, text, signature) }
    }
}

fn signed_by<'a>(
    keys: impl IntoIterator<Item = &'a DeviceKey>,
    text: &str,
    signature: Option<&Signature>,
) -> Result<(), Unverified> {
    let signature = signature.ok_or(Unverified::Unsigned)?;
    let is_good = keys.into_iter().any(|key| is_signed(text, key, signature));
    if is_good { Ok(()) } else { Err(Unverified::WrongSignature) }
}

#[cfg(test)]
mod tests;
