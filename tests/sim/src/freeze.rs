//! Programs that stand still for a while: a closed lid, a paused machine. What comes in the meantime waits in their sockets.

use std::time::{Duration, Instant};

use super::{Sim, device::Dev, queue::Happening};

/// A link whose end has stood still for so long is dead to it: no signal comes of what still waits in the socket, nor comes twice.
const LINK_DIES_AFTER: Duration = Duration::from_secs(10);

/// How long the other transport waits for a sign of life.
const TRANSPORT_WAITS: Duration = Duration::from_secs(5);

/// A program that stands still.
#[derive(Debug)]
pub(super) struct Frozen {
    since: Instant,
    /// What would have happened to it meanwhile, in order.
    waiting: Vec<Happening>,
}

impl Sim {
    /// Stops a device's program for a while; it does not notice.
    pub fn freeze(&mut self, dev: Dev, how_long: Duration) {
        let now = self.now;
        let device = &mut self.devices[dev.0];
        if !device.is_alive || device.frozen.is_some() {
            return;
        }
        let life = device.life;
        device.frozen = Some(Frozen { since: now, waiting: Vec::new() });
        self.note(|| format!("{dev:?} is frozen for {how_long:?}"));
        self.queue.push(now + how_long, Happening::Thaw { dev, life });
        if how_long > TRANSPORT_WAITS {
            self.lose_media(dev);
        }
    }

    /// The clocks of devices' links stop from now on while they are frozen, so that they believe what waited in their sockets: to see
    /// that [`Watch`](super::Watch) notices.
    pub fn let_devices_believe_old_frames(&mut self) {
        self.believes_old_frames = true;
    }

    /// What concerns a frozen program waits; what was under way when its link dropped never comes.
    pub(super) fn unless_frozen(&mut self, happening: Happening) -> Option<Happening> {
        let Some(dev) = happening.needs() else { return Some(happening) };
        let device = &mut self.devices[dev.0];
        let now = device.link.epoch;
        let Some(frozen) = &mut device.frozen else { return Some(happening) };
        if !matches!(happening, Happening::AtDevice { epoch, .. } if epoch != now) {
            frozen.waiting.push(happening);
        }
        None
    }

    pub(super) fn thaw_if_same(&mut self, dev: Dev, life: u32) {
        if self.devices[dev.0].life == life {
            self.thaw(dev);
        }
    }

    /// Its program goes on: it sees that time has passed, and its link with it.
    pub(super) fn thaw(&mut self, dev: Dev) {
        let Some(Frozen { since, waiting }) = self.devices[dev.0].frozen.take() else { return };
        self.note(|| format!("{dev:?} goes on"));
        let is_dead = self.now.duration_since(since) >= LINK_DIES_AFTER;
        let life = self.devices[dev.0].life;
        let believes = self.believes_old_frames;
        if believes {
            let missed = self.now.duration_since(since);
            self.devices[dev.0].missed_time += missed;
        }
        self.watch.trouble(dev, self.now);
        self.wake(dev, life);
        let comes_again = |happening: &Happening| matches!(happening, Happening::Doubled { .. });
        for happening in waiting.into_iter().filter(|happening| !is_dead || believes || !comes_again(happening)) {
            if let Happening::AtDevice { epoch, sent, .. } = happening {
                // It lies in the socket, whether the link still stands or not.
                if self.devices[dev.0].link.socket == epoch {
                    self.take_from_socket(dev, sent);
                }
            } else {
                self.happen(happening);
            }
        }
    }
}
