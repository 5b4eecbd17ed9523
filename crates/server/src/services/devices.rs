//! A user's own devices.

use carillon_protocol::{DeviceId, Done, GivenName, RefusalCode, Signal};

use crate::{
    change::{Change, FollowUp, NotChanged, refuse},
    ground::shared::Ground,
    services::sign_ins::gone_at_ms,
    store::{
        self, Who,
        audit::{Act, Entry},
    },
};

/// The devices of a user, the one that asks first.
pub(crate) async fn list(ground: &Ground, who: &Who) -> Result<Done, NotChanged> {
    let mut devices = ground.store.devices(who, ground.clock.now_ms()).await?;
    devices.sort_by_key(|entry| !entry.is_this);
    Ok(Done::Devices { devices })
}

/// Gives a device another name.
pub(crate) async fn rename(change: &mut Change<'_>, device: DeviceId, name: &GivenName) -> Result<Done, NotChanged> {
    check_own(change, device).await?;
    store::devices::rename(&mut change.tx, device, &name.check()?).await?;
    tell(change)
}

/// Sets whether calls ring on a device.
pub(crate) async fn set_ring_here(change: &mut Change<'_>, device: DeviceId, ring: bool) -> Result<Done, NotChanged> {
    check_own(change, device).await?;
    store::devices::set_ring_here(&mut change.tx, device, ring).await?;
    tell(change)
}

/// Signs a device out.
pub(crate) async fn revoke(change: &mut Change<'_>, device: DeviceId) -> Result<Done, NotChanged> {
    check_own(change, device).await?;
    store::sign_ins::end_sign_in(&mut change.tx, device, gone_at_ms(change.ground)).await?;
    change.then(FollowUp::Audit(Entry::done(Act::RevokeDevice).about(&change.who.account.user).on(device)));
    change.then(FollowUp::SignedOut(device));
    tell(change)
}

/// A device of another user is answered as one that is not there.
async fn check_own(change: &mut Change<'_>, device: DeviceId) -> Result<(), NotChanged> {
    if store::devices::is_own(&mut change.tx, change.who, device).await? {
        return Ok(());
    }
    refuse(RefusalCode::NotFound, "this user has no such device")
}

fn tell(change: &mut Change<'_>) -> Result<Done, NotChanged> {
    change.tell_user(&change.who.account.user, Signal::DevicesChanged);
    Ok(Done::Done)
}
