//! A session bus with nothing on it, and a notification daemon that remembers what it was asked.

use std::{collections::HashMap, process::Stdio, time::Duration};

use futures_util::StreamExt as _;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    sync::watch,
    time::timeout,
};
use zbus::{
    Connection,
    connection::Builder,
    fdo::{DBusProxy, RequestNameFlags},
    interface,
    object_server::SignalEmitter,
    zvariant::OwnedValue,
};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A `dbus-daemon` that ends with its test.
pub(crate) struct Bus {
    address: String,
    _process: Child,
}

impl Bus {
    pub(crate) async fn start() -> Self {
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn().expect("dbus-daemon is installed");
        let mut said = BufReader::new(process.stdout.take().expect("its output is a pipe"));
        let mut address = String::new();
        let reading = timeout(PATIENCE, said.read_line(&mut address));
        reading.await.expect("it starts in time").expect("it tells its address");
        Self { address: address.trim().to_owned(), _process: process }
    }

    pub(crate) async fn connect(&self) -> Connection {
        self.builder().build().await.expect("the bus takes connections")
    }

    fn builder(&self) -> Builder<'_> {
        Builder::address(self.address.as_str()).expect("a bus knows its address")
    }
}

/// One notification, as it was asked for.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) id: u32,
    pub(super) summary: String,
    pub(super) body: String,
    pub(super) actions: Vec<String>,
    pub(super) hints: HashMap<String, String>,
    pub(super) expires: i32,
    is_withdrawn: bool,
}

/// A daemon with its name on a bus.
pub(super) struct Daemon {
    connection: Connection,
    log: watch::Receiver<Vec<Shown>>,
}

impl Daemon {
    pub(super) async fn on(bus: &Bus) -> Self {
        let (log_tx, log) = watch::channel(Vec::new());
        let connection = bus.builder().serve_at(PATH, Notifications(log_tx)).expect("a good path").build().await;
        let connection = connection.expect("the bus takes connections");
        let unique = RequestNameFlags::DoNotQueue.into();
        connection.request_name_with_flags(NAME, unique).await.expect("nobody else has the name");
        Self { connection, log }
    }

    /// Leaves the bus, which all that listen on it see.
    pub(super) async fn crash(self, bus: &Bus) {
        let names = DBusProxy::new(&bus.connect().await).await.expect("every bus has it");
        let mut changes = names.receive_name_owner_changed_with_args(&[(0, NAME)]).await.expect("the bus tells");
        self.connection.close().await.expect("it was open");
        timeout(PATIENCE, changes.next()).await.expect("the bus notices");
    }

    /// The ring on show, once there is one.
    pub(super) async fn ring(&self) -> Shown {
        let is_ring = |shown: &&Shown| {
            !shown.is_withdrawn && shown.hints.get("category").is_some_and(|category| category == "call.incoming")
        };
        let log = self.until("a ring on show", |log| log.iter().any(|shown| is_ring(&shown))).await;
        log.iter().rfind(is_ring).expect("there is one").clone()
    }

    pub(super) async fn withdrawn(&self, id: u32) {
        self.until("the withdrawal", |log| log.iter().any(|shown| shown.id == id && shown.is_withdrawn)).await;
    }

    pub(super) fn so_far(&self) -> Vec<Shown> {
        self.log.borrow().clone()
    }

    /// As a user does.
    pub(super) async fn press(&self, id: u32, action: &str) {
        let served = self.connection.object_server().interface::<_, Notifications>(PATH).await.expect("it is served");
        let sent = Notifications::action_invoked(served.signal_emitter(), id, action).await;
        sent.expect("the bus takes signals");
    }

    async fn until(&self, what: &str, is_so: impl FnMut(&Vec<Shown>) -> bool) -> Vec<Shown> {
        let mut log = self.log.clone();
        let waiting = timeout(PATIENCE, log.wait_for(is_so)).await;
        waiting.ok().and_then(Result::ok).unwrap_or_else(|| panic!("there never is {what}")).clone()
    }
}

struct Notifications(watch::Sender<Vec<Shown>>);

#[interface(name = "org.freedesktop.Notifications")]
impl Notifications {
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
        expires: i32,
    ) -> u32 {
        let hints = hints.into_iter().map(|(key, value)| (key, plain(&value))).collect();
        let mut id = 0;
        self.0.send_modify(|log| {
            id = u32::try_from(log.len() + 1).expect("a test shows few");
            log.push(Shown { id, summary, body, actions, hints, expires, is_withdrawn: false });
        });
        id
    }

    fn close_notification(&mut self, id: u32) {
        self.0.send_modify(|log| {
            log.iter_mut().filter(|shown| shown.id == id).for_each(|shown| shown.is_withdrawn = true);
        });
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["actions".into(), "body".into(), "persistence".into()]
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action_key: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, id: u32, reason: u32) -> zbus::Result<()>;
}

fn plain(value: &OwnedValue) -> String {
    let text = String::try_from(value.clone());
    text.or_else(|_| u8::try_from(value).map(|number| number.to_string())).unwrap_or_else(|_| value.to_string())
}
