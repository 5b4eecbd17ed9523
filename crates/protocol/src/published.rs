//! What a device publishes in a call: which of its sources the others can hear and see, and how much it wants to see of theirs.

use serde::{Deserialize, Serialize};

/// What a device publishes, as it is now. It is state: the latest counts, and nothing before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Published {
    /// The microphone.
    pub microphone: MicrophoneState,
    /// The size of the camera's pictures; `None`: the camera is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub camera: Option<PublishedSize>,
    /// The size of the pictures of a screen or a window; `None`: none is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screen: Option<PublishedSize>,
    /// Whether the sound of what is shown is sent too.
    pub screen_sound: bool,
    /// What it wants of the other end's pictures.
    #[serde(skip_serializing_if = "Wants::is_everything")]
    pub wants: Wants,
}

/// How much is wanted of a device's pictures, so that nobody makes what nobody sees: by the other end of a call of two, or by all others of a
/// group call together. Unless less is said, all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Wants {
    /// The most rows of the camera's pictures; 0: none of them; `None`: as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub camera_rows: Option<u16>,
    /// The same of the screen's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screen_rows: Option<u16>,
    /// Which sizes of a camera that is sent in several, as it is in group calls: the server says it. `None`: all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub camera_layers: Option<WantedLayers>,
}

/// Which sizes of a camera somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WantedLayers {
    /// The smallest, of 180 rows at most: for small tiles and narrow networks.
    pub small: bool,
    /// Of 360 rows at most.
    pub medium: bool,
    /// Of 720 rows at most.
    pub large: bool,
}

impl Wants {
    /// Whether there is nothing to be said of it.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the two want pictures of the same sources, be it in other sizes.
    fn is_same_but_for_sizes(self, other: Self) -> bool {
        let is_same = |own: Option<u16>, others: Option<u16>| (own == Some(0)) == (others == Some(0));
        is_same(self.camera_rows, other.camera_rows) && is_same(self.screen_rows, other.screen_rows)
    }
}

/// What becomes of a microphone's sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MicrophoneState {
    /// It is not open: there is none, or this device's user has not joined.
    #[default]
    Off,
    /// It is sent.
    On,
    /// It is open, and nothing of it is sent.
    Muted,
}

/// Where something that is published comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublishedSource {
    /// A microphone.
    Microphone,
    /// A camera.
    Camera,
    /// A screen or a window.
    Screen,
    /// The sound of what is shown.
    ScreenSound,
}

impl PublishedSource {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Microphone, Self::Camera, Self::Screen, Self::ScreenSound];
}

impl Published {
    /// Whether the others can hear or see this source.
    pub const fn is_on(&self, source: PublishedSource) -> bool {
        match source {
            PublishedSource::Microphone => matches!(self.microphone, MicrophoneState::On),
            PublishedSource::Camera => self.camera.is_some(),
            PublishedSource::Screen => self.screen.is_some(),
            PublishedSource::ScreenSound => self.screen_sound,
        }
    }

    /// Whether the two differ in nothing that a person would call on, off or muted.
    pub fn is_same_but_for_sizes(&self, other: Self) -> bool {
        let (camera, screen) = (self.camera.and(other.camera), self.screen.and(other.screen));
        let is_same_source =
            |own: Option<PublishedSize>, others: Option<PublishedSize>| own.is_some() == others.is_some();
        is_same_source(self.camera, other.camera)
            && is_same_source(self.screen, other.screen)
            && self.wants.is_same_but_for_sizes(other.wants)
            && Self { camera, screen, wants: other.wants, ..*self } == Self { camera, screen, ..other }
    }

    /// Whether there is nothing to be said of it.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The longest side of pictures that may be published, in pixels: 8K.
pub const MAX_PUBLISHED_SIDE: u16 = 7680;

/// How large published pictures are, in pixels: 1 to [`MAX_PUBLISHED_SIDE`] each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Sides", into = "Sides")]
pub struct PublishedSize {
    width: u16,
    height: u16,
}

impl PublishedSize {
    /// A size within the bounds; `None` for any other.
    pub const fn new(width: u16, height: u16) -> Option<Self> {
        if is_side(width) && is_side(height) { Some(Self { width, height }) } else { None }
    }

