//! What the forwarder of media is to do when a call changes whose media go through the server: the forwarder admits the devices that are in the call, and no others.

use std::collections::BTreeMap;

use carillon_protocol::{DeviceId, Refusal, RefusalCode, UserId};

use super::{
    LegRow, MediaOrder, Path, Rows,
    refusing::{not_allowed, refuse},
};

/// What follows for the forwarder from rows that were others `before`; `None`: the forwarder knows nothing of the call yet.
pub fn media_orders(before: Option<&Rows>, rows: &Rows) -> Vec<MediaOrder> {
    let call = rows.call.id;
    if !is_forwarded(rows) {
        return Vec::new();
    }
    // Of a call whose media went from device to device the forwarder knows nothing.
    let before = before.filter(|before| is_forwarded(before));
    if rows.has_ended() {
        let is_new = before.is_none_or(|before| !before.has_ended());
        return if is_new { vec![MediaOrder::Close { call }] } else { Vec::new() };
    }
    let (were, are) = (before.map(joined).unwrap_or_default(), joined(rows));
    let gone = were.keys().filter(|device| !are.contains_key(device));
    let come = are.iter().filter(|(device, _)| !were.contains_key(device));
    let expelled = gone.map(|device| MediaOrder::Expel { call, device: *device });
    let admitted = come.map(|(device, user)| MediaOrder::Admit { call, device: *device, user: (*user).clone() });
    expelled.chain(admitted).collect()
}

/// Whether a user's device may connect its media with the forwarder.
///
/// # Errors
/// A [`Refusal`] says why not. Who has no part in the call hears of none.
pub fn may_connect(rows: Option<&Rows>, user: &UserId, device: DeviceId) -> Result<(), Refusal> {
    let found = rows.and_then(|rows| Some((rows, &rows.legs[rows.leg_of(user)?])));
    let Some((rows, leg)) = found else {
        return refuse(RefusalCode::UnknownCall, "there is no such call for this user");
    };
    match (rows.call.path, leg.joined_device()) {
        _ if rows.has_ended() => refuse(RefusalCode::CallEnded, "the call is over"),
        (Some(Path::Sfu { .. }), Some(joined)) if joined == device => Ok(()),
        (Some(Path::Sfu { .. } | Path::PeerToPeer) | None, _) => not_allowed(),
    }
}

fn is_forwarded(rows: &Rows) -> bool {
    matches!(rows.call.path, Some(Path::Sfu { .. }))
}

fn joined(rows: &Rows) -> BTreeMap<DeviceId, &UserId> {
    rows.joined().filter_map(|leg: &LegRow| Some((leg.joined_device()?, &leg.user))).collect()
}
