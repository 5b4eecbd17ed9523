//! What an operator, or a test, may choose.
//!
//! The fields are the keys of the configuration file: a new one is a key at once, and has to be explained in
//! `packaging/carillon-server.toml`. Where choices come from is the business of [`crate::ground::choices`].

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use carillon_protocol::{AppId, MAX_LEGS, Registration};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::ground::choices::maybe;

/// The port that the server listens on unless told otherwise.
pub const DEFAULT_PORT: u16 = 4747;

/// All choices, each with a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the database is kept; empty: the platform's data folder, which only the program knows.
    pub data_dir: PathBuf,
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where STUN is answered; `None`: at the address and, if it is free, the port of `listen`.
    #[serde(with = "maybe")]
    pub stun_listen: Option<SocketAddr>,
    /// `host:port` of STUN as clients reach it; `None`: the host that they connected to.
    #[serde(with = "maybe")]
    pub public_stun: Option<String>,
    /// Where the media of group calls are taken, over UDP: each thread for them has this port or one that follows; `None`: at the address of
    /// `listen`, from the port after it on.
    #[serde(with = "maybe")]
    pub media_listen: Option<SocketAddr>,
    /// The addresses at which clients reach those ports; empty: where they are, as far as this machine knows.
    pub media_addresses: Vec<IpAddr>,
    /// Where devices whose networks let no UDP through connect for media, over TCP; `None`: at the first of those ports.
    #[serde(with = "maybe")]
    pub media_tcp_listen: Option<SocketAddr>,
    /// Threads for media; 0: one for each core, and eight at most.
    pub media_workers: u16,
    /// Where metrics are read; `None`: nowhere. Never the public address.
    #[serde(with = "maybe")]
    pub metrics_listen: Option<SocketAddr>,
    /// How many invites to make at the start; `None`: one if there is no account yet.
    #[serde(skip)]
    pub invites: Option<u32>,
    /// Who may make an account.
    pub registration: Registration,
    /// The names by which clients reach this server. Loopback names, addresses, the host of `public_stun` and the domains of ACME
    /// are always answered for; `*` is any name.
    pub public_hosts: Vec<String>,
    /// Web pages that may connect, as in the `Origin` header. Programs send none and may always.
    pub allowed_origins: Vec<String>,
    /// Whether a reverse proxy on this machine says in `X-Forwarded-For` who connects.
    pub trust_forwarded_for: bool,
    /// The networks of reverse proxies elsewhere that say so.
    pub trusted_proxies: Vec<IpNet>,
    /// How much is logged, as `tracing`'s filters say it.
    pub log: String,
    /// For whom the log is written.
    pub log_format: LogFormat,
    /// The application that accounts and channels belong to.
    pub app: AppId,
    /// Whether users come into a channel without an RTC token.
    pub rtc_tokens: RtcTokenPolicy,
    /// Whether this server speaks TLS itself.
    pub tls: Tls,
    /// What one stranger, and one device, may ask for.
    pub limits: Limits,
    /// How long links may be silent, and the like.
    pub patience: Timeouts,
}

/// For whom the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// Where the certificate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// There is none: plain HTTP, for a TLS proxy in front.
    Off,
    /// From PEM files, which are read again when they change and on SIGHUP.
    Files,
    /// From a certificate authority, by ACME with TLS-ALPN-01: port 443 of the domains must lead here.
    Acme,
}

/// Encryption of the public address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// Where the certificate comes from.
    pub mode: TlsMode,
    /// The certificate with its chain, in PEM; for `files`.
    pub certificate: PathBuf,
    /// Its private key, in PEM; for `files`.
    pub key: PathBuf,
    /// What the certificate is for; for `acme`.
    pub acme_domains: Vec<String>,
    /// Whom the authority may write to; for `acme`.
    #[serde(with = "maybe")]
    pub acme_email: Option<String>,
    /// The authority; for `acme`.
    pub acme_directory: String,
    /// The roots to trust the authority by, in PEM; empty: the well-known ones.
    pub acme_roots: PathBuf,
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            mode: TlsMode::Off,
            certificate: PathBuf::new(),
            key: PathBuf::new(),
            acme_domains: Vec::new(),
            acme_email: None,
            acme_directory: "https://acme-v02.api.letsencrypt.org/directory".into(),
            acme_roots: PathBuf::new(),
        }
    }
}

