//! Pictures on their way to a window: over a WebSocket of this machine's own, because Tauri's calls are too slow for them.
//!
//! The server listens on 127.0.0.1, at a port that the system chooses, and only while there is a picture to show. A view tells the window where
//! (`FeedAddress`); the window connects to `{url}?token={token}`, which is `ws://127.0.0.1:PORT/frames?token=…`. Another token, another origin than
//! the app's own or another path is refused with 403. One window is connected at a time: a new connection takes the place of the one before.
//!
//! # What the app sends
//!
//! Binary messages. Each is one picture of one stream: a header of 24 bytes, little-endian, and the planes of I420.
//!
//! | bytes | what | |
//! |---|---|---|
//! | 0 | `u8` version | 1 |
//! | 1 | `u8` stream | 0: their camera, 1: their screen, 2: own camera, 3: own screen; in a group call 4 + 2n: the camera of who has seat n, 5 + 2n: their screen |
//! | 2 | `u8` flags | 1: the stream has ended; there is no payload, and width and height are 0 |
//! | 3 | `u8` | 0 |
//! | 4–5 | `u16` width | in pixels |
//! | 6–7 | `u16` height | in pixels |
//! | 8–15 | `u64` captured at | in microseconds; only differences mean something |
//! | 16–23 | `u64` sequence | counts up within a stream; what was left out is missing |
//! | 24– | Y, U, V | without padding: width × height, then twice ⌈width / 2⌉ × ⌈height / 2⌉; limited range, BT.601 |
//!
//! The first message of a stream begins it, also after it has ended. What has ended is not to be drawn any more: the last picture is to be taken away.
//!
//! # What the window sends
//!
//! JSON, as text.
//!
//! * `{"credit":1,"stream":0}` once for each picture that it has drawn or dropped, so that the next may come. A stream begins with a credit of two.
//!   `ended` messages cost none.
//! * `{"tiles":[{"stream":0,"width":640,"height":360}]}` when it connects and when sizes change: all tiles, in physical pixels. A stream that
//!   is not listed, or is 0×0, is not shown and not sent, and of a group call not asked for at the server. Pictures are made small enough to cover the tile, never larger than they
//!   are, and keep their shape: how one fits into its tile is up to the window.

mod message;
mod outlet;
mod scale;
mod server;
mod sources;
#[cfg(test)]
mod tests;

pub use server::{FrameFeed, TileHeights};
pub use sources::Sources;
