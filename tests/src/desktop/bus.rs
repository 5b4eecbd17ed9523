//! A session bus of one's own, and a notification daemon on it that does what a user would do.

use std::{
    collections::HashMap,
    io::Write as _,
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use zbus::{Connection, connection::Builder, interface, object_server::SignalEmitter, zvariant::OwnedValue};

use super::{process::Process, until};

const PATIENCE: Duration = Duration::from_secs(20);
const PATH: &str = "/org/freedesktop/Notifications";
const SCREEN_SAVER: &str = "/org/freedesktop/ScreenSaver";

/// No services: a bus with the machine's own configuration would start a keychain, or what else is installed there.
const NOTHING_TO_START: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
    "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <keep_umask/>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A `dbus-daemon` without any service.
pub struct SessionBus {
    address: String,
    _daemon: Process,
    _config: tempfile::NamedTempFile,
}

impl SessionBus {
    /// Starts one.
    ///
    /// # Errors
    /// If `dbus-daemon` is missing.
    pub fn start() -> Result<Self> {
        let mut config = tempfile::NamedTempFile::new()?;
        config.write_all(NOTHING_TO_START.as_bytes())?;
        let mut daemon = Command::new("dbus-daemon");
        daemon.arg(format!("--config-file={}", config.path().display()));
        daemon.args(["--nofork", "--nopidfile", "--print-address=1"]);
        daemon.stderr(std::process::Stdio::null());
        let (daemon, address) =
            Process::start_and_read(&mut daemon, PATIENCE, |line| line.contains('=').then(|| line.trim().to_owned()))?;
        Ok(Self { address, _daemon: daemon, _config: config })
    }

    /// What goes into `DBUS_SESSION_BUS_ADDRESS`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A connection to it.
    ///
    /// # Errors
    /// The bus's own error.
    pub async fn connect(&self) -> Result<Connection> {
        Ok(Builder::address(self.address.as_str())?.build().await?)
    }
}

/// One notification, as it was asked for.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The daemon's number for it.
    pub id: u32,
    /// Its first line.
    pub summary: String,
    /// Its text.
    pub body: String,
    /// Keys and labels, in turn.
    pub actions: Vec<String>,
    /// Hints as text, such as `urgency` and `category`.
    pub hints: HashMap<String, String>,
    /// Milliseconds; 0: never by itself.
    pub expires: i32,
    /// When it was shown.
    pub shown_at: Instant,
    /// When it was withdrawn, by its sender.
    pub withdrawn_at: Option<Instant>,
}

/// What the daemon has seen so far.
type Log = Arc<Mutex<Vec<Shown>>>;

/// A fake `org.freedesktop.Notifications`.
pub struct FakeNotifications {
    connection: Connection,
    log: Log,
}

impl FakeNotifications {
    /// Takes the name on a bus.
    ///
    /// # Errors
    /// If another program has the name already.
    pub async fn on_bus(bus: &SessionBus) -> Result<Self> {
        let log = Log::default();
        let connection = Builder::address(bus.address())?
            .serve_at(PATH, Daemon { log: Arc::clone(&log), next: 1 })?
            .serve_at(SCREEN_SAVER, ScreenSaver { is_active: false })?
            .name("org.freedesktop.Notifications")?
            .name("org.freedesktop.ScreenSaver")?
            .build()
            .await?;
        Ok(Self { connection, log })
    }

    /// Locks the screen, as far as apps are told, or unlocks it: where no window can be seen, notifications ring.
    ///
    /// # Errors
    /// The bus's own error.
    pub async fn lock_screen(&self, locked: bool) -> Result<()> {
        let screen_saver = self.connection.object_server().interface::<_, ScreenSaver>(SCREEN_SAVER).await?;
        screen_saver.get_mut().await.is_active = locked;
        Ok(ScreenSaver::active_changed(screen_saver.signal_emitter(), locked).await?)
    }

    /// Everything that was shown, withdrawn or not, oldest first.
    pub fn all(&self) -> Vec<Shown> {
        lock(&self.log).clone()
    }

