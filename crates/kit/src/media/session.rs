//! The handle of one call's media.
//!
//! They are prepared while it rings: sockets, certificate, candidates, codec, threads. Their devices open with [`CallMedia::open`],
//! which only ever follows this device's own user's consent, and close with them.

use std::collections::BTreeMap;

use carillon_call::device::{Media, MediaRole};
use carillon_protocol::{CallKind, MediaSignal, MediaSlot, Published, UserId, WantedPicture};
use carillon_rtc::TransportConfig;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::{
    CallStats, KnownNetworks, Levels, MediaDevice, MediaNotice, MediaOptions, PictureSource, Screen, ShownPictures,
    VoiceLevel, run,
};
use carillon_media::{PictureInput, ScreenSound, Volume};

/// The other end's description with all its candidates fits many times over.
const COMMAND_QUEUE: usize = 256;

/// What a call shows from its first moment on: part of the user's consent to that call, and of no other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FirstPictures {
    /// Whether the chosen camera is on; `None`: in a video call it is, in a voice call not.
    pub camera_on: Option<bool>,
    /// The screen or window that is shared.
    pub screen: Option<Screen>,
    /// Whether what other programs play is heard with it.
    pub screen_sound: bool,
}

impl FirstPictures {
    /// Nothing, whatever the call's kind.
    pub const WITHOUT_CAMERA: Self = Self { camera_on: Some(false), screen: None, screen_sound: false };
}

/// What the user has set, for this call and the next ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CallSettings {
    pub(crate) media: MediaOptions,
    pub(crate) muted: bool,
    /// Whether this device's user calls or has accepted. Before that nothing can be turned on.
    is_joined: bool,
    /// Whether its microphone was ever to be opened in this call.
    was_opened: bool,
    /// Whether the camera is on; `None`: as the kind of call has it.
    pub(crate) camera_on: Option<bool>,
    /// What is shared.
    pub(crate) screen: Option<Screen>,
    /// Whether its sound is shared too.
    pub(crate) screen_sound: bool,
    /// Whether calls of two go through the server.
    pub(crate) hides_address: bool,
    /// Of those who are not heard as loud as they come.
    volumes: BTreeMap<UserId, Volume>,
}

impl CallSettings {
    pub(crate) fn new(media: MediaOptions) -> Self {
        Self {
            media,
            muted: false,
            is_joined: false,
            was_opened: false,
            camera_on: None,
            screen: None,
            screen_sound: false,
            hides_address: false,
            volumes: BTreeMap::new(),
        }
    }

    /// This device's user calls or accepts, and wants this shown from the first moment on. False: they are in a call already, which stays as
    /// it is.
    pub(crate) fn begin_call(&mut self, pictures: FirstPictures) -> bool {
        let begins = !self.is_joined;
        if begins {
            let FirstPictures { camera_on, screen, screen_sound } = pictures;
            (self.is_joined, self.camera_on) = (true, camera_on);
            (self.screen, self.screen_sound) = (screen, screen_sound);
        }
        begins
    }

    /// The microphone is about to open in a group call that this device's user has joined, and in which so many others are. Says whether that
    /// mutes it.
    pub(crate) fn join_others(&mut self, others: usize) -> bool {
        let is_first = !std::mem::replace(&mut self.was_opened, true);
        let mutes = is_first && !self.muted && self.media.muted_above.is_some_and(|most| others > most);
        self.muted |= mutes;
        mutes
    }

    /// Changes what the call in hand shows; false: there is none.
    pub(crate) fn change_call(&mut self, change: impl FnOnce(&mut Self)) -> bool {
        if self.is_joined {
            change(self);
        }
        self.is_joined
    }

    pub(crate) fn volume(&self, user: &UserId) -> Volume {
        self.volumes.get(user).copied().unwrap_or_default()
    }

    pub(crate) fn set_volume(&mut self, user: UserId, volume: Volume) {
        if volume == Volume::FULL {
            self.volumes.remove(&user);
        } else {
            self.volumes.insert(user, volume);
        }
    }

    /// The call did not begin after all. A mute that was set for it is one for the next.
    pub(crate) fn take_back_call(&mut self) -> bool {
        let (was_joined, had_sound) = (std::mem::take(&mut self.is_joined), std::mem::take(&mut self.screen_sound));
        let (camera_on, screen) = (self.camera_on.take(), self.screen.take());
        self.was_opened = false;
        was_joined | had_sound | camera_on.is_some() | screen.is_some()
    }

    /// What ends with a call; whether there was any.
    pub(crate) fn end_call(&mut self) -> bool {
        std::mem::take(&mut self.muted) | self.take_back_call()
    }

