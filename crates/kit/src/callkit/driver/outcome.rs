//! What the machine tells, and whom it concerns besides the app.

use carillon_call::device::{Command, End, Event, Rejection};

use super::{Avatars, Driver, StartCallError};
use crate::clock;

impl Driver {
    pub(super) fn tell(&mut self, event: Event) {
        match &event {
            Event::Rejected { command: Command::StartCall(_) | Command::AddPeople(_), why } => {
                let why = match why {
                    Rejection::Offline => StartCallError::Offline,
                    _ => StartCallError::InAnotherCall,
                };
                self.waiting.rejected(why);
            }
            Event::Calling { .. } | Event::Joining { .. } => self.waiting.begins(),
            Event::RingStarted(ring) if self.access_token.is_none() => self.outbox.fetch_ahead(&ring.channel),
            Event::Added { call, users } => self.waiting.added(users, Ok(*call)),
            Event::NotAdded { users, refusal, .. } => self.waiting.added(users, Err(refusal.clone().into())),
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
        self.waiting.ended(match end {
            End::Refused(refusal) => StartCallError::Refused(refusal.clone()),
            _ => StartCallError::Ended,
        });
    }
}
