//! Accounts, and the invites that make them.

use carillon_protocol::{Account, AppId, AvatarId, DeviceId, DeviceKey, UserId};

use super::{
    Conn, KeptTokens, Result, Store, StoreError, Tx, parse, search,
    search_key::fold,
    signed,
    sql::{sql, sql_as},
};

/// An account that is to be made.
pub(crate) struct NewAccount<'a> {
    pub(crate) app: &'a AppId,
    pub(crate) account: &'a Account,
    pub(crate) password_hash: &'a str,
    /// The invite that it uses up; `None` where none is needed.
    pub(crate) invite_hash: Option<&'a str>,
    pub(crate) device: NewDevice<'a>,
}

/// A device that signs in.
pub(crate) struct NewDevice<'a> {
    /// The id that it gets unless it has one of this user's already.
    pub(crate) fresh_id: DeviceId,
    pub(crate) name: &'a str,
    pub(crate) key: Option<&'a DeviceKey>,
    pub(crate) tokens: &'a KeptTokens,
    pub(crate) now_ms: u64,
}

/// Why an account was not made; nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotRegistered {
    #[error("the invite is unknown, used or too old")]
    BadInvite,
    #[error("the name is taken")]
    NameTaken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NotRegistered {
    /// The same for programs.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::BadInvite => "bad_invite",
            Self::NameTaken => "name_taken",
            Self::Store(_) => "internal",
        }
    }
}

impl From<rusqlite::Error> for NotRegistered {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What a sign-in is checked against.
pub(crate) struct Credentials {
    pub(crate) account: Account,
    pub(crate) password_hash: String,
    /// The operator has closed the account.
    pub(crate) is_disabled: bool,
}

impl Store {
    /// Remembers invites.
    pub(crate) async fn add_invites(&self, hashes: &[String], now_ms: u64, expires_at_ms: u64) -> Result<()> {
        let add = hashes.iter().map(|hash| {
            sql!(
                "INSERT INTO invites (code_hash, created_at_ms, expires_at_ms) VALUES ($1, $2, $3)",
                hash,
                signed(now_ms),
                signed(expires_at_ms),
            )
        });
        self.housekeep(add.collect::<Vec<_>>()).await.map(drop)
    }

    /// Whether an invite could make an account now.
    pub(crate) async fn invite_is_good(&self, hash: &str, now_ms: u64) -> Result<bool> {
        let row: Option<(i64,)> = sql_as!(
            "SELECT created_at_ms FROM invites WHERE code_hash = $1 AND used_at_ms IS NULL AND expires_at_ms > $2",
            hash,
            signed(now_ms)
        )
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.is_some())
    }

    /// Whether there is any account.
    pub(crate) async fn has_accounts(&self) -> Result<bool> {
        let row: Option<(String,)> = sql_as!("SELECT name FROM users LIMIT 1").fetch_optional(&self.readers).await?;
        Ok(row.is_some())
    }

    /// The account and its password's hash.
    pub(crate) async fn credentials(&self, app: &AppId, user: &UserId) -> Result<Option<Credentials>> {
        let (app, user) = (app.clone(), user.clone());
        let credentials = self.ask(async move |conn| {
            let row: Option<(String, bool)> = sql_as!(
                "SELECT password_hash, disabled_at_ms IS NOT NULL FROM users WHERE app = $1 AND name = $2",
                app.as_str(),
                user.as_str()
            )
            .fetch_optional(&mut *conn)
            .await?;
            let Some((password_hash, is_disabled)) = row else { return Ok(None) };
            let account = account(conn, &app, &user).await?;
            Ok(account.map(|account| Credentials { account, password_hash, is_disabled }))
        });
        credentials.await
    }
}

