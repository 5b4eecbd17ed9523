//! The settings window: everything applies at once.

use carillon_ipc::{Notice, NoticeCode, PeopleRequest, SettingsRequest, ZoomStep};
use carillon_kit::media::bell::Bell;

use super::{Controller, changes::Changed, notices};
use crate::{
    backend::Session,
    desktop::{Desktop, PlayingBell},
    window::WindowName,
};

impl<D: Desktop> Controller<D> {
    pub(super) fn settings_request(&mut self, request: SettingsRequest) -> Result<(), Notice> {
        use SettingsRequest as Request;
        match request {
            Request::Ready => self.desktop.reveal(WindowName::Settings),
            Request::SetMicrophone { id } => self.set_microphone(id),
            Request::SetSpeaker { id } => self.set_speaker(id),
            Request::SetRingOutput { id } => self.change_settings(|settings| settings.ring_output = id),
            Request::SetCamera { id } => self.choose_camera(id),
            Request::TestCamera { on } => self.look_at_oneself(WindowName::Settings, on),
            Request::SetCameraInVideoCalls { on } => {
                self.change_settings(|settings| settings.camera_in_video_calls = on);
            }
            Request::SetProcessing(processing) => {
                self.change_settings(|settings| settings.processing = processing);
                self.apply(|kit| kit.set_processing(self.processing()));
            }
            Request::TestMicrophone { on } => self.test_microphone(on),
            Request::TestSpeaker => {
                self.test_bell(PlayingBell { bell: Bell::Test, output: self.speaker(), volume: 100 })
            }
            Request::TestRing => self.test_bell(self.ring_bell()),
            Request::SetRingHere { on } => self.set_ring_here(on),
            Request::SetDisplayName { name } => return self.set_display_name(name),
            Request::SetPicture { picture } => return self.set_picture(picture),
            Request::ChangePassword { old, new } => return self.change_password(old, new),
            Request::SetDoNotDisturb { on } => return self.set_do_not_disturb(on),
            Request::BeQuiet { how } => return self.be_quiet(how),
            Request::SetQuietHours(hours) => self.set_quiet_hours(hours),
            Request::DeleteAccount { password } => return self.delete_account(password),
            Request::Unblock { user } => {
                return self.people_request(PeopleRequest::Block { user, blocked: false });
            }
            Request::SetRingtone { ringtone } => self.change_settings(|settings| settings.ringtone = ringtone),
            Request::SetRingVolume { percent } => {
                self.change_settings(|settings| settings.ring_volume = percent.min(100));
            }
            Request::SetPreviews { on } => self.change_settings(|settings| settings.previews = on),
            Request::Zoom { step } => self.set_zoom(step),
            Request::RenameDevice { device, name } => return self.rename_device(device, name),
            Request::RevokeDevice { device } => return self.revoke_device(device),
            Request::SetDeviceRings { device, on } => return self.set_device_rings(device, on),
            Request::SetRingSound { on } => self.change_settings(|settings| settings.ring_sound = on),
            Request::SetNotifications { on } => self.change_settings(|settings| settings.notifications = on),
            Request::SetHideAddress { on } => {
                self.change_settings(|settings| settings.hide_address = on);
                self.apply(|kit| kit.set_hide_address(on));
            }
            Request::SetReadReceipts { on } => self
                .session()?
                .change(Changed::Devices, move |server| async move { server.set_read_receipts(on).await }),
            Request::SetTheme { theme } => self.change_settings(|settings| settings.theme = theme),
            Request::SetLocale { locale } => self.change_settings(|settings| settings.locale = locale),
            Request::SetRingShortcuts { on } => self.change_settings(|settings| settings.ring_shortcuts = on),
            Request::SetAutostart { on } => return self.set_autostart(on),
            Request::Ring(answer) => return self.answer_ring(answer),
            Request::SignOut => self.sign_out(),
            Request::DismissNotice => self.settings_notice = None,
            Request::Close => self.close(WindowName::Settings),
            Request::Quit(answer) => self.quit_request(WindowName::Settings, answer),
        }
        Ok(())
    }

    /// Whatever comes of it, it is not offered again; what was refused stays as it was.
    pub(super) fn set_autostart(&mut self, on: bool) -> Result<(), Notice> {
        let done = if on || self.setup.settings.autostart.is_some() { self.desktop.autostart(on) } else { Ok(()) };
        self.change_settings(|settings| settings.autostart = Some(on == done.is_ok()));
        done.map_err(|error| Notice { detail: error.to_string(), ..notices::plain(NoticeCode::AutostartRefused) })
    }

    /// From any window, for all of them.
    pub(super) fn set_zoom(&mut self, step: ZoomStep) {
        let zoom = step.of(self.setup.settings.zoom);
        self.change_settings(|settings| settings.zoom = zoom);
    }

    pub(super) fn set_microphone(&mut self, id: Option<String>) {
        self.change_settings(|settings| settings.microphone = id);
        self.apply(|kit| kit.set_microphone(self.microphone()));
        if self.devices.level.is_some() {
            self.test_microphone(true); // the test goes on, with the new one
        }
    }

    pub(super) fn set_speaker(&mut self, id: Option<String>) {
        self.change_settings(|settings| settings.speaker = id);
        self.apply(|kit| kit.set_speaker(self.speaker()));
    }

    pub(super) fn apply(&self, set: impl FnOnce(&dyn Session)) {
        if let Some(session) = self.account.session() {
            set(session.kit.as_ref());
        }
    }
}
