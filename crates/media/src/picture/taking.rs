//! Takes pictures of a camera or a screen on a thread of its own, where opening one may take as long as it does.

use std::time::{Duration, Instant};

use super::picture::Picture;
use super::source::{PictureMaker, Stop};
use crate::error::MediaError;
use crate::threads;

/// The program that had the camera before, or this one, may just be letting it go: for so long it is asked again, and how often.
const BUSY_FOR: Duration = Duration::from_secs(1);
const ASK_EVERY: Duration = Duration::from_millis(100);
/// How often it is looked whether an unplugged camera is back: as soon as a person expects it, and a file that cannot be opened costs nothing.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What happens to a camera or a screen that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureEvent {
    /// There are no more pictures; of a camera that is not there, until it is.
    Failed(MediaError),
    /// The camera that was not there is on. People call it so; empty for a file.
    Restored(String),
    /// The user has chosen, and what was chosen is shown. People call it so; empty where the desktop does not say.
    Chosen(String),
}

/// Where pictures go, on the thread that takes them.
pub(super) trait PictureTaker: Send + 'static {
    /// The source is open, and means to make so many pictures a second.
    fn begin(&mut self, frame_rate: u32);

    /// `false`: no more are wanted.
    fn take(&mut self, picture: Picture) -> bool;

    /// There are no more, or none for now.
    fn end(&mut self);
}

/// What is to be taken.
pub(super) struct Taking<Open, Tell> {
    /// The name of its thread.
    pub(super) thread: &'static str,
    /// Opens it. May block, and ends early once it is told to stop.
    pub(super) open: Open,
    /// Whether it is waited for when it is not there.
    pub(super) is_awaited: bool,
    /// Whether the user is to choose first.
    pub(super) is_to_be_chosen: bool,
    /// Of what is stopped nothing is told any more.
    pub(super) stop: Stop,
    /// Hears what happens to it.
    pub(super) tell: Tell,
}

/// What is told with the next picture.
#[derive(Default)]
struct Untold {
    /// That it is back.
    is_missed: bool,
    /// That the user has chosen it.
    is_chosen: bool,
}

type Opened = Result<Box<dyn PictureMaker>, MediaError>;

