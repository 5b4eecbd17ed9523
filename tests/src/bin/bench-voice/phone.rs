//! What a call is made with: our kit, or Chromium.

use std::{
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, Result, bail};
use carillon_kit::{
    CallKit, CallPhase, Connection, Login, MediaOptions, Microphone, Processing, Speaker, StartCall, UserId,
    media::devices,
};
use carillon_tests::{
    browser::{Browser, Site, Sound},
    desktop::SoundServer,
};

use crate::calls::Place;

const PATIENCE: Duration = Duration::from_secs(15);

/// One end of a call.
pub(crate) trait Phone {
    /// Who it is.
    fn user(&self) -> &str;
    /// Calls a user.
    async fn call(&self, user: &str) -> Result<()>;
    /// Waits until it rings.
    async fn rings(&self) -> Result<()>;
    /// Accepts, and says when.
    async fn accept(&self) -> Result<Instant>;
    /// Waits until media flow.
    async fn talks(&self) -> Result<()>;
    /// Hangs up.
    async fn hang_up(&self) -> Result<()>;
    /// Waits until it is ready for the next call.
    async fn is_idle(&self) -> Result<()>;
    /// Closes what it keeps open between calls, or opens it again.
    async fn rest(&self, is_at_rest: bool) -> Result<()>;
    /// The process that does its work.
    fn process(&self) -> u32;
    /// Puts it away.
    async fn close(self) -> Result<()>;
}

/// The kit, in this process.
pub(crate) struct Ours {
    user: UserId,
    kit: CallKit,
}

impl Ours {
    pub(crate) fn open(login: &Login, place: Place) -> Result<Self> {
        let user = login.signed_in.account.user.clone();
        let media = MediaOptions {
            microphone: Microphone::Device(device(&devices::list().microphones, place.microphone)?),
            speaker: Speaker::Device(device(&devices::list().speakers, place.ear)?),
            processing: Processing::default(),
            ..MediaOptions::default()
        };
        let app = login.signed_in.app.clone();
        let kit = CallKit::init_with(&app, user.clone(), Connection::open(login.clone())?, media)?;
        let (mut events, answering) = (kit.events(), kit.clone());
        tokio::spawn(async move {
            while let Ok(event) = events.recv().await {
                let is_invite = matches!(event, carillon_kit::CallEvent::Invited(_));
                if is_invite && answering.answer_call(true, None).await.is_err() {
                    break;
                }
            }
        });
        Ok(Self { user, kit })
    }

    async fn reaches(&self, wanted: impl Fn(&CallPhase) -> bool) -> Result<()> {
        let mut call = self.kit.call();
        let reached = tokio::time::timeout(PATIENCE, call.wait_for(|status| wanted(&status.phase))).await;
        if reached.is_err() {
            bail!("the call is stuck: {:?}", self.kit.call().borrow().phase);
        }
        Ok(())
    }
}

impl Phone for Ours {
    fn user(&self) -> &str {
        self.user.as_str()
    }

    async fn call(&self, user: &str) -> Result<()> {
        self.kit.start_call(StartCall::voice(UserId::new(user)?)).await?;
        Ok(())
    }

    async fn rings(&self) -> Result<()> {
        let mut ring = self.kit.ring();
        tokio::time::timeout(PATIENCE, ring.wait_for(Option::is_some)).await.context("it does not ring")??;
        Ok(())
    }

    async fn accept(&self) -> Result<Instant> {
        let accepted_at = Instant::now();
        self.kit.accept().await?;
        Ok(accepted_at)
    }

    async fn talks(&self) -> Result<()> {
        self.reaches(|phase| matches!(phase, CallPhase::Active { .. })).await
    }

    async fn hang_up(&self) -> Result<()> {
        Ok(self.kit.hang_up().await?)
    }

    async fn is_idle(&self) -> Result<()> {
        self.reaches(|phase| matches!(phase, CallPhase::Ended { .. })).await?;
        self.kit.dismiss().await?;
        self.reaches(|phase| *phase == CallPhase::Idle).await
    }

    /// It opens no device before the user has accepted.
    async fn rest(&self, _is_at_rest: bool) -> Result<()> {
        Ok(())
    }

    fn process(&self) -> u32 {
        std::process::id()
    }

    async fn close(self) -> Result<()> {
        self.kit.close().await;
        Ok(())
    }
}

/// A page in Chromium that holds its connection and its microphone open while it rings.
pub(crate) struct Chromium {
    user: String,
    browser: Browser,
}

impl Chromium {
    pub(crate) async fn open(
        site: &Site,
        login: &Login,
        sound: &SoundServer,
        place: Place,
        folder: &Path,
    ) -> Result<Self> {
        let user = login.signed_in.account.user.to_string();
        let devices = Sound::Devices { server: sound, microphone: place.microphone, speaker: place.ear };
        let browser = Browser::open(site, login, &folder.join(&user), devices).await?;
        Ok(Self { user, browser })
    }
}

impl Phone for Chromium {
    fn user(&self) -> &str {
        &self.user
    }

    async fn call(&self, user: &str) -> Result<()> {
        self.browser.run("device.log = []; return device.call(arguments[0])", vec![user.into()]).await?;
        Ok(())
    }

    async fn rings(&self) -> Result<()> {
        self.browser.until("ringing").await
    }

    async fn accept(&self) -> Result<Instant> {
        let at_ms = self.browser.run("return device.accept()", Vec::new()).await?;
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs_f64(at_ms.as_f64().context("a time")? / 1_000.0);
        Instant::now().checked_sub(at.elapsed()?).context("a moment ago")
    }

    async fn talks(&self) -> Result<()> {
        self.browser.until("connected").await
    }

    async fn hang_up(&self) -> Result<()> {
        self.browser.run("return device.hangUp()", Vec::new()).await?;
        Ok(())
    }

    async fn is_idle(&self) -> Result<()> {
        self.browser.until("ended: hung_up").await?;
        self.browser.run("device.log = []", Vec::new()).await?;
        Ok(())
    }

    async fn rest(&self, is_at_rest: bool) -> Result<()> {
        let script = if is_at_rest { "device.sound.rest()" } else { "return device.sound.wake()" };
        self.browser.run(script, Vec::new()).await?;
        Ok(())
    }

    fn process(&self) -> u32 {
        self.browser.process()
    }

    async fn close(self) -> Result<()> {
        self.browser.close().await
    }
}

/// The id of the device of that name.
fn device(present: &[devices::DeviceInfo], name: &str) -> Result<String> {
    let found = present.iter().find(|device| device.id.contains(name) || device.name.contains(name));
    Ok(found.with_context(|| format!("{name} is not among {present:?}"))?.id.clone())
}
