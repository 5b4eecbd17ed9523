//! Which frames go to which window. A window has a feed exactly while it has something to draw.

use std::{cmp::Reverse, collections::BTreeMap};

use carillon_ipc::{FeedAddress, SEATS, SelfView, Stream};
use carillon_kit::{End, Leg, LegState, PictureSource, UserId, WantedView};

use super::{Controller, devices::Task, input::Input, session::SignedInSession};
use crate::{
    backend::{LatestPicture, Session},
    desktop::{Desktop, Feed},
    frames::{Sources, TileHeights},
    window::WindowName,
};

/// What a window draws, and in a group call whose it is.
pub(super) type Drawn = Vec<(Stream, Option<UserId>)>;

/// The feeds there are.
#[derive(Default)]
pub(super) struct Feeds {
    addresses: BTreeMap<WindowName, FeedAddress>,
    call: Drawn,
    /// How high the call window's tiles are.
    heights: TileHeights,
    following_heights: Option<Task>,
    /// Which of the previews that there were, and where.
    preview: Option<(WindowName, u64)>,
}

impl Feeds {
    pub(super) fn address(&self, window: WindowName) -> Option<FeedAddress> {
        self.addresses.get(&window).cloned()
    }
}

/// The seats of a call's parts, which keep their order.
pub(super) fn seats(legs: &[Leg]) -> impl Iterator<Item = (u8, &Leg)> {
    (0..SEATS).zip(legs)
}

impl<D: Desktop> Controller<D> {
    /// What the call window has to draw.
    pub(super) fn call_drawn(&self) -> Drawn {
        if self.live_call().is_none() || !self.call_seen {
            return Drawn::new();
        }
        let (theirs, own) = (self.their_pictures(), self.call_pictures.own());
        let of_two = [
            (theirs.camera, Stream::TheirCamera),
            (theirs.screen, Stream::TheirScreen),
            (own.camera, Stream::OwnCamera),
            (own.screen, Stream::OwnScreen),
        ];
        let of_two = of_two.into_iter().filter_map(|(is_there, stream)| is_there.then_some((stream, None)));
        of_two.chain(self.group_in_hand().into_iter().flat_map(drawn_of_others)).collect()
    }

    /// Before the views, which say where the frames are.
    pub(super) fn render_feeds(&mut self) {
        let drawn = self.call_drawn();
        if self.feeds.call != drawn {
            let session = self.account.session().filter(|_| !drawn.is_empty());
            let sources = session.map(|session| {
                drawn.iter().fold(Sources::default(), |sources, (stream, user)| {
                    sources.with(*stream, latest(session.kit.as_ref(), *stream, user.as_ref()))
                })
            });
            self.feeds.call = drawn;
            self.feed(WindowName::Call, sources);
        }
        self.render_wants();
        self.render_shown();
        self.render_preview();
    }

    fn render_preview(&mut self) {
        let preview = self.devices.preview.as_ref();
        let preview = preview.and_then(|open| Some((open.window, open.number, open.pictures.clone()?)));
        let shown = preview.as_ref().map(|(window, number, _)| (*window, *number));
        let before = std::mem::replace(&mut self.feeds.preview, shown);
        if before != shown {
            if let Some((window, _)) = before.filter(|(window, _)| shown.is_none_or(|(now, _)| now != *window)) {
                self.feed(window, None);
            }
            if let Some((window, _, pictures)) = preview {
                self.feed(window, Some(Sources::default().with(Stream::OwnCamera, pictures)));
            }
        }
    }

    /// The other end makes no pictures for a window that cannot be seen, and small ones for a small window. Each call begins with all of it.
    fn render_wants(&mut self) {
        let wants = self.wants();
        if self.pair_call().is_some() {
            // The kit passes on what is new.
            self.apply(|kit| kit.want(PictureSource::Camera, wants.camera_rows));
            self.apply(|kit| kit.want(PictureSource::Screen, wants.screen_rows));
        }
    }

    /// Of a group call only what can be seen is asked for, as large as it is seen.
    fn render_shown(&mut self) {
        let Some(session) = self.group_in_hand() else { return };
        let heights = Some(&self.feeds.heights).filter(|_| !self.feeds.call.is_empty());
        let views = heights.map(|heights| wanted(heights, session.call.legs())).unwrap_or_default();
        session.kit.show(views); // which passes on what is new, and forgets it with the call
    }

    /// The call window has laid its tiles out.
    pub(super) fn tiles(&mut self, heights: TileHeights) {
        self.feeds.heights = heights;
    }

