//! What a device asks about its user's devices.

use carillon_protocol::{Answer, DeviceId, Done, GivenName, OpId, RefusalCode, Request, Signal};

use super::{found, not_done_here};
use crate::{
    audit::{Act, Entry},
    change::{Begun, Change, NotChanged, refuse},
    core::Core,
    people::{After, Telling},
    store::{self, Who},
};

/// What is to be of a device.
enum Wish {
    Name(GivenName),
    RingHere(bool),
    Revoked,
}

pub(super) async fn answer(core: &Core, who: &Who, op: OpId, request: Request) -> Answer {
    let (device, wish) = match request {
        Request::Devices => return found(core, list(core, who).await),
        Request::RenameDevice { device, name } => (device, Wish::Name(name)),
        Request::SetRingHere { device, ring } => (device, Wish::RingHere(ring)),
        Request::RevokeDevice { device } => (device, Wish::Revoked),
        _ => return not_done_here(core),
    };
    let mut change = match Change::begin(core, who, op).await {
        Begun::Change(change) => change,
        Begun::Answered(answer) => return *answer,
    };
    let mut after = After::default();
    let result = make(&mut change, device, wish, &mut after).await;
    let answer = change.finish(result).await;
    if matches!(answer, Answer::Ok(_)) {
        for device in &after.signed_out {
            core.note(Entry::done(Act::RevokeDevice).about(&who.account.user).on(*device)).await;
        }
        after.happen(core).await;
    }
    answer
}

async fn list(core: &Core, who: &Who) -> store::Result<Done> {
    let mut devices = core.store.devices(who, core.clock.now_ms()).await?;
    devices.sort_by_key(|entry| !entry.is_this);
    Ok(Done::Devices { devices })
}

/// A device of somebody else is answered as one that is not there.
async fn make(change: &mut Change<'_>, device: DeviceId, wish: Wish, after: &mut After) -> Result<Done, NotChanged> {
    let (who, tx) = (change.who, &mut change.tx);
    if !store::devices::is_own(tx, who, device).await? {
        return refuse(RefusalCode::NotFound, "this user has no such device");
    }
    match wish {
        Wish::Name(name) => store::devices::rename(tx, device, &name.check()?).await?,
        Wish::RingHere(ring) => store::devices::set_ring_here(tx, device, ring).await?,
        Wish::Revoked => {
            store::sign_ins::end_sign_in(tx, device, change.core.gone_at_ms()).await?;
            after.signed_out.push(device);
        }
    }
    let mail = change.mail();
    let mut telling = Telling { tx: &mut change.tx, app: &who.app, mail };
    telling.user(&who.account.user, Signal::DevicesChanged, after).await?;
    Ok(Done::Done)
}
