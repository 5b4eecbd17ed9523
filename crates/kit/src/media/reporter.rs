//! The way out for what a call's media tell.

use carillon_call::device::Media;
use carillon_media::VoiceEvent;

use super::{MediaDevice, MediaEvent, MediaNotice, MediaOutput, MediaReport};

/// The way out for what is told.
pub(super) struct Reporter {
    pub(super) number: u64,
    /// The number of the transport that there is.
    pub(super) transport: u64,
    pub(super) output: MediaOutput,
}

impl Reporter {
    pub(super) async fn report(&self, report: MediaReport) {
        self.send(MediaEvent { by: self.number, report }).await;
    }

    /// What the transport says.
    pub(super) async fn media(&self, media: Media) {
        self.send(MediaEvent { by: self.transport, report: MediaReport::Media(media) }).await;
    }

    async fn send(&self, event: MediaEvent) {
        // A driver that is gone closes these media too.
        let _ = self.output.events.send(event).await;
    }

    pub(super) async fn notice(&self, notice: MediaNotice) {
        self.report(MediaReport::Notice(notice)).await;
    }

    pub(super) async fn of_voice(&self, event: VoiceEvent) {
        let notice = match event {
            VoiceEvent::MicrophoneFailed(error) => MediaNotice::of(MediaDevice::Microphone, error),
            VoiceEvent::SpeakerFailed(error) => MediaNotice::of(MediaDevice::Speaker, error),
            VoiceEvent::MicrophoneRestored(named) => MediaNotice::restored(MediaDevice::Microphone, named),
            VoiceEvent::SpeakerRestored(named) => MediaNotice::restored(MediaDevice::Speaker, named),
            VoiceEvent::MicrophoneOpened(named) => return tracing::info!(?named, "the microphone is open"),
            VoiceEvent::SpeakerOpened(named) => return tracing::info!(?named, "the speaker is open"),
            VoiceEvent::Crashed { error, goes_on } => {
                self.notice(MediaNotice::of(MediaDevice::Microphone, error)).await;
                if !goes_on {
                    self.report(MediaReport::Useless).await;
                }
                return;
            }
        };
        self.notice(notice).await;
    }
}
