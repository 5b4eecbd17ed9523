//! A pretended media transport: offers, answers, and whether the two find each other, or the server.

use carillon_call::{
    device::{Input, Media, MediaControl, MediaRole, Phase},
    record::Path,
};
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
        let media = &self.devices[dev.0].media;
        let has_path = media.peer.is_some() || media.role == Some(MediaRole::Participant) && media.is_connected;
        let own = has_path.then_some((dev, media.generation));
        for (dev, generation) in own.into_iter().chain(media.peer) {
            let later = self.roll(0..=20);
            self.after_ms(later, Happening::Transport { dev, generation, news: TransportNews::Lost });
        }
    }

    pub(super) fn obey(&mut self, dev: Dev, order: MediaControl) {
        self.watch.ordered(dev, &order);
        match order {
            MediaControl::Prepare { role, .. } => {
                // Microphone, camera and screen stay open where the server takes over.
                let goes_on = role == MediaRole::Participant && self.devices[dev.0].media.role.is_some();
                self.close_transport(dev);
                if !goes_on {
                    self.devices[dev.0].publishing.stops();
                }
                self.devices[dev.0].media.role = Some(role);
                self.say(dev, candidate());
                if role != MediaRole::Answerer {
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
            Media::Signal(_) | Media::Left | Media::Unverified => {}
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
            (DescriptionKind::Answer, Some(MediaRole::Participant)) => self.reach_forwarder(dev, peer),
            _ => {}
        }
    }

    /// Both have each other's description: they find each other, mostly.
    fn meet(&mut self, dev: Dev, peer: (Dev, u32)) {
        let own = (dev, self.devices[dev.0].media.generation);
        let is_failure = self.chance(self.network.direct_fails_per_mille);
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

    /// The server's forwarder has answered one of this device's transports, which finds it, mostly.
    fn reach_forwarder(&mut self, dev: Dev, answered: (Dev, u32)) {
        self.devices[dev.0].media.peer = None;
        let generation = self.devices[dev.0].media.generation;
        if answered != (dev, generation) {
            return self.watch.violated(format!("{dev:?} gives an answer for {answered:?} to another transport"));
        }
        let later = self.roll(20..=400);
        let news = match self.chance(self.network.media_fails_per_mille) {
            false => TransportNews::Connected,
            true => TransportNews::Failed,
        };
        self.after_ms(later, Happening::Transport { dev, generation, news });
    }

    /// The server's forwarder is gone, and knows no connection when it is back.
    pub(super) fn lose_forwarder(&mut self) {
        for dev in self.all() {
            if self.devices[dev.0].media.role == Some(MediaRole::Participant) {
                self.lose_media(dev);
            }
        }
    }

    /// When all is quiet both devices in a call of two have their media where the record has them, and they flow.
    pub(super) fn check_path(&mut self, dev: Dev) {
        let machine = &self.devices[dev.0].machine;
        let call = machine.call().filter(|_| matches!(machine.phase(), Phase::Active { .. }));
        let Some((call, rows)) = call.and_then(|call| Some((call, self.server.call(call.id?)?))) else { return };
        let (known, recorded) = (call.path, rows.call.path.map(Path::told));
        let role = self.devices[dev.0].media.role;
        let is_participant = role == Some(MediaRole::Participant);
        let is_connected = self.devices[dev.0].media.is_connected && machine.reconnecting_until().is_none();
        if recorded != Some(known) || is_participant == known.is_direct() || !is_connected {
            self.watch.violated(format!(
                "{dev:?} is on {known:?} by {role:?}, connected: {is_connected}, and the record has {recorded:?}"
            ));
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
