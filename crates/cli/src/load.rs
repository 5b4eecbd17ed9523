//! `carillon load`: many participants without a person, to see what a server bears.

use std::time::Duration;

use carillon_kit::ServerAddress;
use carillon_load::{Account, LoadError, Plan, Server, Stage, Video, run};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::{
    account::password,
    args::{Cli, time},
    exit::{Exit, Problem},
    report::Report,
    talk::told_to_stop,
};

const DEFAULT_SECONDS: &str = "10";
/// The progress bar counts in these.
const STEPS: u64 = 1_000;

#[derive(Debug, Args)]
pub(crate) struct Load {
    /// Where the calls meet; where there are several, each has its number behind this
    #[arg(long, value_name = "NAME", default_value = "load")]
    channel: String,
    /// How many calls go on at the same time
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    channels: usize,
    /// How many in each call speak
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    publishers: usize,
    /// How many in each call only receive
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    subscribers: usize,
    /// Those who speak show pictures too
    #[arg(long)]
    video: bool,
    /// … in three sizes
    #[arg(long, requires = "video")]
    sizes: bool,
    /// … of so many thousand bits a second, the largest size
    #[arg(long, value_name = "KBIT", default_value_t = 1_200, requires = "video")]
    kilobits: u32,
    /// … and everybody wants so many lines of each
    #[arg(long, value_name = "LINES", default_value_t = 720, requires = "video")]
    height: u16,
    /// How long it is measured
    #[arg(long, value_name = "SECONDS", default_value = DEFAULT_SECONDS)]
    seconds: u32,
    /// How long everything flows before that
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "3s")]
    warm_up: Duration,
    /// Of a thousand packets lose so many, each way
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..1_000))]
    lose: u32,
    /// One participant of the first call goes and comes back, so often
    #[arg(long, value_name = "TIME", value_parser = time)]
    churn: Option<Duration>,
    /// Of so many who only receive one decrypts what it gets; the others count it and acknowledge nothing
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    decrypt_one_of: usize,
    /// How many threads drive the participants
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    threads: usize,
    /// The server's process, if it is on this machine: says what it takes of CPU and memory
    #[arg(long, value_name = "PID")]
    process: Option<u32>,
    /// An invite that is good for all of them; not needed where registration is open, or where they have accounts
    #[arg(long, env = "CARILLON_INVITE", value_name = "CODE", default_value = "")]
    invite: String,
    /// Load the VideoRoom of this Janus instead, by its WebSocket
    #[arg(long, value_name = "URL")]
    janus: Option<String>,
}

impl Load {
    /// Whether it takes one of our servers.
    pub(crate) fn is_of_ours(&self) -> bool {
        self.janus.is_none()
    }
}

/// Loads a server and says what came of it.
pub(crate) async fn load(cli: &Cli, options: &Load) -> Result<Exit, Problem> {
    let plan = plan(cli, options)?;
    let bar = ProgressBar::new(STEPS);
    let style = ProgressStyle::with_template("{msg:<24} {wide_bar} {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let loaded = Box::pin(run(&plan, |stage| show(&bar, stage), told_to_stop())).await;
    bar.finish_and_clear();
    let report = loaded.map_err(problem)?;
    let text = report.to_string();
    Report::new(cli.json).say("load", json!({ "report": report }), text.trim_end());
    Ok(Exit::Good)
}

fn plan(cli: &Cli, options: &Load) -> Result<Plan, Problem> {
    let video = Video { is_in_sizes: options.sizes, kilobits: options.kilobits, wanted_height: options.height };
    let server = match &options.janus {
        Some(url) => Server::Janus { url: url.clone() },
        None => Server::Carillon {
            url: server(cli)?,
            account: Account { prefix: cli.user.clone(), password: password(cli)?, invite: options.invite.clone() },
        },
    };
    Ok(Plan {
        server,
        channel: options.channel.clone(),
        channels: options.channels,
        publishers: options.publishers,
        viewers: options.subscribers,
        video: options.video.then_some(video),
        duration: Duration::from_secs(options.seconds.into()),
        warm_up: options.warm_up,
        lost_per_mille: options.lose,
        decrypt_one_of: options.decrypt_one_of,
        churn: options.churn,
        threads: options.threads,
        process: options.process,
    })
}

fn server(cli: &Cli) -> Result<String, Problem> {
    let server = ServerAddress::parse(&cli.server, cli.allow_insecure);
    server.map(|server| server.to_string()).map_err(|error| Problem::usage(error.to_string()))
}

fn show(bar: &ProgressBar, stage: Stage) {
    let share = |part: f64, of: f64| if of > 0.0 { ((part / of) * STEPS as f64) as u64 } else { 0 };
    match stage {
        Stage::Joining { begun, of } => {
            bar.set_message(format!("joining: {begun} of {of}"));
            bar.set_position(share(begun as f64, of as f64));
        }
        Stage::Settling => bar.set_message("settling"),
        Stage::Measuring { passed, of } => {
            bar.set_message(format!("measuring: {:.0} of {:.0} s", passed.as_secs_f64(), of.as_secs_f64()));
            bar.set_position(share(passed.as_secs_f64(), of.as_secs_f64()));
        }
        Stage::Leaving => bar.set_message("leaving"),
    }
}

fn problem(error: LoadError) -> Problem {
    let exit = match &error {
        LoadError::Plan(_) => Exit::Usage,
        LoadError::Machine(_) | LoadError::Server(_) | LoadError::Stopped => Exit::Failed,
        LoadError::NotConnected { .. } => Exit::MediaFailed,
    };
    Problem::new(exit, error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn passwords_go_over_plain_http_to_this_machine_only() {
        let server = |line: &str| {
            let cli = Cli::try_parse_from(format!("carillon --user u {line} load").split(' ')).expect("well-formed");
            super::server(&cli)
        };

        assert!(server("--server http://[::1]").is_ok());
        assert!(server("--server HTTP://192.0.2.1").is_err(), "as the kit has it");
        assert!(server("--allow-insecure --server http://192.0.2.1:4747").is_ok());
    }
}
