//! Stories over several crates, and what they are told with.
//!
//! `browser` is Chromium as the other end of a call (Linux only).
//! `calls` are video calls of two kits over a network that this process makes (Linux only).
//! `desktop` runs the desktop app where there is no screen, and looks at it (Linux only).
//! `programs` runs the server and the command line, and reads what they say (Linux only).
//! [`kit`] runs a server in this process, with devices through the kit.
//! [`network`] is a bad network between two ends, [`pictures`] says what was seen over it, [`films`] what was recorded, and [`ssim()`] how much of it is left.
//! `cpu` and [`spread()`] are for benchmarks.

#[cfg(target_os = "linux")]
pub mod browser;
#[cfg(target_os = "linux")]
pub mod calls;
#[cfg(target_os = "linux")]
pub mod cpu;
#[cfg(target_os = "linux")]
pub mod desktop;
pub mod films;
pub mod kit;
pub mod network;
pub mod pictures;
#[cfg(target_os = "linux")]
pub mod programs;
mod spread;
mod ssim;

pub use spread::spread;
pub use ssim::ssim;
