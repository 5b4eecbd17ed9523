//! The user's own account and devices, from the settings window.

use std::time::Duration;

use carillon_ipc::{Notice, NoticeCode, YouField, YouView};
use carillon_kit::{DeviceEntry, DeviceId, LinkState, SignInError};
use carillon_protocol::Secret;

use super::{Controller, input::Input, input::Said, notices, pictures, session::SignedInSession};
use crate::{backend::Change, desktop::Desktop};

/// How long *Saved* shows.
const SAVED: Duration = Duration::from_secs(4);

impl<D: Desktop> Controller<D> {
    pub(super) fn set_display_name(&mut self, name: String) -> Result<(), Notice> {
        self.save(YouField::Name, Change::SetDisplayName(name))
    }

    pub(super) fn set_picture(&mut self, picture: Option<String>) -> Result<(), Notice> {
        match picture.as_deref().map(pictures::bytes).transpose() {
            Ok(picture) => self.save(YouField::Picture, Change::SetPicture(picture)),
            Err(notice) => {
                self.session()?.you = YouView { problem: Some((YouField::Picture, notice)), ..YouView::default() };
                Ok(())
            }
        }
    }

    fn save(&mut self, field: YouField, change: Change) -> Result<(), Notice> {
        let session = self.session()?;
        session.you = YouView { saving: Some(field), ..YouView::default() };
        session.change(change);
        Ok(())
    }

    pub(super) fn change_password(&mut self, old: Secret, new: Secret) -> Result<(), Notice> {
        let session = self.session()?;
        if session.you.saving == Some(YouField::Password) {
            return Ok(()); // a second click
        }
        session.you = YouView { saving: Some(YouField::Password), ..YouView::default() };
        let kit = std::sync::Arc::clone(&session.kit);
        session.ask(async move {
            let result = kit.change_password(old.expose(), new.expose()).await;
            Some(Said::PasswordChanged(result))
        });
        Ok(())
    }

    pub(super) fn password_changed(&mut self, result: Result<(), SignInError>) {
        match result {
            Ok(()) => self.is_saved(YouField::Password),
            Err(error) => {
                let code = if error == SignInError::WrongCredentials {
                    NoticeCode::WrongPassword
                } else {
                    notices::of_sign_in(&error).1.code
                };
                let notice = Notice { detail: error.to_string(), ..notices::plain(code) };
                self.problem(YouField::Password, notice);
            }
        }
    }

    /// A change of the user's own has been made.
    pub(super) fn saved(&mut self, change: &Change) {
        match change {
            Change::SetDisplayName(_) => self.is_saved(YouField::Name),
            Change::SetPicture(_) => self.is_saved(YouField::Picture),
            _ => {}
        }
    }

    pub(super) fn not_saved(&mut self, change: &Change, notice: Notice) {
        let field = if matches!(change, Change::SetPicture(_)) { YouField::Picture } else { YouField::Name };
        self.problem(field, notice);
    }

    fn problem(&mut self, field: YouField, notice: Notice) {
        if let Some(session) = self.account.session_mut() {
            session.you = YouView { problem: Some((field, notice)), ..YouView::default() };
        }
    }

    fn is_saved(&mut self, field: YouField) {
        let Some(session) = self.account.session_mut() else { return };
        session.you = YouView { saved: Some(field), ..YouView::default() };
        let number = session.number();
        self.later(SAVED, Input::Session(number, Said::SavedOver));
    }

    pub(super) fn own_devices(&mut self, devices: Vec<DeviceEntry>) {
        let here = devices.iter().find(|device| device.is_this).map(|device| device.ring_here);
        if let Some(session) = self.account.session_mut() {
            session.devices = devices;
        }
        if let Some(here) = here.filter(|here| *here != self.setup.settings.ring_here) {
            self.change_settings(|settings| settings.ring_here = here);
        }
    }

    /// Whether calls ring on a device; the switch of this one is the same in both places.
    pub(super) fn set_device_rings(&mut self, device: DeviceId, on: bool) -> Result<(), Notice> {
        let session = self.session()?;
        session.devices.iter_mut().filter(|entry| entry.device == device).for_each(|entry| entry.ring_here = on);
        let is_this = session.kit.device() == device;
        session.change(Change::SetRingHere(device, on));
        if is_this {
            self.change_settings(|settings| settings.ring_here = on);
        }
        Ok(())
    }

    pub(super) fn set_ring_here(&mut self, on: bool) {
        self.change_settings(|settings| settings.ring_here = on);
        let device = self.account.session().map(|session| session.kit.device());
        if let Some(device) = device {
            // Somebody is signed in: there is a device.
            let _ = self.set_device_rings(device, on);
        }
    }

    /// What the server forgets with each session.
    pub(super) fn link_is_up(&mut self) {
        self.account.session_mut().into_iter().for_each(SignedInSession::send_next);
        let away = self.setup.settings.away;
        if let Some(session) = self.account.session_mut().filter(|session| away && session.link == LinkState::Up) {
            session.change(Change::SetAway(true));
        }
    }
}
