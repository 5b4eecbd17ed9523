//! A headless Chromium with the device page open in it: the other end of a call, with its WebRTC instead of ours. Linux only.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_kit::{
    Login,
    media::{
        PictureSize,
        measure::{Pitch, write_voice},
    },
};
use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::desktop::{Process, SoundServer};

/// From the start of a cold browser to its first page, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What Chromium needs where there is no screen, no sound device and no network, and what keeps it from asking questions.
/// Without a granted microphone it would hide its addresses behind mDNS names.
const SWITCHES: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
];

/// What the page has for a microphone and a speaker.
#[derive(Clone, Copy)]
pub enum Sound<'a> {
    /// The site's test voice, and a recording in the page.
    InPage,
    /// Chromium's own fake microphone, and a speaker that nobody hears.
    Fake,
    /// Devices of a sound server, by a part of their names.
    Devices {
        /// Which sound server.
        server: &'a SoundServer,
        /// A source.
        microphone: &'a str,
        /// A sink.
        speaker: &'a str,
    },
}

/// What the page has for a camera. Its calls are video calls.
#[derive(Clone, Copy)]
pub struct PageCamera<'a> {
    /// A Y4M file, shown over and over.
    pub clip: &'a Path,
    /// How large, as the file is.
    pub size: PictureSize,
    /// The one codec that is sent and taken: `H264`, `VP8`.
    pub codec: &'a str,
    /// What it sees, as `MediaStreamTrack.contentHint` has it: `text` for a screen, nothing for a camera.
    pub hint: &'a str,
}

/// How a page is opened.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    /// Its microphone and speaker.
    pub sound: Sound<'a>,
    /// Its camera, if it has one.
    pub camera: Option<PageCamera<'a>>,
    /// Whether calls are accepted by [`Browser::run`], and not by the page itself.
    pub by_hand: bool,
}

/// Signs a page in. It has no key of its own, so its links and its media are not signed.
///
/// # Errors
/// If the server refuses.
pub async fn sign_in(server: &str, user: &str, password: &str) -> Result<Login> {
    let typed = json!({ "user": user, "password": password, "device_name": "browser" });
    let response = reqwest::Client::new().post(format!("{server}/v1/sign-in")).json(&typed).send().await?;
    let signed_in = response.error_for_status()?.json().await?;
    Ok(Login { server: server.to_owned(), signed_in, device_secret: None })
}

impl Page<'_> {
    fn switches(&self, site: &Site, folder: &Path) -> Vec<String> {
        let mut switches = SWITCHES.map(str::to_owned).to_vec();
        switches.push(format!("--user-data-dir={}", folder.display()));
        // Else only loopback gets a microphone without TLS.
        switches.push(format!("--unsafely-treat-insecure-origin-as-secure={}", site.origin));
        let (is_real, is_in_page) = match self.sound {
            Sound::InPage => (false, true),
            Sound::Fake => (false, false),
            Sound::Devices { .. } => (true, false),
        };
        if !is_real {
            switches.push("--disable-audio-output".to_owned());
        }
        if !is_in_page || self.camera.is_some() {
            switches.push("--use-fake-ui-for-media-stream".to_owned()); // grants microphone and camera
        }
        if let Some(camera) = self.camera {
            switches.push("--use-fake-device-for-media-stream".to_owned());
            switches.push(format!("--use-file-for-fake-video-capture={}", camera.clip.display()));
        }
        switches
    }

    /// What the page's device is opened with.
    fn account(&self, login: &Login) -> Value {
        let link = format!("{}/v1/link", login.server.trim_end_matches('/').replacen("http", "ws", 1));
        let (voice, devices) = match self.sound {
            Sound::InPage => (json!("voice.wav"), Value::Null),
            Sound::Fake => (Value::Null, Value::Null),
            Sound::Devices { microphone, speaker, .. } => {
                (Value::Null, json!({ "microphone": microphone, "speaker": speaker }))
            }
        };
        let pictures = self.camera.map(|camera| {
            let (width, height) = (camera.size.width(), camera.size.height());
            json!({ "codec": camera.codec, "hint": camera.hint, "camera": { "width": width, "height": height } })
        });
        json!({
            "link": link,
            "token": login.signed_in.token,
            "voice": voice,
            "devices": devices,
            "pictures": pictures,
            "by_hand": self.by_hand,
        })
    }
}

/// Where the page is served. Its origin must be known to the server before the browser opens a link.
pub struct Site {
    /// The page is at its root.
    pub origin: String,
    task: JoinHandle<()>,
}

impl Site {
    /// Serves the page and a test voice of `pitch` on a free port.
    ///
    /// # Errors
    /// If no port is free, or the voice cannot be written.
    pub async fn open(folder: &Path, pitch: Pitch) -> Result<Self> {
        Self::open_on(Ipv4Addr::LOCALHOST, folder, pitch).await
    }