    /// What is to be heard with the shared screen.
    pub(super) fn sound_of_screen(&self) -> Option<ScreenSound> {
        (self.screen_sound && self.screen.is_some()).then(|| self.media.screen_sound.clone())
    }

    /// What is to be open in a call of this kind.
    pub(super) fn input(&self, source: PictureSource, kind: CallKind) -> Option<PictureInput> {
        match source {
            PictureSource::Camera => {
                let is_on = self.camera_on.unwrap_or(kind == CallKind::Video);
                self.media.camera.clone().filter(|_| is_on).map(PictureInput::Camera)
            }
            PictureSource::Screen => self.screen.clone().map(PictureInput::Screen),
        }
    }
}

/// What a call's media tell. They are numbered, so that replaced ones are not believed any more.
#[derive(Debug)]
pub(crate) struct MediaEvent {
    /// The number of the media that tell it; of what their transport tells, the transport's.
    pub(crate) by: u64,
    pub(crate) report: MediaReport,
}

#[derive(Debug)]
pub(crate) enum MediaReport {
    /// For the call machine.
    Media(Media),
    /// The other end's first sound came in.
    Hearing,
    /// What this end really sends, from now on.
    Publishes(Published),
    /// For the user.
    Notice(MediaNotice),
    /// Whether much is lost or late.
    PoorNetwork(bool),
    /// This end is mute or deaf, and will be.
    Useless,
}

#[derive(Debug)]
pub(super) enum MediaCommand {
    Open,
    Deliver(MediaSignal),
    Restart,
    /// Go on with another transport, through the server.
    Renew {
        number: u64,
        config: TransportConfig,
    },
    Slots(Vec<MediaSlot>),
    Want(Vec<WantedPicture>),
}

/// Where a call's media tell things.
#[derive(Clone)]
pub(crate) struct MediaOutput {
    pub(crate) events: mpsc::Sender<MediaEvent>,
    pub(crate) levels: watch::Sender<Levels>,
    pub(crate) voices: watch::Sender<Vec<VoiceLevel>>,
    pub(crate) stats: watch::Sender<Option<CallStats>>,
    pub(crate) shown: ShownPictures,
    pub(crate) networks: KnownNetworks,
}

/// What media are made for.
#[derive(Debug)]
pub(crate) struct Purpose {
    /// Which they are of all that this program makes.
    pub(crate) number: u64,
    pub(crate) role: MediaRole,
    pub(crate) kind: CallKind,
    /// Whether there may be several others.
    pub(crate) is_group: bool,
}

/// One call's media. Dropping them closes them.
pub(crate) struct CallMedia {
    number: u64,
    /// The number of their transport: the first one has theirs.
    transport: u64,
    is_group: bool,
    commands: mpsc::Sender<MediaCommand>,
    task: JoinHandle<()>,
}

impl CallMedia {
    /// Makes everything ready that needs no consent.
    pub(crate) fn prepare(
        purpose: Purpose,
        config: TransportConfig,
        settings: watch::Receiver<CallSettings>,
        output: MediaOutput,
    ) -> Self {
        let (commands, commands_rx) = mpsc::channel(COMMAND_QUEUE);
        let (number, is_group, events) = (purpose.number, purpose.is_group, output.events.clone());
        let task = watched(number, run::run(purpose, config, settings, commands_rx, output), events);
        Self { number, transport: number, is_group, commands, task }
    }

    /// Goes on with another transport and the same devices, where that can be done: through the server, also where the media went from device to
    /// device before. The microphone is not closed and opened for it, and a recording goes on.
    pub(crate) fn renew(&mut self, number: u64, role: MediaRole, config: &TransportConfig) -> bool {
        let can = role == MediaRole::Participant && !self.commands.is_closed();
        if can {
            self.transport = number;
            self.command(MediaCommand::Renew { number, config: config.clone() });
        }
        can
    }

    /// Whether there may be several others.
    pub(crate) fn are_of_group(&self) -> bool {
        self.is_group
    }

    /// Whether these media tell it, as they are now: what a replaced transport still says is of no use.
    pub(crate) fn tell(&self, event: &MediaEvent) -> bool {
        match event.report {
            // Media that could not be made have no other transport, whatever was asked of them meanwhile.
            MediaReport::Media(Media::Failed) if self.commands.is_closed() => event.by == self.number,
            MediaReport::Media(_) => event.by == self.transport,
            MediaReport::Hearing
            | MediaReport::Publishes(_)
            | MediaReport::Notice(_)
            | MediaReport::PoorNetwork(_)
            | MediaReport::Useless => event.by == self.number,
        }
    }

    /// This device's own user called or accepted.
    pub(crate) fn open(&self) {
        self.command(MediaCommand::Open);
    }

    pub(crate) fn deliver(&self, signal: MediaSignal) {
        self.command(MediaCommand::Deliver(signal));
    }

