//! What pretended microphones, cameras and screens publish, and whether the others know of it.

use carillon_call::device::{Event, Input, Phase};
use carillon_protocol::{Answer, LegState, Published, Refusal, RefusalCode, Request, SnapshotCall};

use super::{Sim, device::Dev, told::known_name};

/// How a server is broken where it concerns what devices publish, to see that [`Watch`](super::Watch) notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishFault {
    /// Its snapshots do not say what others publish.
    LeavesOutOfSnapshots,
    /// It answers well, and notes nothing.
    NotesNothing,
}

/// So many of what devices say is refused, as if a server had too much to do.
const REFUSED_PER_MILLE: u32 = 50;

/// What one device truly publishes in the call in hand.
#[derive(Debug, Default)]
pub(super) struct Publishing(Published);

impl Publishing {
    /// A call begins, or is over.
    pub(super) fn heard(&mut self, event: &Event) {
        if matches!(event, Event::Calling { .. } | Event::Invited(_) | Event::Ended { .. }) {
            self.stops();
        }
    }

    pub(super) fn stops(&mut self) {
        self.0 = Published::default();
    }
}

impl Sim {
    /// The media of a device say that they send this now.
    pub fn publish(&mut self, dev: Dev, published: Published) {
        if self.devices[dev.0].frozen.is_some() {
            return;
        }
        let is_in_it = matches!(self.phase(dev), Phase::Inviting | Phase::Joining | Phase::Active { .. });
        if is_in_it {
            self.devices[dev.0].publishing.0 = published;
        }
        self.input(dev, Input::Publish(published));
    }

    /// What a device truly publishes.
    pub(super) fn published_by(&self, dev: Dev) -> Published {
        self.devices[dev.0].publishing.0
    }

    /// What a device knows of what each of the others in its call publishes, by user.
    pub fn known_published(&self, dev: Dev) -> Vec<(&'static str, Published)> {
        let machine = &self.devices[dev.0].machine;
        let Some(call) = machine.call() else { return Vec::new() };
        if !call.is_group() {
            return vec![(known_name(&call.with), machine.other_end_publishes())];
        }
        let others = call.legs.iter().filter(|leg| leg.user != self.devices[dev.0].user);
        let joined = others.filter(|leg| leg.state == LegState::Accepted);
        let mut known: Vec<_> = joined.map(|leg| (known_name(&leg.user), leg.published)).collect();
        known.sort_by_key(|(name, _)| *name);
        known
    }

    /// When all is quiet a device in a call knows what each other device in it truly publishes.
    pub(super) fn check_published(&mut self, dev: Dev) {
        let in_hand = self.devices[dev.0].machine.call().filter(|_| self.is_active(dev));
        let Some(rows) = in_hand.and_then(|call| self.server.call(call.id?)) else { return };
        let others = rows.joined().filter_map(|leg| leg.joined_device()).filter(|device| *device != dev.id());
        let others = others.filter_map(|device| self.all().find(|other| other.id() == device));
        // A device whose program was killed publishes nothing, and will soon be taken out of the call.
        let truth = |other: Dev| (known_name(&self.devices[other.0].user), self.devices[other.0].publishing.0);
        let mut truths: Vec<_> = others.filter(|other| self.devices[other.0].is_alive).map(truth).collect();
        truths.sort_by_key(|(name, _)| *name);
        let known = self.known_published(dev);
        if truths.iter().any(|truth| !known.contains(truth)) {
            self.watch.violated(format!("{dev:?} knows that they publish {known:?} and not {truths:?}"));
        }
    }

    /// The server starts with what it knew before: its database was restored, or another version of it has run meanwhile.
    pub(super) fn forget_published(&mut self) {
        self.server.forget_published();
        // What was told before is no longer true of the session: each begins with a snapshot.
        for dev in self.all() {
            self.lose_session(dev);
        }
    }

    pub(super) fn with_publish_fault(&self, mut found: SnapshotCall) -> SnapshotCall {
        if self.server.publish_fault == Some(PublishFault::LeavesOutOfSnapshots)
            && let SnapshotCall::Joined { with, legs, .. } = &mut found
        {
            with.iter_mut().for_each(|with| with.published = Published::default());
            legs.iter_mut().for_each(|leg| leg.published = Published::default());
        }
        found
    }

    /// The answer of a server that has too much to do, or is broken.
    pub(super) fn publish_refused(&mut self, request: &Request) -> Option<Answer> {
        if !matches!(request, Request::Publish { .. }) {
            return None;
        }
        if self.server.publish_fault == Some(PublishFault::NotesNothing) {
            return Some(Answer::Ok(carillon_protocol::Done::Done));
        }
        let detail = "the simulator says so".to_owned();
        let refusal = Refusal { code: RefusalCode::RateLimited, detail };
        self.chance(REFUSED_PER_MILLE).then_some(Answer::Refused(refusal))
    }
}
