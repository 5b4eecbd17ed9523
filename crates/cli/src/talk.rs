//! A device on the line: what `call` and `listen` share.

use std::{fs::File, path::Path, time::Duration};

use carillon_kit::{
    CallEvent, CallEvents, CallKit, CallStats, CommandError, FirstPictures, HangupReason, LinkState, MediaNotice,
    MediaOptions, Microphone, Processing, Speaker, StateChange,
    media::{
        Camera, Screen,
        wav::{self, Recording},
    },
};
use serde_json::json;
use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};

use crate::{
    args::{Cli, Sound},
    exit::{Exit, Problem},
    in_group::GroupPlan,
    pictures::Recorded,
    report::{Report, notice_text},
    session::Session,
};

/// How long the server may take to hear of a hang-up.
const HANG_UP_TIMEOUT: Duration = Duration::from_secs(5);
/// A signed-in device with its link up, for calls.
pub(crate) struct Line {
    pub(crate) kit: CallKit,
    pub(crate) report: Report,
    session: Session,
    events: CallEvents,
    link: watch::Receiver<LinkState>,
    /// Where they are wanted.
    stats: Option<watch::Receiver<Option<CallStats>>>,
    /// The screen that is shared in every call.
    screen: Option<Screen>,
    screen_sound: bool,
    camera: Option<Camera>,
    recorded: Recorded,
    camera_off: Turn,
    camera_on: Turn,
    screen_off: Turn,
    microphone_off: Turn,
    group: GroupPlan,
    /// What went wrong with the sound of a call. The call went on, but this program ends with an error for it.
    unsound: Option<Problem>,
}

/// When something is turned off in the middle of each call, or on, if it is.
#[derive(Debug)]
pub(crate) struct Turn {
    after: Option<Duration>,
    pub(crate) at: Option<Instant>,
}

impl Turn {
    pub(crate) const fn after(after: Option<Duration>) -> Self {
        Self { after, at: None }
    }

    /// Media flow.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.at = self.after.map(|time| now + time);
    }

    /// The call is over, or it has been turned off: in the next call it has its whole time again.
    pub(crate) const fn end(&mut self) {
        self.at = None;
    }
}

impl Line {
    pub(crate) async fn open(cli: &Cli, sound: &Sound) -> Result<Self, Problem> {
        let media = media(sound, Report::new(cli.json))?;
        let (camera, recorded) = (media.camera.clone(), sound.pictures.recorded());
        let (screen, screen_for) = (sound.pictures.screen().await?, sound.pictures.screen_for);
        let (session, kit) = Session::open_for_calls(cli, media).await?;
        kit.set_hide_address(sound.hide_address);
        let (report, events, mut link) = (session.report, kit.events(), session.connection.link());
        link.mark_unchanged(); // that it is up is what `online` says
        let stats = sound.stats.then(|| kit.stats());
        let screen_sound = sound.pictures.has_screen_sound();
        let camera_off = Turn::after(sound.pictures.camera_off_after);
        let camera_on = Turn::after(sound.pictures.camera_on_after);
        let screen_off = Turn::after(screen_for);
        Ok(Self {
            kit,
            report,
            session,
            events,
            link,
            stats,
            screen,
            screen_sound,
            camera,
            recorded,
            camera_off,
            camera_on,
            screen_off,
            microphone_off: Turn::after(sound.mute_after),
            group: GroupPlan::of(&sound.in_group),
            unsound: None,
        })
    }

    /// What a call shows from its first moment on.
    pub(crate) fn pictures(&self) -> FirstPictures {
        FirstPictures { screen: self.screen.clone(), screen_sound: self.screen_sound, camera_on: None }
    }

