//! What an operator, or a test, may choose.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use carillon_protocol::AppId;

/// The port that the server listens on unless told otherwise.
pub const DEFAULT_PORT: u16 = 4747;

/// All choices, each with a default.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the database is kept.
    pub data_dir: PathBuf,
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where STUN is answered; `None`: at the address and, if it is free, the port of `listen`.
    pub stun_listen: Option<SocketAddr>,
    /// `host:port` of STUN as clients reach it; `None`: the host that they connected to.
    pub public_stun: Option<String>,
    /// Where metrics are read; `None`: nowhere. Never the public address.
    pub metrics_listen: Option<SocketAddr>,
    /// How many invites to make at the start; `None`: one if there is no account yet.
    pub invites: Option<u32>,
    /// Web pages that may open links, as in the `Origin` header. Programs send none and may always.
    pub allowed_origins: Vec<String>,
    /// Whether a reverse proxy on this machine says in `X-Forwarded-For` who connects.
    pub trust_forwarded_for: bool,
    /// The application that accounts and channels belong to.
    pub app: AppId,
    /// What one stranger, and one device, may ask for.
    pub limits: Limits,
    /// How long links may be silent, and the like.
    pub patience: Patience,
}

/// Rates.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Sign-ins and registrations per minute, for each pair of address and account.
    pub sign_ins_per_minute: u32,
    /// The same for each address, whatever the account.
    pub sign_ins_per_minute_and_address: u32,
    /// Requests on a link per minute, media signals aside.
    pub requests_per_minute: u32,
    /// Media signals on a link per minute.
    pub media_signals_per_minute: u32,
    /// Signals kept for a device until it acknowledges them.
    pub outbox: u32,
    /// Signed-in devices of a user.
    pub devices_per_user: u32,
}

/// Times.
#[derive(Debug, Clone)]
pub struct Patience {
    /// From the upgrade to the first frame.
    pub hello: Duration,
    /// How long a link may be silent before the server asks; a second silence of this length ends it.
    pub silence: Duration,
    /// How long a device may take to read what it is sent.
    pub slow_reader: Duration,
    /// How long a call waits for a device that has lost its link.
    pub away: Duration,
    /// How long a user counts as online after their last link.
    pub presence: Duration,
    /// How long unacknowledged signals are kept.
    pub outbox: Duration,
    /// How long answers are kept for repeated requests.
    pub answers: Duration,
    /// How long an invite is good.
    pub invite: Duration,
    /// How long a token opens links.
    pub token: Duration,
    /// How long a sign-in lasts that nobody refreshes.
    pub sign_in: Duration,
    /// How long a shutdown waits for links to close.
    pub shutdown: Duration,
}

impl Config {
    /// The defaults, with everything kept in `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT)),
            stun_listen: None,
            public_stun: None,
            metrics_listen: None,
            invites: None,
            allowed_origins: Vec::new(),
            trust_forwarded_for: false,
            app: AppId::new("carillon").expect("it is short and lower case"),
            limits: Limits::default(),
            patience: Patience::default(),
        }
    }

    /// For tests and demonstrations: any free port, and no limit that several accounts on one machine would meet.
    pub fn local(data_dir: impl Into<PathBuf>) -> Self {
        let limits = Limits { sign_ins_per_minute_and_address: 10_000, ..Limits::default() };
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)), limits, ..Self::new(data_dir) }
    }
}

impl Limits {
    /// With another rate for strangers. A team behind one address comes at once after a restart, so that has twelve times as much.
    pub fn with_sign_ins_per_minute(sign_ins_per_minute: u32) -> Self {
        Self {
            sign_ins_per_minute,
            sign_ins_per_minute_and_address: sign_ins_per_minute.saturating_mul(12),
            requests_per_minute: 120,
            media_signals_per_minute: 600,
            outbox: 256,
            devices_per_user: 20,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::with_sign_ins_per_minute(5)
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            hello: Duration::from_secs(10),
            silence: Duration::from_secs(15),
            slow_reader: Duration::from_secs(10),
            away: Duration::from_secs(30),
            presence: Duration::from_secs(3),
            outbox: Duration::from_secs(120),
            answers: Duration::from_secs(24 * 60 * 60),
            invite: Duration::from_secs(7 * 24 * 60 * 60),
            token: Duration::from_secs(15 * 60),
            sign_in: Duration::from_secs(90 * 24 * 60 * 60),
            shutdown: Duration::from_secs(5),
        }
    }
}
