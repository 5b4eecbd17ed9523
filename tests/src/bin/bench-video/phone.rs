//! What a video call is made with: our kit, or Chromium.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use carillon_kit::media::{Camera, Picture, PictureSize, Screen, measure::frame_number};
use carillon_kit::{
    CallKit, CallPhase, Connection, End, FirstPictures, Login, MediaOptions, Microphone, PictureSource, Speaker,
    StartCall, UserId,
};
use carillon_tests::browser::{Browser, Page, PageCamera, Site, Sound};
use carillon_tests::calls::{reaches, ring_when_called, until_active};
use carillon_tests::pictures::{self, Seen};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::screen;

/// What a camera takes.
pub(crate) const SIZE: (usize, usize) = (1280, 720);
pub(crate) const RATE: u32 = 30;

const PATIENCE: Duration = Duration::from_secs(20);

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
    /// Waits for the other end's first picture, and says when it was there.
    async fn first_picture(&self) -> Result<Instant>;
    /// Which pictures there are, and when: of its own camera when they were taken, of the other end when they were decoded.
    async fn look(&self, whose: End, during: Duration) -> Result<Vec<Seen>>;
    /// The other end's next picture.
    async fn picture(&self) -> Result<Picture>;
    /// The other end's pictures of these numbers, once.
    async fn record(&self, numbers: Range<u32>) -> Result<Vec<Picture>>;
    /// Hangs up.
    async fn hang_up(&self) -> Result<()>;
    /// Waits until it is ready for the next call.
    async fn is_idle(&self) -> Result<()>;
    /// The process that does its work.
    fn process(&self) -> u32;
    /// Puts it away.
    async fn close(self) -> Result<()>;
}

pub(crate) fn size() -> Result<PictureSize> {
    Ok(PictureSize::new(SIZE.0, SIZE.1)?)
}

/// What a phone shows.
#[derive(Debug, Clone)]
pub(crate) enum Showing {
    /// A camera's pattern.
    Camera,
    /// This clip, as a screen.
    Screen(PathBuf),
}

/// The kit, in this process.
pub(crate) struct Ours {
    user: UserId,
    kit: CallKit,
    source: PictureSource,
    /// What it shows from the first moment on.
    pictures: FirstPictures,
    first: Mutex<Option<JoinHandle<Result<Instant>>>>,
}

impl Ours {
    pub(crate) fn open(login: &Login, voice: PathBuf, heard: PathBuf, showing: Showing) -> Result<Self> {
        let user = login.signed_in.account.user.clone();
        let media = MediaOptions {
            microphone: Microphone::Wav(voice),
            speaker: Speaker::Wav(heard),
            camera: camera(&showing)?,
            ..MediaOptions::default()
        };
        let app = login.signed_in.app.clone();
        let kit = CallKit::init_with(&app, user.clone(), Connection::open(login.clone())?, media)?;
        ring_when_called(&kit);
        let mut pictures = FirstPictures::default();
        let source = match showing {
            Showing::Camera => PictureSource::Camera,
            Showing::Screen(clip) => {
                pictures.screen = Some(Screen::Y4m(clip));
                PictureSource::Screen
            }
        };
        Ok(Self { user, kit, source, pictures, first: Mutex::new(None) })
    }

    /// Waits for the first picture from now on, whatever else is waited for.
    fn expect_picture(&self) {
        let mut shown = self.kit.picture(End::Other, self.source);
        shown.mark_unchanged();
        let waiting = async move {
            pictures::next(&mut shown).await?;
            Ok(Instant::now())
        };
        if let Ok(mut first) = self.first.lock() {
            *first = Some(tokio::spawn(waiting));
        }
    }
}

impl Phone for Ours {
    fn user(&self) -> &str {
        self.user.as_str()
    }

    async fn call(&self, user: &str) -> Result<()> {
        self.expect_picture();
        let pictures = self.pictures.clone();
        self.kit.start_call(StartCall { pictures, ..StartCall::video(UserId::new(user)?) }).await?;
        Ok(())
    }

    async fn rings(&self) -> Result<()> {
        let mut ring = self.kit.ring();
        timeout(PATIENCE, ring.wait_for(Option::is_some)).await.context("it does not ring")??;
        Ok(())
    }

    async fn accept(&self) -> Result<Instant> {
        self.expect_picture();
        let accepted_at = Instant::now();
        self.kit.accept_with(self.pictures.clone()).await?;
        Ok(accepted_at)
    }

    async fn talks(&self) -> Result<()> {
        until_active(&self.kit).await
    }

    async fn first_picture(&self) -> Result<Instant> {
        let first = self.first.lock().ok().and_then(|mut first| first.take());
        first.context("it waits since the call began")?.await?
    }

    async fn look(&self, whose: End, during: Duration) -> Result<Vec<Seen>> {
        let shown = self.kit.picture(whose, self.source);
        match whose {
            End::Other => pictures::look(shown, during).await,
            End::This => pictures::look_when_taken(shown, during).await,
        }
    }

    async fn picture(&self) -> Result<Picture> {
        let mut shown = self.kit.picture(End::Other, self.source);
        shown.mark_unchanged();
        pictures::next(&mut shown).await
    }

