//! Starting, and what may be asked of a server that runs.

mod media;
mod stop;

use std::{
    fs::File,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::Router;
use carillon_protocol::{MAX_RING_MS, Registration};
use tokio::{
    net::{TcpListener, UdpSocket},
    sync::{mpsc, watch},
    task::JoinHandle,
};

use crate::{
    bus::{Bus, Node, PresenceNotes},
    doors::{
        ServerState, SharedState, admin,
        http::{self, Entrance, Gate, Hosts, Proxies},
        stun,
        tls::{self, TlsError},
    },
    ground::{
        clock::Clock, config::Config, deadlines::Deadlines, drain::Drain, health::Health, lifecycle::Lifecycle,
        limits::LimitTable, metrics::Metrics, rtc_tokens::RtcTokens, shared::Ground,
    },
    runtime::{
        stops::Stops,
        tasks::{ChangeDied, Tasks, undisturbed},
    },
    services::{
        calls, drain,
        invites::{self, NotMinted},
        passwords::Passwords,
        pictures::Pictures,
        presence, rtc_tokens, sweeper,
    },
    store::{
        Store, StoreError,
        file::FileError,
        folder::{self, FolderError},
    },
};

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error("the data folder {} cannot be used: {source}", path.display())]
    DataDir {
        /// Which folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another server has the data folder.
    #[error("another server is running on the data folder {}", .0.display())]
    AlreadyRunning(PathBuf),
    /// The database does not open.
    #[error("the database cannot be opened: {0}")]
    Database(String),
    /// An address is taken, or not this machine's.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The public address cannot be encrypted as it should be.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Passwords cannot be hashed here: out of memory, most likely.
    #[error("passwords cannot be hashed on this machine")]
    Passwords,
}

impl From<ChangeDied> for StartError {
    fn from(error: ChangeDied) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<FolderError> for StartError {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Unusable { path, source } => Self::DataDir { path, source },
            FolderError::AlreadyRunning(path) => Self::AlreadyRunning(path),
        }
    }
}

impl From<NotMinted> for StartError {
    fn from(error: NotMinted) -> Self {
        match error {
            NotMinted::Folder(error) => error.into(),
            NotMinted::File(error) => error.into(),
            NotMinted::Store(error) => error.into(),
        }
    }
}

impl From<FileError> for StartError {
    fn from(error: FileError) -> Self {
        Self::Database(error.to_string())
    }
}

/// How a server is started.
#[derive(Debug)]
pub struct Server;

/// A server that runs in this process. Dropping it stops it without a goodbye.
pub struct Running {
    /// Where clients connect.
    pub addr: SocketAddr,
    /// The first of [`Running::invites`], for a server without accounts.
    pub invite: Option<String>,
    /// The invites that were made at the start; each makes one account.
    pub invites: Vec<String>,
    /// Where STUN is answered.
    pub stun: Option<SocketAddr>,
    /// Where the media of group calls are taken.
    pub media: Vec<SocketAddr>,
    /// Where devices whose networks let no UDP through connect for them.
    pub media_tcp: Option<SocketAddr>,
    /// Where metrics are read.
    pub metrics: Option<SocketAddr>,
    server: SharedState,
    tls_files: Option<Arc<tls::Files>>,
    stop: watch::Sender<bool>,
    links_open: mpsc::Sender<()>,
    links_closed: mpsc::Receiver<()>,
    kept: Vec<JoinHandle<()>>,
    _lock: File,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Server {
    /// Starts a server; when this returns, it answers.
    ///
    /// # Errors
    /// [`StartError`] says what has to be mended, and nothing runs then.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        Box::pin(undisturbed(Self::begin(config))).await
    }

