//! Ending at once what somebody has going on here.

use carillon_call::record::{Actor, Asked, Rows};
use carillon_protocol::{CallId, DeviceId, UserId};

use crate::{
    doors::House,
    services::calls::{About, nobody},
    store::{self, Live},
};

impl House {
    /// Takes a user's devices out of their call whose sign-ins have ended.
    pub(super) async fn dismiss_user(&self, user: &UserId, devices: &[DeviceId]) -> store::Result<()> {
        for device in devices {
            if let Some(call) = self.live_call_of(user).await? {
                self.leave(call, user, *device).await;
            }
        }
        Ok(())
    }

    /// The call that a user rings, is rung or talks in.
    pub(super) async fn live_call_of(&self, user: &UserId) -> store::Result<Option<CallId>> {
        let (app, user) = (self.config.app.clone(), user.clone());
        self.store.ask(async move |conn| store::calls::live(conn, &app, Live::Of(&user)).await).await
    }

    /// Ends a call for everybody in it.
    pub(super) async fn end_call(&self, rows: &Rows) {
        for leg in rows.joined() {
            if let Some(device) = leg.joined_device() {
                self.leave(rows.call.id, &leg.user, device).await;
            }
        }
    }

    async fn leave(&self, call: CallId, user: &UserId, device: DeviceId) {
        let actor = Actor { user: user.clone(), device, ..nobody() };
        self.ground.ask(&actor, None, About::Call(call, Asked::DeviceGone)).await;
    }
}
