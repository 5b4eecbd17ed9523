//! What will happen, in order.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
    time::Instant,
};

use carillon_call::device::Input;
use carillon_protocol::CallId;

use super::{
    device::Dev,
    link::{Downward, Upward},
    media::TransportNews,
};

/// One thing that happens at one moment. If it belongs to a link, a life or a transport that is gone by then, it is void.
#[derive(Debug)]
pub(super) enum Happening {
    Wake { dev: Dev, life: u32 },
    WakeLink { dev: Dev, life: u32 },
    Connect { dev: Dev },
    LinkNoticedDown { dev: Dev, epoch: u32 },
    AtServer { dev: Dev, epoch: u32, sent: Upward },
    AtDevice { dev: Dev, epoch: u32, sent: Downward },
    Doubled { dev: Dev, again: Doubled },
    WakeServer { dev: Dev, epoch: u32 },
    ServerNotices { dev: Dev, epoch: u32 },
    Unreached { dev: Dev, since: Instant },
    Gone { dev: Dev, since: Instant },
    Forgotten { dev: Dev, since: Instant },
    Thaw { dev: Dev, life: u32 },
    Expire { call: CallId },
    ServerUp { clock_moved_ms: i64 },
    Plug { dev: Dev },
    Transport { dev: Dev, generation: u32, news: TransportNews },
}

/// What a device hears twice, and which life and ring of it the first time was in.
#[derive(Debug)]
pub(super) struct Doubled {
    pub(super) life: u32,
    pub(super) rings: u32,
    pub(super) input: Input,
}

impl Happening {
    /// The device whose program takes part in it: while that is frozen, it waits.
    pub(super) fn needs(&self) -> Option<Dev> {
        match self {
            Self::Wake { dev, .. }
            | Self::WakeLink { dev, .. }
            | Self::Connect { dev }
            | Self::LinkNoticedDown { dev, .. }
            | Self::AtDevice { dev, .. }
            | Self::Doubled { dev, .. }
            | Self::Transport { dev, .. } => Some(*dev),
            Self::AtServer { .. }
            | Self::WakeServer { .. }
            | Self::ServerNotices { .. }
            | Self::Unreached { .. }
            | Self::Gone { .. }
            | Self::Forgotten { .. }
            | Self::Thaw { .. }
            | Self::Expire { .. }
            | Self::ServerUp { .. }
            | Self::Plug { .. } => None,
        }
    }

    const fn is_frame(&self) -> bool {
        matches!(self, Self::AtServer { .. } | Self::AtDevice { .. })
    }
}

/// Happenings by time; what was put in first comes first within a moment. The order is kept apart from what happens, which is large.
#[derive(Debug, Default)]
pub(super) struct Queue {
    order: BinaryHeap<Reverse<Place>>,
    happenings: Vec<Option<Happening>>,
    free: Vec<usize>,
    count: u64,
    frames: usize,
}

/// When something happens, the how manyth it is, and where it is kept.
type Place = (Instant, u64, usize);

impl Queue {
    pub(super) fn push(&mut self, at: Instant, happening: Happening) {
        self.count += 1;
        self.frames += usize::from(happening.is_frame());
        let kept = self.free.pop().unwrap_or_else(|| {
            self.happenings.push(None);
            self.happenings.len() - 1
        });
        self.happenings[kept] = Some(happening);
        self.order.push(Reverse((at, self.count, kept)));
    }

    /// Whether something is on its way between a device and the server.
    pub(super) fn has_frames(&self) -> bool {
        self.frames > 0
    }

    pub(super) fn pop_until(&mut self, until: Instant) -> Option<(Instant, Happening)> {
        let next = self.order.peek_mut().filter(|next| next.0.0 <= until)?;
        let Reverse((at, _, kept)) = PeekMut::pop(next);
        self.free.push(kept);
        let happening = self.happenings[kept].take()?;
        self.frames -= usize::from(happening.is_frame());
        Some((at, happening))
    }
}
