//! The latest pictures of those in a group call, for whoever looks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use carillon_media::Picture;
use carillon_protocol::{Published, UserId};
use tokio::sync::watch;

use super::PictureSource;

/// Whose it is, and what it shows.
type Of = (UserId, PictureSource);

/// A channel for each picture that somebody looks at or that comes in: there are no more of them than that.
#[derive(Debug, Clone, Default)]
pub(crate) struct OthersPictures {
    channels: Arc<Mutex<BTreeMap<Of, Channel>>>,
}

#[derive(Debug, Default)]
struct Channel {
    latest: watch::Sender<Option<Picture>>,
    /// In how many slots it comes in: two for a moment, where somebody moves from one to another.
    comes_in: usize,
}

impl OthersPictures {
    /// Where a picture is looked at. It outlives the call: whoever comes back is seen again.
    pub(crate) fn look(&self, user: &UserId, source: PictureSource) -> watch::Receiver<Option<Picture>> {
        let mut channels = self.lock();
        channels.retain(|_, channel| channel.is_used());
        channels.entry((user.clone(), source)).or_default().latest.subscribe()
    }

    /// A picture comes in from now on, for as long as this lives.
    pub(super) fn begin(&self, user: &UserId, source: PictureSource) -> Incoming {
        let of = (user.clone(), source);
        let mut channels = self.lock();
        channels.retain(|_, channel| channel.is_used());
        let channel = channels.entry(of.clone()).or_default();
        channel.comes_in += 1;
        Incoming { latest: channel.latest.clone(), of, others: self.clone() }
    }

    fn end(&self, of: &Of) {
        let mut channels = self.lock();
        if let Some(channel) = channels.get_mut(of) {
            channel.comes_in -= 1;
            if channel.comes_in == 0 {
                channel.latest.send_if_modified(|latest| latest.take().is_some());
            }
        }
        channels.retain(|_, channel| channel.is_used());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Of, Channel>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Channel {
    fn is_used(&self) -> bool {
        self.comes_in > 0 || self.latest.receiver_count() > 0
    }
}

/// Somebody's picture that comes in. When the last such of a picture is dropped, none is shown any more.
#[derive(Debug)]
pub(super) struct Incoming {
    of: Of,
    latest: watch::Sender<Option<Picture>>,
    others: OthersPictures,
}

impl Incoming {
    /// Where the pictures are put.
    pub(super) const fn latest(&self) -> &watch::Sender<Option<Picture>> {
        &self.latest
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        self.others.end(&self.of);
    }
}

/// What those in the group call in hand say that they show.
#[derive(Debug, Clone, Default)]
pub(super) struct PeoplePublish {
    people: Arc<Mutex<BTreeMap<UserId, watch::Sender<Published>>>>,
}

impl PeoplePublish {
    pub(super) fn hear(&self, user: &UserId, published: Published) {
        self.lock().entry(user.clone()).or_default().send_if_modified(|before| {
            let is_new = *before != published;
            *before = published;
            is_new
        });
    }

    pub(super) fn of(&self, user: &UserId) -> watch::Receiver<Published> {
        self.lock().entry(user.clone()).or_default().subscribe()
    }

    /// There is another call.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<UserId, watch::Sender<Published>>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use carillon_media::PictureSize;

    use super::*;

    #[test]
    fn each_person_and_source_has_a_picture_of_its_own_and_none_once_it_comes_in_no_more() {
        let others = OthersPictures::default();
        let looking = ["bob", "carol"].map(|name| others.look(&user(name), PictureSource::Camera));
        let screen = others.look(&user("bob"), PictureSource::Screen);

        let coming = others.begin(&user("bob"), PictureSource::Camera);
        coming.latest().send_replace(picture());

        assert!(looking[0].borrow().is_some() && looking[1].borrow().is_none() && screen.borrow().is_none());
        drop(coming);
        assert!(looking[0].borrow().is_none());
        let again = others.begin(&user("bob"), PictureSource::Camera);
        again.latest().send_replace(picture());
        assert!(looking[0].borrow().is_some(), "whoever comes back is seen again");
    }

    #[test]
    fn somebody_who_moves_to_another_slot_stays_visible() {
        let others = OthersPictures::default();
        let looking = others.look(&user("bob"), PictureSource::Camera);
        let before = others.begin(&user("bob"), PictureSource::Camera);
        before.latest().send_replace(picture());

        let after = others.begin(&user("bob"), PictureSource::Camera);
        drop(before);

        assert!(looking.borrow().is_some());
        drop(after);
        assert!(looking.borrow().is_none());
    }

    #[test]
    fn no_more_is_kept_than_somebody_looks_at_or_comes_in() {
        let others = OthersPictures::default();
        for number in 0..1_000 {
            others.look(&user(&format!("user{number}")), PictureSource::Camera);
        }
        let looking = others.look(&user("bob"), PictureSource::Camera);
        let coming = others.begin(&user("carol"), PictureSource::Screen);
        assert_eq!(others.lock().len(), 2);

        drop((looking, coming));
        others.look(&user("dora"), PictureSource::Camera);
        assert_eq!(others.lock().len(), 1);
    }

    fn user(name: &str) -> UserId {
        UserId::new(name).expect("a good name")
    }

    fn picture() -> Option<Picture> {
        let size = PictureSize::new(32, 16).expect("a size");
        Picture::new(size, Instant::now(), vec![0; size.bytes()])
    }
}