    fn feed(&mut self, window: WindowName, sources: Option<Sources>) {
        let Some(Feed { address, heights }) = self.desktop.feed(window, sources) else {
            self.feeds.addresses.remove(&window);
            if window == WindowName::Call {
                (self.feeds.heights, self.feeds.following_heights) = (TileHeights::new(), None);
            }
            return;
        };
        let is_new = self.feeds.addresses.insert(window, address.clone()) != Some(address);
        if is_new && window == WindowName::Call {
            self.feeds.following_heights = Some(self.follow_heights(heights));
        }
    }

    fn follow_heights(&self, mut heights: tokio::sync::watch::Receiver<TileHeights>) -> Task {
        let handle = self.handle.clone();
        let following = tokio::spawn(async move {
            heights.mark_changed();
            while heights.changed().await.is_ok() {
                let latest = heights.borrow_and_update().clone();
                handle.tell(Input::Tiles(latest)).await;
            }
        });
        following.into()
    }

    /// What a window shows of this device's camera while its user looks at themself there.
    pub(super) fn self_view(&self, window: WindowName) -> Option<SelfView> {
        let is_open = self.devices.preview.as_ref().is_some_and(|preview| preview.window == window);
        is_open.then(|| SelfView { feed: self.feeds.address(window), is_mirrored: self.is_mirrored() })
    }
}

/// What the others of a group call show.
fn drawn_of_others(session: &SignedInSession) -> impl Iterator<Item = (Stream, Option<UserId>)> {
    let me = &session.account.user;
    let others = seats(session.call.legs()).filter(move |(_, leg)| leg.user != *me && leg.state == LegState::Accepted);
    others.flat_map(|(seat, leg)| {
        let camera = leg.published.camera.map(|_| Stream::Camera(seat));
        let screen = leg.published.screen.map(|_| Stream::Screen(seat));
        camera.into_iter().chain(screen).map(|stream| (stream, Some(leg.user.clone())))
    })
}

fn latest(kit: &dyn Session, stream: Stream, user: Option<&UserId>) -> LatestPicture {
    let source = if stream.is_screen() { PictureSource::Screen } else { PictureSource::Camera };
    match (user, stream) {
        (Some(user), _) => kit.picture_of(user, source),
        (None, Stream::OwnCamera | Stream::OwnScreen) => kit.pictures(End::This, source),
        (None, _) => kit.pictures(End::Other, source),
    }
}

/// What the tiles show of a group call: screens first, then the largest.
fn wanted(heights: &TileHeights, legs: &[Leg]) -> Vec<WantedView> {
    let view = |(stream, rows): (&Stream, &u16)| {
        let (seat, source) = match stream {
            Stream::Camera(seat) => (*seat, PictureSource::Camera),
            Stream::Screen(seat) => (*seat, PictureSource::Screen),
            Stream::TheirCamera | Stream::TheirScreen | Stream::OwnCamera | Stream::OwnScreen => return None,
        };
        let leg = legs.get(usize::from(seat)).filter(|leg| leg.state == LegState::Accepted)?;
        Some(WantedView { user: leg.user.clone(), source, height: *rows })
    };
    let mut views: Vec<_> = heights.iter().filter_map(view).collect();
    views.sort_by_key(|view| (view.source == PictureSource::Camera, Reverse(view.height)));
    views
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn screens_come_first_then_the_largest_then_in_their_order() {
        let legs = ["ada", "bob", "wei", "zoe"].map(|name| leg(name, LegState::Accepted));
        let heights = [
            (Stream::OwnCamera, 300),
            (Stream::Camera(1), 120),
            (Stream::Camera(2), 700),
            (Stream::Camera(3), 120),
            (Stream::Screen(3), 90),
            (Stream::Camera(9), 90),
        ];

        let views = wanted(&heights.into(), &legs);

        let views: Vec<_> = views.iter().map(|view| (view.user.as_str(), view.source, view.height)).collect();
        let expected = [
            ("zoe", PictureSource::Screen, 90),
            ("wei", PictureSource::Camera, 700),
            ("bob", PictureSource::Camera, 120),
            ("zoe", PictureSource::Camera, 120),
        ];
        assert_eq!(views, expected);
    }

    #[test]
    fn nothing_is_asked_of_those_who_are_not_in_the_call() {
        let legs = [leg("bob", LegState::Left)];
        assert_eq!(wanted(&[(Stream::Camera(0), 90)].into(), &legs), []);
    }

    fn leg(name: &str, state: LegState) -> Leg {
        let user = UserId::new(name).expect("a good name");
        Leg::new(user, name, state)
    }
}