    /// Who is in which slot of a group call.
    pub(crate) fn set_slots(&self, slots: Vec<MediaSlot>) {
        self.command(MediaCommand::Slots(slots));
    }

    /// Which pictures of a group call are wanted, and in which slots.
    pub(crate) fn want(&self, pictures: Vec<WantedPicture>) {
        self.command(MediaCommand::Want(pictures));
    }

    pub(crate) fn restart(&self) {
        self.command(MediaCommand::Restart);
    }

    /// Closes devices and transport; the task ends when that is done.
    pub(crate) fn close(self) -> JoinHandle<()> {
        self.task
    }

    fn command(&self, command: MediaCommand) {
        if let Err(error) = self.commands.try_send(command) {
            // The transport finds its path with fewer candidates; without its description it fails, and says so.
            tracing::warn!(%error, "a command to a call's media is lost");
        }
    }
}

/// The task of a call's media; of a panic in it the call hears.
fn watched(
    number: u64,
    run: impl Future<Output = ()> + Send + 'static,
    events: mpsc::Sender<MediaEvent>,
) -> JoinHandle<()> {
    let task = tokio::spawn(run);
    tokio::spawn(async move {
        if let Err(error) = task.await {
            tracing::error!(%error, "a call's media panicked");
            let notice = MediaNotice::Failed { device: MediaDevice::Microphone, detail: error.to_string() };
            for report in [MediaReport::Notice(notice), MediaReport::Useless] {
                // A driver that is gone has no call either.
                let _ = events.send(MediaEvent { by: number, report }).await;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Camera;

    #[test]
    fn a_mute_that_was_set_before_stays_when_a_call_does_not_begin() {
        let mut settings = CallSettings::new(MediaOptions::default());
        settings.muted = true;

        settings.begin_call(FirstPictures::default());
        assert!(settings.take_back_call());
        assert!(settings.muted && !settings.is_joined);

        settings.begin_call(FirstPictures::default());
        assert!(settings.end_call());
        assert!(!settings.muted, "the next call is another one");
    }

    #[test]
    fn who_joins_many_is_muted_once_and_may_speak() {
        let mut settings = CallSettings::new(MediaOptions { muted_above: Some(5), ..MediaOptions::default() });
        settings.begin_call(FirstPictures::default());
        assert!(!settings.clone().join_others(5) && settings.join_others(6) && settings.muted);

        settings.muted = false;
        assert!(!settings.join_others(6) && !settings.muted, "another transport is no other call");
        settings.end_call();
        assert!(settings.join_others(6), "the next call is");
    }

    #[test]
    fn what_is_shown_belongs_to_one_call_and_is_turned_on_in_no_other() {
        let camera = Camera::Device { id: None };
        let mut settings = CallSettings::new(MediaOptions { camera: Some(camera), ..MediaOptions::default() });
        let turn_on = |settings: &mut CallSettings| settings.change_call(|call| call.camera_on = Some(true));
        assert!(!turn_on(&mut settings), "there is no call");
        assert_eq!(settings.input(PictureSource::Camera, CallKind::Voice), None);

        assert!(settings.begin_call(FirstPictures::default()));
        assert!(turn_on(&mut settings));
        assert!(!settings.begin_call(FirstPictures::WITHOUT_CAMERA), "it stays as it is");
        assert!(settings.input(PictureSource::Camera, CallKind::Voice).is_some());

        assert!(settings.end_call());
        assert_eq!(settings.input(PictureSource::Camera, CallKind::Voice), None);
        assert!(!turn_on(&mut settings));
    }

    #[tokio::test]
    async fn of_media_that_could_not_be_made_the_failure_is_believed_and_of_a_former_transport_it_is_not() {
        let (commands, commands_rx) = mpsc::channel(1);
        let task = tokio::spawn(async {});
        let media = CallMedia { number: 1, transport: 2, is_group: false, commands, task };
        let failed = MediaEvent { by: 1, report: MediaReport::Media(Media::Failed) };
        assert!(!media.tell(&failed));

        drop(commands_rx);
        assert!(media.tell(&failed));
    }

    #[tokio::test]
    async fn a_panic_in_a_calls_media_is_told_and_ends_the_call() {
        let (events_tx, mut events) = mpsc::channel(8);

        watched(7, async { panic!("a test wants it") }, events_tx).await.expect("the watch ends well");

        let first = events.recv().await.expect("it is told");
        assert!(
            matches!(first, MediaEvent { by: 7, report: MediaReport::Notice(MediaNotice::Failed { .. }) }),
            "{first:?}"
        );
        let second = events.recv().await.expect("the call is ended");
        assert!(matches!(second, MediaEvent { by: 7, report: MediaReport::Useless }), "{second:?}");
    }
}
