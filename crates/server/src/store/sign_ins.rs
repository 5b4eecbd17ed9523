//! Sign-ins: which device is signed in, by which tokens, and how that ends.
//!
//! A token opens links until it expires; a refresh token gets the next pair, once. Only hashes are kept.

use carillon_protocol::{Account, AppId, DeviceId, DeviceKey, UserId};

use super::{
    Conn, Result, Store, StoreError, Tx,
    accounts::{self, NewDevice, add_device},
    devices, parse, signed,
    sql::{sql, sql_as},
};

/// So many forgotten sign-ins end together; each has a stream to be deleted.
const FORGOTTEN_AT_ONCE: u32 = 50;

/// A signed-in device, as its token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) app: AppId,
    pub(crate) account: Account,
    pub(crate) device: DeviceId,
    pub(crate) device_name: String,
    /// The device's own key, if it has one: then a token alone opens no link.
    pub(crate) key: Option<DeviceKey>,
    /// Which of this device's sign-ins, counted from its first.
    pub(crate) sign_in: i64,
}

impl Who {
    /// Reads again what may have changed while a link was open.
    pub(crate) async fn refresh(&mut self, conn: &mut Conn) -> Result<()> {
        if let Some(account) = accounts::account(conn, &self.app, &self.account.user).await? {
            self.account = account;
        }
        let row: Option<(String,)> =
            sql_as!("SELECT name FROM devices WHERE id = $1", self.device.to_string()).fetch_optional(conn).await?;
        if let Some((name,)) = row {
            self.device_name = name;
        }
        Ok(())
    }
}

/// Whose token was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Admitted {
    pub(crate) who: Who,
    /// A device that shows a token has surely got it: the refresh token before it is to be used up.
    pub(crate) shows_new_tokens: bool,
}

/// What is kept of a sign-in's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptTokens {
    pub(crate) token_hash: String,
    pub(crate) token_until_ms: u64,
    pub(crate) family_hash: String,
    pub(crate) refresh_hash: String,
    pub(crate) refresh_until_ms: u64,
}

/// Whose sign-in it is to be, and upon what it was granted.
pub(crate) struct SignIn<'a> {
    pub(crate) app: &'a AppId,
    pub(crate) user: &'a UserId,
    /// The hash that the password was found right by: another one by now voids that.
    pub(crate) password_hash: &'a str,
    /// The device that it says it is.
    pub(crate) known: Option<DeviceId>,
    /// How many signed-in devices a user may have.
    pub(crate) most_devices: u32,
}

/// A device is signed in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SignedInAs {
    pub(crate) device: DeviceId,
    /// It had another key before.
    pub(crate) key_changed: bool,
}

/// Why a device was not signed in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSignedIn {
    #[error("the name or the password is wrong")]
    WrongPassword,
    #[error("this user has {0} signed-in devices already; sign one of them out first")]
    TooManyDevices(u32),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for NotSignedIn {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What came of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// The new tokens are in force.
    Done,
    /// Of no device, or too old.
    Unknown,
    /// It was used up, so it is in the hands of two: that sign-in is over.
    Reused(DeviceId),
}

impl Store {
    /// Whose token this is, if it is still good.
    pub(crate) async fn device_by_token(&self, token_hash: &str, now_ms: u64) -> Result<Option<Admitted>> {
        type Row = (String, String, String, Option<String>, bool, bool, String, String, i64, Option<String>, bool);
        let row: Option<Row> = sql_as!(
            "SELECT d.app, d.user_name, u.display_name, u.avatar, u.do_not_disturb, u.hides_reading, d.id, d.name, d.sign_in, d.public_key,
             d.previous_refresh_hash IS NOT NULL
             FROM devices d JOIN users u ON u.app = d.app AND u.name = d.user_name
             WHERE d.token_hash = $1 AND d.token_until_ms > $2",
            token_hash,
            signed(now_ms)
        )
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (app, user, display_name, avatar, do_not_disturb, hides_reading, device, device_name, sign_in, key, is_new) =
            row;
        let account = Account {
            user: parse(&user, "user")?,
            display_name,
            avatar: avatar.map(|id| parse(&id, "avatar")).transpose()?,
            do_not_disturb,
            hides_reading,
        };
        let key = key.map(|key| parse(&key, "device key")).transpose()?;
        let (app, device) = (parse(&app, "app")?, parse(&device, "device")?);
        let who = Who { app, account, device, device_name, key, sign_in };
        Ok(Some(Admitted { who, shows_new_tokens: is_new }))
    }