/// Rates and amounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Sign-ins and registrations per minute, for each pair of address and account.
    pub sign_ins_per_minute: u32,
    /// The same for each address, all accounts together.
    pub sign_ins_per_minute_and_address: u32,
    /// Requests of a device per minute, messages and media signals aside.
    pub requests_per_minute: u32,
    /// Media signals of a device per minute.
    pub media_signals_per_minute: u32,
    /// How often a device in a group call may offer to connect its media per minute.
    pub media_offers_per_minute: u32,
    /// How often a device in a call may say per minute what it publishes.
    pub publishes_per_minute: u32,
    /// Signals kept for a device until it acknowledges them.
    pub outbox: u32,
    /// Requests of all devices of a user per minute, messages and media signals aside.
    pub requests_per_minute_and_user: u32,
    /// Links that a device may open per minute.
    pub links_per_minute: u32,
    /// Requests over HTTP per minute and address, openings of links among them.
    pub http_requests_per_minute_and_address: u32,
    /// Accounts that may be made per hour and address where registration is open.
    pub registrations_per_hour_and_address: u32,
    /// People whom a user may ask to a call per minute.
    pub invites_per_minute: u32,
    /// How often per minute a user may ask the same person.
    pub invites_per_minute_to_one: u32,
    /// How often per minute a user may ask the same person to be a contact or into a group, or take that back.
    pub approaches_per_minute_to_one: u32,
    /// How often per minute one person may be asked by all users together whom they have not blocked.
    pub invites_per_minute_of_one: u32,
    /// How many people can be in a group call at once, those who are asked among them; 100 at most.
    pub people_per_call: u16,
    /// How many people a user may let ring at once.
    pub ringing_per_caller: u32,
    /// Connections at once, from everywhere; an eighth of the places is for addresses from where a device opened a link.
    pub connections: u32,
    /// Connections at once from one address; a proxy that is trusted, and this machine, may have more.
    pub connections_per_address: u32,
    /// Connections that have asked for nothing yet, from all addresses that are not known. One more takes the place of the oldest.
    pub half_open: u32,
    /// Connections that have asked for nothing yet, from one address; likewise.
    pub half_open_per_address: u32,
    /// Messages of a user per second, on all devices together.
    pub messages_per_second: u32,
    /// Messages of a user at once, before that rate holds.
    pub messages_at_once: u32,
    /// How often per minute a user may say that they are writing, or not any more, on all devices together.
    pub typing_per_minute: u32,
    /// Groups and chat rooms that a user may be in.
    pub groups_per_user: u32,
    /// Changes of a user's name and picture per minute: each is told to all of their contacts.
    pub profile_changes_per_minute: u32,
    /// Signed-in devices of a user.
    pub devices_per_user: u32,
    /// Frames of a link per second; one that is faster is read more slowly.
    pub frames_per_second: u32,
    /// Frames of a device per minute that the server does not understand, and ends of calls that end nothing, before its link is
    /// closed.
    pub faults_per_minute: u32,
    /// What is written down for a user per day: messages, media signals and other changes.
    pub changes_per_day_and_user: u32,
    /// How much all messages of a user may take up, in mebibytes.
    pub message_megabytes_per_user: u32,
    /// How large a file in a conversation may be, in mebibytes; 0: there are none.
    pub file_megabytes: u32,
    /// How much all files of a user may take up, in mebibytes.
    pub file_megabytes_per_user: u32,
    /// How many files a user may begin to send per minute, small pictures of them counted as well.
    pub files_per_minute: u32,
    /// STUN requests per minute and address.
    pub stun_requests_per_minute_and_address: u32,
}

/// Whether users come into a channel without an RTC token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RtcTokenPolicy {
    /// No user comes in without a good one. The kit fetches its own.
    Required,
    /// Who has one is held to it; who has none is known by the link alone.
    Optional,
}

/// Times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// From a connection to the end of its TLS handshake, and from there to the end of a request's head.
    #[serde(with = "humantime_serde")]
    pub head: Duration,
    /// From the upgrade to the first frame.
    #[serde(with = "humantime_serde")]
    pub hello: Duration,
    /// How long a link may be silent before the server asks; a second silence of this length ends it.
    #[serde(with = "humantime_serde")]
    pub silence: Duration,
    /// How long a device may take to read what it is sent.
    #[serde(with = "humantime_serde")]
    pub slow_reader: Duration,
    /// How long a device in a group call is without a link before the others see that it is reconnecting.
    #[serde(with = "humantime_serde")]
    pub unreached: Duration,
    /// How long a call waits for a device that has lost its link.
    #[serde(with = "humantime_serde")]
    pub away: Duration,
    /// How long a user counts as online after their last link.
    #[serde(with = "humantime_serde")]
    pub presence: Duration,
    /// How long signals are kept for a device without a link; after that, its next link begins anew.
    #[serde(with = "humantime_serde")]
    pub outbox: Duration,
    /// How long answers are kept for repeated requests.
    #[serde(with = "humantime_serde")]
    pub answers: Duration,
    /// How long messages are kept; zero: for ever.
    #[serde(with = "humantime_serde")]
    pub messages: Duration,
    /// How long an invite is good.
    #[serde(with = "humantime_serde")]
    pub invite: Duration,
    /// How long a token opens links.
    #[serde(with = "humantime_serde")]
    pub token: Duration,
    /// How long an RTC token of this server's lasts.
    #[serde(with = "humantime_serde")]
    pub rtc_token: Duration,
    /// How long a sign-in lasts that its device does not refresh.
    #[serde(with = "humantime_serde")]
    pub sign_in: Duration,
    /// How long a shutdown waits for links to close.
    #[serde(with = "humantime_serde")]
    pub shutdown: Duration,
    /// How long a stop waits for calls that are going on, before anything else.
    #[serde(with = "humantime_serde")]
    pub drain: Duration,
    /// How long the audit log is kept.
    #[serde(with = "humantime_serde")]
    pub audit: Duration,
    /// How often the TLS files are looked at.
    #[serde(with = "humantime_serde")]
    pub tls_files: Duration,
}

