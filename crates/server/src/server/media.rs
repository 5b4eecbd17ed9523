//! The forwarder of media: started with the server, and told who is in calls that go on.

use std::{net::SocketAddr, sync::Arc};

use tokio::task::JoinHandle;

pub(super) use crate::services::media::admit;
use crate::{
    bus::MediaEngine,
    doors::{
        http::Gate,
        media::{MediaWorkers, tcp},
    },
    ground::shared::Ground,
    services::media,
};

/// A server without sockets for media serves all the same: group calls have no media then.
pub(super) fn forward(ground: &Arc<Ground>, links: SocketAddr) -> Vec<JoinHandle<()>> {
    match MediaWorkers::open(&ground.config, links) {
        Ok((workers, listener, events)) => {
            let (workers, tasks) = (Arc::new(workers), &ground.lifecycle.tasks);
            ground.bus.media.begin(Arc::clone(&workers) as Arc<dyn MediaEngine>);
            let kept = listener.map(|listener| {
                let (gate, stops) = (Gate::new(&ground.config), ground.lifecycle.stops.clone());
                tasks.keep("listener for media", tcp::serve(listener, workers, gate, stops))
            });
            kept.into_iter().chain([tasks.keep("media", media::keep(Arc::clone(ground), events))]).collect()
        }
        Err(error) => {
            tracing::warn!(%error, "group calls have no media");
            Vec::new()
        }
    }
}
