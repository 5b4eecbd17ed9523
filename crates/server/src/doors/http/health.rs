//! For operators: is it alive, does it work, what is it, and what does it count?

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use carillon_protocol::{PROTOCOL_VERSION, VersionInfo};

use super::ApiError;
use crate::{doors::SharedState, ground::metrics::OtherCounts};

pub(super) async fn version(State(server): State<SharedState>) -> Json<VersionInfo> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let registration = server.config.registration;
    Json(VersionInfo { server: "carillon".into(), version, protocol: PROTOCOL_VERSION, registration })
}

pub(super) async fn livez() -> &'static str {
    "ok\n"
}

/// Ready means that requests can be committed, and that the server is not about to stop.
pub(super) async fn readyz(State(server): State<SharedState>) -> Result<&'static str, ApiError> {
    if server.lifecycle.stops.is_now() || server.lifecycle.drain.has_begun() {
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "internal", "the server is stopping"));
    }
    let is_good =
        server.carry_out(|server| async move { server.health.is_good(&server.store, server.clock.now_ms()).await });
    if !is_good.await? {
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "internal", "the database fails"));
    }
    Ok("ok\n")
}

/// The private listener's only page.
pub(crate) fn metrics_router(server: SharedState) -> Router {
    let page = async |State(server): State<SharedState>| {
        let (hashes, hashes_at_once) = server.passwords.counts();
        // A database that fails is seen at /readyz; the page shows the rest.
        let (ringing, active) = server.store.live_counts(&server.config.app).await.unwrap_or_default();
        let media = server.bus.media.counts();
        let page = server.metrics.page(&OtherCounts { hashes, hashes_at_once, ringing, active, media });
        ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], page).into_response()
    };
    Router::new().route("/metrics", get(page)).with_state(server)
}
