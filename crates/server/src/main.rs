//! `carillon-server`: starts with no configuration, and says where it is and how to make the first account.
#![allow(clippy::print_stdout, reason = "addresses and invites are this program's output")]

use std::{io::IsTerminal as _, net::SocketAddr, path::PathBuf};

use anyhow::Context as _;
use carillon_server::{Config, DEFAULT_PORT, Limits, Running, Server, mint_invites};
use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

/// The Carillon server: accounts, links and calls for one team.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make more invites; the server may be running.
    Invite {
        /// How many.
        #[arg(default_value_t = 1)]
        how_many: u32,
    },
}

#[derive(Debug, Args)]
struct Folder {
    /// Where the database is kept [default: the platform's data folder].
    #[arg(long, global = true, env = "CARILLON_DATA_DIR", value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Say it for programs: one JSON object a line.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Args)]
struct Options {
    /// Where clients connect, without TLS: leave it on loopback and put a TLS proxy before it.
    #[arg(long, env = "CARILLON_LISTEN", default_value_t = SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT)))]
    listen: SocketAddr,
    /// Where STUN is answered, over UDP [default: as --listen].
    #[arg(long, env = "CARILLON_STUN_LISTEN", value_name = "ADDRESS")]
    stun_listen: Option<SocketAddr>,
    /// STUN as clients reach it [default: the host that they connect to].
    #[arg(long, env = "CARILLON_PUBLIC_STUN", value_name = "HOST:PORT")]
    public_stun: Option<String>,
    /// Where Prometheus reads metrics; keep it private [default: nowhere].
    #[arg(long, env = "CARILLON_METRICS_LISTEN", value_name = "ADDRESS")]
    metrics_listen: Option<SocketAddr>,
    /// Make so many invites [default: one if there is no account yet].
    #[arg(long, value_name = "N")]
    invites: Option<u32>,
    /// A web origin whose pages may open links; may be given several times.
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    allowed_origins: Vec<String>,
    /// Believe the X-Forwarded-For of a proxy on this machine.
    #[arg(long, env = "CARILLON_TRUST_FORWARDED_FOR")]
    trust_forwarded_for: bool,
    /// How many times a minute a stranger may try to sign in to one account.
    #[arg(long, value_name = "N", default_value_t = 5)]
    sign_ins_per_minute: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_env("CARILLON_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    let cli = Cli::parse();
    let data_dir = cli.folder.data_dir.clone().map_or_else(default_data_dir, Ok)?;
    match cli.command {
        Some(Command::Invite { how_many }) => {
            for code in mint_invites(&Config::new(data_dir), how_many).await? {
                say(cli.folder.json, &json!({ "event": "invite", "code": code }), &code);
            }
            Ok(())
        }
        None => serve(config(data_dir, cli.options), cli.folder.json).await,
    }
}

fn config(data_dir: PathBuf, options: Options) -> Config {
    let mut config = Config::new(data_dir);
    config.listen = options.listen;
    config.stun_listen = options.stun_listen;
    config.public_stun = options.public_stun;
    config.metrics_listen = options.metrics_listen;
    config.invites = options.invites;
    config.allowed_origins = options.allowed_origins;
    config.trust_forwarded_for = options.trust_forwarded_for;
    config.limits = Limits::with_sign_ins_per_minute(options.sign_ins_per_minute);
    config
}

async fn serve(config: Config, json: bool) -> anyhow::Result<()> {
    // Before anything is announced: whoever reads the address may signal at once.
    let asked_to_stop = asked_to_stop()?;
    let server = Server::start(config).await?;
    announce(&server, json);
    asked_to_stop.await;
    tracing::info!("stopping");
    server.shutdown().await;
    Ok(())
}

fn announce(server: &Running, json: bool) {
    let url = server.url();
    say(json, &json!({ "event": "listening", "url": url }), &format!("Carillon listens on {url}"));
    if let Some(stun) = server.stun {
        say(json, &json!({ "event": "stun", "address": stun }), &format!("STUN is answered on {stun}/udp"));
    }
    if let Some(metrics) = server.metrics {
        let url = format!("http://{metrics}/metrics");
        say(json, &json!({ "event": "metrics", "url": url }), &format!("Metrics are on {url}"));
    }
    for code in &server.invites {
        let text = format!("An invite for one new account, good for seven days: {code}");
        say(json, &json!({ "event": "invite", "code": code }), &text);
    }
    if !json {
        let advice = if server.addr.ip().is_loopback() {
            "Only this machine can connect. For a team, put a TLS proxy (Caddy, nginx) before this address, pass WebSockets on, \
             and open the UDP port with --stun-listen 0.0.0.0:4747."
        } else {
            "This address speaks plain HTTP: passwords and calls can be read on the way. Put a TLS proxy before it."
        };
        println!("{advice}");
    }
}

fn say(json: bool, event: &Value, text: &str) {
    if json { println!("{event}") } else { println!("{text}") }
}

fn default_data_dir() -> anyhow::Result<PathBuf> {
    let data = dirs::data_dir().context("this system names no data folder; choose one with --data-dir")?;
    Ok(data.join("carillon-server"))
}

/// Ready at once; done when the process is told to stop.
fn asked_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate()).context("SIGTERM cannot be handled")?
    };
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        tokio::signal::ctrl_c().await.ok();
    })
}
