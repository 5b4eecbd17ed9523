//! How tiles fill a window: all the same size, as large as they can be, on as many pages as it takes.

/// More pictures than this come at no time.
const MOST_PICTURES: usize = 16;
/// A face that is smaller is none, in CSS pixels.
const MIN_WIDTH: f64 = 160.0;
const MIN_HEIGHT: f64 = MIN_WIDTH / SHAPE;
/// Width by height of a tile.
const SHAPE: f64 = 16.0 / 9.0;
/// Between two tiles, as the style sheet has it.
const GAP: f64 = 8.0;

/// The room there is for tiles, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Room {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Tiles of one size, in rows of so many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    pub(super) columns: usize,
    pub(super) tile_width: f64,
    /// How many a page has.
    pub(super) per_page: usize,
}

impl Grid {
    pub(super) fn tile_height(self) -> f64 {
        self.tile_width / SHAPE
    }
}

/// The rows and columns that give so many people the largest tiles.
pub(super) fn grid(count: usize, room: Room) -> Grid {
    let per_page = (most(room.width, MIN_WIDTH) * most(room.height, MIN_HEIGHT)).min(MOST_PICTURES);
    let shown = count.clamp(1, per_page);
    let best = (1..=shown).map(|columns| {
        let rows = shown.div_ceil(columns);
        let (width, height) = (share(room.width, columns), share(room.height, rows));
        Grid { columns, tile_width: width.min(height * SHAPE).max(1.0).floor(), per_page }
    });
    let smallest = Grid { columns: 1, tile_width: MIN_WIDTH, per_page };
    best.max_by(|one, other| one.tile_width.total_cmp(&other.tile_width)).unwrap_or(smallest)
}

/// One row of the smallest tiles, below a large one.
pub(super) fn strip(room: Room) -> Grid {
    // The large one counts.
    let columns = most(room.width, MIN_WIDTH).min(MOST_PICTURES - 1);
    Grid { columns, tile_width: MIN_WIDTH, per_page: columns }
}

/// How many of at least this length go into a side; one, if need be.
fn most(side: f64, min: f64) -> usize {
    ((side + GAP) / (min + GAP)).floor().max(1.0) as usize
}

fn share(side: f64, among: usize) -> f64 {
    let among = among as f64;
    (side - GAP * (among - 1.0)) / among
}

/// Which page it is, counted from 0, and of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paging {
    pub(super) page: usize,
    pub(super) pages: usize,
    per_page: usize,
}

impl Paging {
    /// The wanted page, or the last one where people have left.
    pub(super) fn new(wanted: usize, count: usize, per_page: usize) -> Self {
        let pages = count.div_ceil(per_page).max(1);
        Self { page: wanted.min(pages - 1), pages, per_page }
    }

    /// What of a list is on it.
    pub(super) fn of<T>(self, all: &[T]) -> impl Iterator<Item = &T> {
        all.iter().skip(self.page * self.per_page).take(self.per_page)
    }

    pub(super) const fn back(self) -> Option<usize> {
        self.page.checked_sub(1)
    }

    pub(super) fn next(self) -> Option<usize> {
        Some(self.page + 1).filter(|next| *next < self.pages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Room = Room { width: 1280.0, height: 720.0 };
    const SMALL: Room = Room { width: 384.0, height: 250.0 };

    #[test]
    fn tiles_are_as_large_as_they_can_be() {
        let shape = |count, room| {
            let Grid { columns, tile_width, .. } = grid(count, room);
            (columns, tile_width)
        };

        assert_eq!(shape(1, WIDE), (1, 1280.0));
        assert_eq!(shape(2, WIDE), (2, 636.0));
        assert_eq!(shape(4, WIDE), (2, 632.0));
        assert_eq!(shape(9, WIDE), (3, 417.0));
        assert_eq!(shape(16, WIDE), (4, 309.0));
        let tall = Room { width: 400.0, height: 900.0 };
        assert_eq!(shape(3, tall), (1, 400.0), "one below the other");
    }

    #[test]
    fn no_tile_is_smaller_than_a_face_needs_and_none_leaves_the_room() {
        for width in (160..2600).step_by(97) {
            for height in (90..1600).step_by(83) {
                let room = Room { width: f64::from(width), height: f64::from(height) };
                for count in 1..=40 {
                    let grid = grid(count, room);
                    let shown = count.min(grid.per_page);
                    let rows = shown.div_ceil(grid.columns) as f64;
                    let columns = grid.columns as f64;
                    assert!(grid.tile_width >= MIN_WIDTH, "{room:?} {count}: {grid:?}");
                    assert!(columns * grid.tile_width + GAP * (columns - 1.0) <= room.width, "{room:?} {grid:?}");
                    assert!(rows * grid.tile_height() + GAP * (rows - 1.0) <= room.height, "{room:?} {grid:?}");
                    assert!(shown <= MOST_PICTURES);
                }
            }
        }
    }

    #[test]
    fn whoever_does_not_fit_is_on_another_page_and_nobody_on_two() {
        let people: Vec<usize> = (0..20).collect();
        let per_page = grid(people.len(), SMALL).per_page;
        assert_eq!(per_page, 4);

        let pages: Vec<Vec<usize>> =
            (0..5).map(|page| Paging::new(page, people.len(), per_page).of(&people).copied().collect()).collect();

        assert_eq!(pages.concat(), people);
        assert_eq!(grid(20, WIDE).per_page, 16, "no more pictures than come");
    }

    #[test]
    fn pages_end_where_they_end_also_after_people_have_left() {
        let last = Paging::new(4, 20, 4);
        assert_eq!((last.page, last.pages, last.back(), last.next()), (4, 5, Some(3), None));
        let fewer = Paging::new(4, 5, 4);
        assert_eq!((fewer.page, fewer.pages), (1, 2));
        let nobody = Paging::new(3, 0, 4);
        assert_eq!((nobody.page, nobody.pages, nobody.back(), nobody.next()), (0, 1, None, None));
    }

    #[test]
    fn a_strip_is_one_row() {
        assert_eq!(strip(SMALL).per_page, 2);
        assert_eq!(strip(WIDE).per_page, 7);
        assert_eq!(strip(Room { width: 9000.0, height: 1.0 }).per_page, 15, "the large one is a picture, too");
        assert_eq!(strip(Room { width: 10.0, height: 10.0 }).per_page, 1);
    }
}
