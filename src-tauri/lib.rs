//! The desktop shell: a [`Controller`](controller::Controller) that knows no Tauri, and the glue that gives it windows, a tray,
//! notifications and bells.
//!
//! No call logic is in here (the kit has it), and none of it in the UI either: windows render views and send requests.

mod app;
pub mod backend;
pub mod controller;
pub mod desktop;
pub mod frames;
#[cfg(target_os = "linux")]
mod graphics;
pub mod options;
pub mod ring;
mod shell;
mod starts;
pub mod store;
pub mod window;

pub use app::run;
#[cfg(target_os = "linux")]
pub use graphics::suit_web_views;

/// What people, notifications and the desktop's menu call the program.
pub const APP_NAME: &str = "Carillon";

/// What installers, desktops and their notifications know it by: the identifier of `tauri.conf.json`.
pub(crate) const APP_ID: &str = "org.carillon.desktop";