    async fn record(&self, numbers: Range<u32>) -> Result<Vec<Picture>> {
        let mut shown = self.kit.picture(End::Other, self.source);
        let mut recorded = Vec::new();
        loop {
            let picture = pictures::next(&mut shown).await?;
            let number = frame_number(&picture).context("a picture without a number")?;
            // Not from the middle of the range on.
            let is_first = numbers.contains(&number) && number < (numbers.start + numbers.end) / 2;
            if is_first || (!recorded.is_empty() && numbers.contains(&number)) {
                recorded.push(picture);
            } else if !recorded.is_empty() {
                return Ok(recorded);
            }
        }
    }

    async fn hang_up(&self) -> Result<()> {
        Ok(self.kit.hang_up().await?)
    }

    async fn is_idle(&self) -> Result<()> {
        reaches(&self.kit, |phase| matches!(phase, CallPhase::Ended { .. })).await?;
        self.kit.dismiss().await?;
        reaches(&self.kit, |phase| *phase == CallPhase::Idle).await
    }

    fn process(&self) -> u32 {
        std::process::id()
    }

    async fn close(self) -> Result<()> {
        self.kit.close().await;
        Ok(())
    }
}

/// A page in Chromium that holds its camera and its microphone open while it rings.
pub(crate) struct Chromium {
    user: String,
    browser: Browser,
}

impl Chromium {
    pub(crate) async fn open(site: &Site, login: &Login, folder: &Path, camera: PageCamera<'_>) -> Result<Self> {
        let user = login.signed_in.account.user.to_string();
        let page = Page { sound: Sound::Fake, camera: Some(camera), by_hand: true };
        let browser = Browser::open_page(site, login, &folder.join(&user), page).await?;
        Ok(Self { user, browser })
    }

    /// A page of text, drawn as a browser draws it.
    pub(crate) async fn draw_page(&self) -> Result<screen::Page> {
        let drawn = self.browser.run(screen::DRAW, vec![SIZE.0.into(), screen::PAGE_ROWS.into()]).await?;
        screen::Page::new(STANDARD.decode(drawn.as_str().context("a page")?)?)
    }

    async fn run(&self, script: &str) -> Result<Value> {
        self.browser.run(script, Vec::new()).await
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
        moment(&self.run("return device.accept()").await?)
    }

    async fn talks(&self) -> Result<()> {
        self.browser.until("connected").await
    }

    async fn first_picture(&self) -> Result<Instant> {
        moment(&self.run("return device.pictures.first('camera')").await?)
    }

    async fn look(&self, whose: End, during: Duration) -> Result<Vec<Seen>> {
        let view = match whose {
            End::This => "device.pictures.own()",
            End::Other => "device.pictures.views.camera",
        };
        self.run(&format!("{view}.look()")).await?;
        tokio::time::sleep(during).await;
        let seen = self.run(&format!("return {view}.looked()")).await?;
        let seen = seen.as_array().context("a list")?.iter().map(|seen| {
            let number = seen["number"].as_u64().and_then(|number| u32::try_from(number).ok());
            Ok(Seen { number, at: moment(&seen["at"])? })
        });
        let seen = seen.collect();
        if whose == End::This {
            self.run("device.pictures.disown()").await?;
        }
        seen
    }

    async fn picture(&self) -> Result<Picture> {
        picture(&self.run("return device.pictures.next('camera')").await?)
    }

    async fn record(&self, numbers: Range<u32>) -> Result<Vec<Picture>> {
        let Range { start, end } = numbers;
        let count = self.run(&format!("return device.pictures.views.camera.recordFrom({start}, {end})")).await?;
        let mut recorded = Vec::new();
        for number in 0..count.as_u64().context("a count")? {
            let said = self.run(&format!("return device.pictures.views.camera.recorded[{number}]")).await?;
            recorded.push(picture(&said)?);
        }
        Ok(recorded)
    }

    async fn hang_up(&self) -> Result<()> {
        self.run("return device.hangUp()").await?;
        Ok(())
    }

    async fn is_idle(&self) -> Result<()> {
        self.browser.until("ended: hung_up").await?;
        self.run("device.log = []").await?;
        Ok(())
    }

    fn process(&self) -> u32 {
        self.browser.process()
    }

    async fn close(self) -> Result<()> {
        self.browser.close().await
    }
}

/// Of Unix milliseconds.
fn moment(at_ms: &Value) -> Result<Instant> {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs_f64(at_ms.as_f64().context("a time")? / 1_000.0);
    Instant::now().checked_sub(at.elapsed()?).context("a moment ago")
}

/// What the page says of a picture.
fn picture(said: &Value) -> Result<Picture> {
    let side = |key: &str| said[key].as_u64().and_then(|side| usize::try_from(side).ok());
    let (width, height) = side("width").zip(side("height")).context("a size")?;
    let size = PictureSize::new(width, height)?;
    let mut planes = STANDARD.decode(said["luma"].as_str().context("its brightness")?)?;
    planes.resize(size.bytes(), 128);
    let picture = Picture::new(size, Instant::now(), planes).context("a whole picture")?;
    anyhow::ensure!(frame_number(&picture).is_some(), "{} without a number", said["format"]);
    Ok(picture)
}

fn camera(showing: &Showing) -> Result<Option<Camera>> {
    match showing {
        Showing::Camera => Ok(Some(Camera::Pattern { size: size()?, frame_rate: RATE })),
        Showing::Screen(_) => Ok(None),
    }
}