    /// The refresh token before the one that came with this token opens nothing any more.
    pub(crate) async fn use_up_previous(&self, token_hash: &str) -> Result<()> {
        let use_up = sql!("UPDATE devices SET previous_refresh_hash = NULL WHERE token_hash = $1", token_hash);
        self.housekeep([use_up]).await.map(drop)
    }
}

/// Signs a device in: the same device again if it is one of this user's, else a new one. Its earlier tokens are void, and its
/// session is not gone on with.
pub(crate) async fn sign_in(
    tx: &mut Tx,
    sign_in: &SignIn<'_>,
    device: &NewDevice<'_>,
) -> std::result::Result<SignedInAs, NotSignedIn> {
    let SignIn { app, user, .. } = *sign_in;
    if !password_is_still(tx, sign_in).await? {
        return Err(NotSignedIn::WrongPassword);
    }
    let known = match sign_in.known {
        Some(id) => earlier_key(tx, app, user, id).await?.map(|key| (id, key)),
        None => None,
    };
    let id = known.as_ref().map_or(device.fresh_id, |(id, _)| *id);
    if signed_in_but(tx, app, user, id).await? >= sign_in.most_devices {
        return Err(NotSignedIn::TooManyDevices(sign_in.most_devices));
    }
    let earlier_key = known.as_ref().and_then(|(_, key)| key.as_deref());
    let key_changed = earlier_key.is_some_and(|key| Some(key) != device.key.map(DeviceKey::as_str));
    if known.is_some() {
        sign_in_again(tx, id, device, key_changed).await?;
        end_session(tx, id, device.now_ms).await?;
    } else {
        add_device(tx, app, user, device).await?;
        devices::forget_oldest(tx, app, user).await?;
    }
    Ok(SignedInAs { device: id, key_changed })
}

