//! The desktop app itself, driven through its windows.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use carillon_kit::Login;
use fantoccini::{
    Client, ClientBuilder, Locator,
    elements::Element,
    error::{CmdError, ErrorStatus},
    wd::Capabilities,
};
use serde_json::{Value, json};

use super::{
    Display, SessionBus,
    process::{Process, built, private_folder},
    until,
};

/// The label of the window that a script runs in, and whether that is made ahead of its calls and still out of sight.
const LABEL: &str = "
    const label = window.__TAURI_INTERNALS__?.metadata?.currentWebview?.label ?? '';
    return [label, document.hidden && ['ring', 'call'].includes(label)];";
/// WebKitGTK without acceleration takes a picture with the next frame that it paints, and paints none while nothing changes: a
/// page at rest would keep the driver waiting for ever. One pixel that changes is enough.
const START_PAINTING: &str = "
    const pixel = document.createElement('i');
    pixel.id = 'picture-pixel';
    const style = { position: 'fixed', left: 0, top: 0, width: '1px', height: '1px', opacity: 0.02 };
    for (const [name, value] of Object.entries(style)) pixel.style[name] = value;
    document.body.append(pixel);
    let odd = false;
    window.picturePainting = setInterval(() => { odd = !odd; pixel.style.backgroundColor = odd ? 'black' : 'white'; }, 30);";
/// Colours that are on their way to others, say of another theme, arrive first.
const SETTLE: &str = "
    const done = arguments[arguments.length - 1];
    const fading = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    Promise.allSettled(fading.map((animation) => animation.finished)).then(() => done());";
/// See [`START_PAINTING`].
const STOP_PAINTING: &str =
    "clearInterval(window.picturePainting); document.getElementById('picture-pixel')?.remove();";

/// A web view's start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const DRIVER_PATIENCE: Duration = Duration::from_secs(15);

/// How an app is started.
#[derive(Clone)]
pub struct AppOptions<'a> {
    /// Where its windows are.
    pub display: &'a Display,
    /// Where its notifications go.
    pub bus: &'a SessionBus,
    /// Its profile's name.
    pub profile: &'a str,
    /// Where everything that it keeps is kept.
    pub folder: PathBuf,
    /// Whom it begins as; `None`: with the sign-in page.
    pub login: Option<Login>,
    /// Where it keeps the sign-in: `file` or `keychain`.
    pub secrets: &'a str,
    /// More arguments, such as `--fake-mic`.
    pub args: Vec<String>,
    /// More of its environment, such as `PULSE_SERVER`.
    pub env: Vec<(String, String)>,
}

/// A running app. Its session with WebDriver looks at one window at a time.
pub struct App {
    client: Client,
    folder: PathBuf,
    /// Ends the app with it.
    _driver: Process,
}

/// One of the app's windows, by its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Sign in, people, recent calls.
    Main,
    /// What rings.
    Ring,
    /// The call.
    Call,
    /// Settings.
    Settings,
}

impl Window {
    /// The label that the app knows it by.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Ring => "ring",
            Self::Call => "call",
            Self::Settings => "settings",
        }
    }
}

impl App {
    /// Starts the app, and waits for its main window.
    ///
    /// # Errors
    /// If the app or WebKitWebDriver is missing, or does not start.
    pub async fn launch(options: AppOptions<'_>) -> Result<Self> {
        private_folder(&options.folder)?;
        let port = free_port()?;
        let driver = start_driver(port, &options)?;
        let client = connect(port, &options).await?;
        let app = Self { client, folder: options.folder, _driver: driver };
        app.look_at(Window::Main).await?;
        Ok(app)
    }

