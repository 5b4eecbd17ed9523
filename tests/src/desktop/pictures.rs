//! What a window really shows of a call's pictures: read back from its canvases.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{App, app::css, until};

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The number that the test pattern has burnt in, as `carillon_media::measure::frame_number` reads it: in the canvas, in which the picture may stand between bars.
const READ: &str = r"
    const canvas = document.querySelector(arguments[0]);
    if (!canvas?.width || !canvas.dataset.size) return null;
    const { width, height } = canvas;
    const copy = document.createElement('canvas');
    Object.assign(copy, { width, height });
    const context = copy.getContext('2d', { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const [ofWidth, ofHeight] = canvas.dataset.size.split('x').map(Number);
    const shown = Math.min(width, Math.round(height * ofWidth / ofHeight));
    for (let row = 2; row < height / 3; row += 2) {
        const { data } = context.getImageData(0, row, width, 1);
        for (const [left, across] of [[0, width], [(width - shown) / 2, shown]]) {
            let [number, check] = [0, 0];
            for (let cell = 0; cell < 40; cell += 1) {
                const at = 4 * Math.floor(left + across * (cell + 0.5) / 40);
                const bit = (data[at] + data[at + 1] + data[at + 2]) / 3 > 127 ? 1 : 0;
                if (cell < 32) number = number * 2 + bit; else check = check * 2 + bit;
            }
            const expected = (Math.imul(number, 0x9e3779b1) >>> 24) ^ 0x5a;
            if (number > 0 && check === expected) return number;
        }
    }
    return null;";
/// How bright a canvas is, and how much of it differs from its mean.
const LOOK: &str = r"
    const canvas = document.querySelector(arguments[0]);
    if (!canvas?.width) return null;
    const copy = document.createElement('canvas');
    Object.assign(copy, { width: 64, height: 36 });
    const context = copy.getContext('2d');
    context.drawImage(canvas, 0, 0, 64, 36);
    const { data } = context.getImageData(0, 0, 64, 36);
    const grey = [];
    for (let at = 0; at < data.length; at += 4) grey.push((data[at] + data[at + 1] + data[at + 2]) / 3);
    const mean = grey.reduce((a, b) => a + b) / grey.length;
    return [mean, grey.reduce((sum, pixel) => sum + Math.abs(pixel - mean), 0) / grey.length];";
/// When it was, by this machine's clock.
const CLICK: &str = "document.querySelector(arguments[0]).click(); return Date.now();";
const WAIT_UNTIL_GONE: &str = r"
    const [css, done] = arguments;
    const look = () => document.querySelector(css) ? setTimeout(look, 5) : done(Date.now());
    look();";

impl App {
    /// Waits until a canvas shows a test pattern, and then a later one. Gives both numbers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn shows_pattern(&self, testid: &str) -> Result<(u64, u64)> {
        let first = self.pattern_after(testid, 0).await?;
        Ok((first, self.pattern_after(testid, first).await?))
    }

    async fn pattern_after(&self, testid: &str, earlier: u64) -> Result<u64> {
        let read = || async {
            let number = self.run(READ, vec![json!(css(testid))]).await.ok()?.as_u64()?;
            (number > earlier).then_some(number)
        };
        until(&format!("a picture in {testid} after number {earlier}"), PATIENCE, read).await
    }

    /// Waits until a canvas shows something that is not plain.
    ///
    /// # Errors
    /// When it does not.
    pub async fn shows_something(&self, testid: &str) -> Result<()> {
        let read = || async {
            let looks = self.run(LOOK, vec![json!(css(testid))]).await.ok()?;
            (looks[1].as_f64()? > 3.0).then_some(())
        };
        until(&format!("a picture in {testid}"), PATIENCE, read).await
    }

    /// Clicks by script, and says when that was, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// When there is no such thing to click.
    pub async fn click_at(&self, testid: &str) -> Result<u64> {
        self.run(CLICK, vec![json!(css(testid))]).await?.as_u64().context("a time")
    }

    /// Waits in the page until nothing with this test id is there, and says when that was.
    ///
    /// # Errors
    /// When it stays.
    pub async fn gone_at(&self, testid: &str) -> Result<u64> {
        self.run_async(WAIT_UNTIL_GONE, vec![json!(css(testid))]).await?.as_u64().context("a time")
    }

    /// How large something is in its page: width and height.
    ///
    /// # Errors
    /// If the window has gone.
    pub async fn size_of(&self, testid: &str) -> Result<(f64, f64)> {
        const SIZE: &str = "const box = document.querySelector(arguments[0])?.getBoundingClientRect(); return [box?.width, box?.height]";
        let size: Value = self.run(SIZE, vec![json!(css(testid))]).await?;
        size[0].as_f64().zip(size[1].as_f64()).with_context(|| format!("{testid} on the page"))
    }
}
