//! `carillon`: a headless device, for bots, tests and scripts.
//!
//! It is one more device of its user, on the same kit as the desktop app. What happens is told on standard output, what is wrong on
//! standard error, and how it ended by the exit code. See `docs/cli.md`.

mod account;
mod args;
mod call;
mod exit;
mod files;
mod groups;
mod in_group;
mod listen;
mod load;
mod messages;
mod people;
mod pictures;
mod report;
mod session;
mod state;
mod talk;

use std::process::ExitCode;

use clap::Parser;
use serde_json::json;
use tracing_subscriber::EnvFilter;

use args::{Cli, Command};
use exit::{Exit, Problem};
use report::Report;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Errors only, unless the variable says otherwise: standard error is for people.
    let filter = EnvFilter::try_from_env("CARILLON_LOG").unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();

    let report = Report::new(cli.json);
    let ended = run(&cli);
    let exit = match ended {
        Ok(exit) => exit,
        Err(Problem { exit, text }) => {
            if cli.json {
                report.say("problem", json!({ "text": text }), "");
            }
            eprintln!("carillon: {text}");
            exit
        }
    };
    report.say("exit", json!({ "code": exit as i32 }), "");
    ExitCode::from(exit as u8)
}

fn run(cli: &Cli) -> Result<Exit, Problem> {
    let is_of_machine = matches!(cli.command, Command::Cameras | Command::Screens);
    let is_of_another = matches!(&cli.command, Command::Load(options) if !options.is_of_ours());
    let needs_none = is_of_machine || is_of_another;
    if !needs_none && (cli.server.is_empty() || cli.user.is_empty()) {
        return Err(Problem::usage("a server and a user are needed: --server URL and --user USER"));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Problem::new(Exit::Failed, error.to_string()))?;
    runtime.block_on(async {
        match &cli.command {
            Command::Call(options) => Box::pin(call::call(cli, options)).await,
            Command::Listen(options) => Box::pin(listen::listen(cli, options)).await,
            Command::Message(options) => messages::message(cli, options).await,
            Command::Messages(options) => messages::messages(cli, options).await,
            Command::Save(options) => files::save(cli, options).await,
            Command::Mute(options) => messages::mute(cli, options).await,
            Command::Receipts { share } => messages::receipts(cli, share == "on").await,
            Command::Group(command) => groups::group(cli, command).await,
            Command::Devices(options) => people::devices(cli, options).await,
            Command::Contacts(options) => people::contacts(cli, options).await,
            Command::Cameras => pictures::list_cameras(Report::new(cli.json)).await,
            Command::Load(options) => load::load(cli, options).await,
            Command::Screens => pictures::list_screens(Report::new(cli.json)).await,
            Command::Register(options) => {
                let login = account::register(cli, options).await?;
                let (user, device) = (&login.signed_in.account.user, login.signed_in.device);
                let text = format!("{user} has an account now, and this device is its first");
                Report::new(cli.json).say("registered", json!({ "user": user, "device": device }), &text);
                Ok(Exit::Good)
            }
        }
    })
}