    /// In pixels.
    pub const fn width(self) -> u16 {
        self.width
    }

    /// In pixels.
    pub const fn height(self) -> u16 {
        self.height
    }
}

const fn is_side(pixels: u16) -> bool {
    pixels >= 1 && pixels <= MAX_PUBLISHED_SIDE
}

/// A size that no picture can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a published picture has 1 to 7680 pixels each way")]
pub struct PublishedSizeError;

/// A [`PublishedSize`] as it travels.
#[derive(Serialize, Deserialize)]
struct Sides {
    width: u16,
    height: u16,
}

impl TryFrom<Sides> for PublishedSize {
    type Error = PublishedSizeError;

    fn try_from(sides: Sides) -> Result<Self, PublishedSizeError> {
        Self::new(sides.width, sides.height).ok_or(PublishedSizeError)
    }
}

impl From<PublishedSize> for Sides {
    fn from(size: PublishedSize) -> Self {
        Self { width: size.width, height: size.height }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_published_is_read_as_it_was_written_and_what_is_left_out_is_off() {
        let all = Published {
            microphone: MicrophoneState::Muted,
            camera: PublishedSize::new(1280, 720),
            screen: PublishedSize::new(1, MAX_PUBLISHED_SIDE),
            screen_sound: true,
            wants: Wants { camera_rows: Some(0), ..Wants::default() },
        };
        let written = json!({
            "microphone": "muted", "camera": { "width": 1280, "height": 720 }, "screen": { "width": 1, "height": 7680 },
            "screen_sound": true, "wants": { "camera_rows": 0 }
        });

        assert_eq!(serde_json::to_value(all).unwrap(), written);
        assert_eq!(serde_json::from_value::<Published>(written).unwrap(), all);
        assert_eq!(serde_json::from_value::<Published>(json!({})).unwrap(), Published::default());
    }

    #[test]
    fn a_picture_that_is_wanted_smaller_is_another_size_and_one_that_is_not_wanted_is_more_than_that() {
        let wants =
            |camera_rows| Published { wants: Wants { camera_rows, ..Wants::default() }, ..Published::default() };

        assert!(wants(None).is_same_but_for_sizes(wants(Some(360))));
        assert!(!wants(None).is_same_but_for_sizes(wants(Some(0))));
        let layers = Some(WantedLayers { small: true, ..WantedLayers::default() });
        let small = Published { wants: Wants { camera_layers: layers, ..Wants::default() }, ..Published::default() };
        assert!(wants(None).is_same_but_for_sizes(small));
        let camera = |width| Published { camera: PublishedSize::new(width, 360), ..Published::default() };
        assert!(camera(640).is_same_but_for_sizes(camera(320)));
        assert!(!camera(640).is_same_but_for_sizes(Published::default()));
        assert!(!camera(640).is_same_but_for_sizes(Published { screen_sound: true, ..camera(320) }));
    }

    #[test]
    fn a_size_that_no_picture_can_have_is_refused() {
        for (width, height) in [(0, 720), (1280, 0), (7681, 720), (1280, 65_535)] {
            assert_eq!(PublishedSize::new(width, height), None);
            let written = json!({ "camera": { "width": width, "height": height } });
            assert!(serde_json::from_value::<Published>(written).is_err(), "{width} x {height}");
        }
        for written in [json!({ "width": 70_000, "height": 1 }), json!({ "width": -1, "height": 1 })] {
            assert!(serde_json::from_value::<PublishedSize>(written).is_err());
        }
    }

    #[test]
    fn a_muted_microphone_is_not_heard_and_one_that_is_off_neither() {
        let heard = |microphone| Published { microphone, ..Published::default() }.is_on(PublishedSource::Microphone);

        assert_eq!(
            [MicrophoneState::Off, MicrophoneState::On, MicrophoneState::Muted].map(heard),
            [false, true, false]
        );
        assert!(PublishedSource::ALL.into_iter().all(|source| !Published::default().is_on(source)));
    }
}
