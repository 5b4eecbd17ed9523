//! When a stream's next picture goes to the window, and how large. No socket and no pixels in here.

use super::message::Size;

/// Pictures that may be on their way to the window: one that is being drawn, and the next.
const CREDIT: u8 = 2;

/// One stream on its way to one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outlet {
    credit: u8,
    tile: Size,
    /// The window has had a picture since the last end.
    has_begun: bool,
    /// There is something that the window does not know.
    is_fresh: bool,
    sequence: u64,
}

/// What is to be done about a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing.
    Wait,
    /// The window is told that the stream has ended.
    End,
    /// The picture goes out, in this size.
    Send(Size),
}

impl Default for Outlet {
    fn default() -> Self {
        Self { credit: CREDIT, tile: Size::default(), has_begun: false, is_fresh: true, sequence: 0 }
    }
}

impl Outlet {
    /// There is another picture, or none any more.
    pub(super) fn changed(&mut self) {
        self.is_fresh = true;
        self.sequence += 1;
    }

    /// The window has drawn or dropped pictures. It cannot have drawn more than there were.
    pub(super) fn give_back(&mut self, credit: u8) {
        self.credit = self.credit.saturating_add(credit).min(CREDIT);
    }

    /// The window draws it so large. What it has then is of another size, so that it gets the same picture again.
    pub(super) fn set_tile(&mut self, tile: Size) {
        self.is_fresh |= self.tile != tile;
        self.tile = tile;
    }

    pub(super) const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Whether there may be anything to do.
    pub(super) const fn is_due(&self) -> bool {
        self.is_fresh
    }

    /// What to do now, if this is the size of the latest picture. It is taken as done.
    pub(super) fn step(&mut self, picture: Option<Size>) -> Step {
        let Some(picture) = picture else {
            let ends = std::mem::take(&mut self.has_begun);
            (self.is_fresh, self.credit) = (false, CREDIT);
            return if ends { Step::End } else { Step::Wait };
        };
        if !self.is_fresh || self.tile.is_nothing() || self.credit == 0 {
            return Step::Wait;
        }
        self.credit -= 1;
        (self.is_fresh, self.has_begun) = (false, true);
        Step::Send(fit(picture, self.tile))
    }
}

/// The size at which a picture just covers a tile, in its own shape: even, and never larger than it is.
fn fit(picture: Size, tile: Size) -> Size {
    let (width, height) = (u32::from(picture.width), u32::from(picture.height));
    let (tile_width, tile_height) = (u32::from(tile.width), u32::from(tile.height));
    if tile_width >= width || tile_height >= height {
        return picture;
    }
    // The side that has to shrink less says how much.
    let (over, under) =
        if tile_width * height >= tile_height * width { (tile_width, width) } else { (tile_height, height) };
    let side = |long: u32| {
        let scaled = (long * over).div_ceil(under).next_multiple_of(2);
        u16::try_from(scaled).unwrap_or(u16::MAX)
    };
    Size { width: side(width), height: side(height) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HD: Size = Size::new(1280, 720);

    #[test]
    fn two_pictures_may_be_on_their_way_and_the_next_waits_for_one_to_be_drawn() {
        let mut outlet = shown();

        assert_eq!(next(&mut outlet), Step::Send(HD));
        assert_eq!(outlet.step(Some(HD)), Step::Wait, "the window has it");
        assert_eq!(next(&mut outlet), Step::Send(HD));
        for _ in 0..100 {
            assert_eq!(next(&mut outlet), Step::Wait, "the window stands still");
        }
        outlet.give_back(1);
        assert_eq!(outlet.step(Some(HD)), Step::Send(HD), "the latest, and no other");
        assert_eq!((outlet.step(Some(HD)), outlet.sequence()), (Step::Wait, 102));
    }

    #[test]
    fn more_credit_than_there_were_pictures_is_worth_nothing() {
        let mut outlet = shown();
        outlet.give_back(u8::MAX);

        let sent = (0..10).filter(|_| next(&mut outlet) != Step::Wait).count();

        assert_eq!(sent, 2);
    }

    #[test]
    fn an_end_is_told_once_also_to_a_window_that_stands_still() {
        let mut outlet = shown();
        assert_eq!(outlet.step(None), Step::Wait, "it has not begun");
        for _ in 0..3 {
            next(&mut outlet);
        }

        outlet.changed();
        assert_eq!(outlet.step(None), Step::End);
        outlet.changed();
        assert_eq!(outlet.step(None), Step::Wait);
        assert_eq!(next(&mut outlet), Step::Send(HD), "it begins anew, with all its credit");
    }

    #[test]
    fn what_is_not_shown_is_not_sent_until_it_is() {
        let mut outlet = Outlet::default();
        assert_eq!(next(&mut outlet), Step::Wait);

        outlet.set_tile(HD);
        assert_eq!(outlet.step(Some(HD)), Step::Send(HD));
        outlet.set_tile(Size::default());
        assert_eq!(next(&mut outlet), Step::Wait);
    }

    #[test]
    fn a_picture_that_stands_still_is_sent_again_for_a_tile_of_another_size() {
        let mut outlet = shown();
        assert_eq!(outlet.step(Some(HD)), Step::Send(HD));

        outlet.set_tile(Size::new(640, 360));

        assert_eq!(outlet.step(Some(HD)), Step::Send(Size::new(640, 360)));
    }

    #[test]
    fn a_picture_covers_its_tile_in_its_own_shape_and_is_never_made_larger() {
        let of = |picture: (u16, u16), tile: (u16, u16)| {
            let size = fit(Size::new(picture.0, picture.1), Size::new(tile.0, tile.1));
            (size.width, size.height)
        };

        assert_eq!(of((1280, 720), (640, 360)), (640, 360));
        assert_eq!(of((1280, 720), (2560, 1440)), (1280, 720), "never larger");
        assert_eq!(of((640, 480), (320, 180)), (320, 240), "4:3");
        assert_eq!(of((720, 1280), (640, 360)), (640, 1138), "9:16");
        assert_eq!(of((1280, 720), (300, 169)), (302, 170), "even");
        assert_eq!(of((1280, 720), (333, 10)), (334, 188));
        assert_eq!(of((4096, 16), (100, 8)), (2048, 8));
        assert_eq!(of((16, 16), (1, 1)), (2, 2));
    }

    fn shown() -> Outlet {
        let mut outlet = Outlet::default();
        outlet.set_tile(HD);
        outlet
    }

    fn next(outlet: &mut Outlet) -> Step {
        outlet.changed();
        outlet.step(Some(HD))
    }
}
