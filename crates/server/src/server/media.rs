//! The forwarder of media: started with the server, and told who is in calls that go on.

use std::{net::SocketAddr, sync::Arc};

use tokio::task::JoinHandle;

pub(super) use crate::services::media::admit;
use crate::{doors::media::MediaWorkers, ground::shared::Ground, services::media};

/// A server without sockets for media serves all the same: group calls have no media then.
pub(super) fn forward(ground: &Arc<Ground>, links: SocketAddr) -> Option<JoinHandle<()>> {
    match MediaWorkers::open(&ground.config, links) {
        Ok((workers, events)) => {
            ground.bus.media.begin(Arc::new(workers));
            Some(ground.lifecycle.tasks.keep("media", media::keep(Arc::clone(ground), events)))
        }
        Err(error) => {
            tracing::warn!(%error, "group calls have no media");
            None
        }
    }
}
