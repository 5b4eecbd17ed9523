//! What helps an administrator to find a fault. It is copied into mails and tickets, so no name, address or token is in it.

use std::env;

use carillon_kit::LinkState;

use super::Controller;
use crate::desktop::Desktop;

impl<D: Desktop> Controller<D> {
    /// One fact a line, in English.
    pub(super) fn diagnostics(&self) -> String {
        let settings = &self.setup.settings;
        let processing = settings.processing;
        let lists = &self.devices.list;
        let chosen = |choice: &Option<String>| if choice.is_some() { "one of them" } else { "the system's default" };
        let session = self.account.session();
        let link = session.map_or("signed out", |session| word(session.link));
        [
            format!("Carillon {}", env!("CARGO_PKG_VERSION")),
            format!("System: {} {}, {}", env::consts::OS, env::consts::ARCH, window_system()),
            format!("Language: {}; theme: {:?}; zoom: {} %", self.locale().tag(), settings.theme, settings.zoom),
            format!("Link: {link}; in a call: {}", yes(session.is_some_and(super::session::SignedInSession::in_call))),
            format!("Microphones: {}, used: {}", lists.microphones.len(), chosen(&settings.microphone)),
            format!("Speakers: {}, used: {}", lists.speakers.len(), chosen(&settings.speaker)),
            format!("Cameras: {}, used: {}", lists.cameras.len(), chosen(&settings.camera)),
            format!("Ringtone output: {}", chosen(&settings.ring_output)),
            format!(
                "Echo cancellation: {}; noise suppression: {}; automatic gain: {}",
                yes(processing.echo_cancellation),
                yes(processing.noise_suppression),
                yes(processing.gain_control)
            ),
            format!("Rings here: {}; with sound: {}", yes(settings.ring_here), yes(settings.ring_sound)),
            format!("Notifications: {}; tray: {}", yes(settings.notifications), yes(self.tray_host)),
            format!("Always relays calls: {}", yes(settings.hide_address)),
            format!("Keychain: {}", yes(self.keychain_problem.is_none() && !settings.login_in_file)),
        ]
        .join("\n")
    }
}

const fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

const fn word(link: LinkState) -> &'static str {
    match link {
        LinkState::Up => "up",
        LinkState::Reconnecting => "reconnecting",
        LinkState::Down => "down",
        LinkState::SignedOut => "signed out",
        LinkState::Replaced => "replaced by another instance",
    }
}

/// Only words that are known are passed on: an environment can hold anything.
fn window_system() -> &'static str {
    match env::var("XDG_SESSION_TYPE").as_deref() {
        Ok("wayland") => "Wayland",
        Ok("x11") => "X11",
        _ => "its own window system",
    }
}
