//! How much of a picture is left after it was sent: structural similarity (Wang, Bovik, Sheikh and Simoncelli, 2004), of brightness.

use carillon_media::Picture;

/// The side of a window, and how far the next one is.
const WINDOW: usize = 8;
const STEP: usize = 4;
/// The paper's constants for eight bits: (0.01 × 255)² and (0.03 × 255)².
const C1: f64 = 6.5025;
const C2: f64 = 58.5225;

/// From 1 (the same) downwards. A received picture of another size is compared as it is shown: brought to the size of the sent one.
/// The first `skipped` rows of both are left out: those of a burnt-in number, which no camera sees.
#[must_use]
pub fn ssim(sent: &Picture, received: &Picture, skipped: usize) -> f64 {
    let (width, height) = (sent.size().width(), sent.size().height());
    let shown = scaled(received, width, height);
    let (mut sum, mut windows) = (0.0, 0_u32);
    for top in (skipped..=height.saturating_sub(WINDOW)).step_by(STEP) {
        for left in (0..=width.saturating_sub(WINDOW)).step_by(STEP) {
            sum += of_window(sent.y(), &shown, width, top * width + left);
            windows += 1;
        }
    }
    sum / f64::from(windows.max(1))
}

fn of_window(one: &[u8], other: &[u8], width: usize, from: usize) -> f64 {
    let (mut a, mut b, mut aa, mut bb, mut ab) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
    for row in 0..WINDOW {
        let range = from + row * width..from + row * width + WINDOW;
        for (x, y) in one[range.clone()].iter().zip(&other[range]) {
            let (x, y) = (u32::from(*x), u32::from(*y));
            (a, b) = (a + x, b + y);
            (aa, bb, ab) = (aa + x * x, bb + y * y, ab + x * y);
        }
    }
    let count = (WINDOW * WINDOW) as f64;
    let [a, b, aa, bb, ab] = [a, b, aa, bb, ab].map(|sum| f64::from(sum) / count);
    let (variances, covariance) = ((aa - a * a) + (bb - b * b), ab - a * b);
    ((2.0 * a * b + C1) * (2.0 * covariance + C2)) / ((a * a + b * b + C1) * (variances + C2))
}

/// The brightness of a picture at another size, between its pixels as a screen draws it.
fn scaled(picture: &Picture, width: usize, height: usize) -> Vec<u8> {
    let (from_width, from_height) = (picture.size().width(), picture.size().height());
    if (from_width, from_height) == (width, height) {
        return picture.y().to_vec();
    }
    let columns: Vec<Between> = (0..width).map(|x| Between::new(x, width, from_width)).collect();
    let rows = (0..height).map(|y| Between::new(y, height, from_height));
    let mut scaled = Vec::with_capacity(width * height);
    for row in rows {
        let line = |y: usize| &picture.y()[y * from_width..][..from_width];
        let (above, below) = (line(row.first), line(row.second));
        scaled.extend(columns.iter().map(|column| row.of(column.of_line(above), column.of_line(below)).round() as u8));
    }
    scaled
}

/// Two neighbours, and how near the second is.
struct Between {
    first: usize,
    second: usize,
    share: f64,
}

impl Between {
    fn new(at: usize, of: usize, from: usize) -> Self {
        let exact = ((at as f64 + 0.5) * from as f64 / of as f64 - 0.5).clamp(0.0, (from - 1) as f64);
        let first = exact as usize;
        Self { first, second: (first + 1).min(from - 1), share: exact.fract() }
    }

    fn of(&self, first: f64, second: f64) -> f64 {
        first + (second - first) * self.share
    }

    fn of_line(&self, line: &[u8]) -> f64 {
        self.of(line[self.first].into(), line[self.second].into())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use carillon_media::{PictureSize, TestPattern};

    use super::*;

    #[test]
    fn a_picture_is_like_itself_less_like_a_coarse_one_and_unlike_another() {
        let sent = picture(320, 180, 1);

        let coarse = ssim(&sent, &changed(&sent, |pixel| pixel / 8 * 8), 0);
        let other = ssim(&sent, &picture(320, 180, 50), 0);

        assert!((ssim(&sent, &sent, 0) - 1.0).abs() < 1e-9);
        assert!((0.5..0.999).contains(&coarse), "{coarse}");
        assert!(other < coarse, "{other}, {coarse}");
    }

    #[test]
    fn what_was_sent_small_is_compared_as_it_is_shown() {
        let (sent, flat) = (picture(640, 360, 7), |_| 100);
        // The same stripes, twice as fine, so that something is lost.
        let small = half(&sent);

        let shown = ssim(&sent, &small, 30);

        assert!((0.3..0.99).contains(&shown), "{shown}");
        assert!(shown > ssim(&sent, &changed(&small, flat), 30));
    }

    fn picture(width: usize, height: usize, number: u32) -> Picture {
        let size = PictureSize::new(width, height).expect("a size");
        TestPattern::new(size).picture(number, Instant::now()).expect("whole")
    }

    fn changed(picture: &Picture, change: impl Fn(u8) -> u8) -> Picture {
        let planes: Vec<u8> = picture.planes().iter().map(|byte| change(*byte)).collect();
        Picture::new(picture.size(), Instant::now(), planes).expect("whole")
    }

    fn half(picture: &Picture) -> Picture {
        let size = PictureSize::new(picture.size().width() / 2, picture.size().height() / 2).expect("a size");
        let mut planes = scaled(picture, size.width(), size.height());
        planes.resize(size.bytes(), 128);
        Picture::new(size, Instant::now(), planes).expect("whole")
    }
}