    /// The next thing that happens; it has been reported. A link that is over for good is a problem.
    pub(crate) async fn next(&mut self) -> Result<CallEvent, Problem> {
        loop {
            tokio::select! {
                event = self.events.recv() => match event {
                    Ok(event) => {
                        self.tell(&event);
                        return Ok(event);
                    }
                    Err(broadcast::error::RecvError::Lagged(missed)) => tracing::warn!(missed, "events were missed"),
                    Err(broadcast::error::RecvError::Closed) => {
                        return Err(Problem::new(Exit::Failed, "the kit has ended"));
                    }
                },
                () = at(self.screen_off.at) => {
                    self.screen_off.end();
                    unless_over(self.kit.set_screen(None))?;
                    self.report.say("screen-stopped", json!({}), "the screen is shared no longer");
                }
                stats = next_stats(&mut self.stats) => self.report.stats(&stats),
                () = at(self.camera_off.at) => {
                    self.camera_off.end();
                    unless_over(self.kit.set_camera(None))?;
                    self.report.say("camera", json!({ "on": false }), "the camera is off");
                }
                () = at(self.camera_on.at) => {
                    self.camera_on.end();
                    unless_over(self.kit.set_camera(self.camera.clone()))?;
                    self.report.say("camera", json!({ "on": true }), "the camera is on");
                }
                () = at(self.microphone_off.at) => {
                    self.microphone_off.end();
                    self.kit.set_muted(true);
                    self.report.say("microphone", json!({ "muted": true }), "the microphone is muted");
                }
                step = self.group.next() => self.group.carry_out(&step, &self.kit, self.report),
                Ok(()) = self.link.changed() => {
                    let state = *self.link.borrow_and_update();
                    self.tell_link(state);
                    match state {
                        LinkState::SignedOut => return Err(Problem::signed_out()),
                        LinkState::Replaced => return Err(Problem::replaced()),
                        LinkState::Up | LinkState::Reconnecting | LinkState::Down => {}
                    }
                }
            }
        }
    }

    fn tell(&mut self, event: &CallEvent) {
        self.report.event(event);
        self.look();
        if let CallEvent::Active { .. } = event {
            let now = Instant::now();
            self.camera_off.begin(now);
            self.camera_on.begin(now);
            self.screen_off.begin(now);
            self.microphone_off.begin(now);
            self.group.begin(now);
        } else if let CallEvent::StateChanged(StateChange::Hangup { .. }) = event {
            self.camera_off.end();
            self.camera_on.end();
            self.screen_off.end();
            self.microphone_off.end();
            self.group.end();
        }
        if let CallEvent::Media(notice @ MediaNotice::Failed { .. }) = event {
            self.unsound = Some(Problem::new(Exit::Failed, notice_text(notice)));
        }
    }

    /// Says which pictures of a group call are to come: those that are recorded.
    fn look(&self) {
        let call = self.kit.call();
        let call = call.borrow();
        let legs = if call.is_joined() { call.legs() } else { &[] };
        self.kit.show(self.recorded.of(legs, &self.kit.connection().account().user));
    }

    fn tell_link(&self, state: LinkState) {
        let text = match state {
            LinkState::Up => "the link to the server is up",
            LinkState::Reconnecting => "the link to the server is gone; connecting anew",
            LinkState::Down => "the server does not answer; trying on",
            LinkState::SignedOut => "the server has signed this device out",
            LinkState::Replaced => "this device is open in another place",
        };
        self.report.say("link", json!({ "state": state }), text);
    }

    /// Hangs up, or cancels, and waits for the end of the call.
    pub(crate) async fn hang_up(&mut self) -> Result<HangupReason, Problem> {
        unless_over(self.kit.hang_up().await)?;
        let late = |_| Problem::new(Exit::Failed, "the call did not end in time");
        tokio::time::timeout(HANG_UP_TIMEOUT, self.end()).await.map_err(late)?
    }

    async fn end(&mut self) -> Result<HangupReason, Problem> {
        loop {
            if let CallEvent::StateChanged(StateChange::Hangup { reason, .. }) = self.next().await? {
                return Ok(reason);
            }
        }
    }

