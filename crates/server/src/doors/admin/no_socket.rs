//! Systems without Unix sockets: the running server cannot be asked; what works without it works here too.

use std::{io, path::Path};

use super::{AdminError, Ask, table::Table};
use crate::doors::SharedState;

/// There is none.
pub(crate) struct AdminSocket;

impl AdminSocket {
    pub(crate) fn open(_data_dir: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) async fn serve(self, server: SharedState) {
        // The verbs are the same everywhere; only the way to them is missing.
        let _ = |ask: Ask| async move { server.carry_out(|server| async move { ask.run(&server).await }).await };
    }
}

pub(super) async fn ask(data_dir: &Path, _ask: &Ask) -> Result<Table, AdminError> {
    Err(AdminError::Socket { path: data_dir.to_owned(), source: io::ErrorKind::Unsupported.into() })
}