    async fn begin(config: Config) -> Result<Running, StartError> {
        let lock = folder::lock(&config.data_dir)?;
        let listener = listen(config.listen).await?;
        let addr = local(&listener, config.listen)?;
        let metrics_listener = match config.metrics_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let stun_socket = stun_socket(&config, addr).await;

        let (stop, stops) = Stops::new();
        let tasks = Tasks::default();
        let (tls, renewal) = tls::open(&config, &stops, &tasks)?;
        let (links_open, links_closed) = mpsc::channel(1);
        let (ground, notes) = open_ground(config, Lifecycle { tasks, drain: Drain::default(), stops }).await?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let server = server_state(&ground, format!("{scheme}://{addr}"), links_open.downgrade()).await?;
        let invites = first_invites(&ground).await?;

        let mut kept = background_tasks(&ground, notes);
        kept.extend(media::forward(&ground, addr));
        resume_calls(&ground).await?;
        let stun = stun_socket.as_ref().and_then(|socket| socket.local_addr().ok());
        let metrics = metrics_listener.as_ref().and_then(|listener| listener.local_addr().ok());
        kept.extend(stun_socket.map(|socket| answer_stun(socket, &server)));
        kept.extend(renewal.task);
        kept.extend(open_admin_socket(&server));
        kept.extend(metrics_listener.map(|listener| {
            let router = http::metrics_router(Arc::clone(&server));
            serve(&server, "listener for metrics", listener, router, None)
        }));
        kept.push(serve(&server, "listener", listener, http::router(Arc::clone(&server)), tls));
        Ok(Running {
            addr,
            invite: invites.first().cloned(),
            invites,
            stun,
            media: server.bus.media.addresses(),
            media_tcp: server.bus.media.tcp_address(),
            metrics,
            server,
            tls_files: renewal.files,
            stop,
            links_open,
            links_closed,
            kept,
            _lock: lock,
        })
    }
}

async fn server_state(
    ground: &Arc<Ground>,
    url: String,
    links_open: mpsc::WeakSender<()>,
) -> Result<SharedState, StartError> {
    Ok(Arc::new(ServerState {
        passwords: Passwords::new().await.map_err(|_| StartError::Passwords)?,
        pictures: Pictures::new(),
        hosts: Hosts::new(&ground.config),
        proxies: Proxies::new(&ground.config),
        url,
        stun_port: OnceLock::new(),
        links_open,
        ground: Arc::clone(ground),
    }))
}

/// The tasks that do what no client asks for.
fn background_tasks(ground: &Arc<Ground>, notes: PresenceNotes) -> Vec<JoinHandle<()>> {
    let tasks = &ground.lifecycle.tasks;
    vec![
        tasks.keep("presence keeper", presence::keep(Arc::clone(ground), notes)),
        tasks.keep("sweeper", sweeper::sweep(Arc::clone(ground))),
        tasks.keep("pruner", sweeper::prune(Arc::clone(ground))),
    ]
}

fn answer_stun(socket: UdpSocket, server: &SharedState) -> JoinHandle<()> {
    if let Ok(address) = socket.local_addr() {
        server.stun_port.get_or_init(|| address.port());
    }
    server.lifecycle.tasks.keep("STUN", stun::answer(socket, Arc::clone(server)))
}

fn serve(
    server: &SharedState,
    name: &'static str,
    listener: TcpListener,
    router: Router,
    tls: Option<tls::Tls>,
) -> JoinHandle<()> {
    let entrance = Entrance { server: Arc::clone(server), gate: Gate::new(&server.config), tls, router };
    server.lifecycle.tasks.keep(name, http::serve(listener, entrance))
}

/// Opens the database, and makes what every service stands on; with the notes on presence that are to be kept.
async fn open_ground(config: Config, lifecycle: Lifecycle) -> Result<(Arc<Ground>, PresenceNotes), StartError> {
    let clock = Clock::default();
    let store = Store::open(&folder::prepared(&config.data_dir).await?, &lifecycle.tasks).await?;
    store.clamp_rings(clock.now_ms() + MAX_RING_MS).await?;
    let (bus, notes) = Bus::starting_at(store.unlink_node(&Node::FIRST.links(), clock.now_ms()).await?);
    let ground = Ground {
        rtc_tokens: RtcTokens::open(&store, &config, clock.now_ms()).await?,
        limits: LimitTable::new(&config.limits),
        metrics: Metrics::default(),
        deadlines: Deadlines::default(),
        health: Health::default(),
        store,
        bus,
        clock,
        lifecycle,
        config,
    };
    Ok((Arc::new(ground), notes))
}