    /// Waits for a notification of a ring that is on show.
    ///
    /// # Errors
    /// When `patience` is over.
    pub async fn ring(&self, patience: Duration) -> Result<Shown> {
        let on_show = |shown: &Shown| {
            shown.withdrawn_at.is_none() && shown.hints.get("category").is_some_and(|c| c == "call.incoming")
        };
        until("the ring's notification", patience, || async { self.all().into_iter().rfind(on_show) }).await
    }

    /// Waits until a notification has been withdrawn, and says when that was.
    ///
    /// # Errors
    /// When `patience` is over.
    pub async fn withdrawn(&self, id: u32, patience: Duration) -> Result<Instant> {
        let look = || async { self.all().into_iter().find(|shown| shown.id == id)?.withdrawn_at };
        until("the notification to be withdrawn", patience, look).await
    }

    /// Presses a button, as a user would.
    ///
    /// # Errors
    /// The bus's own error.
    pub async fn press(&self, id: u32, action: &str) -> Result<()> {
        let daemon = self.connection.object_server().interface::<_, Daemon>(PATH).await.context("it is served")?;
        Ok(Daemon::action_invoked(daemon.signal_emitter(), id, action).await?)
    }

    /// Waits for the notification of a ring, and presses a button of it.
    ///
    /// # Errors
    /// When `patience` is over.
    pub async fn answer_ring(&self, action: &str, patience: Duration) -> Result<()> {
        let ring = self.ring(patience).await?;
        self.press(ring.id, action).await
    }

    /// Puts a notification away, as a user would.
    ///
    /// # Errors
    /// The bus's own error.
    pub async fn dismiss(&self, id: u32) -> Result<()> {
        const BY_USER: u32 = 2;
        let daemon = self.connection.object_server().interface::<_, Daemon>(PATH).await.context("it is served")?;
        Ok(Daemon::notification_closed(daemon.signal_emitter(), id, BY_USER).await?)
    }
}

fn lock(log: &Log) -> MutexGuard<'_, Vec<Shown>> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Daemon {
    log: Log,
    next: u32,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Daemon {
    #[expect(clippy::too_many_arguments, reason = "the standard's own")]
    fn notify(
        &mut self,
        _app_name: String,
        _replaces_id: u32,
        _app_icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        expire_timeout: i32,
    ) -> u32 {
        let id = self.next;
        self.next += 1;
        let hints = hints.into_iter().map(|(key, value)| (key, plain(&value))).collect();
        let (shown_at, withdrawn_at) = (Instant::now(), None);
        let shown = Shown { id, summary, body, actions, hints, expires: expire_timeout, shown_at, withdrawn_at };
        lock(&self.log).push(shown);
        id
    }

    async fn close_notification(&mut self, id: u32, #[zbus(signal_emitter)] emitter: SignalEmitter<'_>) {
        const BY_SENDER: u32 = 3;
        let now = Instant::now();
        lock(&self.log).iter_mut().filter(|shown| shown.id == id).for_each(|shown| shown.withdrawn_at = Some(now));
        // As the standard has it; the sender may have left.
        let _ = Self::notification_closed(&emitter, id, BY_SENDER).await;
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["actions".into(), "body".into(), "persistence".into()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("fake".into(), "carillon".into(), "1".into(), "1.2".into())
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action_key: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, id: u32, reason: u32) -> zbus::Result<()>;
}

struct ScreenSaver {
    is_active: bool,
}

#[interface(name = "org.freedesktop.ScreenSaver")]
impl ScreenSaver {
    fn get_active(&self) -> bool {
        self.is_active
    }

    #[zbus(signal)]
    async fn active_changed(emitter: &SignalEmitter<'_>, is_active: bool) -> zbus::Result<()>;
}

fn plain(value: &OwnedValue) -> String {
    let text = String::try_from(value.clone());
    text.or_else(|_| u8::try_from(value).map(|number| number.to_string())).unwrap_or_else(|_| value.to_string())
}
