//! A server in this process, accounts, and devices of theirs through the kit: for stories that need the server's clock or many devices.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result};
use carillon_kit::{
    CallEvent, CallEvents, CallKit, CommandError, Connection, HangupReason, Login, MediaOptions, Microphone, Register,
    SignIn, Speaker, StateChange, Uid, UserId, register, sign_in,
};
use carillon_media::measure::{Pitch, write_voice};
use carillon_server::{Config, Running, Server};
use tempfile::TempDir;
use tokio::time::timeout;

/// Longer than anything here takes on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);

/// What a device hears of calls.
pub type Events = CallEvents;

/// A server, and accounts on it.
pub struct House {
    /// The server, whose clock can be put forward.
    pub server: Running,
    folder: TempDir,
}

impl House {
    /// Of every account.
    pub const PASSWORD: &str = "correct horse";

    /// A server with an account for each of these names.
    ///
    /// # Errors
    /// If the server does not start, or a user cannot be registered.
    pub async fn with(users: &[&str]) -> Result<Self> {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0)), users).await
    }

    /// The same at an address that other machines may reach.
    ///
    /// # Errors
    /// If the server does not start, or a user cannot be registered.
    pub async fn at(address: SocketAddr, users: &[&str]) -> Result<Self> {
        let folder = TempDir::new()?;
        let mut config = Config::local(folder.path().join("server"));
        config.listen = address;
        config.invites = Some(u32::try_from(users.len())?);
        config.limits.sign_ins_per_minute = 1000;
        config.limits.requests_per_minute = 10_000;
        config.limits.media_signals_per_minute = 100_000;
        let server = Server::start(config).await?;
        for (name, invite) in users.iter().zip(server.invites.clone()) {
            let typed = Register {
                server: server.url(),
                allow_insecure: true,
                invite,
                user: (*name).to_owned(),
                display_name: String::new(),
                password: Self::PASSWORD.into(),
                device_name: "first".into(),
            };
            register(typed).await?;
        }
        write_voice(&folder.path().join("voice.wav"), Pitch::Low, Duration::from_secs(4))?;
        write_voice(&folder.path().join("high.wav"), Pitch::High, Duration::from_secs(4))?;
        Ok(Self { server, folder })
    }

    /// Signs a new device in.
    ///
    /// # Errors
    /// If the server does not let it in.
    pub async fn sign_in(&self, name: &str, device: &str) -> Result<Login> {
        let typed = SignIn {
            server: self.server.url(),
            allow_insecure: true,
            user: name.to_owned(),
            password: Self::PASSWORD.into(),
            device_name: device.to_owned(),
            device: None,
            device_secret: None,
        };
        Ok(sign_in(typed).await?)
    }

    /// A device on the line that rings for every invite.
    ///
    /// # Errors
    /// If it cannot sign in, or gets no link.
    pub async fn device(&self, name: &str, device: &str) -> Result<CallKit> {
        let kit = self.quiet_device(name, device, user(name).into()).await?;
        let (mut events, ringing) = (kit.events(), kit.clone());
        tokio::spawn(async move {
            while let Ok(event) = events.recv().await {
                // A caller may give up before this device can ring.
                if matches!(event, CallEvent::Invited(_))
                    && ringing.answer_call(true, None).await == Err(CommandError::Closed)
                {
                    return;
                }
            }
        });
        Ok(kit)
    }

    /// A device on the line that leaves invites to the story, and joins channels under this uid.
    ///
    /// # Errors
    /// If it cannot sign in, or gets no link.
    pub async fn quiet_device(&self, name: &str, device: &str, uid: Uid) -> Result<CallKit> {
        let login = self.sign_in(name, device).await?;
        let app = login.signed_in.app.clone();
        let connection = Connection::open(login)?;
        let media = self.sounds(&format!("{name}-{device}"));
        let kit = CallKit::init_with(&app, uid, connection.clone(), media)?;
        timeout(SOON, connection.connected()).await??;
        Ok(kit)
    }

    /// A recording for a microphone, and for a speaker a file of this name.
    pub fn sounds(&self, name: &str) -> MediaOptions {
        MediaOptions {
            microphone: Microphone::Wav(self.folder.path().join("voice.wav")),
            speaker: Speaker::Wav(self.folder.path().join(format!("{name}.wav"))),
            ..MediaOptions::default()
        }
    }

    /// A recording of a high voice for a microphone; the others are low.
    pub fn high_voice(&self) -> Microphone {
        Microphone::Wav(self.folder.path().join("high.wav"))
    }

    /// What was heard with [`sounds`](Self::sounds) of this name.
    ///
    /// # Errors
    /// If nothing was.
    pub fn recording(&self, name: &str) -> Result<Vec<f32>> {
        Ok(carillon_media::wav::read(&self.folder.path().join(format!("{name}.wav")))?)
    }
}

/// An account's name.
///
/// # Panics
/// If it is not one.
pub fn user(name: &str) -> UserId {
    UserId::new(name).expect("a good name")
}

/// What is found in the next event that has it.
///
/// # Errors
/// If it does not come in time; `what` says what was waited for.
pub async fn until<T>(events: &mut Events, what: &str, mut wanted: impl FnMut(CallEvent) -> Option<T>) -> Result<T> {
    let waiting = async {
        loop {
            if let Some(found) = wanted(events.recv().await?) {
                return anyhow::Ok(found);
            }
        }
    };
    timeout(SOON, waiting).await.with_context(|| format!("waited in vain: {what}"))?
}

/// The next end of a call.
///
/// # Errors
/// If there is none in time.
pub async fn hangup(events: &mut Events) -> Result<HangupReason> {
    until(events, "the end", |event| {
        if let CallEvent::StateChanged(StateChange::Hangup { reason, .. }) = event { Some(reason) } else { None }
    })
    .await
}

/// Until media flow, or in a group call until the device is in the channel.
///
/// # Errors
/// If they do not in time.
pub async fn active(events: &mut Events) -> Result<()> {
    until(events, "media", |event| matches!(event, CallEvent::Active { .. }).then_some(())).await
}
