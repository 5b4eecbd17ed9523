//! The pictures of a call: this end's camera and screen, as the user orders them, and what is known of the other end's.

use std::sync::Arc;

use carillon_ipc::{CameraView, Notice, NoticeCode, PicturesView, ScreenKind, ScreenPickerView, TheirPictures};
use carillon_kit::{
    CallKind, CallPhase, CallScope, CallStats, FirstPictures, MediaDevice, MediaNotice, MicrophoneState, PictureSource,
    Wants,
    media::{Camera, Screen},
    now,
};

use super::{
    Controller, devices::Task, group_look::GroupLook, input::Input, network::NetworkWatch, notices,
    session::SignedInSession,
};
use crate::{
    backend::ShareableScreen,
    desktop::{Desktop, PutAway, Shape},
    window::WindowName,
};

/// The small window has 240, and twice as many on a sharp screen.
const MINI_ROWS: u16 = 480;

/// Pictures of the call there is, or none.
#[derive(Default)]
pub(super) struct CallPictures {
    /// The user wants the camera on.
    pub(super) camera_on: bool,
    /// It is not plugged in: it is on when it is.
    camera_is_missing: bool,
    /// Whether it was on when the last call ended.
    pub(super) camera_was_on: bool,
    /// What the user shares, by its name.
    sharing: Option<String>,
    /// The desktop's own picker is open.
    is_choosing: bool,
    picker: Option<Picker>,
    /// Which pictures of the other end there are. They outlive what shows them.
    received: Received,
    pub(super) group: GroupLook,
    network: NetworkWatch,
    shows_numbers: bool,
    shape: Shape,
}

/// Whether there is a picture of the other end's camera and of its screen.
#[derive(Debug, Clone, Copy, Default)]
struct Received {
    camera: bool,
    screen: bool,
}

/// While the user chooses what to share.
struct Picker {
    screens: Option<Vec<ShareableScreen>>,
    _looking: Task,
}

impl CallPictures {
    /// What this end shows.
    pub(super) const fn own(&self) -> carillon_ipc::OwnPictures {
        carillon_ipc::OwnPictures { camera: self.camera_on && !self.camera_is_missing, screen: self.sharing.is_some() }
    }
}

impl<D: Desktop> Controller<D> {
    pub(super) fn pictures_view(&self) -> Option<PicturesView> {
        let session = self.live_call()?;
        let Self { call_pictures: pictures, .. } = self;
        let camera = CameraView { is_on: pictures.camera_on, is_mirrored: self.is_mirrored(), cameras: self.cameras() };
        Some(PicturesView {
            feed: self.feeds.address(WindowName::Call),
            camera,
            sharing: pictures.sharing.clone(),
            picker: pictures.picker.as_ref().map(Picker::view),
            theirs: self.their_pictures(),
            mine: pictures.own(),
            quality: pictures.network.quality(session.call.poor_network),
            numbers: pictures.shows_numbers.then(|| pictures.network.numbers()),
            is_full_screen: pictures.shape == Shape::FullScreen,
            is_mini: pictures.shape == Shape::Mini,
        })
    }

    /// How much of the other end's pictures can be seen.
    pub(super) fn wants(&self) -> Wants {
        let rows = match self.call_pictures.shape {
            _ if self.pair_call().is_none() => None, // of a group the tiles say it
            _ if !self.call_seen => Some(0),
            Shape::Mini => Some(MINI_ROWS),
            Shape::Whole | Shape::FullScreen => None,
        };
        Wants { camera_rows: rows, screen_rows: rows, camera_layers: None }
    }

    /// What the other end of a call of two shows: what it says that it does, as far as it has come in.
    pub(super) fn their_pictures(&self) -> TheirPictures {
        let published = self.pair_call().map(|session| session.call.published).unwrap_or_default();
        let Received { camera, screen } = self.call_pictures.received;
        TheirPictures {
            camera: published.camera.is_some() && camera,
            screen: published.screen.is_some() && screen,
            is_muted: published.microphone == MicrophoneState::Muted,
        }
    }

    /// The session with a call.
    pub(super) fn live_call(&self) -> Option<&SignedInSession> {
        self.account.session().filter(|session| session.in_call())
    }

    /// The session with a call of two.
    pub(super) fn pair_call(&self) -> Option<&SignedInSession> {
        self.live_call().filter(|session| session.call.scope().is_none_or(|scope| !scope.is_group()))
    }

    /// The session with a group call.
    pub(super) fn group_in_hand(&self) -> Option<&SignedInSession> {
        self.live_call().filter(|session| session.call.scope().is_some_and(CallScope::is_group))
    }

