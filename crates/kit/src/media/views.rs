//! What of a group call is shown, and in which slots of its transport it is received.

use std::collections::VecDeque;

use carillon_protocol::{PublishedSource, UserId, WantedPicture, slots_of};

use super::PictureSource;

/// A picture of a group call that is shown now.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WantedView {
    /// Whose picture.
    pub user: UserId,
    /// Their camera, or the screen that they share.
    pub source: PictureSource,
    /// How many rows of it are shown, in pixels of the screen; 0 is as good as not shown.
    pub height: u16,
}

/// Heights are told in steps, rounded up: somebody who pulls at a window changes them all the time.
const STEP: u16 = 90;

/// Who is received in which slot. Whoever stays keeps their slot, so that their pictures go on.
#[derive(Debug)]
pub(crate) struct ViewSlots {
    cameras: Vec<(u8, UserId)>,
    /// Slots of cameras without anybody, the one first that has been so for the longest time: something may still come in the others.
    free: VecDeque<u8>,
    told: Vec<WantedPicture>,
}

impl Default for ViewSlots {
    /// Of a call in which nothing is shown yet, which need not be told.
    fn default() -> Self {
        Self { cameras: Vec::new(), free: slots_of(PublishedSource::Camera).collect(), told: Vec::new() }
    }
}

impl ViewSlots {
    /// What is to be received for these views, the most important first, where that is something else than before. Cameras for which there is
    /// no slot are left out, and of several screens all but the first.
    pub(crate) fn give(&mut self, views: &[WantedView]) -> Option<Vec<WantedPicture>> {
        let shown = self.with_slots(views);
        let wanted: Vec<WantedPicture> = shown.into_iter().map(|(slot, view)| wanted(slot, view)).collect();
        if wanted == self.told {
            return None;
        }
        self.told.clone_from(&wanted);
        Some(wanted)
    }

    fn with_slots<'a>(&mut self, views: &'a [WantedView]) -> Vec<(u8, &'a WantedView)> {
        let mut shown: Vec<&WantedView> = Vec::new();
        let (mut cameras, mut screens) = (self.cameras.len() + self.free.len(), 1);
        for view in views.iter().filter(|view| view.height > 0) {
            let left = match view.source {
                PictureSource::Camera => &mut cameras,
                PictureSource::Screen => &mut screens,
            };
            let is_there = shown.iter().any(|other| (&other.user, other.source) == (&view.user, view.source));
            if *left > 0 && !is_there {
                *left -= 1;
                shown.push(view);
            }
        }
        self.free_all_but(&shown);
        shown.into_iter().filter_map(|view| Some((self.slot_of(view)?, view))).collect()
    }

    fn free_all_but(&mut self, shown: &[&WantedView]) {
        let is_shown =
            |user: &UserId| shown.iter().any(|view| view.source == PictureSource::Camera && view.user == *user);
        let (stay, go) = std::mem::take(&mut self.cameras).into_iter().partition(|(_, user)| is_shown(user));
        self.cameras = stay;
        self.free.extend(go.into_iter().map(|(slot, _): (u8, UserId)| slot));
    }

    fn slot_of(&mut self, view: &WantedView) -> Option<u8> {
        if view.source == PictureSource::Screen {
            return slots_of(PublishedSource::Screen).next();
        }
        let known = self.cameras.iter().find(|(_, user)| *user == view.user).map(|(slot, _)| *slot);
        known.or_else(|| {
            let slot = self.free.pop_front()?;
            self.cameras.push((slot, view.user.clone()));
            Some(slot)
        })
    }
}

fn wanted(slot: u8, view: &WantedView) -> WantedPicture {
    let height = view.height.checked_next_multiple_of(STEP).unwrap_or(u16::MAX);
    WantedPicture { slot, user: view.user.clone(), height }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_stays_keeps_their_slot_and_whoever_comes_gets_one_that_was_never_used() {
        let mut slots = ViewSlots::default();
        let first = given(&mut slots, &[camera("bob"), camera("carol")]);
        assert_eq!(first, ["bob in 5", "carol in 6"]);

        let next = given(&mut slots, &[camera("dora"), camera("carol")]);

        assert_eq!(next, ["dora in 7", "carol in 6"], "the most important first");
        assert_eq!(given(&mut slots, &[camera("bob")]), ["bob in 8"]);
    }

    #[test]
    fn what_is_not_new_is_not_told_and_an_empty_wish_is() {
        let mut slots = ViewSlots::default();
        assert_eq!(slots.give(&[]), None, "nothing was shown before");
        assert!(slots.give(&[camera("bob")]).is_some());
        assert_eq!(slots.give(&[camera("bob")]), None);

        let a_little_larger = WantedView { height: 355, ..camera("bob") };
        assert_eq!(slots.give(&[a_little_larger]), None);
        let larger = WantedView { height: 361, ..camera("bob") };
        assert_eq!(slots.give(&[larger]).map(|wanted| wanted[0].height), Some(450));

        assert_eq!(slots.give(&[]), Some(vec![]));
        assert_eq!(slots.give(&[]), None);
    }

    #[test]
    fn there_are_sixteen_cameras_and_one_screen_and_each_is_wanted_once() {
        let mut slots = ViewSlots::default();
        let names: Vec<String> = (0..20).map(|number| format!("user{number}")).collect();
        let mut views: Vec<WantedView> = names.iter().map(|name| camera(name)).collect();
        views.insert(1, camera("user0"));
        views.extend([screen("user3"), screen("user4")]);

        let wanted = slots.give(&views).expect("it is new");

        assert_eq!(wanted.len(), 17);
        assert_eq!((wanted[15].slot, wanted[15].user.as_str()), (20, "user15"));
        assert_eq!((wanted[16].slot, wanted[16].user.as_str()), (21, "user3"));
        views.retain(|view| view.user.as_str() != "user2");
        let after = slots.give(&views).expect("one has gone");
        let slot_of = |name: &str| after.iter().find(|wanted| wanted.user.as_str() == name).map(|wanted| wanted.slot);
        assert_eq!((slot_of("user3"), slot_of("user16")), (Some(8), Some(7)));
    }

    #[test]
    fn what_is_shown_in_no_rows_is_not_shown() {
        let hidden = WantedView { height: 0, ..camera("bob") };

        assert_eq!(ViewSlots::default().give(&[hidden]), None);
    }

    fn given(slots: &mut ViewSlots, views: &[WantedView]) -> Vec<String> {
        let wanted = slots.give(views).expect("it is new");
        wanted.iter().map(|wanted| format!("{} in {}", wanted.user, wanted.slot)).collect()
    }

    fn camera(name: &str) -> WantedView {
        WantedView { user: UserId::new(name).expect("a good name"), source: PictureSource::Camera, height: 360 }
    }

    fn screen(name: &str) -> WantedView {
        WantedView { source: PictureSource::Screen, ..camera(name) }
    }
}
