//! Real cameras: which mode they are to run in, what their frames become, and when they have failed.

#[cfg(any(windows, target_os = "macos"))]
mod arrivals;
#[cfg(target_os = "macos")]
mod av_foundation;
#[cfg(any(windows, test))]
mod hresult;
#[cfg(windows)]
mod media_foundation;
mod mode;
#[cfg(target_os = "linux")]
mod nodes;
mod unpack;
#[cfg(target_os = "linux")]
mod v4l;

use std::time::{Duration, Instant};

pub(super) use mode::{Mode, Packing, best};
pub(super) use unpack::RawFrame;
use unpack::Unpacker;

use super::picture::Picture;
use super::source::{PictureMaker, Stop};
use crate::error::MediaError;

#[cfg(target_os = "macos")]
pub(super) use av_foundation::{list, open};
#[cfg(windows)]
pub(super) use media_foundation::{list, open};
#[cfg(target_os = "linux")]
pub(super) use v4l::{list, open};

/// No way to this system's cameras is known here.
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub(super) fn list() -> Vec<crate::sound::devices::DeviceInfo> {
    Vec::new()
}

/// No way to this system's cameras is known here.
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub(super) fn open(_: Option<&str>, _: &Stop) -> Result<Box<dyn PictureMaker>, MediaError> {
    Err(MediaError::NoCamera)
}

/// A camera that has sent no picture for so long will send none.
const STALLED_AFTER: Duration = Duration::from_secs(3);
/// The same, of one that has just been turned on: some take seconds until they see anything.
const NOT_BEGUN_AFTER: Duration = Duration::from_secs(10);
/// How long a camera is waited for before it is looked whether the user has turned it off.
const WAIT: Duration = Duration::from_millis(100);

/// A camera that is on, as the system gives it.
trait Driver {
    /// Waits at most so long for the next frame. `None`: none has come.
    fn next_frame(&mut self, wait: Duration) -> Result<Option<RawFrame<'_>>, MediaError>;
}

/// Makes pictures of a camera's frames.
struct LiveCamera<D> {
    name: String,
    frame_rate: u32,
    driver: D,
    unpacker: Unpacker,
    stall: Stall,
}

impl<D: Driver> LiveCamera<D> {
    fn new(name: String, frame_rate: u32, driver: D) -> Self {
        Self { name, frame_rate, driver, unpacker: Unpacker::default(), stall: Stall::new(Instant::now()) }
    }
}

impl<D: Driver> PictureMaker for LiveCamera<D> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn frame_rate(&self) -> u32 {
        self.frame_rate
    }

    fn next_picture(&mut self, stop: &Stop) -> Result<Option<Picture>, MediaError> {
        while !stop.wait_until(Instant::now()) {
            let frame = self.driver.next_frame(WAIT)?;
            let now = Instant::now();
            // Cameras send damaged frames too, above all their first.
            let picture = frame.and_then(|frame| self.unpacker.picture(frame, now));
            if self.stall.is_over(picture.is_some(), now) {
                return Err(MediaError::Stalled(self.name.clone()));
            }
            if picture.is_some() {
                return Ok(picture);
            }
        }
        Ok(None)
    }
}

/// Notices that no more pictures come.
struct Stall {
    /// Or when it was turned on.
    latest_at: Instant,
    has_begun: bool,
}

impl Stall {
    fn new(now: Instant) -> Self {
        Self { latest_at: now, has_begun: false }
    }

    /// Whether a picture came, and when it is now.
    fn is_over(&mut self, has_picture: bool, now: Instant) -> bool {
        if has_picture {
            (self.latest_at, self.has_begun) = (now, true);
        }
        let most = if self.has_begun { STALLED_AFTER } else { NOT_BEGUN_AFTER };
        now.saturating_duration_since(self.latest_at) >= most
    }
}

