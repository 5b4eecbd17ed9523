//! What the others publish, told by source: it is on, it is off.

use std::collections::BTreeMap;

use carillon_protocol::{LegState, Published, PublishedSource, UserId};

use super::{StateChange, StatusPublisher};

/// What the app was told last of each of the others.
#[derive(Debug, Default)]
pub(super) struct ToldSources(BTreeMap<UserId, Published>);

impl ToldSources {
    /// The sources of which something else was told, each with whether it is on now.
    fn change(&mut self, user: &UserId, now: Published) -> Vec<(PublishedSource, bool)> {
        let before = self.0.insert(user.clone(), now).unwrap_or_default();
        let changed = PublishedSource::ALL.into_iter().filter(|source| before.is_on(*source) != now.is_on(*source));
        changed.map(|source| (source, now.is_on(source))).collect()
    }
}

impl StatusPublisher {
    /// The other end of a call of two says what it publishes. Before media flow it is shown, and told of with them.
    pub(super) fn other_publishes(&mut self, user: &UserId, published: Published) {
        self.status.published = published;
        if self.talking_since().is_some() {
            self.tell_sources(user, published);
        }
    }

    /// Media flow from now on: the app hears of all that is published already.
    pub(super) fn publish_sources(&mut self) {
        let Some(current) = &self.current else { return };
        let published: Vec<_> = match current.info.is_group() {
            false => vec![(current.info.with.clone(), self.status.published)],
            true => {
                let others = current.info.legs.iter().filter(|leg| leg.user != self.me);
                let joined = others.filter(|leg| leg.state == LegState::Accepted);
                joined.map(|leg| (leg.user.clone(), leg.published)).collect()
            }
        };
        for (user, published) in published {
            self.tell_sources(&user, published);
        }
    }

    pub(super) fn tell_sources(&mut self, user: &UserId, now: Published) {
        for (source, is_on) in self.told_sources.change(user, now) {
            let user = user.clone();
            self.change(match is_on {
                true => StateChange::UserPublished { user, source },
                false => StateChange::UserUnpublished { user, source },
            });
        }
    }
}
