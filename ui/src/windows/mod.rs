//! The windows. Each is a function of its view and of the way to ask the shell.

mod call;
mod main;
mod replies;
mod ring;
mod ring_bar;
mod settings;
mod tried_bar;

use std::rc::Rc;

use carillon_ipc::{
    CallRequest, CallView, MainRequest, MainView, RingRequest, RingView, SettingsRequest, SettingsView,
};
use yew::prelude::*;

#[cfg(test)]
pub(crate) use self::{call::CallWindow, main::MainWindow, ring::RingWindow, settings::SettingsWindow};
use crate::app::Shell;

/// The main window.
pub(crate) fn main(view: Rc<MainView>, send: Callback<MainRequest>, _: Shell) -> Html {
    html! { <main::MainWindow {view} {send} /> }
}

/// The ring window.
pub(crate) fn ring(view: Rc<RingView>, send: Callback<RingRequest>, _: Shell) -> Html {
    html! { <ring::RingWindow {view} {send} /> }
}

/// The call window, which also follows the levels.
pub(crate) fn call(view: Rc<CallView>, send: Callback<CallRequest>, shell: Shell) -> Html {
    html! { <call::CallWindow {view} {send} shell={Some(shell)} /> }
}

/// The settings window.
pub(crate) fn settings(view: Rc<SettingsView>, send: Callback<SettingsRequest>, _: Shell) -> Html {
    html! { <settings::SettingsWindow {view} {send} /> }
}

/// What the tests look at by itself.
#[cfg(test)]
pub(crate) mod settings_parts {
    pub(crate) use super::settings::{SECTIONS, Search};
}

/// What the tests look at by itself.
#[cfg(test)]
pub(crate) mod main_parts {
    pub(crate) use super::main::{ROW_PX, Room, Row, room, rows};
}
