//! What the desktop shell and its windows say to each other.
//!
//! Four windows, and for each one enum of what it may ask ([`MainRequest`], [`RingRequest`], [`CallRequest`], [`SettingsRequest`])
//! and one struct that is all it shows ([`MainView`], …). The shell owns the truth: a window subscribes, gets its whole view at
//! once and again after every change, and renders it. A request changes nothing in the window; the next view does.
//! A request that fails gives a [`Notice`].
//!
//! Serde only; builds for wasm. No texts for people are in here, only the keys of them ([`Notice::code`]): both ends have the
//! texts of `texts/`.

mod call;
mod common;
mod main_window;
mod ring;
mod settings;

pub use call::{CallRequest, CallState, CallView, Levels};
pub use common::{Locale, Notice, NoticeCode, Theme, WindowBase, command};
pub use main_window::{LinkView, MainRequest, MainView, PersonView, RecentView, SignInField, SignInView};
pub use ring::{RingRequest, RingState, RingView};
pub use settings::{DeviceChoice, DeviceView, Processing, SettingsRequest, SettingsView, TestView};
