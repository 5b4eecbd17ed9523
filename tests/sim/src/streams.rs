//! What must hold of every stream of signals, over however many sockets.

use carillon_protocol::{ClientFrame, ServerFrame};

use super::{Sim, device::Dev};

/// How far a device is in its session.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The last signal that came over a link in time.
    came: u64,
    /// The last signal that it told.
    told: u64,
}

impl Sim {
    /// A device has taken a frame, and its link is up.
    pub(super) fn stream_came(&mut self, dev: Dev, came: StreamNews) {
        let stream = self.watch.streams.entry(dev).or_default();
        match came {
            StreamNews::Begins { seq } => *stream = Stream { came: seq, told: seq },
            StreamNews::Signal { seq } => stream.came = stream.came.max(seq),
        }
    }

    /// Signals are told once and in their order.
    pub(super) fn stream_told(&mut self, dev: Dev, seq: u64) {
        let stream = self.watch.streams.entry(dev).or_default();
        if seq <= stream.told {
            let told = stream.told;
            self.watch.violated(format!("{dev:?} tells signal {seq} after {told}"));
        } else {
            stream.told = seq;
        }
    }

    /// The server forgets what came, and nothing else; a program that was killed has no say in it.
    pub(super) fn stream_forgotten(&mut self, dev: Dev, seq: u64) {
        if let Some(came) = self.watch.streams.get(&dev).map(|stream| stream.came).filter(|came| *came < seq) {
            self.watch
                .violated(format!("the server forgets signal {seq} of {dev:?}, to whom {came} was the last that came"));
        }
    }

    /// A device acknowledges what came, and goes on after it.
    pub(super) fn stream_said(&mut self, dev: Dev, frame: &ClientFrame) {
        let came = self.watch.streams.get(&dev).map_or(0, |stream| stream.came);
        match frame {
            ClientFrame::Ack { seq } if *seq > came => {
                self.watch.violated(format!("{dev:?} acknowledges {seq}, and {came} was the last that came"));
            }
            ClientFrame::Hello { resume: Some((_, seq)), .. } if *seq != came => {
                self.watch.violated(format!("{dev:?} goes on after {seq}, and {came} was the last that came"));
            }
            ClientFrame::Hello { .. } | ClientFrame::Request(_) | ClientFrame::Ack { .. } => {}
        }
    }
}

/// What a frame says of a stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum StreamNews {
    Begins { seq: u64 },
    Signal { seq: u64 },
}

impl StreamNews {
    pub(super) fn of(frame: &ServerFrame) -> Option<Self> {
        match frame {
            ServerFrame::Reset { snapshot, .. } => Some(Self::Begins { seq: snapshot.seq }),
            ServerFrame::Signal { seq, .. } => Some(Self::Signal { seq: *seq }),
            ServerFrame::Challenge { .. }
            | ServerFrame::Resumed { .. }
            | ServerFrame::Typing { .. }
            | ServerFrame::Answer { .. } => None,
        }
    }
}
