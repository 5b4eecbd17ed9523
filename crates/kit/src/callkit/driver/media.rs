//! What the machine orders of media: those of one call at a time.

use carillon_call::device::{CallInfo, Order, Phase};
use carillon_protocol::{Description, MediaSignal};
use carillon_rtc::TransportConfig;

use super::{CallEvent, Driver, Unverified};
use crate::media::{CallMedia, Purpose};

impl Driver {
    pub(super) fn arrange(&mut self, order: Order) {
        match order {
            Order::Prepare { role, kind } => {
                self.close_media();
                self.media_made += 1;
                let purpose = Purpose { number: self.media_made, role, kind };
                let (config, settings) = (self.transport_config(), self.wishes.settings.subscribe());
                self.media = Some(CallMedia::prepare(purpose, config, settings, self.media_output.clone()));
            }
            Order::Close => self.close_media(),
            Order::Open => self.media.iter().for_each(CallMedia::open),
            Order::Restart => self.media.iter().for_each(CallMedia::restart),
            Order::Deliver(signal) => self.deliver(signal),
        }
    }

    /// What the other end says, if it says it.
    fn deliver(&mut self, signal: MediaSignal) {
        if let MediaSignal::Description(description) = &signal
            && let Err(why) = self.verify(description)
        {
            return self.refuse(why);
        }
        self.media.iter().for_each(|media| media.deliver(signal.clone()));
    }

    fn verify(&self, description: &Description) -> Result<(), Unverified> {
        match self.device.call() {
            Some(CallInfo { id: Some(call), with, .. }) => self.trust.check(*call, with, description),
            _ => Ok(()), // no call, no media
        }
    }

    /// The app hears why. Media that flow already are the other end's own, and go on.
    fn refuse(&mut self, why: Unverified) {
        let Some(CallInfo { id: Some(call), with, .. }) = self.device.call() else { return };
        tracing::warn!(%call, %why, "a media description is not used");
        self.teller.add(CallEvent::Unverified { call: *call, user: with.clone(), why });
        if !matches!(self.device.phase(), Phase::Active { .. }) {
            self.unverified = Some(why);
        }
    }

    fn transport_config(&self) -> TransportConfig {
        let stun = self.connection.greeting().and_then(|greeting| greeting.stun);
        TransportConfig {
            stun: stun.into_iter().map(|server| format!("stun:{server}")).collect(),
            ..Default::default()
        }
    }

    pub(super) fn close_media(&mut self) {
        if let Some(media) = self.media.take() {
            let closed = media.close();
            self.closing.spawn(async move {
                // Media that panicked have closed their devices by that, and were told of.
                let _ = closed.await;
            });
        }
    }
}