    /// What a call shows from its first moment on that this user begins or accepts: the camera opens with their consent to the call.
    pub(super) fn first_pictures(&mut self, scope: &CallScope, with_video: bool) -> FirstPictures {
        if self.account.session().is_some_and(SignedInSession::in_call) {
            return FirstPictures::WITHOUT_CAMERA; // the kit judges; the call that there is stays as it is
        }
        let on = with_video && may_show(scope);
        (self.call_pictures.camera_on, self.call_pictures.camera_is_missing) = (on, false);
        FirstPictures { camera_on: Some(on), ..FirstPictures::default() }
    }

    /// Whether a call turns the camera on by itself, as the user has chosen on this device.
    pub(super) fn opens_camera(&self, scope: &CallScope) -> bool {
        self.setup.settings.camera_in_video_calls && may_show(scope)
    }

    /// The call did not begin after all.
    pub(super) fn forget_camera(&mut self) {
        self.call_pictures.camera_on = false;
    }

    /// A look at oneself ends where a call needs the camera, which then waits for this.
    pub(super) fn free_camera(&mut self, is_needed: bool) -> impl Future<Output = ()> + Send + use<D> {
        let is_free = is_needed.then(|| self.devices.end_look());
        async move {
            if let Some(is_free) = is_free {
                is_free.await;
            }
        }
    }

    /// The call's camera is more important than a look at oneself, which lets it go: a camera that is busy yet is asked again.
    fn turn_camera(&mut self, on: bool) {
        let pictures = &mut self.call_pictures;
        // The same one again is as missing as it was.
        pictures.camera_is_missing &= on && pictures.camera_on;
        pictures.camera_on = on;
        if on {
            drop(self.devices.end_look());
        }
        let camera = on.then(|| self.camera());
        self.apply(|kit| kit.set_camera(camera));
    }

    pub(super) fn set_camera(&mut self, on: bool) -> Result<(), Notice> {
        self.in_call()?;
        // Before the other end can see it, it is a choice for the next call too.
        let call = self.live_call().map(|session| &session.call);
        let is_starting =
            call.is_some_and(|call| matches!(call.phase, CallPhase::Calling | CallPhase::RingingThere { .. }));
        if is_starting && call.and_then(|call| call.scope()).is_some_and(may_show) {
            self.change_settings(|settings| settings.camera_in_video_calls = on);
        }
        self.turn_camera(on);
        Ok(())
    }

    /// Another one, for this call and the next ones.
    pub(super) fn choose_camera(&mut self, id: Option<String>) {
        self.change_settings(|settings| settings.camera = id);
        if self.call_pictures.camera_on {
            self.turn_camera(true);
        } else {
            let camera = self.camera();
            self.apply(|kit| kit.choose_camera(camera));
        }
        self.restart_preview();
    }

    pub(super) fn pick_screen(&mut self, on: bool) -> Result<(), Notice> {
        self.in_call()?;
        self.call_pictures.picker = None;
        if on {
            let (backend, handle) = (Arc::clone(&self.setup.backend), self.handle.clone());
            let looking = tokio::spawn(async move {
                let screens = backend.screens().await;
                handle.tell(Input::Screens(screens)).await;
            });
            self.call_pictures.picker = Some(Picker { screens: None, _looking: looking.into() });
        }
        Ok(())
    }

    pub(super) fn screens_found(&mut self, screens: Vec<ShareableScreen>) {
        let Some(picker) = &mut self.call_pictures.picker else { return };
        let screens = self.setup.device_overrides.screens(screens);
        let of_the_desktop = screens.iter().find(|screen| screen.view.kind == ScreenKind::Picker);
        let id = of_the_desktop.map(|screen| screen.view.id.clone());
        picker.screens = Some(screens);
        // Where the desktop lets the user choose, one picker is enough.
        if let Some(Err(notice)) = id.map(|id| self.share_screen(&id)) {
            self.call_notice = Some(notice);
        }
    }

    pub(super) fn share_screen(&mut self, id: &str) -> Result<(), Notice> {
        self.in_call()?;
        let picker = self.call_pictures.picker.take();
        let mut found = picker.and_then(|picker| picker.screens).into_iter().flatten();
        let chosen = found.find(|screen| screen.view.id == id);
        let ShareableScreen { screen, view } = chosen.ok_or_else(|| notices::plain(NoticeCode::ScreenGone))?;
        // Behind the desktop's own picker nothing is shared before the user has chosen there.
        self.call_pictures.is_choosing = view.kind == ScreenKind::Picker;
        self.call_pictures.sharing = (!self.call_pictures.is_choosing).then_some(view.name);
        self.apply(|kit| kit.set_screen(Some(screen)));
        Ok(())
    }

    pub(super) fn stop_sharing(&mut self) {
        (self.call_pictures.sharing, self.call_pictures.is_choosing) = (None, false);
        self.apply(|kit| kit.set_screen(None));
    }

    pub(super) fn show_numbers(&mut self, on: bool) {
        self.call_pictures.shows_numbers = on;
    }

