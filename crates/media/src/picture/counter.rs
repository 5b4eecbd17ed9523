//! A number burnt into a picture as black and white cells, which is read back after any compression and at any size.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::picture::{Picture, PictureSize};

/// 32 bits of the number and 8 of a check, in one row across the picture.
const CELLS: usize = 40;
const CHECK_BITS: u32 = 8;

/// Video black and white (BT.601).
const BLACK: u8 = 16;
const WHITE: u8 = 235;

/// A cell's mean is at least so far from the middle; what is nearer is no cell.
const CLEAR: u32 = 40;
const MIDDLE: u32 = 126;

/// The number of the picture that a pattern camera takes at this time: it tells how late a picture is, also on another device with the
/// same time of day.
#[must_use]
pub fn frame_number_at(time: SystemTime, frame_rate: u32) -> u32 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    // Wraps every few years.
    (since.as_millis() * u128::from(frame_rate) / 1000) as u32
}

/// Rows at the picture's top that the cells take.
pub(super) fn rows(size: PictureSize) -> usize {
    (size.height() / 12).max(8)
}

/// Burns a number into the brightness plane. Pictures narrower than 80 pixels have no room for it.
pub(super) fn draw(luma: &mut [u8], size: PictureSize, number: u32) {
    let bits = with_check(number);
    let (first, rest) = luma.split_at_mut(size.width());
    for (cell, left) in (0..CELLS).map(|cell| (cell, edge(size, cell))) {
        let is_set = bits >> (CELLS - 1 - cell) & 1 == 1;
        first[left..edge(size, cell + 1)].fill(if is_set { WHITE } else { BLACK });
    }
    rest.chunks_exact_mut(size.width()).take(rows(size) - 1).for_each(|row| row.copy_from_slice(first));
}

/// Reads the number that a test pattern has burnt in; `None` where there is none, or it cannot be made out.
#[must_use]
pub fn frame_number(picture: &Picture) -> Option<u32> {
    let mut bits = 0_u64;
    for cell in 0..CELLS {
        let mean = mean(picture, cell)?;
        if mean.abs_diff(MIDDLE) < CLEAR {
            return None;
        }
        bits = bits << 1 | u64::from(mean > MIDDLE);
    }
    let number = (bits >> CHECK_BITS) as u32;
    (with_check(number) == bits).then_some(number)
}

/// The number and a check that no plain picture passes.
fn with_check(number: u32) -> u64 {
    let check = number.wrapping_mul(0x9e37_79b1).rotate_left(8) as u8 ^ 0x5a;
    u64::from(number) << CHECK_BITS | u64::from(check)
}

fn edge(size: PictureSize, cell: usize) -> usize {
    size.width() * cell / CELLS
}

/// Of the cell's middle, where compression blurs least.
fn mean(picture: &Picture, cell: usize) -> Option<u32> {
    let size = picture.size();
    let (left, right) = (edge(size, cell), edge(size, cell + 1));
    let (margin, rows) = ((right - left) / 4, rows(size));
    let columns = left + margin..right - margin;
    let lines = picture.y().chunks_exact(size.width()).take(rows * 3 / 4).skip(rows / 4);
    let (mut sum, mut count) = (0_u32, 0_u32);
    for line in lines {
        sum += line[columns.clone()].iter().map(|pixel| u32::from(*pixel)).sum::<u32>();
        count += columns.len() as u32;
    }
    sum.checked_div(count)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_number_is_read_back_at_any_size() {
        for (width, height) in [(1280, 720), (320, 180), (90, 160), (1920, 1080), (82, 66)] {
            for number in [0, 1, 0x1234_5678, u32::MAX] {
                assert_eq!(frame_number(&with_number(width, height, number)), Some(number), "{width} × {height}");
            }
        }
    }

    #[test]
    fn pictures_without_a_number_have_none() {
        let size = PictureSize::new(640, 360).expect("a size");
        for shade in [0, 16, 126, 235, 255] {
            let plain = Picture::new(size, Instant::now(), vec![shade; size.bytes()]).expect("whole");
            assert_eq!(frame_number(&plain), None, "{shade}");
        }
    }

    #[test]
    fn a_number_with_one_wrong_cell_is_not_believed() {
        let right = with_number(640, 360, 77);
        let mut planes = right.planes().to_vec();
        planes.chunks_exact_mut(640).take(360).for_each(|row| row[16 * 7..16 * 8].fill(WHITE));

        let wrong = Picture::new(right.size(), Instant::now(), planes).expect("whole");

        assert_eq!(frame_number(&wrong), None);
    }

    #[test]
    fn the_number_of_a_moment_grows_with_the_frame_rate() {
        let later = UNIX_EPOCH + Duration::from_secs(2);
        assert_eq!((frame_number_at(later, 30), frame_number_at(later, 15)), (60, 30));
        assert_eq!(frame_number_at(UNIX_EPOCH, 30), 0);
    }

    fn with_number(width: usize, height: usize, number: u32) -> Picture {
        let size = PictureSize::new(width, height).expect("a size");
        let mut planes = vec![128; size.bytes()];
        draw(&mut planes[..size.luma()], size, number);
        Picture::new(size, Instant::now(), planes).expect("whole")
    }
}
