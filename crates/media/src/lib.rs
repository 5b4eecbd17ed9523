//! Microphone and camera to packets, and packets to speaker and screen: everything between a person and a codec, and nothing of the network.
//!
//! [`Voice`] is one call's sound. [`devices`] lists what is plugged in, [`bell`] rings, [`LevelMeter`] checks a
//! microphone, and [`measure`] proves that a voice was heard. No device opens before it is asked for by `open` or `start`.
//!
//! All of that is sound, and stands in `sound/`. Pictures stand beside it, in `picture/`: [`PictureStream`] is an open camera or a shared
//! screen, and [`PictureViewer`] shows what comes in. What both need (errors, threads) stands here.

mod error;
#[cfg(target_os = "macos")]
mod macos;
pub mod measure;
mod picture;
mod sound;
mod stop;
mod threads;

pub use error::MediaError;
pub use picture::{
    BadPattern, Camera, CameraPreview, DecodeError, EncodeError, EncodedPicture, EncodedUnit, PICTURE_LAYERS, Picture,
    PictureContent, PictureEvent, PictureInput, PictureRecording, PictureSize, PictureSizeError, PictureStream,
    PictureViewer, Plane, PlaneScaler, ReceivedPicture, Screen, ScreenId, ScreenInfo, ScreenKind, SentPictures,
    Sharpness, StandIn, TestPattern, Thumbnails, VideoDecoder, VideoEncoder, VideoEncoderConfig, ViewerEvent, Y4mError,
    Y4mFrame, Y4mReader, Y4mWriter, cameras, screens,
};
#[cfg(unix)]
pub use sound::testing;
pub use sound::{
    EncodedPacket, FRAME, Frame, HeardControl, JitterStats, LevelMeter, Listener, MAX_VOICES, Microphone, Processing,
    ReceivedPacket, SAMPLE_RATE, SILENCE_DBOV, ScreenSound, ScreenSoundStream, SoundSink, Speaker, Voice, VoiceConfig,
    VoiceEvent, VoiceLevels, VoiceStats, Volume, bell, devices, level_dbov, wav,
};
