//! Starting and stopping.

use std::{
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use carillon_protocol::{MAX_RING_MS, Registration};
use tokio::{
    net::{TcpListener, UdpSocket},
    sync::{mpsc, watch},
    task::JoinHandle,
    time::timeout,
};

use crate::{
    admin,
    audit::{Act, Entry},
    bus::Bus,
    clock::{Clock, millis},
    config::Config,
    core::{Core, Shared},
    drain::Drain,
    health::Health,
    http::{self, Entrance, Gate, Hosts, Proxies},
    limits::LimitTable,
    link::Farewell,
    metrics::Metrics,
    passwords::Passwords,
    pictures::Pictures,
    presence::{self, PresenceBook},
    rtc_tokens::RtcTokens,
    secrets,
    stops::Stops,
    store::{self, Store, StoreError, file::FileError},
    stun,
    sweeper::{self, Deadlines},
    tls::{self, TlsError},
};

pub(crate) const DATABASE: &str = "carillon.db";
/// Two servers on one database would not hear of each other's links.
pub(crate) const LOCK: &str = "carillon.lock";

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

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Database(error.to_string())
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
    tasks: Vec<JoinHandle<()>>,
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
        let lock = lock_data_dir(&config.data_dir)?;
        let listener = listen(config.listen).await?;
        let addr = local(&listener, config.listen)?;
        let metrics_listener = match config.metrics_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let stun_socket = stun_socket(&config, addr).await;

        let (stop, stops) = Stops::new();
        let (tls, tls_keeper) = tls::open(&config, &stops)?;
        let (links_open, links_closed) = mpsc::channel(1);
        let (presence, notes) = PresenceBook::new();
        let (store, clock) = (Store::open(&prepared(&config.data_dir).await?).await?, Clock::default());
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
            config,
        });
        let invites = first_invites(&core).await?;

        let mut tasks = vec![
            tokio::spawn(presence::keep(Arc::clone(&core), notes)),
            tokio::spawn(sweeper::sweep(Arc::clone(&core))),
            tokio::spawn(sweeper::prune(Arc::clone(&core))),
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
            tasks.push(tokio::spawn(stun::answer(socket, Arc::clone(&core))));
        }
        tasks.extend(tls_keeper.task);
        tasks.extend(open_admin_door(&core));
        let metrics = metrics_listener.as_ref().and_then(|listener| listener.local_addr().ok());
        let entrance = |router, tls| Entrance { core: Arc::clone(&core), gate: Gate::new(&core.config), tls, router };
        if let Some(listener) = metrics_listener {
            let router = http::metrics_router(Arc::clone(&core));
            tasks.push(tokio::spawn(http::serve(listener, entrance(router, None))));
        }
        tasks.push(tokio::spawn(http::serve(listener, entrance(http::router(Arc::clone(&core)), tls))));
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
            tasks,
            _lock: lock,
        })
    }
}

/// A server without it serves all the same.
fn open_admin_door(core: &Shared) -> Option<JoinHandle<()>> {
    match admin::Door::open(&core.config.data_dir) {
        Ok(door) => Some(tokio::spawn(door.serve(Arc::clone(core)))),
        Err(error) => {
            tracing::warn!(%error, "the operator cannot ask this server anything");
            None
        }
    }
}

impl Running {
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
        add_invites(&self.core.store, &self.core.clock, self.core.config.patience.invite, how_many).await
    }

    /// Signs RTC tokens with another certificate from now on; those by the one until now stay good.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn rotate_certificate(&self) -> Result<(), StartError> {
        Ok(self.core.rotate_certificate().await?)
    }

    /// RTC tokens by the former certificate are good no more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn retire_certificate(&self) -> Result<(), StartError> {
        Ok(self.core.retire_certificate().await?)
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
        sweeper::prune_once(&self.core).await;
    }

    /// Stops: nothing new is taken, links are told why they close, and what was begun is committed.
    pub async fn shutdown(self) {
        let Self { core, stop, links_open, mut links_closed, tasks, .. } = self;
        drop(links_open);
        // In this order: a link that comes in between sees that it came too late.
        stop.send_replace(true);
        core.bus.dismiss_all(Farewell::ServerStops);
        if timeout(core.config.patience.shutdown, links_closed.recv()).await.is_err() {
            tracing::warn!("some links did not close in time");
        }
        for task in tasks {
            task.await.ok();
        }
        core.store.close().await;
    }
}

/// Makes invites in a data folder, whether a server runs on it or not.
///
/// # Errors
/// If the folder cannot be used, or the database fails.
pub async fn mint_invites(config: &Config, how_many: u32) -> Result<Vec<String>, StartError> {
    make_data_dir(&config.data_dir)?;
    // Beside a server that runs, the tables stay as they are.
    let database = prepared(&config.data_dir).await?;
    let store = match lock_data_dir(&config.data_dir) {
        Ok(_lock) => Store::open(&database).await?,
        Err(StartError::AlreadyRunning(_)) => Store::open_current(&database).await?,
        Err(error) => return Err(error),
    };
    let invites = add_invites(&store, &Clock::default(), config.patience.invite, how_many).await;
    store.add_audit(&Entry::done(Act::Invite), Clock::default().now_ms()).await?;
    store.close().await;
    invites
}

/// As many as were asked for; without a word, one for whoever sets the server up.
async fn first_invites(core: &Core) -> Result<Vec<String>, StartError> {
    let how_many = match core.config.invites {
        Some(how_many) => how_many,
        None if core.config.registration != Registration::Invite => 0,
        None => u32::from(!core.store.has_accounts().await?),
    };
    add_invites(&core.store, &core.clock, core.config.patience.invite, how_many).await
}

async fn add_invites(
    store: &Store,
    clock: &Clock,
    good_for: Duration,
    how_many: u32,
) -> Result<Vec<String>, StartError> {
    let invites: Vec<String> = (0..how_many).map(|_| secrets::new_invite()).collect();
    let hashes: Vec<String> = invites.iter().map(|invite| secrets::hash_secret(invite)).collect();
    let now_ms = clock.now_ms();
    store.add_invites(&hashes, now_ms, now_ms + millis(good_for)).await?;
    Ok(invites)
}

fn make_data_dir(path: &Path) -> Result<(), StartError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| StartError::DataDir { path: path.to_owned(), source })
}

/// A database that is there and sound; a new one where there was nothing.
async fn prepared(data_dir: &Path) -> Result<PathBuf, StartError> {
    let path = data_dir.join(DATABASE);
    let file = path.clone();
    tokio::task::spawn_blocking(move || store::file::prepare(&file)).await.map_err(StoreError::from)??;
    Ok(path)
}

pub(crate) fn lock_data_dir(path: &Path) -> Result<File, StartError> {
    make_data_dir(path)?;
    let unusable = |source| StartError::DataDir { path: path.to_owned(), source };
    let file = File::create(path.join(LOCK)).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StartError::AlreadyRunning(path.to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(unusable(source)),
    }
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
