//! Which way the media of a call of two go: from device to device, and from there to the server once. Never back, so that what the two
//! transports said to each other before is known for what it is: over.

use carillon_protocol::{Done, Refusal, Signal};

use super::{Decision, LegRow, Path, Recipient, judgement::Judgement, refusing::not_allowed};

impl Judgement<'_> {
    /// The two devices do not reach each other. Both hear of it, the one that asks too.
    pub(super) fn move_to_server(mut self) -> Result<Decision, Refusal> {
        if self.rows.call.path.is_none() {
            return not_allowed();
        }
        if self.leave_direct_path() {
            let news = Signal::PathChanged { call: self.rows.call.id, path: self.rows.path() };
            let joined = self.rows.joined().filter_map(LegRow::joined_device);
            self.signals.extend(joined.map(|device| (Recipient::Device(device), news.clone())));
        }
        Ok(self.decide(Done::Done))
    }

    /// The server passes on no more of what the caller's transport said. False: the media go through the server already, or there are none.
    pub(super) fn leave_direct_path(&mut self) -> bool {
        let is_direct = self.rows.call.path == Some(Path::PeerToPeer);
        if is_direct {
            self.rows.call.path = Some(Path::Sfu { node: self.node, epoch: 0 });
            self.rows.call.held.clear();
        }
        is_direct
    }
}
