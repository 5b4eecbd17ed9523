//! The way to the shell. Windows know only [`Bridge`]; behind it is Tauri, or a script. Pictures come another way, over [`Painter`].

mod painter;
mod port;
#[cfg(feature = "gallery")]
mod scripted;
mod tauri;

use std::{any::Any, future::Future, pin::Pin};

use carillon_ipc::Notice;
use wasm_bindgen::JsValue;

pub(crate) use painter::{Fit, Painter};
pub(crate) use port::{CallPort, MainPort, Port, RingPort, SettingsPort};
#[cfg(feature = "gallery")]
pub(crate) use scripted::Scripted;
pub(crate) use tauri::{Tauri, window_label};

/// What comes of a request.
pub(crate) type Outcome = Pin<Box<dyn Future<Output = Result<(), Notice>>>>;

/// Ends when dropped.
pub(crate) type Subscription = Box<dyn Any>;

/// Asks the shell, and listens to it.
pub(crate) trait Bridge {
    /// Sends `{ req: body }` to a command.
    fn request(&self, command: &'static str, body: JsValue) -> Outcome;

    /// Sends `{ [argument]: Channel }` to a command, and hands on what comes over the channel, or why nothing will.
    fn subscribe(
        &self,
        command: &'static str,
        argument: &'static str,
        on_message: Box<dyn FnMut(JsValue)>,
        on_refusal: Box<dyn FnOnce(Notice)>,
    ) -> Subscription;
}
