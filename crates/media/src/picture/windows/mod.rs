//! Screens and windows of Windows, by Windows.Graphics.Capture: the compositor gives their pixels with the pointer in them, also of a window behind
//! others, and draws a border around what is shared.

mod list;
mod share;
mod texture;
mod thumbnail;

pub(super) use list::list;
pub(super) use share::SharedScreen;