impl<Open, Tell> Taking<Open, Tell>
where
    Open: FnMut(&Stop) -> Opened + Send + 'static,
    Tell: Fn(PictureEvent) + Clone + Send + 'static,
{
    /// Begins, and ends when it is stopped, when no more pictures are wanted, or when there are none for good.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub(super) fn begin(self, to: impl PictureTaker) -> Result<(), MediaError> {
        let tell = self.tell.clone();
        let crashed = move |error| tell(PictureEvent::Failed(error));
        threads::start(self.thread, move || self.run(to), crashed).map(drop)
    }

    fn run(mut self, mut to: impl PictureTaker) {
        let mut untold = Untold { is_missed: false, is_chosen: self.is_to_be_chosen };
        let mut opened = self.open();
        loop {
            let ended = opened.and_then(|source| self.take_all(source, &mut to, &mut untold));
            to.end();
            let Some(error) = ended.err().filter(|_| !self.stop.is_stopped()) else { return };
            let may_return = self.is_awaited && matches!(error, MediaError::Gone(_) | MediaError::NoCamera);
            // A camera that opens and shows nothing is away as it was.
            if !std::mem::replace(&mut untold.is_missed, may_return) || !may_return {
                (self.tell)(PictureEvent::Failed(error));
            }
            let Some(source) = may_return.then(|| self.wait_for_return()).flatten() else { return };
            opened = Ok(source);
        }
    }

    fn open(&mut self) -> Opened {
        let until = Instant::now() + BUSY_FOR;
        loop {
            let opened = (self.open)(&self.stop);
            let is_busy = matches!(opened, Err(MediaError::Busy)) && Instant::now() < until;
            if !is_busy || self.stop.wait_until(Instant::now() + ASK_EVERY) {
                return opened;
            }
        }
    }

    /// One that was missed is back with its first picture, and what was chosen is shown with it.
    fn take_all(
        &self,
        mut source: Box<dyn PictureMaker>,
        to: &mut impl PictureTaker,
        untold: &mut Untold,
    ) -> Result<(), MediaError> {
        to.begin(source.frame_rate());
        while let Some(picture) = source.next_picture(&self.stop)? {
            let Untold { is_missed, is_chosen } = std::mem::take(untold);
            let may_tell = (is_missed || is_chosen) && !self.stop.is_stopped();
            if may_tell && is_missed {
                (self.tell)(PictureEvent::Restored(source.name()));
            }
            if may_tell && is_chosen {
                (self.tell)(PictureEvent::Chosen(source.name()));
            }
            if !to.take(picture) {
                break;
            }
        }
        Ok(())
    }

    /// `None`: it is no longer wanted.
    fn wait_for_return(&mut self) -> Option<Box<dyn PictureMaker>> {
        while !self.stop.wait_until(Instant::now() + LOOK_EVERY) {
            if let Ok(source) = (self.open)(&self.stop) {
                return Some(source);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::mpsc::{self, Receiver, Sender};

    use super::*;
    use crate::picture::{PictureSize, TestPattern};

    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn what_is_busy_is_asked_again_for_a_while() {
        let scene = Scene::of(false, vec![Err(MediaError::Busy), shows(2)]);
        assert_eq!(scene.all(), [BEGUN, TAKEN, TAKEN, ENDED, "Webcam is gone"]);

        let long = (0..100).map(|_| Err(MediaError::Busy));
        assert_eq!(Scene::of(false, long.collect()).all(), [ENDED, "the device is in use by another program"]);
    }

    #[test]
    fn a_camera_that_was_unplugged_goes_on_when_it_is_back() {
        let gone = Err(MediaError::Gone("Webcam".into()));

        let scene = Scene::of(true, vec![shows(1), gone, Err(MediaError::PermissionDenied), shows(2)]);

        assert_eq!(
            scene.next_of(8),
            [BEGUN, TAKEN, ENDED, "Webcam is gone", BEGUN, "restored: Scripted", TAKEN, TAKEN]
        );
    }

    #[test]
    fn a_camera_that_opens_and_shows_nothing_is_neither_restored_nor_gone_again_and_again() {
        let scene = Scene::of(true, vec![shows(1), shows(0), shows(0), shows(1)]);

        assert_eq!(
            scene.next_of(11),
            [BEGUN, TAKEN, ENDED, "Webcam is gone", BEGUN, ENDED, BEGUN, ENDED, BEGUN, "restored: Scripted", TAKEN]
        );
    }

    #[test]
    fn a_camera_that_is_plugged_in_after_it_was_turned_on_is_on_then() {
        let scene = Scene::of(true, vec![Err(MediaError::NoCamera), shows(1)]);

        assert_eq!(scene.next_of(5), [ENDED, "no camera was found", BEGUN, "restored: Scripted", TAKEN]);
    }

    #[test]
    fn what_the_user_was_to_choose_is_told_with_its_first_picture_and_that_nothing_was_chosen_as_such() {
        let scene = Scene::begin(true, false, vec![shows(2)]);
        assert_eq!(scene.all(), [BEGUN, "chosen: Scripted", TAKEN, TAKEN, ENDED, "Webcam is gone"]);

        assert_eq!(Scene::begin(true, false, vec![Err(MediaError::Cancelled)]).all(), [ENDED, "nothing was chosen"]);
    }

    #[test]
    fn of_what_was_turned_off_meanwhile_no_error_is_told() {
        let scene = Scene::of(true, vec![Ok(Scripted { pictures: 1, fails_when_off: true })]);
        assert_eq!(scene.next_of(2), [BEGUN, TAKEN]);

        scene.stop.stop();

        assert_eq!(scene.all(), [ENDED]);
    }

    #[test]
    fn a_panic_while_it_opens_is_told() {
        let (told_tx, told) = mpsc::channel();
        let tell = move |event| drop(told_tx.send(event));
        let open = |_: &Stop| -> Opened { panic!("a driver of the system") };
        let stop = Stop::default();
        let taking = Taking { thread: "takes", open, is_awaited: true, is_to_be_chosen: false, stop, tell };

        taking.begin(Taker(mpsc::channel().0)).expect("it begins");

        let event = told.recv_timeout(PATIENCE).expect("in time");
        assert!(matches!(event, PictureEvent::Failed(MediaError::Crashed { .. })), "{event:?}");
    }

    const BEGUN: &str = "begun";
    const TAKEN: &str = "taken";
    const ENDED: &str = "ended";

    /// What is told, in order.
    struct Scene {
        told: Receiver<String>,
        stop: Stop,
    }

    impl Scene {
        /// What each attempt to open comes to; after the last it is unplugged.
        fn of(is_awaited: bool, attempts: Vec<Result<Scripted, MediaError>>) -> Self {
            Self::begin(false, is_awaited, attempts)
        }

        fn begin(is_to_be_chosen: bool, is_awaited: bool, attempts: Vec<Result<Scripted, MediaError>>) -> Self {
            let (told_tx, told) = mpsc::channel();
            let (stop, mut attempts) = (Stop::default(), VecDeque::from(attempts));
            let open = move |_: &Stop| -> Opened {
                let next = attempts.pop_front().unwrap_or(Err(MediaError::Gone("Webcam".into())));
                next.map(|source| -> Box<dyn PictureMaker> { Box::new(source) })
            };
            let telling = told_tx.clone();
            let tell = move |event| {
                let text = match event {
                    PictureEvent::Failed(error) => error.to_string(),
                    PictureEvent::Restored(name) => format!("restored: {name}"),
                    PictureEvent::Chosen(name) => format!("chosen: {name}"),
                };
                drop(telling.send(text));
            };
            let taking = Taking { thread: "takes", open, is_awaited, is_to_be_chosen, stop: stop.clone(), tell };
            taking.begin(Taker(told_tx)).expect("it begins");
            Self { told, stop }
        }

        fn next_of(&self, many: usize) -> Vec<String> {
            (0..many).map(|_| self.told.recv_timeout(PATIENCE).expect("in time")).collect()
        }

        /// Until the thread has ended.
        fn all(&self) -> Vec<String> {
            self.told.iter().collect()
        }
    }

    impl Drop for Scene {
        fn drop(&mut self) {
            self.stop.stop();
        }
    }

    fn shows(pictures: u32) -> Result<Scripted, MediaError> {
        Ok(Scripted { pictures, fails_when_off: false })
    }

    /// Shows so many pictures and is unplugged.
    struct Scripted {
        pictures: u32,
        /// Not before it is turned off.
        fails_when_off: bool,
    }

    impl PictureMaker for Scripted {
        fn name(&self) -> String {
            "Scripted".into()
        }

        fn frame_rate(&self) -> u32 {
            30
        }

        fn next_picture(&mut self, stop: &Stop) -> Result<Option<Picture>, MediaError> {
            if let Some(left) = self.pictures.checked_sub(1) {
                self.pictures = left;
                return Ok(TestPattern::new(PictureSize::new(32, 16).expect("a size")).picture(1, Instant::now()));
            }
            let _ = self.fails_when_off && stop.wait_until(Instant::now() + PATIENCE);
            Err(MediaError::Gone("Webcam".into()))
        }
    }

    struct Taker(Sender<String>);

    impl PictureTaker for Taker {
        fn begin(&mut self, _: u32) {
            drop(self.0.send(BEGUN.into()));
        }

        fn take(&mut self, _: Picture) -> bool {
            self.0.send(TAKEN.into()).is_ok()
        }

        fn end(&mut self) {
            drop(self.0.send(ENDED.into()));
        }
    }
}
