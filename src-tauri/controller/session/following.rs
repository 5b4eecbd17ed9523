//! Brings what the kit's values become, and what it tells, to the controller. Each has a task that ends with the session.

use carillon_kit::{PictureSource, VoiceLevel};
use tokio::sync::{broadcast, watch};

use super::SignedInSession;
use crate::{
    backend::CallValues,
    controller::{
        input::Input,
        session_event::{CallUpdate, SessionEvent},
        speaker::ActiveSpeaker,
    },
};

impl SignedInSession {
    pub(super) fn follow_calls(&mut self, calls: CallValues) {
        self.follow(calls.ring, |ring| SessionEvent::Call(CallUpdate::Ring(ring)));
        self.follow(calls.status, |status| SessionEvent::Call(CallUpdate::Status(status)));
        self.follow(calls.levels, |levels| SessionEvent::Call(CallUpdate::Levels(levels)));
        self.follow_speaker(calls.voices);
        self.follow_changes(calls.known_keys, |keys| SessionEvent::Call(CallUpdate::KnownKeys(keys)));
        self.follow(calls.stats, |stats| SessionEvent::Call(CallUpdate::Stats(stats)));
        self.follow_presence(calls.their_camera, |is_there| {
            SessionEvent::Call(CallUpdate::TheirPicture(PictureSource::Camera, is_there))
        });
        self.follow_presence(calls.their_screen, |is_there| {
            SessionEvent::Call(CallUpdate::TheirPicture(PictureSource::Screen, is_there))
        });
        self.listen(calls.events, |event| SessionEvent::Call(CallUpdate::Event(event)), None);
    }

    /// As it is, and then as it becomes.
    pub(in crate::controller) fn follow<T: Clone + Send + Sync + 'static>(
        &mut self,
        mut value: watch::Receiver<T>,
        event: fn(T) -> SessionEvent,
    ) {
        value.mark_changed();
        self.follow_changes(value, event);
    }

    fn follow_changes<T: Clone + Send + Sync + 'static>(
        &mut self,
        mut value: watch::Receiver<T>,
        event: fn(T) -> SessionEvent,
    ) {
        let (handle, number) = (self.handle.clone(), self.number);
        self.tasks.spawn(async move {
            while value.changed().await.is_ok() {
                let latest = value.borrow_and_update().clone();
                handle.tell(Input::Session(number, event(latest))).await;
            }
        });
    }

    /// Not each level, of which there are twenty a second.
    fn follow_speaker(&mut self, mut voices: watch::Receiver<Vec<VoiceLevel>>) {
        let (handle, number) = (self.handle.clone(), self.number);
        self.tasks.spawn(async move {
            let mut active = ActiveSpeaker::default();
            while voices.changed().await.is_ok() {
                let speaker = active.hear(&voices.borrow_and_update(), carillon_kit::now());
                if let Some(user) = speaker {
                    handle.tell(Input::Session(number, SessionEvent::Call(CallUpdate::Speaker(user)))).await;
                }
            }
        });
    }

    /// Whether there is a value, and then whenever that changes; not each value, of which there are thirty a second.
    fn follow_presence<T: Send + Sync + 'static>(
        &mut self,
        mut value: watch::Receiver<Option<T>>,
        event: fn(bool) -> SessionEvent,
    ) {
        let (handle, number) = (self.handle.clone(), self.number);
        self.tasks.spawn(async move {
            let mut was_there = false;
            while let Ok(is_there) = value.wait_for(|value| value.is_some() != was_there).await.map(|_| !was_there) {
                was_there = is_there;
                handle.tell(Input::Session(number, event(is_there))).await;
            }
        });
    }

    pub(super) fn listen<T: Clone + Send + 'static>(
        &mut self,
        mut told: broadcast::Receiver<T>,
        event: fn(T) -> SessionEvent,
        lost: Option<fn() -> SessionEvent>,
    ) {
        let (handle, number) = (self.handle.clone(), self.number);
        self.tasks.spawn(async move {
            loop {
                let next = match told.recv().await {
                    Ok(told) => Some(event(told)),
                    Err(broadcast::error::RecvError::Lagged(_)) => lost.map(|lost| lost()),
                    Err(broadcast::error::RecvError::Closed) => return,
                };
                if let Some(next) = next {
                    handle.tell(Input::Session(number, next)).await;
                }
            }
        });
    }
}
