//! The mouse pointer, which X servers draw into no picture.

use x11rb::protocol::xfixes::GetCursorImageReply;

/// How the pointer looks, and where in the picture its upper left corner is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Cursor {
    x: i32,
    y: i32,
    width: usize,
    height: usize,
    /// Premultiplied.
    argb: Vec<u32>,
}

impl Cursor {
    /// `origin` is where the picture's upper left corner is on the whole desktop.
    pub(super) fn new(told: GetCursorImageReply, origin: (i32, i32)) -> Self {
        Self {
            x: i32::from(told.x) - i32::from(told.xhot) - origin.0,
            y: i32::from(told.y) - i32::from(told.yhot) - origin.1,
            width: told.width.into(),
            height: told.height.into(),
            argb: told.cursor_image,
        }
    }

    /// Whether any of it is in a picture of this size.
    pub(super) fn is_within(&self, width: usize, height: usize) -> bool {
        let overlaps = |at: i32, length: usize, side: usize| {
            let at = i64::from(at);
            at < side as i64 && at + length as i64 > 0
        };
        overlaps(self.x, self.width, width) && overlaps(self.y, self.height, height)
    }

    /// Draws it into pixels (blue, green, red, nothing), as far as it is within them, and takes away what is under it: [`Under::restore`]
    /// puts that back.
    pub(super) fn draw(&self, pixels: &mut [u8], width: usize, height: usize) -> Under {
        let mut under = Under(Vec::new());
        for (row, line) in self.argb.chunks_exact(self.width.max(1)).enumerate() {
            let Some(y) = place(self.y, row, height) else { continue };
            for (column, argb) in line.iter().enumerate() {
                let Some(x) = place(self.x, column, width) else { continue };
                let at = (y * width + x) * 4;
                if let Some(pixel) = pixels.get_mut(at..at + 3) {
                    under.0.push((at, [pixel[0], pixel[1], pixel[2]]));
                    blend(pixel, *argb);
                }
            }
        }
        under
    }
}

/// The pixels that a pointer hides, and where they are.
#[must_use]
pub(super) struct Under(Vec<(usize, [u8; 3])>);

impl Under {
    /// Takes the pointer out of the same pixels.
    pub(super) fn restore(self, pixels: &mut [u8]) {
        for (at, pixel) in self.0 {
            pixels[at..at + 3].copy_from_slice(&pixel);
        }
    }
}

fn place(from: i32, offset: usize, side: usize) -> Option<usize> {
    let at = usize::try_from(i64::from(from) + offset as i64).ok()?;
    (at < side).then_some(at)
}

fn blend(pixel: &mut [u8], argb: u32) {
    let [blue, green, red, alpha] = argb.to_le_bytes();
    for (under, over) in pixel.iter_mut().zip([blue, green, red]) {
        let left = u32::from(*under) * u32::from(255 - alpha) / 255;
        *under = u8::try_from(left + u32::from(over)).unwrap_or(u8::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_at_the_edge_is_drawn_as_far_as_it_is_there() {
        let opaque = Cursor { x: -1, y: 1, width: 2, height: 2, argb: vec![0xffff_ffff; 4] };
        let mut pixels = vec![0; 3 * 2 * 4];

        let under = opaque.draw(&mut pixels, 3, 2);

        let lit: Vec<usize> =
            pixels.chunks(4).enumerate().filter(|(_, bgrx)| bgrx[0] == 255).map(|(at, _)| at).collect();
        assert_eq!(lit, [3]);
        under.restore(&mut pixels);
        assert_eq!(pixels, [0; 3 * 2 * 4], "what was under it is back");
        assert!(opaque.is_within(3, 2) && !opaque.is_within(3, 1));
        assert!(!Cursor { x: 3, ..opaque.clone() }.is_within(3, 2) && !Cursor { x: -2, ..opaque }.is_within(3, 2));
    }

    #[test]
    fn what_shines_through_it_is_mixed_and_what_is_clear_stays() {
        let cursor = Cursor { x: 0, y: 0, width: 2, height: 1, argb: vec![0, 0x8000_0080] };
        let mut pixels = vec![200; 8];

        let under = cursor.draw(&mut pixels, 2, 1);

        assert_eq!(pixels[..4], [200; 4]);
        assert_eq!(pixels[4..7], [99 + 128, 99, 99]);
        under.restore(&mut pixels);
        assert_eq!(pixels, [200; 8]);
    }

    #[test]
    fn a_pointer_of_no_size_or_far_away_draws_nothing() {
        let mut pixels = vec![7; 16];

        for cursor in [Cursor::default(), Cursor { x: i32::MAX, y: i32::MIN, width: 1, height: 1, argb: vec![!0] }] {
            assert!(cursor.draw(&mut pixels, 2, 2).0.is_empty());
        }

        assert_eq!(pixels, [7; 16]);
    }
}
