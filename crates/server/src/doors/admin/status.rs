//! `admin status`: what the server is doing.

use std::sync::atomic::Ordering::Relaxed;

use super::table::Table;
use crate::doors::ServerState;

pub(super) fn table(server: &ServerState) -> Table {
    let mut table = Table::new(["field", "value"]);
    table.row(["version".into(), env!("CARGO_PKG_VERSION").into()]);
    table.row(["process".into(), std::process::id().into()]);
    table.row(["address".into(), server.url.clone().into()]);
    table.row(["stun_port".into(), server.stun_port.get().copied().into()]);
    let media: Vec<String> = server.bus.media.addresses().iter().map(ToString::to_string).collect();
    table.row(["media".into(), media.join(", ").into()]);
    table.row(["media_tcp".into(), server.bus.media.tcp_address().map(|address| address.to_string()).into()]);
    table.row(["links".into(), server.metrics.links.load(Relaxed).into()]);
    table.row(["draining".into(), server.lifecycle.drain.has_begun().into()]);
    table.row(["open_files_limit".into(), open_files_limit().into()]);
    table
}

/// How many files, and so connections, this process may have; `None` where there is no such limit.
#[cfg(unix)]
pub(super) fn open_files_limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

/// How many files, and so connections, this process may have; `None` where there is no such limit.
#[cfg(not(unix))]
pub(super) const fn open_files_limit() -> Option<u64> {
    None
}
