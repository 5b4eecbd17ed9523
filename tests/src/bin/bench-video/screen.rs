//! A shared screen: a page of small text that stands still, scrolls for a second, and stands still again.

use std::io::BufWriter;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use carillon_kit::media::Picture;
use carillon_kit::media::measure::frame_number;
use carillon_media::{TestPattern, Y4mWriter};
use carillon_tests::ssim;
use serde_json::{Map, json};

use crate::phone::{RATE, SIZE, size};

/// A clip's pictures: eight seconds.
pub(crate) const CLIP: u32 = 240;
/// When the page begins to scroll, and when it stands again.
const SCROLLS: u32 = 120;
pub(crate) const STANDS: u32 = 150;
/// How far it scrolls: all of the text changes.
const FAR: usize = SIZE.1;
/// Text of this likeness is as good as sharp.
const SHARP: f64 = 0.95;

/// Draws the page, as bright as video is, and resolves to it in base64: text of 13 pixels as pages have it.
pub(crate) const DRAW: &str = r#"
const [width, height] = arguments;
const context = new OffscreenCanvas(width, height).getContext("2d");
context.fillStyle = "white";
context.fillRect(0, 0, width, height);
context.fillStyle = "black";
context.font = "13px sans-serif";
const words = "a call rings on all devices of the callee they answer one of them and the others fall silent".split(" ");
let seed = 7;
const word = () => words[((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >> 8) % words.length];
for (let y = 18; y < height; y += 18) {
  let line = word();
  while (context.measureText(line).width < width - 100) line += " " + word();
  context.fillText(line, 20, y);
}
const pixels = context.getImageData(0, 0, width, height).data;
const luma = Uint8Array.from({ length: width * height }, (_, at) => 16 + Math.round((pixels[4 * at + 1] * 219) / 255));
const reader = new FileReader();
const read = new Promise((resolve) => (reader.onload = resolve));
reader.readAsDataURL(new Blob([luma]));
return read.then(() => reader.result.slice(reader.result.indexOf(",") + 1));
"#;

/// The page's rows: what is seen first, and what is seen in the end.
pub(crate) const PAGE_ROWS: usize = SIZE.1 + FAR;

/// The page as it is seen over time.
pub(crate) struct Page {
    luma: Vec<u8>,
    numbers: TestPattern,
}

impl Page {
    pub(crate) fn new(luma: Vec<u8>) -> Result<Self> {
        ensure!(luma.len() == SIZE.0 * PAGE_ROWS, "a page of {} pixels", luma.len());
        Ok(Self { luma, numbers: TestPattern::new(size()?) })
    }

    pub(crate) fn write_clip(&self, path: &Path) -> Result<()> {
        let mut clip = Y4mWriter::new(BufWriter::new(std::fs::File::create(path)?), size()?, RATE)?;
        (0..CLIP).try_for_each(|number| Ok(clip.write(&self.picture(number)?, None).map(drop)?))
    }

    /// The picture of this number, with the number burnt in above the text.
    pub(crate) fn picture(&self, number: u32) -> Result<Picture> {
        let numbered = self.numbers.picture(number, Instant::now()).context("a whole picture")?;
        let (top, above) = (scrolled(number) * SIZE.0, number_rows() * SIZE.0);
        let mut planes = self.luma[top..top + SIZE.0 * SIZE.1].to_vec();
        planes[..above].copy_from_slice(&numbered.y()[..above]);
        planes.resize(size()?.bytes(), 128);
        Picture::new(size()?, Instant::now(), planes).context("a whole picture")
    }

    /// How sharp the text is in the end, and how many milliseconds of pictures after the scroll it is so.
    pub(crate) fn judge(&self, received: &[Picture], results: &mut Map<String, serde_json::Value>) -> Result<()> {
        let mut sharp_after = None;
        let mut last = 0.0;
        for received in received {
            let number = frame_number(received).context("a picture without a number")?;
            last = ssim(&self.picture(number)?, received, number_rows());
            if last >= SHARP && sharp_after.is_none() {
                sharp_after = Some(number.saturating_sub(STANDS) * 1_000 / RATE);
            }
        }
        results.insert("text_ssim".into(), json!((last * 10_000.0).round() / 10_000.0));
        results.insert("text_sharp_after_ms".into(), json!(sharp_after));
        results.insert("text_pictures".into(), json!(received.len()));
        Ok(())
    }
}

/// How far the page is scrolled in this picture.
fn scrolled(number: u32) -> usize {
    let steps = number.clamp(SCROLLS, STANDS) - SCROLLS;
    FAR * steps as usize / (STANDS - SCROLLS) as usize
}

fn number_rows() -> usize {
    SIZE.1 / 12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_stands_scrolls_and_stands_and_every_picture_has_its_number() {
        assert_eq!([0, SCROLLS, STANDS, CLIP].map(scrolled), [0, 0, FAR, FAR]);
        assert_eq!(scrolled(SCROLLS + 15), FAR / 2);
        let page =
            Page::new((0..SIZE.0 * PAGE_ROWS).map(|at| (at / SIZE.0 % 200) as u8 + 16).collect()).expect("a page");

        let pictures = [0, STANDS, CLIP - 1].map(|number| page.picture(number).expect("whole"));

        assert_eq!(pictures.each_ref().map(frame_number), [Some(0), Some(STANDS), Some(CLIP - 1)]);
        let below = number_rows() * SIZE.0;
        assert!(
            pictures[1].y()[below..] == pictures[2].y()[below..]
                && pictures[0].y()[below..] != pictures[1].y()[below..]
        );
    }
}
