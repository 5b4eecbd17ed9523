//! A pretended forwarder of media: it does what the record orders, and must never let anybody in whom the rows do not have in the call.

use std::collections::{BTreeMap, BTreeSet};

use carillon_call::record::{self, LegRow, MediaOrder, Path, Rows};
use carillon_protocol::{Answer, CallId, DeviceId, Done, Request};

use super::{Sim, device::Dev};

/// Who is admitted, by call.
#[derive(Debug, Default)]
pub(super) struct Forwarder {
    admitted: BTreeMap<CallId, BTreeSet<DeviceId>>,
}

impl Forwarder {
    pub(super) fn obey(&mut self, order: MediaOrder) {
        match order {
            MediaOrder::Admit { call, device, .. } => {
                self.admitted.entry(call).or_default().insert(device);
            }
            MediaOrder::Expel { call, device } => {
                self.admitted.entry(call).or_default().remove(&device);
            }
            MediaOrder::Close { call } => {
                self.admitted.remove(&call);
            }
        }
    }

    pub(super) fn has_admitted(&self, call: CallId, device: DeviceId) -> bool {
        self.admitted.get(&call).is_some_and(|admitted| admitted.contains(&device))
    }

    /// What is wrong with who is admitted in a call, by its rows.
    pub(super) fn fault(&self, rows: &Rows) -> Option<String> {
        let in_it = || rows.joined().filter_map(LegRow::joined_device).collect::<BTreeSet<_>>();
        let is_forwarded = matches!(rows.call.path, Some(Path::Sfu { .. })) && !rows.has_ended();
        let wanted = if is_forwarded { in_it() } else { BTreeSet::new() };
        let admitted = self.admitted.get(&rows.call.id).cloned().unwrap_or_default();
        (admitted != wanted).then(|| format!("media of {admitted:?} are forwarded, and {wanted:?} are in the call"))
    }
}

impl Sim {
    /// What the forwarder of media answers, if it is asked.
    pub(super) fn media_answer(&mut self, dev: Dev, request: &Request) -> Option<Answer> {
        let (Request::MediaOffer { call, .. } | Request::WantPictures { call, .. }) = request else { return None };
        if let Err(refusal) = record::may_connect(self.server.call(*call), &self.devices[dev.0].user, dev.id()) {
            return Some(Answer::Refused(refusal));
        }
        if !self.server.forwarder.has_admitted(*call, dev.id()) {
            self.watch.violated(format!("{dev:?} may connect its media and is not admitted"));
        }
        // Of a pretended transport its name is all.
        let is_offer = if let Request::MediaOffer { sdp, .. } = request { Some(sdp.clone()) } else { None };
        Some(Answer::Ok(is_offer.map_or(Done::Done, |sdp| Done::MediaAnswer { sdp })))
    }
}