    /// Where it keeps what it keeps.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Turns to a window, and waits for it if it is not there yet.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn look_at(&self, window: Window) -> Result<()> {
        until(window.label(), PATIENCE, || async { self.find_window(window).await.ok().flatten() }).await
    }

    /// Turns to a window that is made ahead of its calls, while it is still out of sight.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn look_behind(&self, window: Window) -> Result<()> {
        until(window.label(), PATIENCE, || async {
            self.find_window_that(window, |_is_behind| true).await.ok().flatten()
        })
        .await
    }

    /// Waits until there is no such window.
    ///
    /// # Errors
    /// When it stays.
    pub async fn gone(&self, window: Window) -> Result<()> {
        let look = || async { self.find_window(window).await.is_ok_and(|found| found.is_none()).then_some(()) };
        until(&format!("the window {} to go", window.label()), PATIENCE, look).await
    }

    /// The ring and the call window are made ahead of their calls: one that is out of sight is not there yet.
    async fn find_window(&self, window: Window) -> Result<Option<()>> {
        self.find_window_that(window, |is_behind| !is_behind).await
    }

    async fn find_window_that(&self, window: Window, is_meant: fn(bool) -> bool) -> Result<Option<()>> {
        for handle in self.client.windows().await? {
            if self.client.switch_to_window(handle).await.is_err() {
                continue; // it went in this moment
            }
            let Ok(found) = self.client.execute(LABEL, vec![]).await else { continue };
            if found[0] == window.label() && is_meant(found[1] == true) {
                return Ok(Some(()));
            }
        }
        Ok(None)
    }

    /// Clicks on what has this test id, in the window it looks at. A page that is being drawn anew may need a second look; a click
    /// that has happened is never made again, because a menu would fold up again by it.
    ///
    /// # Errors
    /// When there is no such thing to click, or when something else lies over it and stays there.
    pub async fn click(&self, testid: &str) -> Result<()> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let error = match self.element(testid).await?.click().await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_no_such_window() => return Ok(()), // the click has closed it
                Err(error) => error,
            };
            if !was_not_clicked(&error) || Instant::now() > give_up {
                return Err(error).with_context(|| format!("a click on {testid}"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Clicks on what ends the program, and waits for that. The driver mostly loses the program before it can say that it clicked.
    ///
    /// # Errors
    /// When there is no such thing to click, or the program goes on.
    pub async fn click_to_end(&self, testid: &str) -> Result<()> {
        let clicked = self.element(testid).await?.click().await;
        let ended = || async { self.client.windows().await.is_err().then_some(()) };
        until("the program's end", PATIENCE, ended).await.with_context(|| format!("a click on {testid}: {clicked:?}"))
    }

    /// Types into a field, in the place of what is there.
    ///
    /// # Errors
    /// When there is no such field.
    pub async fn fill(&self, testid: &str, text: &str) -> Result<()> {
        let field = self.element(testid).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Makes the window that it looks at so large, as a user pulls at its edge.
    ///
    /// # Errors
    /// If the window has gone.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        Ok(self.client.set_window_size(width, height).await?)
    }

    /// Presses keys, wherever the focus is in the window it looks at.
    ///
    /// # Errors
    /// If the window has gone.
    pub async fn keys(&self, keys: &str) -> Result<()> {
        Ok(self.client.active_element().await?.send_keys(keys).await?)
    }

    /// Chooses one of a list's options by its value.
    ///
    /// # Errors
    /// When there is no such list or option.
    pub async fn choose(&self, testid: &str, value: &str) -> Result<()> {
        self.click(testid).await?;
        let css = format!("{} ~ [role=listbox] [data-value=\"{value}\"]", css(testid));
        let look = || async { self.client.find(Locator::Css(&css)).await.ok() };
        until(&format!("{value} in {testid}"), PATIENCE, look).await?.click().await?;
        self.attribute_is(testid, "data-value", value).await
    }

    /// Gives a file to a field that takes one.
    ///
    /// # Errors
    /// When there is no such field.
    pub async fn attach(&self, testid: &str, file: &Path) -> Result<()> {
        Ok(self.element(testid).await?.send_keys(&file.display().to_string()).await?)
    }

    /// Waits until a switch is like this.
    ///
    /// # Errors
    /// When it does not become so.
    pub async fn is_on(&self, testid: &str, on: bool) -> Result<()> {
        const LOOK: &str = "return document.querySelector(arguments[0])?.checked";
        let look = || async {
            let found = self.client.execute(LOOK, vec![json!(css(testid))]).await.ok()?;
            (found == json!(on)).then_some(())
        };
        until(&format!("{testid} to be {on}"), PATIENCE, look).await
    }

    /// Waits until nothing with this test id is there.
    ///
    /// # Errors
    /// When it stays.
    pub async fn misses(&self, testid: &str) -> Result<()> {
        const LOOK: &str = "return document.querySelector(arguments[0]) === null";
        let look = || async {
            let gone = self.client.execute(LOOK, vec![json!(css(testid))]).await.ok()?;
            (gone == json!(true)).then_some(())
        };
        until(&format!("{testid} to go"), PATIENCE, look).await
    }

    /// Waits until an attribute of the whole page is `value`.
    ///
    /// # Errors
    /// When it does not become so.
    pub async fn page_is(&self, attribute: &str, value: &str) -> Result<()> {
        const LOOK: &str = "return document.documentElement.getAttribute(arguments[0])";
        let look = || async {
            let found = self.client.execute(LOOK, vec![json!(attribute)]).await.ok()?;
            (found == json!(value)).then_some(())
        };
        until(&format!("the page's {attribute}={value}"), PATIENCE, look).await
    }

    /// The text of what has this test id, once it is there.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn text(&self, testid: &str) -> Result<String> {
        // Not WebDriver's idea of text: that leaves out what a narrow line cuts off.
        Ok(self.element(testid).await?.prop("textContent").await?.unwrap_or_default())
    }

    /// Waits until what has this test id says `part`.
    ///
    /// # Errors
    /// When it does not.
    pub async fn says(&self, testid: &str, part: &str) -> Result<()> {
        let css = css(testid);
        let look = || async {
            let text = self.client.find(Locator::Css(&css)).await.ok()?.prop("textContent").await.ok()??;
            text.contains(part).then_some(())
        };
        until(&format!("{part:?} in {testid}"), PATIENCE, look).await
    }

    /// Waits until an attribute of what has this test id is `value`.
    ///
    /// # Errors
    /// When it does not become so.
    pub async fn attribute_is(&self, testid: &str, name: &str, value: &str) -> Result<()> {
        let what = format!("{name}={value} of {testid}");
        until(&what, PATIENCE, || async { self.has_attribute(testid, name, value).await.then_some(()) }).await
    }

    /// Whether an attribute of what has this test id is `value` now.
    pub async fn has_attribute(&self, testid: &str, name: &str, value: &str) -> bool {
        let Ok(element) = self.client.find(Locator::Css(&css(testid))).await else { return false };
        element.attr(name).await.is_ok_and(|found| found.as_deref() == Some(value))
    }

    /// Waits until something with this test id is there.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn sees(&self, testid: &str) -> Result<()> {
        self.element(testid).await.map(|_| ())
    }

    /// A picture of the window's content.
    ///
    /// # Errors
    /// If the picture fails.
    pub async fn picture(&self, to: &Path) -> Result<()> {
        self.client.execute(START_PAINTING, Vec::new()).await?;
        self.settles().await?;
        // The first may still be of what was there before the last change.
        self.client.screenshot().await?;
        let picture = self.client.screenshot().await;
        self.client.execute(STOP_PAINTING, Vec::new()).await?;
        Ok(std::fs::write(to, picture?)?)
    }

    /// Waits until the window it looks at shows no colours that are on their way to others.
    ///
    /// # Errors
    /// If the window has gone.
    pub async fn settles(&self) -> Result<()> {
        self.client.execute_async(SETTLE, Vec::new()).await?;
        Ok(())
    }

    /// Runs a script in the window it looks at.
    ///
    /// # Errors
    /// If the script fails.
    pub async fn run(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        Ok(self.client.execute(script, args).await?)
    }

    /// Runs a script that calls its last argument when it is done.
    ///
    /// # Errors
    /// If the script fails.
    pub async fn run_async(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        Ok(self.client.execute_async(script, args).await?)
    }

    /// Ends the app as WebDriver does.
    ///
    /// # Errors
    /// If it is gone already.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }

    async fn element(&self, testid: &str) -> Result<Element> {
        let css = css(testid);
        until(testid, PATIENCE, || async { self.client.find(Locator::Css(&css)).await.ok() }).await
    }
}

