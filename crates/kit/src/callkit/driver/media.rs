//! What the machine orders of media: one pipeline at a time.

use carillon_call::device::{CallInfo, Order, Phase};
use carillon_protocol::{Description, MediaSignal};
use carillon_rtc::TransportConfig;

use super::{CallEvent, Driver, Unverified};
use crate::media::Pipeline;

impl Driver {
    pub(super) fn arrange(&mut self, order: Order) {
        match order {
            Order::Prepare { role, .. } => {
                self.close_pipeline();
                self.pipelines += 1;
                let settings = self.wishes.settings.subscribe();
                let config = self.transport_config();
                self.pipeline = Some(Pipeline::prepare(self.pipelines, role, config, settings, self.outlets.clone()));
            }
            Order::Close => self.close_pipeline(),
            Order::Open => self.pipeline.iter().for_each(Pipeline::open),
            Order::Restart => self.pipeline.iter().for_each(Pipeline::restart),
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
        self.pipeline.iter().for_each(|pipeline| pipeline.deliver(signal.clone()));
    }

    fn verify(&self, description: &Description) -> Result<(), Unverified> {
        match self.device.call() {
            Some(CallInfo { id: Some(call), with, .. }) => self.trust.check(*call, with, description),
            _ => Ok(()), // no call, no pipeline
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

    pub(super) fn close_pipeline(&mut self) {
        if let Some(pipeline) = self.pipeline.take() {
            let closed = pipeline.close();
            self.closing.spawn(async move {
                // A pipeline that panicked has closed its devices by that, and was told of.
                let _ = closed.await;
            });
        }
    }
}
