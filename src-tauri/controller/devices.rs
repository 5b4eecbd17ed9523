//! Microphones, speakers and cameras: which there are, which are used, and the tests of the settings page.

use std::{sync::Arc, time::Duration};

use carillon_kit::{
    MediaNotice, Microphone, Processing, Speaker,
    media::bell::{Bell, Ringtone},
};
use tokio::{task::JoinHandle, time::timeout};

use super::{Controller, input::Input, notices, session::SignedInSession};
use crate::{
    backend::{Devices, LatestPicture},
    desktop::{Desktop, PlayingBell},
    window::WindowName,
};

/// No system tells of new devices in one way, and a menu that is a second late is in time.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// 20 a second look continuous.
const METER_EVERY: Duration = Duration::from_millis(50);
/// A camera is closed after its next picture; one that gives none takes longer.
const CAMERA_IS_FREE: Duration = Duration::from_secs(1);
/// A bell's stroke and its ring-out.
const TEST_BELL: Duration = Duration::from_millis(2500);

#[derive(Default)]
pub(super) struct DeviceState {
    pub(super) list: Devices,
    /// The bell that is tested.
    pub(super) test_bell: Option<PlayingBell>,
    /// What the tested microphone hears.
    pub(super) level: Option<f32>,
    meter: Option<Task>,
    /// The camera that shows the user to themself, in one window at a time.
    pub(super) preview: Option<Preview>,
    previews: u64,
    looking: Option<Task>,
}

/// An open preview of the camera.
pub(super) struct Preview {
    pub(super) number: u64,
    pub(super) window: WindowName,
    /// `None`: it is opening.
    pub(super) pictures: Option<LatestPicture>,
    _open: Task,
}

/// A task that ends when this is dropped.
pub(super) struct Task(JoinHandle<()>);

