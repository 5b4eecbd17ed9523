//! What will happen, in order.

use std::{collections::BTreeMap, time::Instant};

use carillon_call::device::Input;
use carillon_protocol::{CallId, ClientFrame, ServerFrame};

use super::{device::Dev, media::News};

/// One thing that happens at one moment. Whatever belongs to a link, a life or a transport that is no more is void.
#[derive(Debug)]
pub(super) enum Happening {
    Wake { dev: Dev, life: u32 },
    Connect { dev: Dev },
    LinkNoticedDown { dev: Dev, epoch: u32 },
    AtServer { dev: Dev, epoch: u32, frame: ClientFrame },
    AtDevice { dev: Dev, epoch: u32, frame: ServerFrame },
    Doubled { dev: Dev, life: u32, rings: u32, input: Input },
    Gone { dev: Dev, epoch: u32 },
    Expire { call: CallId },
    ServerUp,
    Plug { dev: Dev },
    Transport { dev: Dev, generation: u32, news: News },
}

/// Happenings by time; what was put in first comes first within a moment.
#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: BTreeMap<(Instant, u64), Happening>,
    count: u64,
}

impl Queue {
    pub(super) fn push(&mut self, at: Instant, happening: Happening) {
        self.count += 1;
        self.entries.insert((at, self.count), happening);
    }

    /// Whether something is on its way between a device and the server.
    pub(super) fn has_frames(&self) -> bool {
        self.entries
            .values()
            .any(|happening| matches!(happening, Happening::AtServer { .. } | Happening::AtDevice { .. }))
    }

    pub(super) fn pop_until(&mut self, until: Instant) -> Option<(Instant, Happening)> {
        let entry = self.entries.first_entry().filter(|entry| entry.key().0 <= until)?;
        let ((at, _), happening) = entry.remove_entry();
        Some((at, happening))
    }
}
