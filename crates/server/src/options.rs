//! The command line. Flags that choose something become [`Choice`]s, over the environment and the file.

use std::path::{Path, PathBuf};

use carillon_server::Choice;
use clap::{Args, Parser};

use crate::Command;

/// How many more sign-ins an address may try than an account: a team behind one address comes at once after a restart.
const ACCOUNTS_BEHIND_AN_ADDRESS: u32 = 12;
/// Where the Debian package keeps its file and its data.
const PACKAGED: (&str, &str) = ("/etc/carillon-server.toml", "/var/lib/carillon-server");

/// The Carillon server: accounts, links and calls for one team.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Every choice has a variable too, such as CARILLON_LISTEN; flags win over those, and those over the file."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) folder: Folder,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Args)]
pub(crate) struct Folder {
    /// A file with choices, in TOML.
    #[arg(long, global = true, env = "CARILLON_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where the database is kept [default: the platform's data folder].
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Say it for programs: one JSON object a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Any choice of the file, such as limits.outbox=512; may be given several times.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where clients connect; without TLS leave it on loopback and put a TLS proxy before it [default: 127.0.0.1:4747].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where STUN is answered, over UDP [default: as --listen].
    #[arg(long, value_name = "ADDRESS")]
    stun_listen: Option<String>,
    /// STUN as clients reach it [default: the host that they connect to].
    #[arg(long, value_name = "HOST:PORT")]
    public_stun: Option<String>,
    /// Where the media of group calls are taken, over UDP [default: the port after --listen].
    #[arg(long, value_name = "ADDRESS")]
    media_listen: Option<String>,
    /// An address at which clients reach that; may be given several times [default: the machine's own].
    #[arg(long = "media-address", value_name = "IP")]
    media_addresses: Vec<String>,
    /// Where devices whose networks let no UDP through connect for media, over TCP [default: the first of those ports].
    #[arg(long, value_name = "ADDRESS")]
    media_tcp_listen: Option<String>,
    /// Where Prometheus reads metrics; keep it private [default: nowhere].
    #[arg(long, value_name = "ADDRESS")]
    metrics_listen: Option<String>,
    /// Make so many invites [default: one if there is no account yet].
    #[arg(long, value_name = "N")]
    pub(crate) invites: Option<u32>,
    /// Who may make an account: open, invite or closed [default: invite].
    #[arg(long, value_name = "WHO")]
    registration: Option<String>,
    /// A name by which clients reach this server; may be given several times.
    #[arg(long = "public-host", value_name = "HOST")]
    public_hosts: Vec<String>,
    /// A web origin whose pages may connect; may be given several times.
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    allowed_origins: Vec<String>,
    /// Believe the X-Forwarded-For of a proxy on this machine.
    #[arg(long)]
    trust_forwarded_for: bool,
    /// Believe that of proxies in this network; may be given several times.
    #[arg(long = "trusted-proxy", value_name = "NETWORK")]
    trusted_proxies: Vec<String>,
    /// Speak TLS with this certificate and its chain, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<String>,
    /// The certificate's private key, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<String>,
    /// How many times a minute a stranger may try to sign in to one account [default: 5].
    #[arg(long, value_name = "N")]
    sign_ins_per_minute: Option<u32>,
    /// How long a stop waits for calls that are going on [default: 0s].
    #[arg(long, value_name = "TIME")]
    drain: Option<String>,
    /// How much is logged: error, warn, info, debug [default: info].
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// How: text or json [default: text].
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

impl Cli {
    /// What the flags choose; the later win.
    pub(crate) fn choices(&self) -> Vec<Choice> {
        let o = &self.options;
        let list = |items: &[String]| (!items.is_empty()).then(|| items.join(","));
        let sign_ins = o.sign_ins_per_minute;
        let all_sign_ins = sign_ins.map(|sign_ins| sign_ins.saturating_mul(ACCOUNTS_BEHIND_AN_ADDRESS));
        let named = [
            ("--data-dir", "data_dir", self.folder.data_dir.as_ref().map(|path| path.display().to_string())),
            ("--listen", "listen", o.listen.clone()),
            ("--stun-listen", "stun_listen", o.stun_listen.clone()),
            ("--public-stun", "public_stun", o.public_stun.clone()),
            ("--media-listen", "media_listen", o.media_listen.clone()),
            ("--media-address", "media_addresses", list(&o.media_addresses)),
            ("--media-tcp-listen", "media_tcp_listen", o.media_tcp_listen.clone()),
            ("--metrics-listen", "metrics_listen", o.metrics_listen.clone()),
            ("--registration", "registration", o.registration.clone()),
            ("--public-host", "public_hosts", list(&o.public_hosts)),
            ("--allow-origin", "allowed_origins", list(&o.allowed_origins)),
            ("--trust-forwarded-for", "trust_forwarded_for", o.trust_forwarded_for.then(|| "true".to_owned())),
            ("--trusted-proxy", "trusted_proxies", list(&o.trusted_proxies)),
            ("--tls-certificate", "tls.mode", o.tls_certificate.as_ref().map(|_| "files".to_owned())),
            ("--tls-certificate", "tls.certificate", o.tls_certificate.clone()),
            ("--tls-key", "tls.key", o.tls_key.clone()),
            ("--sign-ins-per-minute", "limits.sign_ins_per_minute", sign_ins.map(|number| number.to_string())),
            (
                "--sign-ins-per-minute",
                "limits.sign_ins_per_minute_and_address",
                all_sign_ins.map(|number| number.to_string()),
            ),
            ("--drain", "patience.drain", o.drain.clone()),
            ("--log", "log", o.log.clone()),
            ("--log-format", "log_format", o.log_format.clone()),
        ];
        let named = named.into_iter().filter_map(|(flag, key, value)| {
            Some(Choice { place: flag.to_owned(), key: key.to_owned(), value: value? })
        });
        let set = self.folder.set.iter().map(|set| {
            let (key, value) = set.split_once('=').unwrap_or((set, ""));
            Choice { place: "--set".to_owned(), key: key.trim().to_owned(), value: value.trim().to_owned() }
        });
        named.chain(set).collect()
    }
}

/// What looks after a server finds the package's, where that is installed, without being told.
pub(crate) fn packaged() -> Option<(&'static str, &'static str)> {
    let (file, folder) = PACKAGED;
    (cfg!(unix) && Path::new(file).exists() && Path::new(folder).exists()).then_some(PACKAGED)
}