impl From<JoinHandle<()>> for Task {
    fn from(task: JoinHandle<()>) -> Self {
        Self(task)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl DeviceState {
    /// The page is gone, and with it the user's consent to listen and to look.
    pub(super) fn stop_tests(&mut self) {
        self.end_look_in(WindowName::Settings);
        (self.meter, self.level, self.test_bell) = (None, None, None);
    }

    pub(super) fn end_look_in(&mut self, window: WindowName) {
        self.preview.take_if(|preview| preview.window == window);
    }

    /// Ends whatever look there is. A call waits for the camera to be free: it can be open once only.
    pub(super) fn end_look(&mut self) -> impl Future<Output = ()> + Send + use<> {
        let pictures = self.preview.take().and_then(|preview| preview.pictures.clone());
        async move {
            let Some(mut pictures) = pictures else { return };
            let is_free = async { while pictures.changed().await.is_ok() {} };
            if timeout(CAMERA_IS_FREE, is_free).await.is_err() {
                tracing::warn!("the camera is not free yet");
            }
        }
    }
}

impl<D: Desktop> Controller<D> {
    pub(super) fn microphone(&self) -> Microphone {
        let chosen = || self.setup.settings.microphone.clone().map_or(Microphone::Default, Microphone::Device);
        self.setup.device_overrides.microphone.clone().unwrap_or_else(chosen)
    }

    pub(super) fn speaker(&self) -> Speaker {
        let chosen = || device(self.setup.settings.speaker.clone());
        self.setup.device_overrides.speaker.clone().unwrap_or_else(chosen)
    }

    /// As an incoming call sounds.
    pub(super) fn ring_bell(&self) -> PlayingBell {
        let ringtone = match self.setup.settings.ringtone {
            carillon_ipc::Ringtone::Carillon => Ringtone::Carillon,
            carillon_ipc::Ringtone::Chimes => Ringtone::Chimes,
            carillon_ipc::Ringtone::Handbells => Ringtone::Handbells,
            carillon_ipc::Ringtone::Tower => Ringtone::Tower,
        };
        let volume = self.setup.settings.ring_volume;
        PlayingBell { bell: Bell::Ring(ringtone), output: self.ring_output(), volume }
    }

    pub(super) fn ring_output(&self) -> Speaker {
        device(self.setup.settings.ring_output.clone())
    }

    pub(super) const fn processing(&self) -> Processing {
        let carillon_ipc::Processing { echo_cancellation, noise_suppression, gain_control } =
            self.setup.settings.processing;
        Processing { echo_cancellation, noise_suppression, gain_control }
    }

    /// Looks for devices only while a window shows them. The call window is made ahead and listens long before a call.
    pub(super) fn watch_devices(&mut self) {
        let in_call = self.account.session().is_some_and(SignedInSession::in_call);
        let wanted =
            self.windows.contains(&WindowName::Settings) || in_call && self.windows.contains(&WindowName::Call);
        if !wanted {
            self.devices.looking = None;
        } else if self.devices.looking.is_none() {
            let (backend, handle) = (Arc::clone(&self.setup.backend), self.handle.clone());
            self.devices.looking = Some(Task(tokio::spawn(async move {
                let mut known = None;
                loop {
                    let devices = backend.devices().await;
                    if known.as_ref() != Some(&devices) {
                        known = Some(devices.clone());
                        handle.tell(Input::Devices(devices)).await;
                    }
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            })));
        }
    }

    /// Opens the microphone: the user has asked for it, and it closes with the page.
    pub(super) fn test_microphone(&mut self, on: bool) {
        (self.devices.meter, self.devices.level) = (None, None);
        if !on {
            return;
        }
        self.devices.level = Some(0.0);
        let (backend, handle, microphone) = (Arc::clone(&self.setup.backend), self.handle.clone(), self.microphone());
        self.devices.meter = Some(Task(tokio::spawn(async move {
            match backend.meter(microphone).await {
                Ok(meter) => loop {
                    handle.tell(Input::Meter(Ok(meter.level()))).await;
                    tokio::time::sleep(METER_EVERY).await;
                },
                Err(notice) => handle.tell(Input::Meter(Err(notice))).await,
            }
        })));
    }

    pub(super) fn meter(&mut self, heard: Result<f32, MediaNotice>) {
        if self.devices.meter.is_none() {
            return; // said before it was switched off
        }
        match heard {
            Ok(level) => self.devices.level = Some(level),
            Err(notice) => {
                (self.devices.meter, self.devices.level) = (None, None);
                self.settings_notice = notices::of_media(&notice);
            }
        }
    }

    /// Opens the camera: the user has asked for it in this window, and it closes with what the window shows.
    pub(super) fn look_at_oneself(&mut self, window: WindowName, on: bool) {
        if !on {
            return self.devices.end_look_in(window);
        }
        self.devices.preview = None;
        self.devices.previews += 1;
        let number = self.devices.previews;
        let (backend, handle, camera) = (Arc::clone(&self.setup.backend), self.handle.clone(), self.camera());
        let open = tokio::spawn(async move {
            let notice = match backend.preview(camera).await {
                Ok(mut preview) => {
                    handle.tell(Input::Preview(number, Ok(preview.pictures()))).await;
                    preview.failed().await
                }
                Err(notice) => notice,
            };
            handle.tell(Input::Preview(number, Err(notice))).await;
        });
        self.devices.preview = Some(Preview { number, window, pictures: None, _open: Task(open) });
    }

    /// The preview goes on, with the camera that is chosen now.
    pub(super) fn restart_preview(&mut self) {
        if let Some(window) = self.devices.preview.as_ref().map(|preview| preview.window) {
            self.look_at_oneself(window, true);
        }
    }

    pub(super) fn preview(&mut self, number: u64, seen: Result<LatestPicture, MediaNotice>) {
        let Some(preview) = self.devices.preview.as_mut().filter(|preview| preview.number == number) else { return };
        match seen {
            Ok(pictures) => preview.pictures = Some(pictures),
            Err(notice) => {
                let is_in_settings = preview.window == WindowName::Settings;
                self.devices.preview = None;
                let notice = notices::of_media(&notice);
                if is_in_settings { self.settings_notice = notice } else { self.main_notice = notice }
            }
        }
    }

    pub(super) fn test_bell(&mut self, bell: PlayingBell) {
        self.devices.test_bell = Some(bell);
        self.later(TEST_BELL, Input::TestBellOver);
    }
}

fn device(id: Option<String>) -> Speaker {
    id.map_or(Speaker::Default, Speaker::Device)
}
