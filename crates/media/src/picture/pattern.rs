//! A test pattern that moves, is noisy like a camera's sensor, and says which picture it is.

use std::time::Instant;

use super::counter;
use super::picture::{Picture, PictureSize};

/// Pixels from one bright stripe to the next.
const PERIOD: usize = 320;
/// Brightness of the stripes: from this, by so much.
const DARKEST: u8 = 48;
const RANGE: usize = 150;
/// How far the stripes move from one picture to the next.
const STEP: usize = 3;
/// So many different grains of noise; rows begin at random among them.
const GRAINS: usize = 1 << 14;

/// A moving pattern with a number burnt in. The same number is the same picture, to the last pixel.
#[derive(Debug, Clone)]
pub struct TestPattern {
    size: PictureSize,
    /// One row of stripes, and one period more.
    stripes: Vec<u8>,
    /// Noise of ±2, one row long and [`GRAINS`] more.
    noise: Vec<i8>,
}

impl TestPattern {
    /// Patterns of this size.
    #[must_use]
    pub fn new(size: PictureSize) -> Self {
        let stripe = |x: usize| {
            let along = x % PERIOD;
            let up = along.min(PERIOD - along);
            DARKEST + (up * RANGE / (PERIOD / 2)) as u8
        };
        let stripes = (0..size.width() + PERIOD).map(stripe).collect();
        let mut random = Random(0x2545_f491);
        let noise = (0..size.width() + GRAINS).map(|_| (random.next() >> 16) as i8 % 3).collect();
        Self { size, stripes, noise }
    }

    /// The picture of this number.
    #[must_use]
    pub fn picture(&self, number: u32, captured_at: Instant) -> Option<Picture> {
        let mut planes = vec![0; self.size.bytes()];
        let (luma, chroma) = planes.split_at_mut(self.size.luma());
        self.draw_stripes(luma, number);
        counter::draw(luma, self.size, number);
        self.draw_colours(chroma, number);
        Picture::new(self.size, captured_at, planes)
    }

    fn draw_stripes(&self, luma: &mut [u8], number: u32) {
        let mut random = Random(number.wrapping_mul(0x9e37_79b1) | 1);
        for (y, row) in luma.chunks_exact_mut(self.size.width()).enumerate() {
            let stripes = &self.stripes[(y + number as usize * STEP) % PERIOD..];
            let noise = &self.noise[random.next() as usize % GRAINS..];
            for ((pixel, stripe), grain) in row.iter_mut().zip(stripes).zip(noise) {
                *pixel = stripe.wrapping_add_signed(*grain);
            }
        }
    }

    /// Blue changes from top to bottom, red with time.
    fn draw_colours(&self, chroma: &mut [u8], number: u32) {
        let (width, rows) = (self.size.width() / 2, self.size.height() / 2);
        let (blue, red) = chroma.split_at_mut(self.size.chroma());
        for (y, row) in blue.chunks_exact_mut(width).enumerate() {
            row.fill(96 + (y * 64 / rows) as u8);
        }
        let along = number % 128;
        red.fill(96 + along.min(128 - along) as u8);
    }
}

/// Marsaglia's xorshift: noise needs no better.
struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_is_the_same_picture_and_the_next_one_differs_everywhere() {
        let pattern = TestPattern::new(PictureSize::new(640, 360).expect("a size"));
        let now = Instant::now();
        let taken = |number| pattern.picture(number, now).expect("whole");

        assert!(taken(7) == taken(7));
        let (this, next) = (taken(7), taken(8));
        let still = this.y().iter().zip(next.y()).filter(|(one, other)| one == other).count();
        assert!(still < this.y().len() / 3, "{still} pixels stand still");
    }

    #[test]
    fn every_picture_says_which_it_is() {
        for (width, height) in [(1280, 720), (640, 360), (320, 180), (180, 320)] {
            let pattern = TestPattern::new(PictureSize::new(width, height).expect("a size"));
            for number in [0, 30, 12_345, u32::MAX] {
                let picture = pattern.picture(number, Instant::now()).expect("whole");
                assert_eq!(counter::frame_number(&picture), Some(number));
            }
        }
    }
}
