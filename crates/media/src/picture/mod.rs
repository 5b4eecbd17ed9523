//! Pictures: from cameras, screens and files to H.264, and back to something that can be shown.

mod camera;
pub(crate) mod counter;
mod decoder;
mod degradation;
mod encoder;
mod encoding;
mod fit;
mod input;
mod latest;
mod layers;
#[cfg(target_os = "macos")]
mod macos;
mod nal;
mod pattern;
#[expect(clippy::module_inception, reason = "it is the one thing that all others work on")]
mod picture;
mod preview;
mod recording;
mod scale;
mod source;
mod stand_in;
mod stream;
mod taking;
mod viewer;
#[cfg(all(target_os = "linux", feature = "wayland"))]
mod wayland;
#[cfg(windows)]
mod windows;
#[cfg(target_os = "linux")]
mod x11;
mod y4m;

pub use decoder::{DecodeError, VideoDecoder};
pub use encoder::{EncodeError, EncodedUnit, PictureContent, VideoEncoder, VideoEncoderConfig};
pub use encoding::{EncodedPicture, SentPictures};
pub use input::{Camera, PictureInput, Screen, ScreenId, ScreenInfo, ScreenKind, Thumbnails, cameras, screens};
pub use layers::PICTURE_LAYERS;
pub use pattern::TestPattern;
pub use picture::{Picture, PictureSize, PictureSizeError};
pub use preview::CameraPreview;
pub use recording::PictureRecording;
pub use scale::{Plane, PlaneScaler, Sharpness};
pub use stand_in::{BadPattern, StandIn};
pub use stream::PictureStream;
pub use taking::PictureEvent;
pub use viewer::{PictureViewer, ReceivedPicture, ViewerEvent};
pub use y4m::{Y4mError, Y4mFrame, Y4mReader, Y4mWriter};
