//! What a call's media really send, put together from what each part of them knows of itself: a camera that cannot be opened is not
//! published, and a microphone that is missing neither.

use carillon_media::{PictureSize, VoiceEvent};
use carillon_protocol::{MAX_PUBLISHED_SIDE, MicrophoneState, Published, PublishedSize, Wants};
use tokio::sync::watch;

use super::PictureSource;

/// Where the parts say it. The latest counts.
#[derive(Debug, Clone)]
pub(super) struct PublishedSender(watch::Sender<Published>);

impl PublishedSender {
    /// Nothing is sent yet.
    pub(super) fn new() -> (Self, watch::Receiver<Published>) {
        let (sender, receiver) = watch::channel(Published::default());
        (Self(sender), receiver)
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Published> {
        self.0.subscribe()
    }

    pub(super) fn microphone(&self, state: MicrophoneState) {
        self.change(|published| published.microphone = state);
    }

    /// A picture of this size is about to be sent, unless it was overtaken, which is asked while nobody else can say anything.
    pub(super) fn picture(&self, source: PictureSource, size: PictureSize, is_overtaken: impl FnOnce() -> bool) {
        self.change(|published| {
            if !is_overtaken() {
                *size_of(published, source) = Some(published_size(size));
            }
        });
    }

    /// No more pictures are sent.
    pub(super) fn no_picture(&self, source: PictureSource) {
        self.change(|published| *size_of(published, source) = None);
    }

    /// Whether the sound of what is shared is sent, unless that was overtaken.
    pub(super) fn screen_sound(&self, is_on: bool, is_overtaken: impl FnOnce() -> bool) {
        self.change(|published| {
            if !is_overtaken() {
                published.screen_sound = is_on;
            }
        });
    }

    /// So much is wanted of the other end's pictures.
    pub(super) fn wants(&self, wants: Wants) {
        self.change(|published| published.wants = wants);
    }

    fn change(&self, change: impl FnOnce(&mut Published)) {
        self.0.send_if_modified(|published| {
            let before = *published;
            change(published);
            *published != before
        });
    }
}

const fn size_of(published: &mut Published, source: PictureSource) -> &mut Option<PublishedSize> {
    match source {
        PictureSource::Camera => &mut published.camera,
        PictureSource::Screen => &mut published.screen,
    }
}

/// What is larger than may be said is said to be as large as may be.
fn published_size(size: PictureSize) -> PublishedSize {
    let side = |pixels: usize| u16::try_from(pixels).unwrap_or(u16::MAX).clamp(1, MAX_PUBLISHED_SIDE);
    PublishedSize::new(side(size.width()), side(size.height())).expect("it is clamped to what may be")
}

/// Whether there is a microphone in use, by what the voice tells of it.
#[derive(Debug, Default)]
pub(super) struct MicrophoneWatch {
    is_in_use: bool,
    has_failed: bool,
}

impl MicrophoneWatch {
    pub(super) const fn note(&mut self, event: &VoiceEvent) {
        match event {
            VoiceEvent::MicrophoneOpened(Some(_)) => self.is_in_use = true,
            // A file, or silence in the place of what failed.
            VoiceEvent::MicrophoneOpened(None) => self.is_in_use = !self.has_failed,
            VoiceEvent::MicrophoneFailed(_) => self.has_failed = true,
            VoiceEvent::MicrophoneRestored(_) => (self.has_failed, self.is_in_use) = (false, true),
            VoiceEvent::SpeakerOpened(_)
            | VoiceEvent::SpeakerFailed(_)
            | VoiceEvent::SpeakerRestored(_)
            | VoiceEvent::Crashed { .. } => {}
        }
    }

    pub(super) const fn state(&self, is_muted: bool) -> MicrophoneState {
        match (self.is_in_use, is_muted) {
            (false, _) => MicrophoneState::Off,
            (true, true) => MicrophoneState::Muted,
            (true, false) => MicrophoneState::On,
        }
    }
}

#[cfg(test)]
mod tests {
    use carillon_media::MediaError;

    use super::*;

    #[test]
    fn a_microphone_that_is_missing_is_off_and_one_that_came_back_is_on() {
        let mut watch = MicrophoneWatch::default();
        assert_eq!(watch.state(false), MicrophoneState::Off, "it is not open yet");

        watch.note(&VoiceEvent::MicrophoneFailed(MediaError::NoMicrophone));
        watch.note(&VoiceEvent::MicrophoneOpened(None));
        assert_eq!(watch.state(false), MicrophoneState::Off, "silence stands in");

        watch.note(&VoiceEvent::MicrophoneRestored(None));
        watch.note(&VoiceEvent::MicrophoneOpened(None));
        assert_eq!((watch.state(false), watch.state(true)), (MicrophoneState::On, MicrophoneState::Muted));
    }

    #[test]
    fn a_file_for_a_microphone_is_on() {
        let mut watch = MicrophoneWatch::default();

        watch.note(&VoiceEvent::MicrophoneOpened(None));

        assert_eq!(watch.state(false), MicrophoneState::On);
    }

    #[test]
    fn what_is_said_again_changes_nothing() {
        let (sender, mut receiver) = PublishedSender::new();
        sender.no_picture(PictureSource::Camera);
        sender.microphone(MicrophoneState::Off);
        assert!(!receiver.has_changed().expect("it lives"));

        sender.microphone(MicrophoneState::On);
        assert_eq!(receiver.borrow_and_update().microphone, MicrophoneState::On);
    }

    #[test]
    fn pictures_that_are_larger_than_may_be_said_are_said_to_be_as_large_as_may_be() {
        let size = published_size(PictureSize::new(640, 360).expect("a size"));

        assert_eq!((size.width(), size.height()), (640, 360));
    }
}
