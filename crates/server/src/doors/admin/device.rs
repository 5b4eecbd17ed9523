//! `admin device`: signed-in installations.

use carillon_protocol::{DeviceId, UserId};
use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::{
    AdminError,
    table::{Table, at},
};
use crate::{
    change::{By, Change, write_audit},
    doors::ServerState,
    services::{calls, sign_ins},
    store::{
        DeviceRow,
        audit::{Act, Entry},
    },
};

/// What to do with devices.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Device {
    /// All devices.
    List {
        /// Of this user only.
        #[arg(long)]
        user: Option<UserId>,
    },
    /// Sign a device out: its link closes at once, and a call that it is in ends.
    Revoke {
        /// Which, as in the list.
        device: DeviceId,
    },
}

impl Device {
    pub(super) async fn run(self, server: &ServerState) -> Result<Table, AdminError> {
        let app = &server.config.app;
        match self {
            Self::List { user } => Ok(devices(server.store.all_devices(app, user.as_ref()).await?)),
            Self::Revoke { device } => {
                let row = server.store.any_device(app, device).await?;
                let row = row.ok_or_else(|| AdminError::refused(format!("there is no device {device}")))?;
                let mut change = Change::begin(server, By::Server).await?;
                sign_ins::sign_out(&mut change, &row.user, device).await?;
                change.commit().await?;
                calls::dismiss(server, &row.user, &[device]).await?;
                write_audit(server, Entry::done(Act::RevokeDevice).about(&row.user).on(device)).await;
                Ok(Table::default())
            }
        }
    }
}

pub(super) fn devices(rows: Vec<DeviceRow>) -> Table {
    let mut table = Table::new(["device", "user", "name", "state", "created"]);
    for row in rows {
        let state = if row.is_signed_in { "signed in" } else { "signed out" };
        let (device, user) = (row.device.to_string(), row.user.to_string());
        table.row([device.into(), user.into(), row.name.into(), state.into(), at(row.created_at_ms)]);
    }
    table
}