    /// Leaves in good manners: the server forgets this sign-in, and WAV files are whole. A good end is none if the sound of a call
    /// failed.
    pub(crate) async fn close(mut self, ended: Result<Exit, Problem>) -> Result<Exit, Problem> {
        self.kit.close().await;
        while let Ok(event) = self.events.try_recv() {
            self.tell(&event);
        }
        self.session.keep_keys(&self.kit);
        self.session.close().await;
        match (ended, self.unsound) {
            (Ok(Exit::Good), Some(problem)) => Err(problem),
            (ended, _) => ended,
        }
    }
}

/// The next figures; never, where they are not wanted.
async fn next_stats(stats: &mut Option<watch::Receiver<Option<CallStats>>>) -> CallStats {
    if let Some(stats) = stats {
        while stats.changed().await.is_ok() {
            if let Some(stats) = stats.borrow_and_update().clone() {
                return stats;
            }
        }
    }
    std::future::pending().await
}

/// An order that came too late: what it was about is over, and the event that says so is on its way.
pub(crate) fn unless_over(done: Result<(), CommandError>) -> Result<(), Problem> {
    match done {
        Ok(()) | Err(CommandError::NothingRings | CommandError::NotInACall | CommandError::NotAGroupCall) => Ok(()),
        Err(error @ (CommandError::Offline | CommandError::Refused(_) | CommandError::Closed)) => Err(error.into()),
    }
}

/// Checks the files before anything rings.
fn media(sound: &Sound, report: Report) -> Result<MediaOptions, Problem> {
    let mut media = MediaOptions::default();
    if let Some(path) = &sound.fake_mic {
        media.microphone = Microphone::Recording(recording(path, report)?);
    }
    if let Some(path) = &sound.fake_speaker {
        wav::write(path, &[]).map_err(|error| Problem::usage(error.to_string()))?;
        media.speaker = Speaker::Wav(path.clone());
    }
    media.camera = sound.pictures.camera()?;
    for path in sound.pictures.record_video.iter().chain(&sound.pictures.record_screen) {
        File::create(path).map_err(|error| Problem::usage(format!("{}: {error}", path.display())))?;
    }
    media.screen_sound = sound.pictures.screen_sound();
    media.picture_recording.clone_from(&sound.pictures.record_video);
    media.screen_recording.clone_from(&sound.pictures.record_screen);
    if sound.no_processing {
        media.processing = Processing { echo_cancellation: false, noise_suppression: false, gain_control: false };
    }
    Ok(media)
}

/// A pipe can be read only once.
fn recording(path: &Path, report: Report) -> Result<Recording, Problem> {
    let recording = Recording::read(path).map_err(|error| Problem::usage(error.to_string()))?;
    if recording.samples().is_empty() {
        return Err(Problem::usage(format!("{}: there is no sound in it", path.display())));
    }
    if recording.not_numbers() > 0 {
        let text =
            format!("{}: {} samples are no numbers; it is silent there", path.display(), recording.not_numbers());
        report.say("warning", json!({ "text": text }), &text);
    }
    Ok(recording)
}

/// Sleeps until then; for ever without a time.
pub(crate) async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// When this program is told to stop: Ctrl-C, or a polite kill.
pub(crate) async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => return,
                Ok(()) = tokio::signal::ctrl_c() => return,
            }
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_has_its_whole_time_and_none_of_the_one_before() {
        let (mut camera, begun) = (Turn::after(Some(Duration::from_secs(5))), Instant::now());
        camera.begin(begun);
        assert_eq!(camera.at, Some(begun + Duration::from_secs(5)));

        camera.end();
        assert_eq!(camera.at, None, "the call was over before");

        let again = begun + Duration::from_secs(3);
        camera.begin(again);
        assert_eq!(camera.at, Some(again + Duration::from_secs(5)));
        assert_eq!(Turn::after(None).at, None);
    }
}