/// Whether the driver says for sure that nothing was clicked.
fn was_not_clicked(error: &CmdError) -> bool {
    use ErrorStatus::{ElementClickIntercepted, ElementNotInteractable, StaleElementReference};
    let CmdError::Standard(said) = error else { return false };
    matches!(said.error, ElementClickIntercepted | ElementNotInteractable | StaleElementReference)
}

pub(super) fn css(testid: &str) -> String {
    format!("[data-testid=\"{testid}\"]")
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// The app inherits the driver's environment.
fn start_driver(port: u16, options: &AppOptions<'_>) -> Result<Process> {
    let folder = &options.folder;
    let mut driver = Command::new("WebKitWebDriver");
    driver.arg(format!("--port={port}")).arg("--host=127.0.0.1");
    driver.env("DISPLAY", options.display.name()).env("DBUS_SESSION_BUS_ADDRESS", options.bus.address());
    for (name, below) in [
        ("HOME", ""),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_RUNTIME_DIR", "runtime"),
    ] {
        let path = folder.join(below);
        private_folder(&path)?;
        driver.env(name, path);
    }
    driver.env("TAURI_WEBVIEW_AUTOMATION", "true").env("GDK_BACKEND", "x11").env_remove("WAYLAND_DISPLAY");
    // The display is Xvfb's also where there is a GPU.
    driver.env("LIBGL_ALWAYS_SOFTWARE", "1");
    driver.env("LANG", "en_US.UTF-8").env("LC_ALL", "C.UTF-8");
    driver.envs(options.env.iter().map(|(name, value)| (name, value)));
    Process::start(&mut driver)
}

async fn connect(port: u16, options: &AppOptions<'_>) -> Result<Client> {
    let url = format!("http://127.0.0.1:{port}");
    let capabilities = capabilities(options)?;
    until("WebKitWebDriver", DRIVER_PATIENCE, || async {
        tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()
    })
    .await?;
    let mut builder = ClientBuilder::rustls()?;
    builder.capabilities(capabilities);
    let connecting = tokio::time::timeout(PATIENCE, builder.connect(&url));
    connecting.await.context("the app does not show a window")?.context("the app does not start")
}

fn capabilities(options: &AppOptions<'_>) -> Result<Capabilities> {
    let mut args = vec!["--profile".to_owned(), options.profile.to_owned(), "--secrets".into(), options.secrets.into()];
    if let Some(login) = &options.login {
        let path = options.folder.join("login.json");
        std::fs::write(&path, serde_json::to_vec(login)?)?;
        args.extend(["--login-from".into(), path.display().to_string()]);
    }
    args.extend(options.args.iter().cloned());
    let browser = json!({ "binary": built("carillon-desktop")?, "args": args });
    let mut capabilities = Capabilities::new();
    capabilities.insert("webkitgtk:browserOptions".into(), browser);
    Ok(capabilities)
}
