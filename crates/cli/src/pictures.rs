//! `carillon cameras` and `carillon screens`, and what `call` and `listen` show.

use carillon_kit::media::{
    Camera, PictureSize, Screen, ScreenId, ScreenInfo, ScreenKind, ScreenSound, Thumbnails, cameras,
    devices::DeviceInfo, screens,
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

impl Pictures {
    /// The camera for video calls; a file is looked at before anything rings.
    pub(crate) fn camera(&self) -> Result<Option<Camera>, Problem> {
        let real = self.camera.clone().map(|id| Camera::Device { id: Some(id).filter(|id| !id.is_empty()) });
        let camera = self.fake_camera.clone().map(Stand::camera).or(real);
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
        let screen = self.fake_screen.clone().map(Stand::screen).or(real);
        screen.iter().try_for_each(Screen::check).map_err(|error| Problem::usage(error.to_string()))?;
        Ok(screen)
    }
}

/// What stands in for a camera or a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stand {
    Pattern { size: PictureSize, frame_rate: u32 },
    Y4m(std::path::PathBuf),
}

impl Stand {
    fn camera(self) -> Camera {
        match self {
            Self::Pattern { size, frame_rate } => Camera::Pattern { size, frame_rate },
            Self::Y4m(path) => Camera::Y4m(path),
        }
    }

    fn screen(self) -> Screen {
        match self {
            Self::Pattern { size, frame_rate } => Screen::Pattern { size, frame_rate },
            Self::Y4m(path) => Screen::Y4m(path),
        }
    }

    /// 720p at 30 pictures a second, unless it says otherwise.
    pub(crate) fn typed(text: &str) -> Result<Self, String> {
        let Some(says) = text.strip_prefix("pattern") else { return Ok(Self::Y4m(text.into())) };
        let wrong = || format!("{text:?} is no pattern: write pattern, pattern:640x360 or pattern:640x360@15");
        let says = match says.strip_prefix(':') {
            Some(says) => says,
            None if says.is_empty() => "1280x720@30",
            None => return Ok(Self::Y4m(text.into())),
        };
        let (size, rate) = says.split_once('@').unwrap_or((says, "30"));
        let (width, height) = size.split_once('x').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
        let size =
            PictureSize::new(number(width)? as usize, number(height)? as usize).map_err(|error| error.to_string())?;
        match number(rate)? {
            frame_rate @ 1..=60 => Ok(Self::Pattern { size, frame_rate }),
            _ => Err("1 to 60 pictures a second".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_is_a_pattern_or_a_file() {
        let pattern = |width, height, frame_rate| {
            let size = PictureSize::new(width, height).expect("a size");
            Ok(Stand::Pattern { size, frame_rate })
        };

        assert_eq!(Stand::typed("pattern"), pattern(1280, 720, 30));
        assert_eq!(Stand::typed("pattern:640x360"), pattern(640, 360, 30));
        assert_eq!(Stand::typed("pattern:640x360@15"), pattern(640, 360, 15));
        assert_eq!(Stand::typed("patterns.y4m"), Ok(Stand::Y4m("patterns.y4m".into())));
        for wrong in ["pattern:", "pattern:640", "pattern:641x360", "pattern:640x360@0", "pattern:640x360@fast"] {
            assert!(Stand::typed(wrong).is_err(), "{wrong}");
        }
    }
}
