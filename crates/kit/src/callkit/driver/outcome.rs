//! What the machine tells, and whom it concerns besides the app.

use carillon_call::device::{Command, End, Event, Rejection};
use tokio::sync::oneshot;

use super::{Avatars, Driver, StartCallError, Started};
use crate::clock;

impl Driver {
    pub(super) fn tell(&mut self, event: Event) {
        match &event {
            Event::Rejected { command: Command::StartCall(_) | Command::AddPeople(_), why } => {
                let why = match why {
                    Rejection::Offline => StartCallError::Offline,
                    _ => StartCallError::InAnotherCall,
                };
                match self.starting.take().or_else(|| self.adding.pop_back()) {
                    Some(reply) => answer(reply, Err(why)),
                    None => tracing::debug!(?why, "nobody waits for it"),
                }
            }
            Event::RingStarted(ring) if self.access_token.is_none() => self.outbox.fetch_ahead(&ring.channel),
            Event::Added { call, .. } => self.added(Ok(*call)),
            Event::NotAdded { refusal, .. } => self.added(Err(refusal.clone().into())),
            Event::TokenWillExpire { .. } | Event::TokenExpired { .. } => {
                if let Some(channel) = self.channel() {
                    self.outbox.renew(&channel);
                }
            }
            Event::Ended { end, .. } => self.ended(end),
            _ => {}
        }
        let is_end = matches!(event, Event::Ended { .. });
        self.teller.note(event, clock::now());
        if is_end {
            self.wishes.avatars.send_if_modified(|avatars| std::mem::take(avatars) != Avatars::default());
        }
    }

    fn ended(&mut self, end: &End) {
        self.access_token = None;
        self.outbox.forget();
        self.wishes.settings.send_if_modified(|settings| std::mem::take(&mut settings.muted));
        self.adding.drain(..).for_each(|reply| answer(reply, Err(StartCallError::Ended)));
        self.started(Err(match end {
            End::Refused(refusal) => StartCallError::Refused(refusal.clone()),
            _ => StartCallError::Ended,
        }));
    }

    fn added(&mut self, how: Started) {
        self.adding.pop_front().into_iter().for_each(|reply| answer(reply, how.clone()));
    }

    pub(super) fn started(&mut self, how: Started) {
        self.starting.take().into_iter().for_each(|reply| answer(reply, how.clone()));
    }
}

fn answer(reply: oneshot::Sender<Started>, how: Started) {
    // Whoever asked may have gone meanwhile.
    let _ = reply.send(how);
}
