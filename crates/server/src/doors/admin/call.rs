//! `admin call`: calls that are not over.

use carillon_call::record::{CallState, LegState, Rows};
use carillon_protocol::CallId;
use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::{
    AdminError,
    table::{Table, at},
};
use crate::{
    change::write_audit,
    doors::ServerState,
    services::calls,
    store::audit::{Act, Entry},
};

/// What to do with calls.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Call {
    /// Calls that ring or go on.
    List,
    /// End a call, as if its devices had been lost.
    End {
        /// Which, as in the list.
        call: CallId,
    },
}

impl Call {
    pub(super) async fn run(self, server: &ServerState) -> Result<Table, AdminError> {
        let (live, _) = server.store.live_calls(&server.config.app).await?;
        match self {
            Self::List => Ok(calls(&live)),
            Self::End { call } => {
                let rows = live.into_iter().find(|rows| rows.call.id == call);
                let rows =
                    rows.ok_or_else(|| AdminError::refused(format!("there is no call {call} that is not over")))?;
                calls::end(server, &rows).await;
                write_audit(server, Entry::done(Act::EndCall).about(&rows.call.caller)).await;
                Ok(Table::default())
            }
        }
    }
}

fn calls(live: &[Rows]) -> Table {
    let mut table = Table::new(["call", "state", "caller", "callees", "kind", "began"]);
    for rows in live {
        let state = if matches!(rows.call.state, CallState::Ringing) { "ringing" } else { "active" };
        let callees = rows.legs.iter().filter(|leg| leg.user != rows.call.caller);
        let legs = callees.map(|leg| format!("{} ({})", leg.user, word(leg.state)));
        let kind = format!("{:?}", rows.call.scope.kind()).to_lowercase();
        table.row([
            rows.call.id.to_string().into(),
            state.into(),
            rows.call.caller.to_string().into(),
            legs.collect::<Vec<_>>().join(", ").into(),
            kind.into(),
            at(rows.call.created_at_ms),
        ]);
    }
    table
}

fn word(state: LegState) -> String {
    format!("{state:?}").to_lowercase()
}
