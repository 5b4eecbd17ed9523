//! The user's own account, presence and devices.

use std::{sync::Arc, time::Duration};

use carillon_ipc::{Notice, NoticeCode, OwnPresence, YouField, YouView};
use carillon_kit::{Connection, DeviceEntry, DeviceId, LinkState, Secret, SignInError};

use super::{
    Controller,
    changes::Changed,
    input::Input,
    notices, pictures,
    session::SignedInSession,
    session_event::{ChangeResult, SessionEvent},
};
use crate::desktop::Desktop;

/// How long *Saved* shows.
const SAVED: Duration = Duration::from_secs(4);

impl<D: Desktop> Controller<D> {
    pub(super) fn set_display_name(&mut self, name: String) -> Result<(), Notice> {
        self.saving(YouField::Name)?
            .change(Changed::You(YouField::Name), |server| async move { server.set_display_name(&name).await });
        Ok(())
    }

    pub(super) fn set_picture(&mut self, picture: Option<String>) -> Result<(), Notice> {
        match picture.as_deref().map(pictures::bytes).transpose() {
            Ok(picture) => {
                let session = self.saving(YouField::Picture)?;
                let kit = Arc::clone(&session.kit);
                session.change(Changed::You(YouField::Picture), |_| async move { kit.set_picture(picture).await });
                Ok(())
            }
            Err(notice) => {
                self.session()?.you = YouView { problem: Some((YouField::Picture, notice)), ..YouView::default() };
                Ok(())
            }
        }
    }

    fn saving(&mut self, field: YouField) -> Result<&mut SignedInSession, Notice> {
        let session = self.session()?;
        session.you = YouView { saving: Some(field), ..YouView::default() };
        Ok(session)
    }

    pub(super) fn change_password(&mut self, old: Secret, new: Secret) -> Result<(), Notice> {
        let session = self.session()?;
        if session.you.saving == Some(YouField::Password) {
            return Ok(()); // a second click
        }
        let session = self.saving(YouField::Password)?;
        let kit = Arc::clone(&session.kit);
        session.ask(|_| async move {
            let result = kit.change_password(old.expose(), new.expose()).await;
            Some(SessionEvent::Change(ChangeResult::PasswordChanged(result)))
        });
        Ok(())
    }

    pub(super) fn password_changed(&mut self, result: Result<(), SignInError>) {
        match result {
            Ok(()) => self.is_saved(YouField::Password),
            Err(error) => self.problem(YouField::Password, of_password(&error)),
        }
    }

    pub(super) fn delete_account(&mut self, password: Secret) -> Result<(), Notice> {
        if self.session()?.you.saving == Some(YouField::Account) {
            return Ok(()); // a second click
        }
        let session = self.saving(YouField::Account)?;
        let kit = Arc::clone(&session.kit);
        session.ask(|_| async move {
            let result = kit.delete_account(password.expose()).await;
            Some(SessionEvent::Change(ChangeResult::AccountDeleted(result)))
        });
        Ok(())
    }

    pub(super) fn account_deletion(&mut self, result: Result<(), SignInError>) {
        match result {
            Ok(()) => self.account_deleted(),
            Err(error) => self.problem(YouField::Account, of_password(&error)),
        }
    }

    pub(super) fn problem(&mut self, field: YouField, notice: Notice) {
        if let Some(session) = self.account.session_mut() {
            session.you = YouView { problem: Some((field, notice)), ..YouView::default() };
        }
    }

    pub(super) fn is_saved(&mut self, field: YouField) {
        let Some(session) = self.account.session_mut() else { return };
        session.you = YouView { saved: Some(field), ..YouView::default() };
        let number = session.number();
        self.later(SAVED, Input::Session(number, SessionEvent::SavedOver));
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

    pub(super) fn rename_device(&mut self, device: DeviceId, name: String) -> Result<(), Notice> {
        let rename = move |server: Connection| async move { server.rename_device(device, &name).await };
        self.session()?.change(Changed::Devices, rename);
        Ok(())
    }

    pub(super) fn revoke_device(&mut self, device: DeviceId) -> Result<(), Notice> {
        let revoke = move |server: Connection| async move { server.revoke_device(device).await };
        self.session()?.change(Changed::Devices, revoke);
        Ok(())
    }

    pub(super) fn set_presence(&mut self, presence: OwnPresence) -> Result<(), Notice> {
        let silent = presence == OwnPresence::DoNotDisturb;
        let away = presence == OwnPresence::Away;
        let (was_away, was_silent) = (self.setup.settings.away, self.session()?.account.do_not_disturb);
        if was_away != away {
            self.change_settings(|settings| settings.away = away);
            self.session()?.change(Changed::Status, move |server| async move { server.set_away(away).await });
        }
        if was_silent != silent {
            self.set_do_not_disturb(silent)?;
        }
        Ok(())
    }

    /// By the user's own hand: nothing ends it but that.
    pub(super) fn set_do_not_disturb(&mut self, on: bool) -> Result<(), Notice> {
        self.session()?;
        self.change_settings(|settings| (settings.quiet_until_ms, settings.silenced_by_hours) = (None, false));
        self.tell_do_not_disturb(on);
        Ok(())
    }

    pub(super) fn tell_do_not_disturb(&mut self, on: bool) {
        let Some(session) = self.account.session_mut() else { return };
        session.account.do_not_disturb = on; // so it is unless the server says otherwise
        session.change(Changed::DoNotDisturb, move |server| async move { server.set_do_not_disturb(on).await });
    }

    /// Whether calls ring on a device; the switch of this one is the same in both places.
    pub(super) fn set_device_rings(&mut self, device: DeviceId, on: bool) -> Result<(), Notice> {
        let session = self.session()?;
        session.devices.iter_mut().filter(|entry| entry.device == device).for_each(|entry| entry.ring_here = on);
        let is_this = session.kit.connection().device() == device;
        session.change(Changed::Devices, move |server| async move { server.set_ring_here(device, on).await });
        if is_this {
            self.change_settings(|settings| settings.ring_here = on);
        }
        Ok(())
    }

    pub(super) fn set_ring_here(&mut self, on: bool) {
        self.change_settings(|settings| settings.ring_here = on);
        let device = self.account.session().map(|session| session.kit.connection().device());
        if let Some(device) = device {
            // A user is signed in: there is a device.
            let _ = self.set_device_rings(device, on);
        }
    }

    /// What the server forgets with each session.
    pub(super) fn link_is_up(&mut self) {
        self.account.session_mut().into_iter().for_each(SignedInSession::send_next);
        self.look_at_quiet();
        let away = self.setup.settings.away;
        if let Some(session) = self.account.session_mut().filter(|session| away && session.link == LinkState::Up) {
            session.change(Changed::Status, |server| async move { server.set_away(true).await });
        }
    }
}

/// Why a password did not do: here it is the one that this user has.
fn of_password(error: &SignInError) -> Notice {
    let code = notices::of_sign_in(error).1.code;
    let code = if code == NoticeCode::WrongCredentials { NoticeCode::WrongPassword } else { code };
    Notice { detail: error.to_string(), ..notices::plain(code) }
}
