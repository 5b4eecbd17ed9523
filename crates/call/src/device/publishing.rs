//! What this device publishes, until the server knows it, and what the other end of a call of two publishes.
//!
//! It is state: only the latest is told. One request is under way at a time and the next one waits a little, so that a user who switches
//! quickly ends with what is true. Another size alone waits longer. In each new session it is told anew.

use std::time::Instant;

use carillon_protocol::{Answer, OpId, Published, RefusalCode, Request, UserId};

use super::{Device, Event, PUBLISH_AGAIN, PUBLISH_EVERY, Phase, RESIZE_EVERY, Timer, published::OtherPublishes};

impl Device {
    /// The media of the call in hand say what they send now.
    pub(super) fn publishes(&mut self, published: Published) {
        use Phase::{Active, Ended, Idle, Inviting, Joining, Leaving, Ringing};
        match self.phase {
            Inviting | Joining | Active { .. } => {
                self.call_in_hand().publishing.now = published;
                self.want_of_other_end();
            }
            Idle | Ringing | Leaving { .. } | Ended(_) => {}
        }
    }

    /// Tells the server what this device publishes, if it may be told and does not know.
    pub(super) fn publish(&mut self, now: Instant) {
        let is_joined = self.is_in_the_call();
        let link_is_up = self.link_is_up;
        let Some(call) = self.call.as_ref().filter(|_| is_joined && link_is_up) else { return };
        let Some(id) = call.info.id.filter(|_| call.awaited.is_none()) else { return };
        let publishing = &call.publishing;
        if publishing.awaited.is_some() || publishing.told == Some(publishing.now) {
            return;
        }
        if let Some(at) = publishing.due_at().filter(|at| now < *at) {
            return self.timers.set(Timer::Publish, at);
        }
        let published = publishing.now;
        let op = self.send(Request::Publish { call: id, published });
        let publishing = &mut self.call_in_hand().publishing;
        publishing.awaited = Some((op, published));
        (publishing.next_at, publishing.resize_at) = (Some(now + PUBLISH_EVERY), Some(now + RESIZE_EVERY));
    }

    /// The session is new, perhaps at a server that knows less. In one that goes on what is under way is answered yet.
    pub(super) fn publish_anew(&mut self) {
        if let Some(call) = &mut self.call {
            call.publishing.distrust();
        }
    }

    pub(super) fn is_publishing(&self, op: OpId) -> bool {
        let awaited = self.call.as_ref().and_then(|call| call.publishing.awaited);
        awaited.is_some_and(|(awaited, _)| awaited == op)
    }

    /// Whatever else a server refuses, it would refuse again: the call is over for this device, which it hears in other words, or the
    /// server is older than this request.
    pub(super) fn published(&mut self, result: &Answer, now: Instant) {
        let publishing = &mut self.call_in_hand().publishing;
        let Some((_, told)) = publishing.awaited.take() else { return };
        match result {
            Answer::Refused(refusal) if matches!(refusal.code, RefusalCode::RateLimited | RefusalCode::Internal) => {
                publishing.next_at = Some(now + PUBLISH_AGAIN);
            }
            Answer::Ok(_) | Answer::Refused(_) => publishing.told = Some(told),
        }
    }

    /// The server says what the other end of a call of two publishes now.
    pub(super) fn other_publishes(&mut self, user: &UserId, published: Published, version: u64) {
        let call = self.call_in_hand();
        if call.info.with == *user && call.other_publishes.version <= version {
            self.note_other(published, version);
        }
    }

    /// A snapshot says it: that is newer than all that was heard.
    pub(super) fn note_other(&mut self, published: Published, version: u64) {
        let call = self.call_in_hand();
        let OtherPublishes { now: before, .. } =
            std::mem::replace(&mut call.other_publishes, OtherPublishes { now: published, version });
        let (id, user) = (call.info.id, call.info.with.clone());
        if let Some(call) = id.filter(|_| before != published) {
            self.tell(Event::PublishedChanged { call, user, published });
        }
    }

    /// Whether this device is in the call in hand as far as its user is concerned.
    fn is_in_the_call(&self) -> bool {
        matches!(self.phase, Phase::Inviting | Phase::Joining | Phase::Active { .. })
    }
}
