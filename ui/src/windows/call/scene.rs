//! Which picture is large, which are small, and where the small ones are.

use carillon_ipc::PicturesView;

/// What a tile shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tile {
    /// The other end's camera, or their avatar.
    Them,
    TheirScreen,
    /// This device's camera.
    Me,
}

impl Tile {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Them => "them",
            Self::TheirScreen => "screen",
            Self::Me => "me",
        }
    }
}

/// The tiles of a call of two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scene {
    pub(super) large: Tile,
    /// In the order in which they are stacked in their corner.
    pub(super) small: Vec<Tile>,
}

/// A screen is large before a camera. `front` is what the user has brought to the front, as long as it is there.
pub(super) fn scene(pictures: &PicturesView, front: Option<Tile>) -> Scene {
    let their_screen = pictures.theirs.screen;
    let shows_them = !their_screen || pictures.theirs.camera;
    let all = [(Tile::TheirScreen, their_screen), (Tile::Them, shows_them), (Tile::Me, pictures.mine.camera)];
    let there: Vec<_> = all.into_iter().filter_map(|(tile, is_there)| is_there.then_some(tile)).collect();
    let wanted = front.filter(|tile| there.contains(tile));
    let large = wanted.or(there.first().copied()).unwrap_or(Tile::Them);
    // The one at the end is the nearest to the corner: the own picture, unless it is the large one.
    let small = there.into_iter().filter(|tile| *tile != large).rev().collect();
    Scene { large, small }
}

/// Whether there is any picture to look at.
pub(super) const fn has_pictures(pictures: &PicturesView) -> bool {
    pictures.theirs.camera || pictures.theirs.screen || pictures.mine.camera
}

/// Where the small tiles are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Corner {
    top: bool,
    left: bool,
}

impl Corner {
    pub(super) const fn word(self) -> &'static str {
        match (self.top, self.left) {
            (true, true) => "top-left",
            (true, false) => "top-right",
            (false, true) => "bottom-left",
            (false, false) => "bottom-right",
        }
    }

    /// The nearest to a point; both from 0 (left, top) to 1.
    pub(super) fn nearest(x: f64, y: f64) -> Self {
        Self { top: y < 0.5, left: x < 0.5 }
    }

    /// Where an arrow key leads from here; `None`: it is another key.
    pub(super) fn toward(self, key: &str) -> Option<Self> {
        match key {
            "ArrowUp" => Some(Self { top: true, ..self }),
            "ArrowDown" => Some(Self { top: false, ..self }),
            "ArrowLeft" => Some(Self { left: true, ..self }),
            "ArrowRight" => Some(Self { left: false, ..self }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use carillon_ipc::{OwnPictures, TheirPictures};

    use super::*;

    fn pictures(camera: bool, screen: bool, mine: bool) -> PicturesView {
        PicturesView {
            theirs: TheirPictures { camera, screen, is_muted: false },
            mine: OwnPictures { camera: mine, screen: false },
            ..PicturesView::default()
        }
    }

    #[test]
    fn a_screen_is_large_before_a_camera() {
        let all = scene(&pictures(true, true, true), None);
        assert_eq!(all, Scene { large: Tile::TheirScreen, small: vec![Tile::Me, Tile::Them] });
        let cameras = scene(&pictures(true, false, true), None);
        assert_eq!(cameras, Scene { large: Tile::Them, small: vec![Tile::Me] });
    }

    #[test]
    fn whose_camera_is_off_is_an_avatar_unless_they_show_their_screen() {
        assert_eq!(scene(&pictures(false, false, true), None).large, Tile::Them);
        assert_eq!(scene(&pictures(false, true, false), None), Scene { large: Tile::TheirScreen, small: vec![] });
    }

    #[test]
    fn what_is_brought_to_the_front_is_large_while_it_is_there() {
        let swapped = scene(&pictures(true, false, true), Some(Tile::Me));
        assert_eq!(swapped, Scene { large: Tile::Me, small: vec![Tile::Them] });
        let camera_off = scene(&pictures(true, false, false), Some(Tile::Me));
        assert_eq!(camera_off, Scene { large: Tile::Them, small: vec![] });
    }

    #[test]
    fn arrows_and_drags_lead_to_every_corner() {
        let begin = Corner::default();
        assert_eq!(begin.word(), "bottom-right");
        let path = ["ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight"];
        let words: Vec<_> = path
            .iter()
            .scan(begin, |corner, key| {
                *corner = corner.toward(key)?;
                Some(corner.word())
            })
            .collect();
        assert_eq!(words, ["top-right", "top-left", "bottom-left", "bottom-right"]);
        assert_eq!(begin.toward("Enter"), None);
        assert_eq!(Corner::nearest(0.1, 0.9).word(), "bottom-left");
        assert_eq!(Corner::nearest(0.7, 0.2).word(), "top-right");
    }
}
