//! The stream of events, which begins with what rings already.
//!
//! The driver numbers what it tells, and says beside it, before it tells, what rings as of which number. A reader that subscribes and then
//! looks therefore hears of a ring once, whenever it comes: from the value if the event is older, else from the event.

use std::collections::VecDeque;

use carillon_protocol::{CallId, Ring};
use tokio::sync::{
    broadcast::{
        self,
        error::{RecvError, TryRecvError},
    },
    watch,
};

use super::{CallEvent, StateChange};

/// An event and its number, counted from 1.
pub(super) type Numbered = (u64, CallEvent);

/// What rings, once the event of this number is told.
#[derive(Debug, Clone, Default)]
pub(super) struct Announced {
    pub(super) told: u64,
    pub(super) ringing: Ringing,
}

/// What this device does about a call of another user.
#[derive(Debug, Clone, Default)]
pub(super) enum Ringing {
    /// There is none, or it is taken.
    #[default]
    Nothing,
    /// The app has not said yet whether to ring.
    Invited(Ring),
    /// It rings.
    Shown(Ring),
    /// It rings no longer, and is not over.
    Silenced(CallId),
}

/// What happens to calls, from [`CallKit::events`](super::CallKit::events) on. It begins with what rings already, and never tells the end
/// of a ring that it did not tell of.
#[derive(Debug)]
pub struct CallEvents {
    before: VecDeque<CallEvent>,
    told: u64,
    /// A call whose ring was over for this device before.
    unheard: Option<CallId>,
    events: broadcast::Receiver<Numbered>,
}

impl CallEvents {
    pub(super) fn new(events: broadcast::Receiver<Numbered>, announced: &watch::Receiver<Announced>) -> Self {
        // Only after the subscription: what is told in between has a number that is included here.
        let Announced { told, ringing } = announced.borrow().clone();
        let (before, unheard) = match ringing {
            Ringing::Nothing => (vec![], None),
            Ringing::Invited(ring) => (vec![CallEvent::Invited(ring)], None),
            Ringing::Shown(ring) => (vec![CallEvent::Invited(ring.clone()), CallEvent::RingStarted(ring)], None),
            Ringing::Silenced(call) => (vec![], Some(call)),
        };
        Self { before: before.into(), told, unheard, events }
    }

    /// Waits for the next one. Safe to drop half-way.
    ///
    /// # Errors
    /// [`RecvError::Lagged`] if the reader was so slow that the oldest are lost; [`RecvError::Closed`] when the kit is closed.
    pub async fn recv(&mut self) -> Result<CallEvent, RecvError> {
        loop {
            if let Some(event) = self.before.pop_front() {
                return Ok(event);
            }
            let numbered = self.events.recv().await?;
            let news = self.news_in(numbered);
            self.before.extend(news);
        }
    }

    /// The next one, if it is there.
    ///
    /// # Errors
    /// As [`recv`](Self::recv), and [`TryRecvError::Empty`].
    pub fn try_recv(&mut self) -> Result<CallEvent, TryRecvError> {
        loop {
            if let Some(event) = self.before.pop_front() {
                return Ok(event);
            }
            let numbered = self.events.try_recv()?;
            let news = self.news_in(numbered);
            self.before.extend(news);
        }
    }

    /// An event that is news to this reader.
    fn news_in(&mut self, numbered: Numbered) -> Option<CallEvent> {
        let (number, event) = numbered;
        let is_end_of_unheard = matches!(
            &event,
            CallEvent::StateChanged(StateChange::Hangup { call, .. } | StateChange::Refuse { call, .. })
                if call.id.is_some() && call.id == self.unheard
        );
        (number > self.told && !is_end_of_unheard).then_some(event)
    }
}
