//! `carillon cameras` and `carillon screens`, and what `call` and `listen` show.

use carillon_kit::{
    Leg, LegState, PictureSource, UserId, WantedView,
    media::{
        Camera, Screen, ScreenId, ScreenInfo, ScreenKind, ScreenSound, StandIn, Thumbnails, cameras,
        devices::DeviceInfo, screens,
    },
};
use serde_json::json;

use crate::{
    args::Pictures,
    exit::{Exit, Problem},
    report::Report,
};

/// Lists the cameras of this machine.
pub(crate) async fn list_cameras(report: Report) -> Result<Exit, Problem> {
    for DeviceInfo { id, name, is_default } in looked_up(cameras).await? {
        let text = format!("{id:<40} {name}{}", if is_default { " (default)" } else { "" });
        report.say("camera", json!({ "camera": { "id": id, "name": name, "is_default": is_default } }), &text);
    }
    Ok(Exit::Good)
}

/// Lists the screens and windows of this machine.
pub(crate) async fn list_screens(report: Report) -> Result<Exit, Problem> {
    for ScreenInfo { id, name, kind, size: (width, height), thumbnail: _ } in looked_up(named_screens).await? {
        let text = format!("{:<32} {:>11} {name}", id.0, format!("{width}x{height}"));
        let kind = match kind {
            ScreenKind::Screen => "screen",
            ScreenKind::Window => "window",
            ScreenKind::Picker => "picker",
        };
        let screen = json!({ "id": id.0, "name": name, "kind": kind, "width": width, "height": height });
        report.say("screen", json!({ "screen": screen }), &text);
    }
    Ok(Exit::Good)
}

fn named_screens() -> Vec<ScreenInfo> {
    screens(Thumbnails::LeftOut)
}

/// Looking takes its time.
async fn looked_up<T: Send + 'static>(look: impl FnOnce() -> Vec<T> + Send + 'static) -> Result<Vec<T>, Problem> {
    tokio::task::spawn_blocking(look).await.map_err(|error| Problem::new(Exit::Failed, error.to_string()))
}

/// So many rows of each picture of a group call are recorded.
const RECORDED_ROWS: u16 = 720;

/// Which pictures are recorded in group calls: the cameras of all, and the screen that one of them shares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recorded {
    cameras: bool,
    screen: bool,
}

impl Recorded {
    /// Of those who are in it now, but for this device's own user.
    pub(crate) fn of(self, legs: &[Leg], me: &UserId) -> Vec<WantedView> {
        let others = || legs.iter().filter(|leg| leg.state == LegState::Accepted && leg.user != *me);
        let view = |leg: &Leg, source| WantedView { user: leg.user.clone(), source, height: RECORDED_ROWS };
        let screen = others().find(|leg| self.screen && leg.published.screen.is_some());
        let screen = screen.map(|leg| view(leg, PictureSource::Screen));
        // Also one that is off: its place is kept for when it is on again.
        let cameras = others().filter(|_| self.cameras).map(|leg| view(leg, PictureSource::Camera));
        screen.into_iter().chain(cameras).collect()
    }
}

impl Pictures {
    pub(crate) const fn recorded(&self) -> Recorded {
        Recorded { cameras: self.record_video.is_some(), screen: self.record_screen.is_some() }
    }

    /// The camera for video calls; a file is looked at before anything rings.
    pub(crate) fn camera(&self) -> Result<Option<Camera>, Problem> {
        let real = self.camera.clone().map(|id| Camera::Device { id: Some(id).filter(|id| !id.is_empty()) });
        let camera = self.fake_camera.clone().map(StandIn::camera).or(real);
        camera.iter().try_for_each(Camera::check).map_err(|error| Problem::usage(error.to_string()))?;
        Ok(camera)
    }

    /// Where the sound comes from that goes with the screen.
    pub(crate) fn screen_sound(&self) -> ScreenSound {
        self.fake_screen_sound.clone().map_or(ScreenSound::OtherPrograms, ScreenSound::Wav)
    }

    pub(crate) fn has_screen_sound(&self) -> bool {
        self.screen_sound || self.fake_screen_sound.is_some()
    }

    /// The screen or window that is shared in calls.
    pub(crate) async fn screen(&self) -> Result<Option<Screen>, Problem> {
        let real = match self.screen.clone() {
            Some(id) if id.is_empty() => {
                let first = looked_up(named_screens).await?.into_iter().next();
                let first = first.ok_or_else(|| Problem::usage("this machine has no screen that can be shared"))?;
                Some(Screen::Device(first.id))
            }
            Some(id) => Some(Screen::Device(ScreenId(id))),
            None => None,
        };
        let screen = self.fake_screen.clone().map(StandIn::screen).or(real);
        screen.iter().try_for_each(Screen::check).map_err(|error| Problem::usage(error.to_string()))?;
        Ok(screen)
    }
}