/// What Linux says of a camera, in terms a user can act on.
#[cfg(any(target_os = "linux", test))]
fn error_of(name: &str, error: &std::io::Error) -> MediaError {
    use std::io::ErrorKind;
    /// `EIO`, `ENXIO` and `ENODEV`: what is read from a camera that was unplugged.
    const UNPLUGGED: [i32; 3] = [5, 6, 19];
    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is not exhaustive")]
    match error.kind() {
        _ if error.raw_os_error().is_some_and(|code| UNPLUGGED.contains(&code)) => MediaError::Gone(name.to_owned()),
        ErrorKind::NotFound => MediaError::Gone(name.to_owned()),
        ErrorKind::PermissionDenied => MediaError::PermissionDenied,
        ErrorKind::ResourceBusy => MediaError::Busy,
        ErrorKind::TimedOut => MediaError::Stalled(name.to_owned()),
        _ => MediaError::Other(format!("{name}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn what_the_system_says_of_a_camera_becomes_what_a_user_can_act_on() {
        let said = |error: Error| error_of("Webcam", &error);

        for code in [19, 5, 6, 2] {
            assert_eq!(said(Error::from_raw_os_error(code)), MediaError::Gone("Webcam".into()), "{code}");
        }
        assert_eq!(said(Error::from_raw_os_error(16)), MediaError::Busy);
        assert_eq!(said(Error::from_raw_os_error(13)), MediaError::PermissionDenied);
        assert_eq!(said(ErrorKind::TimedOut.into()), MediaError::Stalled("Webcam".into()));
        assert!(matches!(said(Error::from_raw_os_error(22)), MediaError::Other(text) if text.contains("Webcam")));
    }

    #[test]
    fn a_camera_that_sends_nothing_for_three_seconds_has_stalled_and_one_that_begins_has_ten() {
        let began_at = Instant::now();
        let after = |milliseconds| began_at + Duration::from_millis(milliseconds);
        assert!(!Stall::new(began_at).is_over(false, after(9900)));
        assert!(Stall::new(began_at).is_over(false, after(10_000)));
        let mut stall = Stall::new(began_at);

        assert!(!stall.is_over(true, after(3500)));
        assert!(!stall.is_over(false, after(6400)));
        assert!(stall.is_over(false, after(6500)));
    }

    #[test]
    fn damaged_frames_are_left_out_and_another_size_goes_on() {
        let mut camera = LiveCamera::new(
            "Webcam".into(),
            30,
            Script::of(&[(4, 4, 5), (32, 16, 32 * 16 * 2), (64, 32, 64 * 32 * 2)]),
        );
        let size = |picture: Option<Picture>| picture.map(|picture| (picture.size().width(), picture.size().height()));
        let stop = Stop::default();

        assert_eq!(size(camera.next_picture(&stop).expect("it works")), Some((32, 16)));
        assert_eq!(size(camera.next_picture(&stop).expect("it works")), Some((64, 32)));
        assert_eq!(camera.next_picture(&stop).err(), Some(MediaError::Gone("Webcam".into())));
        stop.stop();
        assert_eq!(camera.next_picture(&stop).map(size), Ok(None));
    }

    /// Frames in YUYV: how wide, how high, and of how many bytes; then it is unplugged.
    struct Script {
        frames: VecDeque<(usize, usize, usize)>,
        bytes: Vec<u8>,
    }

    impl Script {
        fn of(frames: &[(usize, usize, usize)]) -> Self {
            Self { frames: frames.iter().copied().collect(), bytes: Vec::new() }
        }
    }

    impl Driver for Script {
        fn next_frame(&mut self, _: Duration) -> Result<Option<RawFrame<'_>>, MediaError> {
            let (width, height, bytes) = self.frames.pop_front().ok_or(MediaError::Gone("Webcam".into()))?;
            self.bytes.resize(bytes, 128);
            let stride = width * 2;
            Ok(Some(RawFrame { packing: Packing::Yuyv, width, height, stride, bytes: &self.bytes[..bytes] }))
        }
    }
}