    pub(super) fn set_full_screen(&mut self, on: bool) -> Result<(), Notice> {
        self.in_call()?;
        self.shape_call_window(if on { Shape::FullScreen } else { Shape::Whole });
        Ok(())
    }

    pub(super) fn set_mini(&mut self, on: bool) -> Result<(), Notice> {
        self.in_call()?;
        self.shape_call_window(if on { Shape::Mini } else { Shape::Whole });
        Ok(())
    }

    pub(super) fn shape_call_window(&mut self, shape: Shape) {
        if std::mem::replace(&mut self.call_pictures.shape, shape) != shape {
            self.desktop.shape(WindowName::Call, shape);
        }
    }

    /// The user leaves the window of a live call: pictures go on in a small one, and so does what says that the screen is shared.
    pub(super) fn leave_call_window(&mut self) {
        let has_pictures = !self.call_drawn().is_empty();
        if has_pictures && self.call_pictures.shape != Shape::Mini {
            return self.shape_call_window(Shape::Mini);
        }
        self.call_seen = false;
        self.desktop.put_away(WindowName::Call, PutAway::Minimise);
    }

    /// The desktop says whether a window can be seen.
    pub(super) fn seen(&mut self, window: WindowName, is_seen: bool) {
        if window != WindowName::Call {
            return;
        }
        if !is_seen && self.call_pictures.sharing.is_some() && self.live_call().is_some() {
            // Who shares a screen has to see that.
            self.shape_call_window(Shape::Mini);
            return self.open_call_window();
        }
        self.call_seen = is_seen;
    }

    pub(super) fn their_picture(&mut self, source: PictureSource, is_there: bool) {
        match source {
            PictureSource::Camera => self.call_pictures.received.camera = is_there,
            PictureSource::Screen => self.call_pictures.received.screen = is_there,
        }
    }

    pub(super) fn call_stats(&mut self, stats: Option<CallStats>) {
        self.call_pictures.network.see(stats, now());
    }

    /// Something about this end's devices, or what it receives.
    pub(super) fn media_notice(&mut self, notice: &MediaNotice) {
        if let MediaNotice::Restored { device, .. } = notice {
            self.call_notice.take_if(|told| notices::is_about(told, *device));
        } else if let MediaNotice::Chosen { device: MediaDevice::Screen, name } = notice {
            if std::mem::take(&mut self.call_pictures.is_choosing) {
                self.call_pictures.sharing = Some(name.clone());
            }
        } else if let Some(told) = notices::of_media(notice) {
            self.call_notice = Some(told);
        }
        self.call_pictures.camera_is_missing = match notices::missing_camera(notice) {
            Some(is_missing) => is_missing,
            None => self.call_pictures.camera_is_missing,
        };
        match notices::broken(notice) {
            Some(MediaDevice::Camera) => self.turn_camera(false),
            Some(MediaDevice::Screen) => self.stop_sharing(),
            Some(MediaDevice::Microphone | MediaDevice::Speaker | MediaDevice::ScreenSound | MediaDevice::Picture)
            | None => {}
        }
    }

    /// The call is over, and with it the user's consent, which the kit forgets by itself.
    pub(super) fn end_pictures(&mut self) {
        self.shape_call_window(Shape::Whole);
        let CallPictures { received, camera_on: camera_was_on, .. } = self.call_pictures;
        self.call_pictures = CallPictures { received, camera_was_on, ..CallPictures::default() };
    }

    /// The user has signed out: nothing is left of any call.
    pub(super) fn forget_pictures(&mut self) {
        self.shape_call_window(Shape::Whole);
        self.call_pictures = CallPictures::default();
        self.call_seen = false;
    }

    pub(super) fn camera(&self) -> Camera {
        let chosen = || Camera::Device { id: self.setup.settings.camera.clone() };
        self.setup.device_overrides.camera.clone().unwrap_or_else(chosen)
    }

    /// People know themselves from mirrors. What stands for a camera may have text in it.
    pub(super) fn is_mirrored(&self) -> bool {
        matches!(self.camera(), Camera::Device { .. })
    }
}

impl Picker {
    fn view(&self) -> ScreenPickerView {
        let screens = self.screens.iter().flatten().map(|screen| screen.view.clone()).collect();
        ScreenPickerView { is_looking: self.screens.is_none(), screens }
    }
}

/// Whether a call has pictures by its kind.
pub(super) fn may_show(scope: &CallScope) -> bool {
    scope.kind() == CallKind::Video
}

/// What stands for a screen, under a name that no system gives.
pub(super) fn stand_in(screen: Screen) -> ShareableScreen {
    let kind = carillon_ipc::ScreenKind::Screen;
    let view =
        carillon_ipc::ScreenView { id: "stand-in".to_owned(), name: "Stand-in".to_owned(), kind, thumbnail: None };
    ShareableScreen { screen, view }
}