/// Changes a refresh token for the next pair of tokens, or ends the sign-in of one that was used up. `gone_at_ms` is then when
/// the device counts as gone.
pub(crate) async fn refresh(
    tx: &mut Tx,
    refresh_hash: &str,
    next: &KeptTokens,
    now_ms: u64,
    gone_at_ms: u64,
) -> Result<Refresh> {
    let row: Option<(String, Option<String>, Option<String>)> = sql_as!(
        "SELECT id, refresh_hash, previous_refresh_hash FROM devices
         WHERE refresh_family = $1 AND token_hash IS NOT NULL AND refresh_until_ms > $2",
        &next.family_hash,
        signed(now_ms)
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some((id, current, previous)) = row else { return Ok(Refresh::Unknown) };
    let device = parse(&id, "device")?;
    if [current, previous].iter().flatten().any(|good| good == refresh_hash) {
        renew(tx, &id, refresh_hash, next).await?;
        return Ok(Refresh::Done);
    }
    end_sign_in(tx, device, gone_at_ms).await?;
    Ok(Refresh::Reused(device))
}

/// Sets another password and ends the sign-ins of all devices but one; gives those. `None`: the old password is not right any
/// more, and nothing has changed.
pub(crate) async fn change_password(
    tx: &mut Tx,
    who: &Who,
    old_hash: &str,
    new_hash: &str,
    gone_at_ms: u64,
) -> Result<Option<Vec<DeviceId>>> {
    let changed = sql!(
        "UPDATE users SET password_hash = $4 WHERE app = $1 AND name = $2 AND password_hash = $3",
        who.app.as_str(),
        who.account.user.as_str(),
        old_hash,
        new_hash
    );
    if changed.execute(&mut **tx).await?.rows_affected() == 0 {
        return Ok(None);
    }
    let mut ended = devices::signed_in(tx, &who.app, &who.account.user).await?;
    ended.retain(|device| *device != who.device);
    for device in &ended {
        end_sign_in(tx, *device, gone_at_ms).await?;
    }
    Ok(Some(ended))
}

/// Ends sign-ins that their devices have not refreshed for too long, a part of them if they are many; gives their devices.
pub(crate) async fn end_forgotten(tx: &mut Tx, now_ms: u64, gone_at_ms: u64) -> Result<Vec<DeviceId>> {
    let rows: Vec<(String,)> = sql_as!(
        "SELECT id FROM devices WHERE token_hash IS NOT NULL AND refresh_until_ms <= $1 ORDER BY refresh_until_ms LIMIT $2",
        signed(now_ms),
        FORGOTTEN_AT_ONCE
    )
    .fetch_all(&mut **tx)
    .await?;
    let devices = rows.iter().map(|(id,)| parse(id, "device")).collect::<Result<Vec<DeviceId>>>()?;
    for device in &devices {
        end_sign_in(tx, *device, gone_at_ms).await?;
    }
    Ok(devices)
}

/// Whether a device's sign-in is the one that its link began with.
pub(crate) async fn is_signed_in(conn: &mut Conn, who: &Who) -> Result<bool> {
    let row: Option<(String,)> = sql_as!(
        "SELECT id FROM devices WHERE id = $1 AND sign_in = $2 AND token_hash IS NOT NULL",
        who.device.to_string(),
        who.sign_in
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Voids a device's tokens and its session. Calls wait for it no longer than they would have if its link had ended at `gone_at_ms`.
pub(crate) async fn end_sign_in(tx: &mut Tx, device: DeviceId, gone_at_ms: u64) -> Result<()> {
    sql!(
        "UPDATE devices SET token_hash = NULL, refresh_family = NULL, refresh_hash = NULL, previous_refresh_hash = NULL
         WHERE id = $1",
        device.to_string()
    )
    .execute(&mut **tx)
    .await?;
    end_session(tx, device, gone_at_ms).await
}

/// No link goes on with this session. Its row stays for a while, because a call may wait for the device by it.
async fn end_session(tx: &mut Tx, device: DeviceId, gone_at_ms: u64) -> Result<()> {
    sql!("DELETE FROM outbox WHERE device = $1", device.to_string()).execute(&mut **tx).await?;
    sql!(
        "UPDATE sessions SET id = $2, link = -1, unlinked_at_ms = $3 WHERE device = $1",
        device.to_string(),
        uuid::Uuid::new_v4().to_string(),
        signed(gone_at_ms)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Neither the password nor the operator's mind has changed while the password was looked at.
async fn password_is_still(tx: &mut Tx, sign_in: &SignIn<'_>) -> Result<bool> {
    let row: Option<(String,)> = sql_as!(
        "SELECT password_hash FROM users WHERE app = $1 AND name = $2 AND disabled_at_ms IS NULL",
        sign_in.app.as_str(),
        sign_in.user.as_str()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some_and(|(hash,)| hash == sign_in.password_hash))
}

/// The key of a device, if the device is this user's.
async fn earlier_key(tx: &mut Tx, app: &AppId, user: &UserId, device: DeviceId) -> Result<Option<Option<String>>> {
    let row: Option<(Option<String>,)> = sql_as!(
        "SELECT public_key FROM devices WHERE id = $1 AND app = $2 AND user_name = $3",
        device.to_string(),
        app.as_str(),
        user.as_str()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|(key,)| key))
}

async fn signed_in_but(tx: &mut Tx, app: &AppId, user: &UserId, device: DeviceId) -> Result<u32> {
    let (count,): (i64,) = sql_as!(
        "SELECT COUNT(*) FROM devices WHERE app = $1 AND user_name = $2 AND id <> $3 AND token_hash IS NOT NULL",
        app.as_str(),
        user.as_str(),
        device.to_string()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

async fn sign_in_again(tx: &mut Tx, id: DeviceId, device: &NewDevice<'_>, key_changed: bool) -> Result<()> {
    sql!(
        "UPDATE devices SET name = $2, sign_in = sign_in + 1, token_hash = $3, token_until_ms = $4, refresh_family = $5,
         refresh_hash = $6, refresh_until_ms = $7, previous_refresh_hash = NULL, public_key = $8,
         key_changed_at_ms = COALESCE($9, key_changed_at_ms) WHERE id = $1",
        id.to_string(),
        device.name,
        &device.tokens.token_hash,
        signed(device.tokens.token_until_ms),
        &device.tokens.family_hash,
        &device.tokens.refresh_hash,
        signed(device.tokens.refresh_until_ms),
        device.key.map(DeviceKey::as_str),
        key_changed.then_some(signed(device.now_ms))
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The used token stays good until one of the new ones has been used.
async fn renew(tx: &mut Tx, id: &str, used_hash: &str, next: &KeptTokens) -> Result<()> {
    sql!(
        "UPDATE devices SET token_hash = $2, token_until_ms = $3, refresh_hash = $4, refresh_until_ms = $5,
         previous_refresh_hash = $6 WHERE id = $1",
        id,
        &next.token_hash,
        signed(next.token_until_ms),
        &next.refresh_hash,
        signed(next.refresh_until_ms),
        used_hash
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
