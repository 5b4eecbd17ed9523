//! Live pictures: `ui/painter` gets them from the app over a socket, and draws them in a worker where the web view can.

use carillon_ipc::{FeedAddress, Stream};
use wasm_bindgen::prelude::*;
use web_sys::Element;

#[wasm_bindgen(raw_module = "./painter/page.js")]
extern "C" {
    type Pictures;

    #[wasm_bindgen(constructor, catch)]
    fn new(url: &str) -> Result<Pictures, JsValue>;

    #[wasm_bindgen(method)]
    fn attach(this: &Pictures, element: &Element, stream: u8, mode: &str, mirrored: bool, testid: &str) -> u32;

    #[wasm_bindgen(method)]
    fn change(this: &Pictures, id: u32, mode: &str, mirrored: bool);

    #[wasm_bindgen(method)]
    fn detach(this: &Pictures, id: u32);

    #[wasm_bindgen(method)]
    fn close(this: &Pictures);
}

/// How a picture goes into its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It fills the place, if little is cut off by that.
    Cover,
    /// All of it is seen.
    Contain,
}

impl Fit {
    const fn word(self) -> &'static str {
        match self {
            Self::Cover => "cover",
            Self::Contain => "contain",
        }
    }
}

/// A socket to the app and what draws. Both end when it is dropped.
pub(crate) struct Painter(Pictures);

impl Painter {
    /// `None` if the page cannot have one.
    pub(crate) fn open(feed: &FeedAddress) -> Option<Self> {
        Pictures::new(&format!("{}?token={}", feed.url, feed.token.expose())).ok().map(Self)
    }

    /// Draws a stream inside an element, on a canvas with this test id, until the number that it gives is detached.
    pub(crate) fn attach(&self, element: &Element, stream: Stream, how: (Fit, bool), testid: &str) -> u32 {
        self.0.attach(element, stream.number(), how.0.word(), how.1, testid)
    }

    /// Draws in another way from now on, mirrored or not.
    pub(crate) fn change(&self, id: u32, how: (Fit, bool)) {
        self.0.change(id, how.0.word(), how.1);
    }

    /// Takes the canvas away.
    pub(crate) fn detach(&self, id: u32) {
        self.0.detach(id);
    }
}

impl Drop for Painter {
    fn drop(&mut self) {
        self.0.close();
    }
}