/// Calls that a former process left behind go on: those in them are in a call, and those that make no sense are ended.
async fn resume_calls(ground: &Ground) -> Result<(), StartError> {
    let (live, unreadable) = ground.store.live_calls(&ground.config.app).await?;
    for call in unreadable {
        calls::end_unreadable(ground, call).await?;
    }
    for rows in live {
        ground.bus.presence.call_changed(None, &rows).await;
        media::admit(ground, &rows).await;
    }
    Ok(())
}

/// A server without the admin socket serves all the same.
fn open_admin_socket(server: &SharedState) -> Option<JoinHandle<()>> {
    match admin::AdminSocket::open(&server.config.data_dir) {
        Ok(door) => Some(server.lifecycle.tasks.keep("admin socket", door.serve(Arc::clone(server)))),
        Err(error) => {
            tracing::warn!(%error, "the operator cannot ask this server anything");
            None
        }
    }
}

impl Running {
    #[cfg(test)]
    pub(crate) const fn state(&self) -> &SharedState {
        &self.server
    }

    /// The address as a URL.
    pub fn url(&self) -> String {
        self.server.url.clone()
    }

    /// Reads the TLS files again, if there are any.
    pub fn reload(&self) {
        match &self.tls_files {
            Some(files) => files.reload(),
            None => tracing::info!("there is nothing to read again"),
        }
    }

    /// Takes no new calls from now on, and returns when the live ones are over, or the time that they are given is.
    pub async fn drain(&self) {
        drain::drain(&self.server).await;
    }

    /// Makes more invites.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn mint_invites(&self, how_many: u32) -> Result<Vec<String>, StartError> {
        let add = |server: SharedState| async move {
            invites::add(&server.store, &server.clock, server.config.patience.invite, how_many).await
        };
        Ok(self.server.carry_out(add).await??)
    }

    /// Signs RTC tokens with another certificate from now on; those by the one until now stay good.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn rotate_certificate(&self) -> Result<(), StartError> {
        Ok(self.server.carry_out(|server| async move { rtc_tokens::rotate(&server).await }).await??)
    }

    /// RTC tokens by the former certificate are good no more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn retire_certificate(&self) -> Result<(), StartError> {
        Ok(self.server.carry_out(|server| async move { rtc_tokens::retire(&server).await }).await??)
    }

    /// Pushes the server's clock forward, so that a test need not wait for a ring to end.
    pub fn advance_clock(&self, by: Duration) {
        self.server.clock.advance(by);
        self.server.deadlines.note(0);
    }

    /// Sets the wall clock that this server sees, as an operator or a time service may at any moment, for tests: so far off.
    pub fn set_wall_clock(&self, off_by_ms: i64) {
        self.server.clock.set_wall(off_by_ms);
        self.server.deadlines.note(0);
    }

    /// Deletes what is too old now, and not only within the next half minute.
    pub async fn prune(&self) {
        self.server.carry_out(|server| async move { sweeper::prune_once(&server).await }).await.ok();
    }
}

/// Makes invites in a data folder, whether a server runs on it or not.
///
/// # Errors
/// If the folder cannot be used, or the database fails.
pub async fn mint_invites(config: &Config, how_many: u32) -> Result<Vec<String>, StartError> {
    Ok(invites::mint(config, how_many).await?)
}

/// As many as the operator asked for; else one, for the first account of a new server.
async fn first_invites(ground: &Ground) -> Result<Vec<String>, StartError> {
    let how_many = match ground.config.invites {
        Some(how_many) => how_many,
        None if ground.config.registration != Registration::Invite => 0,
        None => u32::from(!ground.store.has_accounts().await?),
    };
    Ok(invites::add(&ground.store, &ground.clock, ground.config.patience.invite, how_many).await?)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

fn local(listener: &TcpListener, asked: SocketAddr) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Listen { address: asked, source })
}

/// The port of the links if it is free for UDP, so that there is one number to open in a firewall; else any.
async fn stun_socket(config: &Config, links: SocketAddr) -> Option<UdpSocket> {
    let wanted = config.stun_listen.unwrap_or(links);
    let any_port = SocketAddr::new(wanted.ip(), 0);
    let socket = match UdpSocket::bind(wanted).await {
        Ok(socket) => Ok(socket),
        Err(_) => UdpSocket::bind(any_port).await,
    };
    socket.inspect_err(|error| tracing::warn!(%error, "STUN is not answered")).ok()
}
