//! What the operator does with a server: `carillon-server admin NOUN …`.
//!
//! Each noun is a module with its verbs, and one line in [`Ask`]. What needs the running server goes over a socket in the data
//! folder ([`socket`]), one JSON object a line; what has to work without it, and what must write where a locked-in server cannot,
//! is done here. Nothing of it is on the public address.

mod app;
mod audit;
mod backup;
mod call;
mod device;
mod doctor;
mod error;
mod group;
mod status;
mod table;
mod user;

#[cfg(unix)]
mod socket;
#[cfg(not(unix))]
#[path = "no_socket.rs"]
mod socket;

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use serde::{Deserialize, Serialize};

pub use self::error::AdminError;
pub(crate) use self::socket::AdminSocket;
use self::table::{Table, print};
use crate::{doors::ServerState, ground::config::Config, services::invites};

/// What the operator may ask for.
#[derive(Debug, Clone, Subcommand)]
pub enum Admin {
    /// What the running server does.
    #[command(flatten)]
    Ask(Ask),
    /// Make invites; the server may be running.
    Invite {
        /// How many.
        #[arg(default_value_t = 1)]
        how_many: u32,
    },
    /// Write a copy of the database, whether the server runs or not.
    Backup {
        /// Where to; there must be no such file yet.
        file: PathBuf,
    },
    /// Put a backup in the place of the database; the server must not run.
    Restore {
        /// The backup.
        file: PathBuf,
        /// Although there is a database already; it is kept under another name.
        #[arg(long)]
        force: bool,
    },
    /// Look whether everything is as it should be; the exit code is 1 if not.
    Doctor,
}

/// What only the running server can do: the table of nouns.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand, Serialize, Deserialize)]
#[serde(tag = "noun", content = "verb", rename_all = "snake_case")]
pub enum Ask {
    /// Accounts.
    #[command(subcommand)]
    User(user::User),
    /// Signed-in installations.
    #[command(subcommand)]
    Device(device::Device),
    /// Groups and chat rooms.
    #[command(subcommand)]
    Group(group::Group),
    /// Calls that are not over.
    #[command(subcommand)]
    Call(call::Call),
    /// What RTC tokens are signed with.
    #[command(subcommand)]
    App(app::App),
    /// Who signed in, failed to, and what was changed.
    Audit(audit::Audit),
    /// What the server is doing.
    Status,
}

impl Ask {
    /// Does it.
    async fn run(self, server: &ServerState) -> Result<Table, AdminError> {
        match self {
            Self::User(verb) => verb.run(server).await,
            Self::Device(verb) => verb.run(server).await,
            Self::Group(verb) => verb.run(server).await,
            Self::Call(verb) => verb.run(server).await,
            Self::App(verb) => verb.run(server).await,
            Self::Audit(asked) => asked.run(server).await,
            Self::Status => Ok(status::table(server)),
        }
    }

    /// Reads what is not for the command line, where others could see it.
    fn with_secrets(self) -> Result<Self, AdminError> {
        if let Self::User(verb) = self { verb.with_secrets().map(Self::User) } else { Ok(self) }
    }
}

/// Whether what is asked on the socket is done.
#[cfg(all(test, unix))]
pub(crate) async fn is_done(request: &str, server: &crate::doors::SharedState) -> bool {
    socket::outcome(request, server).await.is_ok()
}

/// Does what was asked, and prints what came of it.
///
/// # Errors
/// [`AdminError`] says why not.
pub async fn run(admin: Admin, config: &Config, json: bool) -> Result<ExitCode, AdminError> {
    let table = match admin {
        Admin::Ask(ask) => socket::ask(&config.data_dir, &ask.with_secrets()?).await?,
        Admin::Invite { how_many } => invites(config, how_many).await?,
        Admin::Backup { file } => backup::backup(&config.data_dir, &file).await?,
        Admin::Restore { file, force } => backup::restore(&config.data_dir, &file, force).await?,
        Admin::Doctor => {
            let checks = doctor::look(config).await;
            print(&doctor::table(&checks), json);
            return Ok(doctor::verdict(&checks));
        }
    };
    print(&table, json);
    Ok(ExitCode::SUCCESS)
}

async fn invites(config: &Config, how_many: u32) -> Result<Table, AdminError> {
    let mut table = Table::new(["code"]);
    for code in invites::mint(config, how_many).await? {
        table.row([code.into()]);
    }
    Ok(table)
}
