//! `admin user`: accounts.

use std::io::Read as _;

use carillon_protocol::{Account, DeviceId, GivenName, UserId};
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    AdminError, device,
    table::{Table, at},
};
use crate::{
    change::write_audit,
    doors::{ServerState, http::check_password},
    services::{
        calls,
        sign_ins::{self, FreshTokens},
    },
    store::{
        NewAccount, NewDevice, UserRow,
        audit::{Act, Entry},
    },
};

/// More on stdin is no password.
const MAX_SECRET_BYTES: u64 = 4096;

/// What to do with accounts.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum User {
    /// All accounts.
    List,
    /// One account, with its devices.
    Show {
        /// Whose.
        user: UserId,
    },
    /// Make an account; its password is read from standard input.
    Add {
        /// Its name.
        user: UserId,
        /// What others see [default: the name].
        #[arg(long, default_value = "")]
        display_name: GivenName,
        /// Read from standard input.
        #[arg(skip)]
        password: String,
    },
    /// Close an account: its devices are signed out, and no device can sign in to it.
    Disable {
        /// Whose.
        user: UserId,
    },
    /// Open a closed account again.
    Enable {
        /// Whose.
        user: UserId,
    },
    /// Delete an account and its devices. Its name is never given to another account.
    Delete {
        /// Whose.
        user: UserId,
    },
    /// Give an account another password, read from standard input; its devices are signed out.
    SetPassword {
        /// Whose.
        user: UserId,
        /// Read from standard input.
        #[arg(skip)]
        password: String,
    },
    /// The devices of an account.
    Devices {
        /// Whose.
        user: UserId,
    },
}

impl User {
    pub(super) fn with_secrets(mut self) -> Result<Self, AdminError> {
        if let Self::Add { password, .. } | Self::SetPassword { password, .. } = &mut self {
            *password = read_secret(std::io::stdin()).map_err(|error| AdminError::refused(error.to_string()))?;
        }
        Ok(self)
    }

    pub(super) async fn run(self, server: &ServerState) -> Result<Table, AdminError> {
        let app = &server.config.app;
        match self {
            Self::List => Ok(users(server.store.users(app, None).await?)),
            Self::Show { user } => show(server, &user).await,
            Self::Devices { user } => {
                known(server, &user).await?;
                Ok(device::devices(server.store.all_devices(app, Some(&user)).await?))
            }
            Self::Add { user, display_name, password } => add(server, user, display_name, password).await,
            Self::Disable { user } => {
                known(server, &user).await?;
                close(server, &user).await?;
                done(server, Act::DisableUser, &user).await
            }
            Self::Enable { user } => {
                known(server, &user).await?;
                sign_ins::open(server, &user).await?;
                done(server, Act::EnableUser, &user).await
            }
            Self::Delete { user } => {
                known(server, &user).await?;
                close(server, &user).await?;
                sign_ins::delete(server, &user).await?;
                done(server, Act::DeleteUser, &user).await
            }
            Self::SetPassword { user, password } => {
                known(server, &user).await?;
                let hash = hash(server, password).await?;
                let ended = sign_ins::set_password(server, &user, &hash).await?;
                calls::dismiss(server, &user, &ended).await?;
                done(server, Act::SetPassword, &user).await
            }
        }
    }
}

/// One line, without its end.
fn read_secret(input: impl std::io::Read) -> std::io::Result<String> {
    let mut text = String::new();
    input.take(MAX_SECRET_BYTES).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

async fn known(server: &ServerState, user: &UserId) -> Result<UserRow, AdminError> {
    let row = server.store.users(&server.config.app, Some(user)).await?.pop();
    row.ok_or_else(|| AdminError::refused(format!("there is no user {user}")))
}

/// Closes an account, and what its devices have going on.
async fn close(server: &ServerState, user: &UserId) -> Result<(), AdminError> {
    let ended = sign_ins::close(server, user).await?;
    Ok(calls::dismiss(server, user, &ended).await?)
}

async fn done(server: &ServerState, act: Act, user: &UserId) -> Result<Table, AdminError> {
    write_audit(server, Entry::done(act).about(user)).await;
    Ok(Table::default())
}

async fn hash(server: &ServerState, password: String) -> Result<String, AdminError> {
    check_password(&password).map_err(|error| AdminError::refused(error.detail))?;
    server.passwords.hash(password).await.map_err(|error| AdminError::refused(error.to_string()))
}

/// The account comes without a usable device: its token is thrown away.
async fn add(
    server: &ServerState,
    user: UserId,
    display_name: GivenName,
    password: String,
) -> Result<Table, AdminError> {
    user.check_new().map_err(|error| AdminError::refused(format!("{user} cannot be an account's name: {error}")))?;
    let display_name = display_name
        .check_or(user.as_str())
        .map_err(|error| AdminError::refused(format!("the display name: {error}")))?;
    let account = Account::new(user, display_name);
    let device = DeviceId::new(Uuid::new_v4());
    let new = NewAccount {
        app: &server.config.app,
        account: &account,
        password_hash: &hash(server, password).await?,
        invite_hash: None,
        device: NewDevice {
            fresh_id: device,
            name: "the operator's",
            key: None,
            tokens: &FreshTokens::first(server).kept,
            now_ms: server.clock.now_ms(),
        },
    };
    sign_ins::add_account(server, &new).await.map_err(|error| AdminError::refused(error.to_string()))?;
    Ok(Table::default())
}

fn users(rows: Vec<UserRow>) -> Table {
    let mut table = Table::new(["user", "display_name", "state", "devices", "created"]);
    for row in rows {
        let state = if row.is_disabled { "disabled" } else { "open" };
        let name = row.user.to_string();
        table.row([name.into(), row.display_name.into(), state.into(), row.devices.into(), at(row.created_at_ms)]);
    }
    table
}

async fn show(server: &ServerState, user: &UserId) -> Result<Table, AdminError> {
    let row = known(server, user).await?;
    let devices = server.store.all_devices(&server.config.app, Some(user)).await?;
    let linked = devices.iter().filter(|device| server.bus.has(device.device)).count();
    let state = if row.is_disabled { "disabled" } else { "open" };
    let mut table = Table::new(["field", "value"]);
    table.row(["user".into(), row.user.to_string().into()]);
    table.row(["display_name".into(), row.display_name.into()]);
    table.row(["state".into(), state.into()]);
    table.row(["created".into(), at(row.created_at_ms)]);
    table.row(["devices_signed_in".into(), row.devices.into()]);
    table.row(["devices_linked".into(), linked.into()]);
    let call = calls::live_call_of(server, user).await?;
    table.row(["call".into(), call.map_or(Value::Null, |call| call.to_string().into())]);
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::read_secret;

    #[test]
    fn a_password_is_the_first_line_of_what_is_typed() {
        assert_eq!(read_secret("correct horse\r\nand more".as_bytes()).unwrap(), "correct horse");
        assert_eq!(read_secret("".as_bytes()).unwrap(), "");
    }
}
