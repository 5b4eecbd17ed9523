//! The latest pictures of a call, for whoever looks.

use carillon_media::Picture;
use carillon_protocol::{Published, PublishedSize, UserId, Wants};
use carillon_rtc::{End, Source};
use tokio::sync::watch;

use super::others::{Incoming, OthersPictures, PeoplePublish};

/// What of one end is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureSource {
    /// What its camera sees.
    Camera,
    /// The screen or window that it shares.
    Screen,
}

impl PictureSource {
    pub(crate) const ALL: [Self; 2] = [Self::Camera, Self::Screen];

    pub(super) const fn is_in(self, published: Published) -> bool {
        self.size_in(published).is_some()
    }

    pub(super) const fn size_in(self, published: Published) -> Option<PublishedSize> {
        match self {
            Self::Camera => published.camera,
            Self::Screen => published.screen,
        }
    }

    /// How much is wanted of it.
    pub(super) const fn rows(self, wants: Wants) -> Option<u16> {
        match self {
            Self::Camera => wants.camera_rows,
            Self::Screen => wants.screen_rows,
        }
    }

    /// The same as the transport has it.
    pub(crate) const fn track(self) -> Source {
        match self {
            Self::Camera => Source::Camera,
            Self::Screen => Source::Screen,
        }
    }
}

/// The latest picture of each end and source, as long as there is one.
#[derive(Debug, Clone, Default)]
pub(crate) struct ShownPictures {
    own: OneEnd,
    others: OneEnd,
    /// Of those in a group call.
    of_people: OthersPictures,
    people_publish: PeoplePublish,
    /// What the other end says that it shows.
    published: watch::Sender<Published>,
    /// What this end wants of it.
    wants: watch::Sender<Wants>,
}

/// Whether what comes in of a source may be seen: not after the other end has said that it is off, until it says that it is on. One that
/// says nothing, as other programs do, is seen. And not while this end wants none of it: then no newer one comes.
#[derive(Debug)]
pub(super) struct Curtain {
    source: PictureSource,
    was_on: bool,
    is_off: bool,
    is_unwanted: bool,
}

impl Curtain {
    pub(super) fn of(source: PictureSource, published: Published, wants: Wants) -> Self {
        let is_unwanted = source.rows(wants) == Some(0);
        Self { source, was_on: source.is_in(published), is_off: false, is_unwanted }
    }

    /// The other end says something.
    pub(super) const fn hear(&mut self, published: Published) {
        let is_on = self.source.is_in(published);
        self.is_off = !is_on && (self.was_on || self.is_off);
        self.was_on = is_on;
    }

    /// This end wants more, or less.
    pub(super) fn want(&mut self, wants: Wants) {
        self.is_unwanted = self.source.rows(wants) == Some(0);
    }

    pub(super) const fn is_drawn(&self) -> bool {
        self.is_off || self.is_unwanted
    }
}

#[derive(Debug, Clone, Default)]
struct OneEnd {
    camera: watch::Sender<Option<Picture>>,
    screen: watch::Sender<Option<Picture>>,
}

impl ShownPictures {
    /// Where these are put.
    pub(crate) const fn sender(&self, end: End, source: PictureSource) -> &watch::Sender<Option<Picture>> {
        let end = match end {
            End::This => &self.own,
            End::Other => &self.others,
        };
        match source {
            PictureSource::Camera => &end.camera,
            PictureSource::Screen => &end.screen,
        }
    }

    /// The other end says what it shows.
    pub(crate) fn other_publishes(&self, published: Published) {
        self.published.send_replace(published);
    }

    pub(super) fn published(&self) -> watch::Receiver<Published> {
        self.published.subscribe()
    }

    /// This end wants so much of what the other one shows.
    pub(crate) fn want(&self, source: PictureSource, rows: Option<u16>) {
        self.wants.send_if_modified(|wants| {
            let wanted = match source {
                PictureSource::Camera => &mut wants.camera_rows,
                PictureSource::Screen => &mut wants.screen_rows,
            };
            std::mem::replace(wanted, rows) != rows
        });
    }

    pub(super) fn wants(&self) -> watch::Receiver<Wants> {
        self.wants.subscribe()
    }

    /// Nothing of this call holds for the next one. Media that are made anew within a call know what was said in it.
    pub(crate) fn end_call(&self) {
        self.published.send_replace(Published::default());
        self.people_publish.forget();
        self.wants.send_replace(Wants::default());
    }

    /// Somebody in a group call says what they show.
    pub(crate) fn person_publishes(&self, user: &UserId, published: Published) {
        self.people_publish.hear(user, published);
    }

    pub(super) fn published_of(&self, user: &UserId) -> watch::Receiver<Published> {
        self.people_publish.of(user)
    }

    /// Somebody's picture comes in from now on.
    pub(super) fn begin(&self, user: &UserId, source: PictureSource) -> Incoming {
        self.of_people.begin(user, source)
    }

    /// Where somebody's in a group call are looked at.
    pub(crate) fn look_at(&self, user: &UserId, source: PictureSource) -> watch::Receiver<Option<Picture>> {
        self.of_people.look(user, source)
    }

    /// Where these are looked at.
    pub(crate) fn look(&self, end: End, source: PictureSource) -> watch::Receiver<Option<Picture>> {
        let sender = self.sender(end, source);
        // This end's pictures are put there only while somebody looks: the one that is left is old.
        if end == End::This && sender.receiver_count() == 0 {
            sender.send_replace(None);
        }
        sender.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use carillon_media::PictureSize;
    use carillon_protocol::PublishedSize;

    use super::*;

    #[test]
    fn each_end_and_source_has_a_picture_of_its_own() {
        let shown = ShownPictures::default();
        let size = PictureSize::new(32, 16).expect("a size");
        let picture = Picture::new(size, Instant::now(), vec![0; size.bytes()]);

        shown.sender(End::Other, PictureSource::Screen).send_replace(picture);

        for (end, source) in [(End::This, PictureSource::Camera), (End::This, PictureSource::Screen)] {
            assert!(shown.look(end, source).borrow().is_none());
        }
        assert!(shown.look(End::Other, PictureSource::Camera).borrow().is_none());
        assert!(shown.look(End::Other, PictureSource::Screen).borrow().is_some());
    }

    #[test]
    fn what_the_other_end_has_turned_off_is_not_seen_until_it_is_on_again() {
        let nothing = Published::default();
        let on = Published { camera: PublishedSize::new(640, 360), ..nothing };
        let mut curtain = Curtain::of(PictureSource::Camera, nothing, Wants::default());
        let mut after = |published| {
            curtain.hear(published);
            curtain.is_drawn()
        };

        assert!(!after(nothing), "it may be a program that never says anything");
        assert!(!after(on));
        assert!(after(nothing) && after(Published { screen: on.camera, ..nothing }));
        assert!(!after(on));
    }

    #[test]
    fn whoever_begins_to_look_at_oneself_is_not_shown_how_one_looked_before() {
        let shown = ShownPictures::default();
        let size = PictureSize::new(32, 16).expect("a size");
        let looking = shown.look(End::This, PictureSource::Camera);
        let picture = Picture::new(size, Instant::now(), vec![0; size.bytes()]);
        shown.sender(End::This, PictureSource::Camera).send_replace(picture);
        assert!(looking.borrow().is_some());
        drop(looking);

        assert!(shown.look(End::This, PictureSource::Camera).borrow().is_none());
    }
}
