//! Accounts and sign-ins: how they begin, go on and end.

use std::net::IpAddr;

use carillon_call::record::Recipient;
use carillon_protocol::{Account, DeviceId, Signal, SignedIn, UserId};

use crate::{
    change::{By, Change, FollowUp, write_audit},
    ground::{
        clock::millis,
        secrets::{hash_secret, new_refresh_family, new_refresh_token, new_token, refresh_family},
        shared::Ground,
    },
    store::{
        self, KeptTokens, NewAccount, NewDevice, NotRegistered, NotSignedIn, Refresh, SignIn, Who,
        audit::{Act, Entry},
        sign_ins::{SignedInAs, end_sign_in},
    },
};

/// The next tokens of a sign-in: what the device is told, and what is kept of it.
pub(crate) struct FreshTokens {
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    pub(crate) expires_in_s: u64,
    pub(crate) kept: KeptTokens,
}

impl FreshTokens {
    /// Of a new sign-in.
    pub(crate) fn first(ground: &Ground) -> Self {
        Self::next(ground, &new_refresh_family())
    }

    /// Of the sign-in whose refresh tokens begin so.
    pub(crate) fn next(ground: &Ground, family: &str) -> Self {
        let (now_ms, patience) = (ground.clock.now_ms(), &ground.config.patience);
        let (token, refresh_token) = (new_token(), new_refresh_token(family));
        let kept = KeptTokens {
            token_hash: hash_secret(&token),
            token_until_ms: now_ms.saturating_add(millis(patience.token)),
            family_hash: hash_secret(family),
            refresh_hash: hash_secret(&refresh_token),
            refresh_until_ms: now_ms.saturating_add(millis(patience.sign_in)),
        };
        Self { token, refresh_token, expires_in_s: patience.token.as_secs(), kept }
    }

    /// The answer to the device that signed in.
    pub(crate) fn signed_in(self, ground: &Ground, account: Account, device: DeviceId) -> SignedIn {
        SignedIn {
            account,
            device,
            app: ground.config.app.clone(),
            token: self.token,
            token_expires_in_s: self.expires_in_s,
            refresh_token: self.refresh_token,
        }
    }
}

/// When a device must have gone for calls to give it up now: a device that is signed out does not come back.
pub(crate) fn gone_at_ms(ground: &Ground) -> u64 {
    ground.clock.now_ms().saturating_sub(millis(ground.config.patience.away))
}

/// Makes an account with its first device.
pub(crate) async fn register(ground: &Ground, new: &NewAccount<'_>, from: IpAddr) -> Result<(), NotRegistered> {
    let entry = Entry::done(Act::Register).from(from);
    match make_account(ground, new, entry.clone()).await {
        Err(error) => {
            write_audit(ground, entry.but(error.word())).await;
            Err(error)
        }
        made => made,
    }
}

async fn make_account(ground: &Ground, new: &NewAccount<'_>, entry: Entry) -> Result<(), NotRegistered> {
    let mut change = Change::begin(ground, By::Server).await?;
    store::accounts::register(&mut change.tx, new).await?;
    change.then(FollowUp::Audit(entry.about(&new.account.user).on(new.device.fresh_id)));
    Ok(change.commit().await?)
}

/// Makes an account; its first device exists in the database only.
pub(crate) async fn add_account(ground: &Ground, new: &NewAccount<'_>) -> Result<(), NotRegistered> {
    let mut change = Change::begin(ground, By::Server).await?;
    store::accounts::register(&mut change.tx, new).await?;
    end_sign_in(&mut change.tx, new.device.fresh_id, gone_at_ms(ground)).await?;
    change.then(FollowUp::Audit(Entry::done(Act::AddUser).about(&new.account.user)));
    Ok(change.commit().await?)
}

/// Signs a device in. The link that it had is closed, and the user's other devices hear of it.
pub(crate) async fn sign_in(
    ground: &Ground,
    asked: &SignIn<'_>,
    device: &NewDevice<'_>,
    from: IpAddr,
) -> Result<SignedInAs, NotSignedIn> {
    let mut change = Change::begin(ground, By::Server).await?;
    let signed_in = store::sign_ins::sign_in(&mut change.tx, asked, device).await?;
    let id = signed_in.device;
    change.tell(Recipient::OtherDevices(asked.user.clone(), id), Signal::DevicesChanged);
    change.then(FollowUp::SignedOut(id));
    let entry = |act| FollowUp::Audit(Entry::done(act).about(asked.user).on(id).from(from));
    change.then(entry(Act::SignIn));
    if signed_in.key_changed {
        change.then(entry(Act::ChangeDeviceKey));
    }
    change.commit().await?;
    Ok(signed_in)
}

/// What came of a refresh token.
pub(crate) enum Refreshed {
    /// These are in force.
    Tokens(Box<FreshTokens>),
    /// It was used up, so it is in the hands of two: that sign-in is over.
    Reused,
    /// Of no device, or too old.
    Unknown,
}

