//! What the machine tells, and whom it concerns besides the app.

use carillon_call::device::{End, Event};

use super::{Avatars, CommandError, Driver, StartCallError};
use crate::{clock, media::CallSettings};

impl Driver {
    pub(super) fn tell(&mut self, event: Event) {
        match &event {
            Event::Rejected { why, .. } => self.waiting.rejected(*why),
            Event::Calling { .. } | Event::Joining { .. } => self.waiting.begins(),
            Event::RingStarted(ring) => self.outbox.fetch_ahead(&ring.channel),
            Event::Added { call, users } => self.waiting.added(users, Ok(*call)),
            Event::NotAdded { users, refusal, .. } => self.waiting.added(users, Err(refusal.clone().into())),
            Event::Moderated { user, what, .. } => self.waiting.moderated(user, *what, Ok(())),
            Event::NotModerated { user, what, refusal, .. } => {
                self.waiting.moderated(user, *what, Err(CommandError::Refused(refusal.code)));
            }
            // The gate closes before the app hears of it.
            Event::Muted { .. } => self.choices.settings.send_modify(|settings| settings.muted = true),
            Event::TokenWillExpire { .. } | Event::TokenExpired { .. } => {
                if let Some(channel) = self.channel() {
                    self.outbox.renew(&channel);
                }
            }
            Event::Ended { end, .. } => self.ended(end),
            Event::PublishedChanged { published, .. } => self.media.other_publishes(*published),
            Event::LegChanged { leg, .. } => self.media.person_publishes(leg),
            Event::RingingOn { .. }
            | Event::Invited(_)
            | Event::RingStopped { .. }
            | Event::Active { .. }
            | Event::Reconnecting { .. }
            | Event::Reconnected { .. }
            | Event::PathChanged { .. }
            | Event::NotRenewed { .. } => {}
        }
        let is_end = matches!(event, Event::Ended { .. });
        self.publisher.note(event, clock::now());
        if is_end {
            self.choices.avatars.send_if_modified(|avatars| std::mem::take(avatars) != Avatars::default());
        }
    }

    fn ended(&mut self, end: &End) {
        self.outbox.forget();
        self.choices.settings.send_if_modified(CallSettings::end_call);
        self.waiting.ended(match end {
            End::Refused(refusal) => StartCallError::Refused(refusal.clone()),
            End::Recorded { .. } | End::RemovedBy { .. } | End::HandledElsewhere { .. } => StartCallError::Ended,
        });
    }
}