/// Makes an account and its first device, and uses the invite up: all of it or nothing.
pub(crate) async fn register(tx: &mut Tx, new: &NewAccount<'_>) -> std::result::Result<(), NotRegistered> {
    let now = signed(new.device.now_ms);
    if let Some(invite_hash) = new.invite_hash {
        let invite = sql!(
            "UPDATE invites SET used_at_ms = $2 WHERE code_hash = $1 AND used_at_ms IS NULL AND expires_at_ms > $2",
            invite_hash,
            now
        );
        if invite.execute(&mut **tx).await?.rows_affected() == 0 {
            return Err(NotRegistered::BadInvite);
        }
    }
    let user = sql!(
        "INSERT INTO users (app, name, display_name, search_name, password_hash, created_at_ms)
         SELECT $1, $2, $3, $4, $5, $6
         WHERE NOT EXISTS (SELECT 1 FROM retired_names WHERE app = $1 AND name = $2)
         ON CONFLICT (app, name) DO NOTHING",
        new.app.as_str(),
        new.account.user.as_str(),
        &new.account.display_name,
        fold(&new.account.display_name),
        new.password_hash,
        now
    );
    if user.execute(&mut **tx).await?.rows_affected() == 0 {
        return Err(NotRegistered::NameTaken);
    }
    search::set_user_keys(tx, new.app, &new.account.user, &new.account.display_name).await?;
    add_device(tx, new.app, &new.account.user, &new.device).await?;
    Ok(())
}

/// An account as its user sees it.
pub(crate) async fn account(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<Option<Account>> {
    let row: Option<(String, Option<String>, bool, bool)> = sql_as!(
        "SELECT display_name, avatar, do_not_disturb, hides_reading FROM users WHERE app = $1 AND name = $2",
        app.as_str(),
        user.as_str()
    )
    .fetch_optional(conn)
    .await?;
    let Some((display_name, avatar, do_not_disturb, hides_reading)) = row else { return Ok(None) };
    let avatar = avatar.map(|id| parse(&id, "avatar")).transpose()?;
    Ok(Some(Account { user: user.clone(), display_name, avatar, do_not_disturb, hides_reading }))
}

/// Sets what others see of a user.
pub(crate) async fn set_display_name(conn: &mut Conn, app: &AppId, user: &UserId, name: &str) -> Result<()> {
    sql!(
        "UPDATE users SET display_name = $3, search_name = $4 WHERE app = $1 AND name = $2",
        app.as_str(),
        user.as_str(),
        name,
        fold(name)
    )
    .execute(&mut *conn)
    .await?;
    search::set_user_keys(conn, app, user, name).await
}

/// Sets whether a user wants not to be disturbed.
pub(crate) async fn set_do_not_disturb(conn: &mut Conn, app: &AppId, user: &UserId, on: bool) -> Result<()> {
    sql!("UPDATE users SET do_not_disturb = $3 WHERE app = $1 AND name = $2", app.as_str(), user.as_str(), on)
        .execute(conn)
        .await?;
    Ok(())
}

/// Sets which picture a user has.
pub(crate) async fn set_avatar(conn: &mut Conn, app: &AppId, user: &UserId, avatar: Option<&AvatarId>) -> Result<()> {
    sql!(
        "UPDATE users SET avatar = $3 WHERE app = $1 AND name = $2",
        app.as_str(),
        user.as_str(),
        avatar.map(AvatarId::as_str)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes down a device that was not there before, signed in.
pub(super) async fn add_device(
    tx: &mut Tx,
    app: &AppId,
    user: &UserId,
    device: &NewDevice<'_>,
) -> rusqlite::Result<()> {
    let tokens = device.tokens;
    sql!(
        "INSERT INTO devices (id, app, user_name, name, public_key, created_at_ms, sign_in, token_hash, token_until_ms,
         refresh_family, refresh_hash, refresh_until_ms) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, $11)",
        device.fresh_id.to_string(),
        app.as_str(),
        user.as_str(),
        device.name,
        device.key.map(DeviceKey::as_str),
        signed(device.now_ms),
        &tokens.token_hash,
        signed(tokens.token_until_ms),
        &tokens.family_hash,
        &tokens.refresh_hash,
        signed(tokens.refresh_until_ms)
    )
    .execute(&mut **tx)
    .await
    .map(drop)
}
