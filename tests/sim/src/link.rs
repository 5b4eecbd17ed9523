//! Links: FIFO, with a delay of their own, losing what is under way when they drop.

use std::{ops::RangeInclusive, time::Instant};

use carillon_call::session::device::Input;
use carillon_protocol::{ClientFrame, ServerFrame};

use super::{Sim, device::Dev, queue::Happening};

/// How bad the network is.
#[derive(Debug, Clone)]
pub struct Network {
    /// How long a frame takes.
    pub delay_ms: RangeInclusive<u64>,
    /// How often a frame takes its link down with it, in a thousand.
    pub drop_per_mille: u32,
    /// How often such a frame leaves a link behind that carries nothing more that way, in a thousand; it is noticed by silence.
    pub one_way_per_mille: u32,
    /// How long an end takes to notice that its link is down.
    pub notice_ms: RangeInclusive<u64>,
    /// How long a device waits before it connects again.
    pub reconnect_ms: RangeInclusive<u64>,
    /// How often a device hears a signal or an answer again, some time later, in a thousand.
    pub double_per_mille: u32,
    /// How much later that is at most.
    pub double_within_ms: u64,
    /// How often the server no longer knows the session of a device that connects again, in a thousand.
    pub forget_per_mille: u32,
    /// How often a transport does not find the server's forwarder, or says no goodbye, in a thousand.
    pub media_fails_per_mille: u32,
    /// How often the transports of two devices do not find each other, in a thousand.
    pub direct_fails_per_mille: u32,
    /// How long RTC tokens are good for; `None`: as long as calls last.
    pub token_ms: Option<RangeInclusive<u64>>,
}

impl Network {
    /// Some delay, and nothing else.
    pub const fn quiet() -> Self {
        Self {
            delay_ms: 5..=40,
            drop_per_mille: 0,
            one_way_per_mille: 0,
            notice_ms: 0..=100,
            reconnect_ms: 100..=1_000,
            double_per_mille: 0,
            double_within_ms: 3_000,
            forget_per_mille: 0,
            media_fails_per_mille: 0,
            direct_fails_per_mille: 0,
            token_ms: None,
        }
    }
}

/// One device's way to the server.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) is_up: bool,
    /// Counts ups and downs: what was sent over an earlier one never arrives.
    pub(super) epoch: u32,
    /// Which of them the device has had its last socket since: what lies in one is of no use to the next.
    pub(super) socket: u32,
    /// Pulled out by the story: no connecting until it is put in again.
    pub(super) is_pulled: bool,
    /// The way that carries nothing any more, while the other one does.
    pub(super) blocked: Option<Way>,
    at_server: Instant,
    at_device: Instant,
}

impl Link {
    pub(super) fn new(now: Instant) -> Self {
        Self { is_up: false, epoch: 0, socket: 0, is_pulled: false, blocked: None, at_server: now, at_device: now }
    }
}

/// What goes over a link from a device to the server.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all of them are frames")]
pub(super) enum Upward {
    Frame(ClientFrame),
    Ping,
    Pong,
}

/// What goes over a link from the server to a device.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "most are frames")]
pub(super) enum Downward {
    Frame(ServerFrame),
    Ping,
    Pong,
}

/// One of a link's two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

impl Sim {
    /// Pulls a device's link out until [`Sim::plug`].
    pub fn unplug(&mut self, dev: Dev) {
        self.devices[dev.0].link.is_pulled = true;
        self.drop_link(dev);
    }

    /// Puts a device's link in again; it connects soon.
    pub fn plug(&mut self, dev: Dev) {
        self.devices[dev.0].link.is_pulled = false;
        self.connect_later(dev);
    }

    /// Cuts some devices off from the server for a while.
    pub fn partition(&mut self, devices: &[Dev], how_long: std::time::Duration) {
        for dev in devices {
            self.unplug(*dev);
            self.queue.push(self.now + how_long, Happening::Plug { dev: *dev });
        }
    }

    /// Drops a device's link once; it connects again by itself.
    pub fn drop_link(&mut self, dev: Dev) {
        let device = &mut self.devices[dev.0];
        if !device.link.is_up {
            return;
        }
        device.link.is_up = false;
        device.link.epoch += 1;
        let epoch = device.link.epoch;
        self.note(|| format!("{dev:?} link drops"));
        let (device_notices, server_notices) =
            (self.roll(self.network.notice_ms.clone()), self.roll(self.network.notice_ms.clone()));
        self.after_ms(device_notices, Happening::LinkNoticedDown { dev, epoch });
        self.after_ms(server_notices, Happening::ServerNotices { dev, epoch: epoch - 1 });
    }

    pub(super) fn connect(&mut self, dev: Dev) {
        let now = self.now;
        let device = &mut self.devices[dev.0];
        if !device.is_alive || device.link.is_up || device.link.is_pulled || device.end.is_connected() {
            return;
        }
        if !self.server.is_up {
            return self.connect_later(dev);
        }
        let link = &mut device.link;
        link.is_up = true;
        link.blocked = None;
        link.epoch += 1;
        link.socket = link.epoch;
        link.at_server = now;
        link.at_device = now;
        self.accept_link(dev);
        self.link_input(dev, Input::Connected { proof: None });
    }

    pub(super) fn connect_later(&mut self, dev: Dev) {
        let wait = self.roll(self.network.reconnect_ms.clone());
        self.after_ms(wait, Happening::Connect { dev });
    }

    pub(super) fn notice_link_down(&mut self, dev: Dev, epoch: u32) {
        if self.devices[dev.0].link.epoch != epoch {
            return;
        }
        self.link_input(dev, Input::Disconnected);
        self.connect_later(dev);
    }

    pub(super) fn send_up(&mut self, dev: Dev, sent: Upward) {
        let Some((epoch, delay)) = self.begin_transit(dev, Way::Up) else { return };
        let link = &mut self.devices[dev.0].link;
        link.at_server = link.at_server.max(self.now + delay);
        self.queue.push(link.at_server, Happening::AtServer { dev, epoch, sent });
    }

    pub(super) fn send_down(&mut self, dev: Dev, sent: Downward) {
        let Some((epoch, delay)) = self.begin_transit(dev, Way::Down) else { return };
        let link = &mut self.devices[dev.0].link;
        link.at_device = link.at_device.max(self.now + delay);
        self.queue.push(link.at_device, Happening::AtDevice { dev, epoch, sent });
    }

    /// A frame's link and delay; it may take the link down on its way out.
    fn begin_transit(&mut self, dev: Dev, way: Way) -> Option<(u32, std::time::Duration)> {
        let link = &self.devices[dev.0].link;
        if !link.is_up || link.blocked == Some(way) {
            return None;
        }
        if self.chance(self.network.drop_per_mille) {
            if self.chance(self.network.one_way_per_mille) {
                self.block_way(dev, way)
            } else {
                self.drop_link(dev)
            }
            return None;
        }
        let delay = self.roll(self.network.delay_ms.clone());
        Some((self.devices[dev.0].link.epoch, std::time::Duration::from_millis(delay)))
    }

    /// From now on a link carries nothing one way, until an end notices.
    pub(super) fn block_way(&mut self, dev: Dev, way: Way) {
        let link = &mut self.devices[dev.0].link;
        if link.blocked.is_some() {
            return self.drop_link(dev);
        }
        link.blocked = Some(way);
        self.note(|| format!("{dev:?} link carries nothing {way:?}"));
    }
}
