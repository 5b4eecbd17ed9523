//! `carillon-server`: starts with no configuration, and says where it is and how to make the first account.
#![allow(clippy::print_stdout, reason = "addresses and invites are this program's output")]

mod options;
mod os_signals;

use std::{
    io::IsTerminal as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use carillon_server::{
    Config, LogFormat, Running, Server,
    admin::{self, Admin},
    mint_invites,
};
use clap::{Parser as _, Subcommand};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

use self::{
    options::{Cli, packaged},
    os_signals::{OsSignal, OsSignals},
};

/// These write lines whenever a participant of a group call, or a stranger, sends what they do not like. What matters of that is counted.
const SILENT: [&str; 4] = ["dimpl=off", "is=off", "sctp_proto=off", "str0m=off"];

/// A call allocates thousands of little things, SQLite's among them, and the system's allocator takes its time.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// These print what goes over the wire, tokens among it, when they are asked for everything.
const QUIETER: [&str; 5] = ["hyper=debug", "tungstenite=debug", "tokio_tungstenite=debug", "rustls=debug", "h2=debug"];

#[derive(Debug, Subcommand)]
enum Command {
    /// Make more invites; the server may be running.
    Invite {
        /// How many.
        #[arg(default_value_t = 1)]
        how_many: u32,
    },
    /// Look after a server: accounts, devices, calls, backups.
    #[command(subcommand)]
    Admin(Admin),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = Runtime::new().context("no threads can be started");
    let done = runtime.and_then(|runtime| {
        let done = runtime.block_on(run(cli));
        // The database is closed by now. A picture or a password that is being worked on may take long, and no client waits for it.
        runtime.shutdown_background();
        done
    });
    done.unwrap_or_else(|error| {
        // In one line and without a trace: it is mostly a setting of theirs.
        eprintln!("carillon-server: {}", in_one_line(&error));
        ExitCode::FAILURE
    })
}

/// The error and its causes, of which some have told theirs already.
fn in_one_line(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said {
        said if said.ends_with(&cause) => said,
        said if said.is_empty() => cause,
        said => format!("{said}: {cause}"),
    })
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = config(&cli)?;
    log(&config)?;
    match cli.command {
        Some(Command::Invite { how_many }) => {
            for code in mint_invites(&config, how_many).await? {
                say(cli.folder.json, &json!({ "event": "invite", "code": code }), &code);
            }
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Admin(admin)) => Ok(admin::run(admin, &config, cli.folder.json).await?),
        None => serve(config, cli.folder.json).await.map(|()| ExitCode::SUCCESS),
    }
}

fn config(cli: &Cli) -> anyhow::Result<Config> {
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let packaged = cli.command.is_some().then(packaged).flatten();
    let file = cli.folder.config.as_deref().or(packaged.as_ref().map(|(file, _)| Path::new(*file)));
    let mut config = Config::choose(file, environment, &cli.choices())?;
    config.invites = cli.options.invites;
    if config.data_dir.as_os_str().is_empty() {
        config.data_dir = match packaged {
            Some((_, folder)) => PathBuf::from(folder),
            None => default_data_dir()?,
        };
    }
    Ok(config)
}

fn log(config: &Config) -> anyhow::Result<()> {
    let mut filter = EnvFilter::try_new(&config.log).with_context(|| format!("log: {:?} is no filter", config.log))?;
    let is_named = |part: &str| config.log.split(',').any(|chosen| chosen.split('=').next() == part.split('=').next());
    for silent in SILENT.into_iter().filter(|silent| !is_named(silent)) {
        filter = filter.add_directive(silent.parse()?);
    }
    for quieter in QUIETER.into_iter().filter(|quieter| !is_named(quieter) && config.log.contains("trace")) {
        filter = filter.add_directive(quieter.parse()?);
    }
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
    // In the log's own form, also where it is read by programs.
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    Ok(())
}

async fn serve(config: Config, json: bool) -> anyhow::Result<()> {
    // Before anything is announced: a program that reads the address may send a signal at once.
    let mut signals = OsSignals::listen()?;
    let server = Server::start(config).await?;
    announce(&server, json);
    let death = loop {
        tokio::select! {
            signal = signals.next() => match signal {
                OsSignal::Reload => server.reload(),
                OsSignal::Stop => break None,
            },
            death = server.failed() => break Some(death),
        }
    };
    if let Some(death) = death {
        // Another one, which the system starts, does what this one cannot do any more.
        server.shutdown().await;
        return Err(death.into());
    }
    tracing::info!("stopping");
    tokio::select! {
        () = server.drain() => {}
        () = signals.stop() => tracing::info!("at once"),
    }
    tokio::select! {
        () = server.shutdown() => {}
        () = signals.stop() => tracing::warn!("stopped in the middle"),
    }
    Ok(())
}

fn announce(server: &Running, json: bool) {
    let url = server.url();
    say(json, &json!({ "event": "listening", "url": url }), &format!("Carillon listens on {url}"));
    if let Some(stun) = server.stun {
        say(json, &json!({ "event": "stun", "address": stun }), &format!("STUN is answered on {stun}/udp"));
    }
    if !server.media.is_empty() {
        let tcp = server.media_tcp.map(|address| format!("{address}/tcp"));
        let addresses: Vec<_> = server.media.iter().map(|address| format!("{address}/udp")).chain(tcp).collect();
        let text = format!("The media of group calls are taken on {}", addresses.join(", "));
        say(json, &json!({ "event": "media", "addresses": server.media, "tcp": server.media_tcp }), &text);
    }
    if let Some(metrics) = server.metrics {
        let url = format!("http://{metrics}/metrics");
        say(json, &json!({ "event": "metrics", "url": url }), &format!("Metrics are on {url}"));
    }
    for code in &server.invites {
        let text = format!("An invite for one new account, good for seven days: {code}");
        say(json, &json!({ "event": "invite", "code": code }), &text);
    }
    if !json && url.starts_with("http:") {
        let advice = if server.addr.ip().is_loopback() {
            "Only this machine can connect. For a team, put a TLS proxy (Caddy, nginx) before this address, pass WebSockets on, \
             say its name with --public-host, and open ports with --stun-listen 0.0.0.0:4747 and --media-listen 0.0.0.0:4748."
        } else {
            "This address speaks plain HTTP: passwords and calls can be read on the way. Put a TLS proxy before it, or give it a \
             certificate (--tls-certificate, --tls-key)."
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
