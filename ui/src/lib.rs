//! The windows of the desktop app: main, ring, call and settings, in one bundle. Which of them shows is the Tauri window's label.
//!
//! A window renders the view that the shell gives it and sends requests; the next view says what came of them. No call logic
//! is here, and no state that the shell should know: only what is being typed, what is open, and what the clock says.
//!
//! * `bridge`: the way to the shell, and a scripted stand-in.
//! * `app`: picks the window, holds its view, theme and language.
//! * `windows`: one module for each; `components`: what they share.
//! * `gallery` (a feature): every window in every state in a plain browser.

mod app;
mod bridge;
mod components;
mod context;
mod format;
#[cfg(feature = "gallery")]
mod gallery;
mod hooks;
#[cfg(any(test, feature = "gallery"))]
mod samples;
#[cfg(test)]
mod tests;
mod windows;

/// Renders the window into `#app`.
pub fn start() {
    app::mount();
}
