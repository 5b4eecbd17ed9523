//! How this user looks at a group call: all the same or one large, and whom.

use carillon_ipc::{GroupCallView, Notice, NoticeCode, VolumeView};
use carillon_kit::{CallStatus, Direction, LegState, Moderation, UserId};

use super::{Controller, notices};
use crate::desktop::Desktop;

/// A user who joins more people than this is silent until they want to speak.
pub(super) const CROWD: usize = 5;

/// How this user looks at the group call there is. What they have chosen lasts as long as the call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct GroupLook {
    /// One is large, while nobody shares a screen.
    spotlight: bool,
    /// What was chosen since somebody shares a screen, which is large until then.
    beside_screen: Option<bool>,
    somebody_shares: bool,
    pinned: Option<UserId>,
    speaker: Option<UserId>,
    shows_people: bool,
    /// This user was seen to be in it.
    has_joined: bool,
}

impl GroupLook {
    const fn is_spotlight(&self) -> bool {
        match self.beside_screen {
            _ if !self.somebody_shares => self.spotlight,
            Some(chosen) => chosen,
            None => true,
        }
    }

    fn set_spotlight(&mut self, on: bool) {
        if self.somebody_shares {
            self.beside_screen = Some(on);
        } else {
            self.spotlight = on;
        }
        self.pinned = None;
    }

    fn pin(&mut self, user: Option<UserId>) {
        if user.is_some() {
            self.set_spotlight(true);
        }
        self.pinned = user;
    }

    /// A screen that somebody begins to share is what all look at first.
    fn see_screens(&mut self, somebody_shares: bool) {
        if std::mem::replace(&mut self.somebody_shares, somebody_shares) != somebody_shares {
            self.beside_screen = None;
            self.pinned = self.pinned.take().filter(|_| !somebody_shares);
        }
    }

    pub(super) fn speaks(&mut self, user: UserId) {
        self.speaker = Some(user);
    }

    pub(super) const fn show_people(&mut self, on: bool) {
        self.shows_people = on;
    }

    /// Puts into a view what of it is so. Whoever has gone is neither pinned nor talks.
    pub(super) fn fill(&self, view: GroupCallView) -> GroupCallView {
        let is_in = |user: &UserId| view.legs.iter().any(|leg| leg.user == *user && leg.is_in());
        GroupCallView {
            is_spotlight: self.is_spotlight(),
            pinned: self.pinned.clone().filter(is_in),
            speaker: self.speaker.clone().filter(is_in),
            shows_people: self.shows_people,
            ..view
        }
    }
}

impl<D: Desktop> Controller<D> {
    /// How a group call is has changed.
    pub(super) fn look_at_group(&mut self) {
        let Some(session) = self.group_in_hand() else { return };
        let (me, call) = (&session.account.user, &session.call);
        let is_in = |leg: &&carillon_kit::Leg| leg.state == LegState::Accepted;
        let others = || call.legs().iter().filter(is_in).filter(|leg| leg.user != *me);
        let somebody_shares = others().any(|leg| leg.published.screen.is_some());
        let has_joined = call.legs().iter().filter(is_in).any(|leg| leg.user == *me);
        // The kit has done it before the microphone opened.
        let is_silent = call.muted && was_invited(call) && others().count() > CROWD;
        let look = &mut self.call_pictures.group;
        look.see_screens(somebody_shares);
        if has_joined && !std::mem::replace(&mut look.has_joined, true) && is_silent {
            self.call_notice = Some(notices::plain(NoticeCode::JoinedMuted));
        }
    }

    pub(super) fn set_spotlight(&mut self, on: bool) -> Result<(), Notice> {
        self.in_group()?.set_spotlight(on);
        Ok(())
    }

    pub(super) fn pin(&mut self, user: Option<UserId>) -> Result<(), Notice> {
        self.in_group()?.pin(user);
        Ok(())
    }

    pub(super) fn show_people(&mut self, on: bool) -> Result<(), Notice> {
        self.in_group()?.show_people(on);
        Ok(())
    }

    pub(super) fn set_hand(&mut self, raised: bool) -> Result<(), Notice> {
        self.in_group()?;
        self.session()?.set_hand(raised);
        Ok(())
    }

    /// The server knows best who may.
    pub(super) fn moderate(&mut self, user: UserId, what: Moderation) -> Result<(), Notice> {
        self.in_group()?;
        self.session()?.moderate(user, what);
        Ok(())
    }

    pub(super) fn set_volume(&mut self, user: UserId, change: impl FnOnce(&mut VolumeView)) -> Result<(), Notice> {
        self.in_group()?;
        let session = self.session()?;
        if session.call.legs().iter().all(|leg| leg.user != user) {
            return Err(notices::plain(NoticeCode::NotFound));
        }
        let volume = session.volumes.entry(user.clone()).or_default();
        change(volume);
        let VolumeView { percent, is_silenced } = *volume;
        if *volume == VolumeView::default() {
            session.volumes.remove(&user);
        }
        session.kit.set_volume(user, if is_silenced { 0 } else { percent });
        Ok(())
    }

    fn in_group(&mut self) -> Result<&mut GroupLook, Notice> {
        let not_now = || notices::plain(NoticeCode::NotAllowed);
        self.group_in_hand().ok_or_else(not_now)?;
        Ok(&mut self.call_pictures.group)
    }
}

fn was_invited(call: &CallStatus) -> bool {
    call.call.as_ref().is_some_and(|call| call.direction == Direction::Incoming)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_screen_is_large_until_the_user_wants_it_otherwise_and_what_they_chose_before_comes_back() {
        let mut look = GroupLook::default();
        assert!(!look.is_spotlight());

        look.see_screens(true);
        assert!(look.is_spotlight());
        look.set_spotlight(false);
        look.see_screens(true);
        assert!(!look.is_spotlight(), "as the user has it");
        look.see_screens(false);
        assert!(!look.is_spotlight(), "as it was");

        look.see_screens(true);
        assert!(look.is_spotlight(), "the next screen is large again");
    }

    #[test]
    fn whoever_is_pinned_is_large_until_a_screen_is_shared_or_all_are_the_same() {
        let bob = || UserId::new("bob").ok();
        let mut look = GroupLook::default();

        look.pin(bob());
        assert!(look.is_spotlight() && look.pinned == bob());
        look.see_screens(true);
        assert_eq!(look.pinned, None, "the screen is what all look at");
        look.pin(bob());
        assert_eq!(look.pinned, bob());
        look.set_spotlight(false);
        assert_eq!(look.pinned, None);
        look.pin(bob());
        look.pin(None);
        assert!(look.is_spotlight() && look.pinned.is_none());
    }
}
