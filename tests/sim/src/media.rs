//! A pretended media transport: offers, answers, and whether the two find each other.

use carillon_call::device::{Input, Media, MediaControl, MediaRole};
use carillon_protocol::{Candidate, Description, DescriptionKind, MediaSignal};

use super::{Sim, device::Dev, queue::Happening};

/// What a pretended transport will say.
#[derive(Debug)]
pub(super) enum TransportNews {
    Says(MediaSignal),
    Connected,
    Lost,
    Failed,
    Left,
}

/// A device's transport, or its absence.
#[derive(Debug, Default)]
pub(super) struct FakeMedia {
    /// Counts transports: what a replaced one says is void.
    generation: u32,
    role: Option<MediaRole>,
    /// The other device's transport, by its descriptions.
    peer: Option<(Dev, u32)>,
    is_connected: bool,
}

impl Sim {
    /// Loses the path between a device's transport and the other; a restart may find a new one.
    pub fn lose_media(&mut self, dev: Dev) {
        let Some(peer) = self.devices[dev.0].media.peer else { return };
        let own = (dev, self.devices[dev.0].media.generation);
        for (dev, generation) in [own, peer] {
            let later = self.roll(0..=20);
            self.after_ms(later, Happening::Transport { dev, generation, news: TransportNews::Lost });
        }
    }

    pub(super) fn obey(&mut self, dev: Dev, order: MediaControl) {
        self.watch.ordered(dev, &order);
        match order {
            MediaControl::Prepare { role, .. } => {
                self.close_transport(dev);
                self.devices[dev.0].publishing.stops();
                self.devices[dev.0].media.role = Some(role);
                self.say(dev, candidate());
                if role == MediaRole::Offerer {
                    self.offer(dev);
                }
            }
            MediaControl::Open | MediaControl::Slots { .. } => {}
            MediaControl::Deliver(MediaSignal::Description(description)) => self.describe(dev, &description),
            MediaControl::Deliver(MediaSignal::Candidate(_) | MediaSignal::EndOfCandidates) => {}
            MediaControl::Restart => self.offer(dev),
            MediaControl::Close => {
                self.say_goodbye(dev);
                self.close_transport(dev);
            }
        }
    }

    /// A transport that is closed in good manners tells the other one, mostly.
    fn say_goodbye(&mut self, dev: Dev) {
        let media = &self.devices[dev.0].media;
        let Some((peer, generation)) = media.peer.filter(|_| media.is_connected) else { return };
        let is_lost = self.chance(self.network.media_fails_per_mille);
        if !is_lost {
            let later = self.roll(1..=60);
            self.after_ms(later, Happening::Transport { dev: peer, generation, news: TransportNews::Left });
        }
    }

    pub(super) fn close_transport(&mut self, dev: Dev) {
        let media = &mut self.devices[dev.0].media;
        let left = std::mem::take(media);
        media.generation = left.generation + 1;
        if let Some((dev, generation)) = left.peer.filter(|_| left.is_connected) {
            self.after_ms(5_000, Happening::Transport { dev, generation, news: TransportNews::Lost });
        }
    }

    pub(super) fn transport_news(&mut self, dev: Dev, generation: u32, news: TransportNews) {
        let media = &mut self.devices[dev.0].media;
        if media.generation != generation || media.role.is_none() {
            return;
        }
        let news = match news {
            TransportNews::Says(signal) => Media::Signal(signal),
            TransportNews::Connected => Media::Connected,
            TransportNews::Lost => Media::Lost,
            TransportNews::Failed => Media::Failed,
            TransportNews::Left => Media::Left,
        };
        match news {
            Media::Connected => media.is_connected = true,
            Media::Lost | Media::Failed => media.is_connected = false,
            Media::Signal(_) | Media::Left => {}
        }
        self.input(dev, Input::Media(news));
    }

    fn describe(&mut self, dev: Dev, description: &Description) {
        let Some(peer) = parse(&description.sdp) else { return };
        let media = &mut self.devices[dev.0].media;
        media.peer = Some(peer);
        match (description.kind, media.role) {
            (DescriptionKind::Offer, Some(MediaRole::Answerer)) => {
                let sdp = name(dev, media.generation);
                self.say(
                    dev,
                    MediaSignal::Description(Description { kind: DescriptionKind::Answer, sdp, signature: None }),
                );
                self.say(dev, candidate());
            }
            (DescriptionKind::Answer, Some(MediaRole::Offerer)) => self.meet(dev, peer),
            _ => {}
        }
    }

    /// Both have each other's description: they find each other, mostly.
    fn meet(&mut self, dev: Dev, peer: (Dev, u32)) {
        let own = (dev, self.devices[dev.0].media.generation);
        let is_failure = self.chance(self.network.media_fails_per_mille);
        for (dev, generation) in [own, peer] {
            let later = self.roll(20..=400);
            match is_failure {
                false => self.after_ms(later, Happening::Transport { dev, generation, news: TransportNews::Connected }),
                true if self.chance(500) => {
                    self.after_ms(later, Happening::Transport { dev, generation, news: TransportNews::Failed });
                }
                true => {}
            }
        }
    }

    fn offer(&mut self, dev: Dev) {
        let sdp = name(dev, self.devices[dev.0].media.generation);
        self.say(dev, MediaSignal::Description(Description { kind: DescriptionKind::Offer, sdp, signature: None }));
        self.say(dev, candidate());
        self.say(dev, MediaSignal::EndOfCandidates);
    }

    fn say(&mut self, dev: Dev, signal: MediaSignal) {
        let generation = self.devices[dev.0].media.generation;
        let later = self.roll(1..=60);
        self.after_ms(later, Happening::Transport { dev, generation, news: TransportNews::Says(signal) });
    }
}

fn candidate() -> MediaSignal {
    MediaSignal::Candidate(Candidate { candidate: "host".to_owned(), sdp_mid: None, sdp_m_line_index: None })
}

/// A description names its transport; that is all that a pretended one needs.
fn name(dev: Dev, generation: u32) -> String {
    format!("{}/{generation}", dev.0)
}

fn parse(sdp: &str) -> Option<(Dev, u32)> {
    let (dev, generation) = sdp.split_once('/')?;
    Some((Dev(dev.parse().ok()?), generation.parse().ok()?))
}