    /// The same, on another of this machine's addresses.
    ///
    /// # Errors
    /// If no port is free, or the voice cannot be written.
    pub async fn open_on(address: Ipv4Addr, folder: &Path, pitch: Pitch) -> Result<Self> {
        let voice = folder.join("browser.wav");
        write_voice(&voice, pitch, Duration::from_secs(10))?;
        let listener = TcpListener::bind((address, 0)).await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A browser that goes away in the middle is its own affair.
                let _ = serve(stream, &voice).await;
            }
        });
        Ok(Self { origin, task })
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, voice: &Path) -> Result<()> {
    let mut request = vec![0; 8192];
    let length = stream.read(&mut request).await?;
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default();
    let (status, kind, body) = match path {
        "/" => ("200 OK", "text/html", std::fs::read(page("index.html"))?),
        "/device.js" | "/group.js" | "/pictures.js" | "/recorder.js" => {
            ("200 OK", "text/javascript", std::fs::read(page(&path[1..]))?)
        }
        "/voice.wav" => ("200 OK", "audio/wav", std::fs::read(voice)?),
        _ => ("404 Not Found", "text/plain", Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    Ok(stream.shutdown().await?)
}

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("browser").join(name)
}

/// The browser's device, driven from outside.
pub struct Browser {
    client: Client,
    driver: Process,
}

impl Browser {
    /// Starts Chromium with `folder` for its profile, opens the page and lets its device come online.
    ///
    /// # Errors
    /// If Chromium or its driver is missing, or the device does not come online.
    pub async fn open(site: &Site, login: &Login, folder: &Path, sound: Sound<'_>) -> Result<Self> {
        Self::open_page(site, login, folder, Page { sound, camera: None, by_hand: false }).await
    }

    /// The same, of a page with a choice of devices.
    ///
    /// # Errors
    /// If Chromium or its driver is missing, or the device does not come online.
    pub async fn open_page(site: &Site, login: &Login, folder: &Path, page: Page<'_>) -> Result<Self> {
        let mut command = Command::new("chromedriver");
        if let Sound::Devices { server, .. } = page.sound {
            command.env("PULSE_SERVER", server.address());
        }
        let browser = Self::start(command, page.switches(site, folder)).await?;
        browser.client.goto(&site.origin).await?;
        browser.run("return device.open(arguments[0]).then(() => true)", vec![page.account(login)]).await?;
        Ok(browser)
    }

    /// Starts Chromium with `folder` for its profile, at any page.
    ///
    /// # Errors
    /// If Chromium or its driver is missing.
    pub async fn at(address: &str, folder: &Path) -> Result<Self> {
        let mut switches = SWITCHES.map(str::to_owned).to_vec();
        // Else there is no WebGL without a graphics card.
        switches.push("--enable-unsafe-swiftshader".to_owned());
        switches.push(format!("--user-data-dir={}", folder.display()));
        let browser = Self::start(Command::new("chromedriver"), switches).await?;
        browser.client.goto(address).await?;
        Ok(browser)
    }

    async fn start(mut driver: Command, switches: Vec<String>) -> Result<Self> {
        let (driver, port) = Process::start_and_read(driver.arg("--port=0"), PATIENCE, started_on)
            .context("Chromium and its driver belong to the set-up: cargo xtask test")?;
        let options = json!({ "goog:chromeOptions": { "args": switches } });
        // Before the library looks for one; a kit in this process may have chosen it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = ClientBuilder::rustls()?
            .capabilities(options.as_object().cloned().unwrap_or_default())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await?;
        Ok(Self { client, driver })
    }

    /// The process that everything of this browser is below.
    pub fn process(&self) -> u32 {
        self.driver.id()
    }

    /// Goes to another page.
    ///
    /// # Errors
    /// If there is none.
    pub async fn goto(&self, address: &str) -> Result<()> {
        Ok(self.client.goto(address).await?)
    }

    /// Runs a script in the page and waits for the promise that it returns.
    ///
    /// # Errors
    /// If the script fails.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.client.execute(script, arguments).await?)
    }

    /// What the device has gone through.
    ///
    /// # Errors
    /// If the page is gone.
    pub async fn log(&self) -> Result<Vec<String>> {
        Ok(serde_json::from_value(self.run("return device.log", Vec::new()).await?)?)
    }

    /// Waits for an entry of the log.
    ///
    /// # Errors
    /// If it does not come in time.
    pub async fn until(&self, entry: &str) -> Result<()> {
        let mut seen = Vec::new();
        let waited = tokio::time::timeout(PATIENCE, async {
            while !seen.iter().any(|seen| seen == entry) {
                seen = self.log().await?;
            }
            anyhow::Ok(())
        });
        waited.await.with_context(|| format!("no {entry:?} in the browser"))?
    }

    /// The last moments of what the browser heard, at 48 kHz.
    ///
    /// # Errors
    /// If the page is gone.
    pub async fn recording(&self, seconds: u32) -> Result<Vec<f32>> {
        let samples = self.run("return device.recording(arguments[0])", vec![seconds.into()]).await?;
        let samples: Vec<f32> = serde_json::from_value(samples)?;
        Ok(samples.into_iter().map(|sample| sample / 32_767.0).collect())
    }

    /// Ends the browser.
    ///
    /// # Errors
    /// If it has gone by itself.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }
}

/// `ChromeDriver was started successfully on port 12345.`
fn started_on(line: &str) -> Option<u16> {
    line.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok()
}
