//! Everything that a desktop app needs to be run and watched without a screen: a display with a window manager, a session bus
//! with a notification daemon that can be pressed, sound devices made of nothing, a server, and the app itself under WebDriver.
//!
//! Used by the end-to-end tests and by `cargo xtask demo --headless`. Linux only. What is started here ends when it is
//! dropped.

mod app;
mod bus;
mod desk;
mod display;
mod pictures;
mod process;
mod server;
mod sound;
mod stage;
mod talk;
mod tray;
mod until;

pub use app::{App, AppOptions, Window};
pub use bus::{FakeNotifications, SessionBus, Shown};
pub use desk::Desk;
pub use display::Display;
pub use process::{Process, built, gallery};
pub use server::{Person, ServerProcess};
pub use sound::SoundServer;
pub use stage::{Actor, Stage, TALK};
pub use talk::{SinkRecorder, speak};
pub use tray::FakeTray;
pub use until::until;