/// Changes a refresh token for the next pair of tokens.
pub(crate) async fn refresh(ground: &Ground, refresh_token: &str, from: IpAddr) -> store::Result<Refreshed> {
    let Some(family) = refresh_family(refresh_token) else { return Ok(Refreshed::Unknown) };
    let (next, gone_at_ms) = (FreshTokens::next(ground, family), gone_at_ms(ground));
    let mut change = Change::begin(ground, By::Server).await?;
    let (hash, now_ms) = (hash_secret(refresh_token), change.stamp.now_ms);
    let came_to = store::sign_ins::refresh(&mut change.tx, &hash, &next.kept, now_ms, gone_at_ms).await?;
    let refreshed = match came_to {
        Refresh::Unknown => return Ok(Refreshed::Unknown),
        Refresh::Done => Refreshed::Tokens(Box::new(next)),
        Refresh::Reused(device) => {
            change.then(FollowUp::SignedOut(device));
            change.then(FollowUp::Audit(Entry::done(Act::Refresh).but("reused").on(device).from(from)));
            Refreshed::Reused
        }
    };
    change.commit().await?;
    Ok(refreshed)
}

/// Sets another password, and signs all other devices of the user out. `false`: the old one is not right any more.
pub(crate) async fn change_password(ground: &Ground, who: &Who, old_hash: &str, new_hash: &str) -> store::Result<bool> {
    let Some(mut change) = Change::begin_signed_in(ground, who).await? else { return Ok(false) };
    let gone_at_ms = gone_at_ms(ground);
    let ended = store::sign_ins::change_password(&mut change.tx, who, old_hash, new_hash, gone_at_ms).await?;
    let Some(ended) = ended else { return Ok(false) };
    ended.into_iter().for_each(|device| change.then(FollowUp::SignedOut(device)));
    change.commit().await?;
    Ok(true)
}

/// Closes an account: all of its sign-ins are over. Gives their devices.
pub(crate) async fn close(ground: &Ground, user: &UserId) -> store::Result<Vec<DeviceId>> {
    let mut change = Change::begin(ground, By::Server).await?;
    let (app, now_ms) = (change.app(), change.stamp.now_ms);
    let ended = store::admin::set_disabled(&mut change.tx, app, user, Some(now_ms), gone_at_ms(ground)).await?;
    end_all(change, ended).await
}

/// Closes the account of a device that is still signed in; `None`: it is not any more.
pub(crate) async fn close_own(ground: &Ground, who: &Who) -> store::Result<Option<Vec<DeviceId>>> {
    let Some(mut change) = Change::begin_signed_in(ground, who).await? else { return Ok(None) };
    let (app, user, now_ms) = (change.app(), &who.account.user, change.stamp.now_ms);
    let ended = store::admin::set_disabled(&mut change.tx, app, user, Some(now_ms), gone_at_ms(ground)).await?;
    end_all(change, ended).await.map(Some)
}

/// Opens a closed account again.
pub(crate) async fn open(ground: &Ground, user: &UserId) -> store::Result<()> {
    let mut change = Change::begin(ground, By::Server).await?;
    let app = change.app();
    store::admin::set_disabled(&mut change.tx, app, user, None, gone_at_ms(ground)).await?;
    change.commit().await
}

/// Deletes an account with its messages and devices. Its name is given to no account again.
pub(crate) async fn delete(ground: &Ground, user: &UserId) -> store::Result<()> {
    while ground.store.delete_messages_of(&ground.config.app, user).await? {}
    let mut change = Change::begin(ground, By::Server).await?;
    let (app, now_ms) = (change.app(), change.stamp.now_ms);
    store::admin::delete_user(&mut change.tx, app, user, now_ms).await?;
    change.commit().await
}

/// Gives an account another password: all of its sign-ins are over. Gives their devices.
pub(crate) async fn set_password(ground: &Ground, user: &UserId, hash: &str) -> store::Result<Vec<DeviceId>> {
    let mut change = Change::begin(ground, By::Server).await?;
    let app = change.app();
    let ended = store::admin::set_password(&mut change.tx, app, user, hash, gone_at_ms(ground)).await?;
    end_all(change, ended).await
}

async fn end_all(mut change: Box<Change<'_>>, ended: Vec<DeviceId>) -> store::Result<Vec<DeviceId>> {
    ended.iter().for_each(|device| change.then(FollowUp::SignedOut(*device)));
    change.commit().await?;
    Ok(ended)
}

/// Ends a device's sign-in, with all that follows; the user's other devices hear of it.
pub(crate) async fn sign_out(change: &mut Change<'_>, user: &UserId, device: DeviceId) -> store::Result<()> {
    end_sign_in(&mut change.tx, device, gone_at_ms(change.ground)).await?;
    change.tell(Recipient::OtherDevices(user.clone(), device), Signal::DevicesChanged);
    change.then(FollowUp::SignedOut(device));
    Ok(())
}

/// Ends sign-ins that their devices have not refreshed for too long, a part of them if they are many; says whether there may be
/// more.
pub(crate) async fn end_forgotten(ground: &Ground) -> store::Result<bool> {
    let mut change = Change::begin(ground, By::Server).await?;
    let now_ms = change.stamp.now_ms;
    let ended = store::sign_ins::end_forgotten(&mut change.tx, now_ms, gone_at_ms(ground)).await?;
    let may_be_more = !ended.is_empty();
    ended.into_iter().for_each(|device| change.then(FollowUp::SignedOut(device)));
    change.commit().await?;
    Ok(may_be_more)
}
