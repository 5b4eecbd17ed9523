//! Starting, and what may be asked of a server that runs.

mod stop;

use std::{
    fs::File,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use carillon_protocol::{MAX_RING_MS, Registration};
use tokio::{
    net::{TcpListener, UdpSocket},
    sync::{mpsc, watch},
    task::JoinHandle,
};

use crate::{
    admin,
    bus::Bus,
    clock::Clock,
    config::Config,
    core::{Core, Shared},
    ground::{deadlines::Deadlines, drain::Drain},
    health::Health,
    http::{self, Entrance, Gate, Hosts, Proxies},
    limits::LimitTable,
    metrics::Metrics,
    passwords::Passwords,
    pictures::Pictures,
    presence::{self, PresenceBook},
    rtc_tokens::RtcTokens,
    services::invites::{self, NotMinted},
    stops::Stops,
    store::{
        Store, StoreError,
        file::FileError,
        folder::{self, FolderError},
    },
    stun, sweeper,
    tasks::{Broken, Tasks, undisturbed},
    tls::{self, TlsError},
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

impl From<Broken> for StartError {
    fn from(error: Broken) -> Self {
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
    /// Where metrics are read.
    pub metrics: Option<SocketAddr>,
    core: Shared,
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
        let (tls, tls_keeper) = tls::open(&config, &stops, &tasks)?;
        let (links_open, links_closed) = mpsc::channel(1);
        let (presence, notes) = PresenceBook::new();
        let (store, clock) = (Store::open(&folder::prepared(&config.data_dir).await?, &tasks).await?, Clock::default());
        store.clamp_rings(clock.now_ms() + MAX_RING_MS).await?;
        let bus = Bus::starting_at(store.unlink_all(clock.now_ms()).await?);
        let core = Arc::new(Core {
            rtc_tokens: RtcTokens::open(&store, &config, clock.now_ms()).await?,
            store,
            bus,
            clock,
            metrics: Metrics::default(),
            passwords: Passwords::new().await.map_err(|_| StartError::Passwords)?,
            pictures: Pictures::new(),
            rate_limits: LimitTable::new(&config.limits),
            hosts: Hosts::new(&config),
            proxies: Proxies::new(&config),
            drain: Drain::default(),
            presence,
            deadlines: Deadlines::default(),
            health: Health::default(),
            url: OnceLock::from(format!("{}://{addr}", if tls.is_some() { "https" } else { "http" })),
            stun_port: OnceLock::new(),
            links_open: links_open.downgrade(),
            stops: stops.clone(),
            tasks: tasks.clone(),
            config,
        });
        let invites = first_invites(&core).await?;

        let mut kept = vec![
            tasks.keep("presence keeper", presence::keep(Arc::clone(&core), notes)),
            tasks.keep("sweeper", sweeper::sweep(Arc::clone(&core))),
            tasks.keep("pruner", sweeper::prune(Arc::clone(&core))),
        ];
        let (live, unreadable) = core.store.live_calls(&core.config.app).await?;
        for call in unreadable {
            core.end_unreadable(call).await?;
        }
        for rows in live {
            core.presence.call_changed(None, &rows).await;
        }
        let mut stun = None;
        if let Some(socket) = stun_socket {
            stun = socket.local_addr().ok();
            if let Some(address) = stun {
                core.stun_port.get_or_init(|| address.port());
            }
            kept.push(tasks.keep("STUN", stun::answer(socket, Arc::clone(&core))));
        }
        kept.extend(tls_keeper.task);
        kept.extend(open_admin_door(&core));
        let metrics = metrics_listener.as_ref().and_then(|listener| listener.local_addr().ok());
        let entrance = |router, tls| Entrance { core: Arc::clone(&core), gate: Gate::new(&core.config), tls, router };
        if let Some(listener) = metrics_listener {
            let router = http::metrics_router(Arc::clone(&core));
            kept.push(tasks.keep("listener for metrics", http::serve(listener, entrance(router, None))));
        }
        kept.push(tasks.keep("listener", http::serve(listener, entrance(http::router(Arc::clone(&core)), tls))));
        let (invite, tls_files) = (invites.first().cloned(), tls_keeper.files);
        Ok(Running {
            addr,
            invite,
            invites,
            stun,
            metrics,
            core,
            tls_files,
            stop,
            links_open,
            links_closed,
            kept,
            _lock: lock,
        })
    }
}

/// A server without it serves all the same.
fn open_admin_door(core: &Shared) -> Option<JoinHandle<()>> {
    match admin::Door::open(&core.config.data_dir) {
        Ok(door) => Some(core.tasks.keep("admin socket", door.serve(Arc::clone(core)))),
        Err(error) => {
            tracing::warn!(%error, "the operator cannot ask this server anything");
            None
        }
    }
}

impl Running {
    #[cfg(test)]
    pub(crate) const fn core(&self) -> &Shared {
        &self.core
    }

    /// The address as a URL.
    pub fn url(&self) -> String {
        self.core.url.get().cloned().unwrap_or_default()
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
        self.core.drain().await;
    }

    /// Makes more invites.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn mint_invites(&self, how_many: u32) -> Result<Vec<String>, StartError> {
        let add = |core: Shared| async move {
            invites::add(&core.store, &core.clock, core.config.patience.invite, how_many).await
        };
        Ok(self.core.carry_out(add).await??)
    }

    /// Signs RTC tokens with another certificate from now on; those by the one until now stay good.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn rotate_certificate(&self) -> Result<(), StartError> {
        Ok(self.core.carry_out(|core| async move { core.rotate_certificate().await }).await??)
    }

    /// RTC tokens by the former certificate are good no more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn retire_certificate(&self) -> Result<(), StartError> {
        Ok(self.core.carry_out(|core| async move { core.retire_certificate().await }).await??)
    }

    /// Pushes the server's clock forward, so that a test need not wait for a ring to end.
    pub fn advance_clock(&self, by: Duration) {
        self.core.clock.advance(by);
        self.core.deadlines.note(0);
    }

    /// Sets the wall clock that this server sees, as an operator or a time service may at any moment, for tests: so far off.
    pub fn set_wall_clock(&self, off_by_ms: i64) {
        self.core.clock.set_wall(off_by_ms);
        self.core.deadlines.note(0);
    }

    /// Deletes what is too old now, and not only within the next half minute.
    pub async fn prune(&self) {
        self.core.carry_out(|core| async move { sweeper::prune_once(&core).await }).await.ok();
    }
}

/// Makes invites in a data folder, whether a server runs on it or not.
///
/// # Errors
/// If the folder cannot be used, or the database fails.
pub async fn mint_invites(config: &Config, how_many: u32) -> Result<Vec<String>, StartError> {
    Ok(invites::mint(config, how_many).await?)
}

/// As many as were asked for; without a word, one for whoever sets the server up.
async fn first_invites(core: &Core) -> Result<Vec<String>, StartError> {
    let how_many = match core.config.invites {
        Some(how_many) => how_many,
        None if core.config.registration != Registration::Invite => 0,
        None => u32::from(!core.store.has_accounts().await?),
    };
    Ok(invites::add(&core.store, &core.clock, core.config.patience.invite, how_many).await?)
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
