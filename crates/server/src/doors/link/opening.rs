//! How a link begins: whose it is, whether its session goes on, and a snapshot if not.

use axum::http::{HeaderMap, header};
use carillon_call::record::{Viewer, snapshot};
use carillon_protocol::{Greeting, Ring, ServerFrame, SessionId, Snapshot, SnapshotCall};

use super::CloseReason;
use crate::{
    change::Change,
    doors::{ServerState, http::host_of},
    ground::shared::Ground,
    services::calls,
    store::{self, Conn, LinkId, Opened, Who},
};

/// An opened session, and the frame that says so.
pub(super) struct Opening {
    pub(super) frame: ServerFrame,
    pub(super) sent: u64,
    pub(super) is_new: bool,
    /// Whose it is, as of this moment.
    pub(super) who: Who,
}

/// Resumes the session, or resets it with a snapshot of the same moment; or says why not: the sign-in has ended since its token was
/// shown, or the device has a newer link, which has the session.
pub(super) async fn open(
    ground: &Ground,
    mut who: Who,
    link: LinkId,
    resume: Option<(SessionId, u64)>,
    stun: Option<String>,
) -> store::Result<Result<Opening, CloseReason>> {
    let shown = who.clone();
    let Some(mut change) = Change::begin_signed_in(ground, &shown).await? else {
        return Ok(Err(CloseReason::SignedOut));
    };
    if !ground.bus.is_latest(link) {
        return Ok(Err(CloseReason::Replaced));
    }
    who.refresh(&mut change.tx).await?;
    let opened = store::sessions::open(&mut change.tx, link, resume).await?;
    // Before a snapshot is made, which says so too.
    calls::link_is_back(&mut change, &who).await?;
    let (account, app, call_size) = (who.account.clone(), who.app.clone(), ground.config.limits.call_size());
    let greeting = Greeting { account, device: who.device, app, stun, call_size };
    let (now_ms, tx) = (change.stamp.now_ms, &mut change.tx);
    let (frame, sent, is_new) = match opened {
        Opened::Resumed { session, seq } => (ServerFrame::Resumed { session, greeting }, seq, false),
        Opened::Reset { session } => {
            let (app, user) = (&who.app, &who.account.user);
            let snapshot = Snapshot {
                seq: 0,
                call: live_call(tx, &who, now_ms).await?,
                latest_message: store::messages::latest(tx, app, user).await?,
                missed_calls: store::log::missed(tx, app, user).await?,
            };
            (ServerFrame::Reset { session, greeting, snapshot }, 0, true)
        }
    };
    change.commit().await?;
    Ok(Ok(Opening { frame, sent, is_new, who }))
}

/// Whether this very ring of a call goes on for a device, as of now.
pub(super) async fn still_rings(ground: &Ground, who: &Who, ring: &Ring) -> store::Result<bool> {
    let (who, now_ms) = (who.clone(), ground.clock.now_ms());
    let live = ground.store.ask(async move |conn| live_call(conn, &who, now_ms).await).await?;
    Ok(matches!(live, Some(SnapshotCall::Ringing(live)) if (live.call, live.round) == (ring.call, ring.round)))
}

async fn live_call(tx: &mut Conn, who: &Who, now_ms: u64) -> store::Result<Option<SnapshotCall>> {
    let user = &who.account.user;
    let Some(id) = store::calls::live(tx, &who.app, user).await? else { return Ok(None) };
    let Some(rows) = store::calls::load(tx, &who.app, id).await? else { return Ok(None) };
    let profiles = store::calls::profiles_and_roles(tx, &who.app, &rows).await?;
    let (here, others): (Vec<_>, Vec<_>) =
        store::devices::to_ring(tx, &who.app, user).await?.into_iter().partition(|(device, _)| *device == who.device);
    let also_on = others.into_iter().map(|(_, name)| name).collect();
    let viewer = Viewer { user, device: who.device, also_on };
    let found = snapshot(&rows, viewer, &profiles, now_ms);
    // A device that is to keep silent sees no ring.
    Ok(found.filter(|found| !here.is_empty() || !matches!(found, SnapshotCall::Ringing(_))))
}

/// Where the client finds STUN: on the host by which it found this server.
pub(super) fn stun_address(ground: &ServerState, headers: &HeaderMap) -> Option<String> {
    if ground.config.public_stun.is_some() {
        return ground.config.public_stun.clone();
    }
    let port = ground.stun_port.get()?;
    let host = host_of(headers.get(header::HOST)?.to_str().ok()?)?;
    Some(format!("{host}:{port}"))
}
