//! What all phones share: the server, the page, the network, and what cameras and microphones take.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_kit::media::measure::{Pitch, write_voice};
use carillon_kit::{Login, Register, register};
use carillon_server::{Config, RtcTokenPolicy, Running, Server};
use carillon_tests::browser::{self, PageCamera, Site};
use carillon_tests::network::{Network, OURS};
use carillon_tests::pictures::write_clip;

use crate::calls::Pair;
use crate::phone::{Chromium, Ours, Phone as _, RATE, Showing, size};
use crate::screen;

/// A whole period of the pattern's stripes, so that Chromium's camera does not jump where its clip begins again.
const CLIP: u32 = 320;

pub(crate) struct Stage {
    pub(crate) network: Network,
    server: Running,
    site: Arc<Site>,
    folder: PathBuf,
    voice: PathBuf,
    clip: PathBuf,
}

impl Stage {
    pub(crate) async fn set(folder: &Path) -> Result<Self> {
        let network = Network::open().await?;
        let site = Arc::new(Site::open_on(OURS, folder, Pitch::Middle).await?);
        // The page knows nothing of RTC tokens; the kit fetches its own while it rings.
        let listen = SocketAddr::from((OURS, 0));
        let config = Config { listen, rtc_tokens: RtcTokenPolicy::Optional, ..Config::local(folder.join("server")) };
        let server = Server::start(Config { allowed_origins: vec![site.origin.clone()], ..config }).await?;
        let (voice, clip) = (folder.join("voice.wav"), folder.join("clip.y4m"));
        write_voice(&voice, Pitch::Middle, Duration::from_secs(10))?;
        write_clip(&clip, size()?, RATE, CLIP)?;
        Ok(Self { network, server, site, folder: folder.to_owned(), voice, clip })
    }

    /// Our Alice here and our Bob there.
    pub(crate) async fn our_pair(&self, round: &str, showing: Showing) -> Result<Pair<'_, Ours, Ours>> {
        let alice = self.our_phone(&format!("alice-{round}"), showing.clone()).await?;
        let login = self.sign_up(&format!("bob-{round}")).await?;
        let (voice, heard) = (self.voice.clone(), self.folder.join("bob.wav"));
        let bob = self.network.there(async move { Ours::open(&login, voice, heard, showing) }).await?;
        Ok(Pair { stage: self, alice, bob })
    }

    /// The same of Chromium, with one codec alone.
    pub(crate) async fn chromium_pair(
        &self,
        round: &str,
        showing: Showing,
        codec: &'static str,
    ) -> Result<Pair<'_, Chromium, Chromium>> {
        let name = codec.to_lowercase();
        let login = self.sign_up_for_a_page(&format!("{name}-alice-{round}")).await?;
        let (clip, hint) = self.shown(&showing);
        let camera = PageCamera { clip, size: size()?, codec, hint };
        let alice = Chromium::open(&self.site, &login, &self.folder, camera).await?;
        let bob = self.chromium_there(&format!("{name}-bob-{round}"), showing, codec).await?;
        Ok(Pair { stage: self, alice, bob })
    }

    /// Our Alice here, and Chromium's Bob there.
    pub(crate) async fn mixed_pair(&self) -> Result<Pair<'_, Ours, Chromium>> {
        let alice = self.our_phone("alice-mixed", Showing::Camera).await?;
        Ok(Pair { stage: self, alice, bob: self.chromium_there("bob-mixed", Showing::Camera, "H264").await? })
    }

    /// Has a page drawn, and writes the clip of it.
    pub(crate) async fn draw_screen(&self, id: &str) -> Result<screen::Page> {
        let login = self.sign_up_for_a_page(&format!("draws-{id}")).await?;
        let camera = PageCamera { clip: &self.clip, size: size()?, codec: "H264", hint: "" };
        let browser = Chromium::open(&self.site, &login, &self.folder, camera).await?;
        let page = browser.draw_page().await?;
        browser.close().await?;
        page.write_clip(&self.screen_clip())?;
        Ok(page)
    }

    /// Where a clip of a shared screen belongs.
    pub(crate) fn screen_clip(&self) -> PathBuf {
        self.folder.join("screen.y4m")
    }

    async fn our_phone(&self, user: &str, showing: Showing) -> Result<Ours> {
        let heard = self.folder.join(format!("{user}.wav"));
        Ours::open(&self.sign_up(user).await?, self.voice.clone(), heard, showing)
    }

    async fn chromium_there(&self, user: &str, showing: Showing, codec: &'static str) -> Result<Chromium> {
        let login = self.sign_up_for_a_page(user).await?;
        let (clip, hint) = self.shown(&showing);
        let (site, folder, clip) = (Arc::clone(&self.site), self.folder.clone(), clip.to_owned());
        let open = async move {
            let camera = PageCamera { clip: &clip, size: size()?, codec, hint };
            Chromium::open(&site, &login, &folder, camera).await
        };
        self.network.there(open).await
    }

    /// A page's clip, and what it is told of it.
    fn shown<'a>(&'a self, showing: &'a Showing) -> (&'a Path, &'static str) {
        match showing {
            Showing::Camera => (&self.clip, ""),
            Showing::Screen(clip) => (clip, "text"),
        }
    }

    async fn sign_up(&self, user: &str) -> Result<Login> {
        let invite = self.server.mint_invites(1).await?.pop().context("one invite was asked for")?;
        let typed = Register {
            server: self.server.url(),
            allow_insecure: true, // the network is made of this process
            invite,
            user: user.to_owned(),
            display_name: String::new(),
            password: password(user),
            device_name: "bench".to_owned(),
        };
        Ok(register(typed).await?)
    }

    /// A page has no key of its own.
    async fn sign_up_for_a_page(&self, user: &str) -> Result<Login> {
        self.sign_up(user).await?;
        browser::sign_in(&self.server.url(), user, &password(user)).await
    }

    pub(crate) async fn strike(self) {
        self.server.shutdown().await;
    }
}

fn password(user: &str) -> String {
    format!("{user}'s password")
}
