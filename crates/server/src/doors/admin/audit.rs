//! `admin audit`: who signed in, failed to, and what was changed.

use carillon_protocol::UserId;
use clap::Args;
use serde::{Deserialize, Serialize};

use super::{
    AdminError,
    table::{Table, at},
};
use crate::doors::ServerState;

/// Which entries of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Args, Serialize, Deserialize)]
pub struct Audit {
    /// About this user only.
    #[arg(long)]
    user: Option<UserId>,
    /// So many at most, newest first.
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

impl Audit {
    pub(super) async fn run(self, server: &ServerState) -> Result<Table, AdminError> {
        let mut table = Table::new(["id", "at", "act", "outcome", "user", "device", "address"]);
        for entry in server.store.audit(self.user.as_ref().map(UserId::as_str), self.limit).await? {
            table.row([
                entry.id.into(),
                at(entry.at_ms),
                entry.act.into(),
                entry.outcome.into(),
                entry.user.into(),
                entry.device.into(),
                entry.address.into(),
            ]);
        }
        Ok(table)
    }
}