impl Config {
    /// The defaults, with everything kept in `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT)),
            stun_listen: None,
            public_stun: None,
            media_listen: None,
            media_addresses: Vec::new(),
            media_tcp_listen: None,
            media_workers: 0,
            metrics_listen: None,
            invites: None,
            registration: Registration::Invite,
            public_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            trust_forwarded_for: false,
            trusted_proxies: Vec::new(),
            log: "info".into(),
            log_format: LogFormat::Text,
            app: AppId::new("carillon").expect("it is short and lower case"),
            rtc_tokens: RtcTokenPolicy::Required,
            tls: Tls::default(),
            limits: Limits::default(),
            patience: Timeouts::default(),
        }
    }

    /// For tests and demonstrations: any free port, and no limit that several accounts on one machine would meet.
    pub fn local(data_dir: impl Into<PathBuf>) -> Self {
        let limits = Limits {
            sign_ins_per_minute_and_address: 10_000,
            requests_per_minute_and_user: 100_000,
            links_per_minute: 10_000,
            http_requests_per_minute_and_address: 1_000_000,
            invites_per_minute: 100_000,
            invites_per_minute_to_one: 100_000,
            approaches_per_minute_to_one: 100_000,
            invites_per_minute_of_one: 100_000,
            frames_per_second: 10_000,
            changes_per_day_and_user: 10_000_000,
            ..Limits::default()
        };
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)), limits, ..Self::new(data_dir) }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new(PathBuf::new())
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
            media_offers_per_minute: 30,
            publishes_per_minute: 120,
            outbox: 256,
            requests_per_minute_and_user: 360,
            links_per_minute: 60,
            http_requests_per_minute_and_address: 1200,
            registrations_per_hour_and_address: 20,
            invites_per_minute: 120,
            invites_per_minute_to_one: 10,
            approaches_per_minute_to_one: 30,
            invites_per_minute_of_one: 60,
            people_per_call: MAX_LEGS as u16,
            ringing_per_caller: MAX_LEGS as u32,
            connections: 16_384,
            connections_per_address: 1024,
            half_open: 1024,
            half_open_per_address: 64,
            messages_per_second: 20,
            messages_at_once: 60,
            typing_per_minute: 60,
            groups_per_user: 200,
            profile_changes_per_minute: 10,
            devices_per_user: 20,
            frames_per_second: 200,
            faults_per_minute: 60,
            changes_per_day_and_user: 200_000,
            message_megabytes_per_user: 256,
            file_megabytes: 25,
            file_megabytes_per_user: 1024,
            files_per_minute: 60,
            stun_requests_per_minute_and_address: 600,
        }
    }
}

impl Limits {
    /// How many people can be in a group call at once.
    pub fn call_size(&self) -> u16 {
        self.people_per_call.min(MAX_LEGS as u16)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::with_sign_ins_per_minute(5)
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            hello: Duration::from_secs(10),
            silence: Duration::from_secs(15),
            slow_reader: Duration::from_secs(10),
            unreached: Duration::from_secs(2),
            away: Duration::from_secs(30),
            presence: Duration::from_secs(3),
            outbox: Duration::from_secs(120),
            answers: Duration::from_secs(24 * 60 * 60),
            messages: Duration::ZERO,
            invite: Duration::from_secs(7 * 24 * 60 * 60),
            token: Duration::from_secs(15 * 60),
            rtc_token: Duration::from_secs(60 * 60),
            sign_in: Duration::from_secs(90 * 24 * 60 * 60),
            shutdown: Duration::from_secs(5),
            drain: Duration::ZERO,
            audit: Duration::from_secs(90 * 24 * 60 * 60),
            tls_files: Duration::from_secs(30),
        }
    }
}
