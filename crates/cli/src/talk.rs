//! A device on the line: what `call` and `listen` share.

use std::time::Duration;

use carillon_kit::{
    CallEvent, CallKit, Connection, HangupReason, LinkState, MediaOptions, Microphone, Processing, Speaker,
    StateChange, media::wav,
};
use serde_json::json;
use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};

use crate::{
    account,
    args::{Cli, Sound},
    exit::{Exit, Problem},
    report::Report,
};

/// How long the first link may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the server may take to hear of a hang-up.
const HANG_UP_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a sign-out may take at the end.
const SIGN_OUT_TIMEOUT: Duration = Duration::from_secs(2);

/// A signed-in device with its link up.
pub(crate) struct Line {
    pub(crate) kit: CallKit,
    pub(crate) report: Report,
    events: broadcast::Receiver<CallEvent>,
    link: watch::Receiver<LinkState>,
}

impl Line {
    pub(crate) async fn open(cli: &Cli, sound: &Sound) -> Result<Self, Problem> {
        let report = Report::new(cli.json);
        let media = media(sound)?;
        let login = account::sign_in(cli).await?;
        let (app, user, device) =
            (login.signed_in.app.clone(), login.signed_in.account.user.clone(), login.signed_in.device);
        let connection = Connection::open(login).map_err(|error| Problem::usage(error.to_string()))?;
        let kit = CallKit::init_with(&app, user.clone(), connection.clone(), media)
            .map_err(|error| Problem::new(Exit::Failed, error.to_string()))?;
        let (events, mut link) = (kit.events(), connection.link());
        match tokio::time::timeout(CONNECT_TIMEOUT, connection.connected()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(Problem::new(Exit::BadCredentials, error.to_string())),
            Err(_) => return Err(Problem::new(Exit::Unreachable, "the server takes sign-ins and no links")),
        }
        link.mark_unchanged(); // that it is up is what `online` says
        report.say("online", json!({ "user": user, "device": device }), &format!("{user} is online"));
        Ok(Self { kit, report, events, link })
    }

    /// The next thing that happens; it has been reported. A link that is over for good is a problem.
    pub(crate) async fn next(&mut self) -> Result<CallEvent, Problem> {
        loop {
            tokio::select! {
                event = self.events.recv() => match event {
                    Ok(event) => {
                        self.report.event(&event);
                        return Ok(event);
                    }
                    Err(broadcast::error::RecvError::Lagged(missed)) => tracing::warn!(missed, "events were missed"),
                    Err(broadcast::error::RecvError::Closed) => {
                        return Err(Problem::new(Exit::Failed, "the kit has ended"));
                    }
                },
                Ok(()) = self.link.changed() => {
                    let state = *self.link.borrow_and_update();
                    self.tell_link(state);
                    match state {
                        LinkState::SignedOut => {
                            return Err(Problem::new(Exit::BadCredentials, "the sign-in is no longer valid"));
                        }
                        LinkState::Replaced => {
                            return Err(Problem::new(Exit::Replaced, "this device is open in another place"));
                        }
                        LinkState::Up | LinkState::Reconnecting | LinkState::Down => {}
                    }
                }
            }
        }
    }

    fn tell_link(&self, state: LinkState) {
        let (name, text) = match state {
            LinkState::Up => ("up", "the link to the server is up"),
            LinkState::Reconnecting => ("reconnecting", "the link to the server is gone; connecting anew"),
            LinkState::Down => ("down", "the server does not answer; trying on"),
            LinkState::SignedOut => ("signed-out", "the server has signed this device out"),
            LinkState::Replaced => ("replaced", "this device is open in another place"),
        };
        self.report.say("link", json!({ "state": name }), text);
    }

    /// Hangs up, or cancels, and waits for the end of the call.
    pub(crate) async fn hang_up(&mut self) -> Result<HangupReason, Problem> {
        self.kit.hang_up().await?;
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

    /// Leaves in good manners: the server forgets this sign-in, and WAV files are whole.
    pub(crate) async fn close(self) {
        self.kit.close().await;
        let connection = self.kit.connection();
        connection.close().await;
        if *self.link.borrow() == LinkState::Replaced {
            return; // the sign-in is the other one's too
        }
        let signing_out = carillon_kit::sign_out(connection.login());
        match tokio::time::timeout(SIGN_OUT_TIMEOUT, signing_out).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::info!(%error, "not signed out"),
            Err(_) => tracing::info!("not signed out in time"),
        }
    }
}

/// Checks the files before anything rings.
fn media(sound: &Sound) -> Result<MediaOptions, Problem> {
    let mut media = MediaOptions::default();
    if let Some(path) = &sound.fake_mic {
        let samples = wav::read(path).map_err(|error| Problem::usage(error.to_string()))?;
        if samples.is_empty() {
            return Err(Problem::usage(format!("{}: there is no sound in it", path.display())));
        }
        media.microphone = Microphone::Wav(path.clone());
    }
    if let Some(path) = &sound.fake_speaker {
        wav::write(path, &[]).map_err(|error| Problem::usage(error.to_string()))?;
        media.speaker = Speaker::Wav(path.clone());
    }
    if sound.no_processing {
        media.processing = Processing { echo_cancellation: false, noise_suppression: false, gain_control: false };
    }
    Ok(media)
}

/// Sleeps until then; for ever without a time.
pub(crate) async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// When somebody wants this program to stop: Ctrl-C, or a polite kill.
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
