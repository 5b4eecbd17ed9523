//! Accounts, their devices, and the invites that make them.

use carillon_protocol::{Account, AppId, DeviceId, UserId};

use super::{
    Result, Store, StoreError, Tx, parse, signed,
    sql::{sql, sql_as},
};

/// A signed-in device, as its token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) app: AppId,
    pub(crate) account: Account,
    pub(crate) device: DeviceId,
    pub(crate) device_name: String,
}

/// An account that is to be.
pub(crate) struct NewAccount<'a> {
    pub(crate) app: &'a AppId,
    pub(crate) account: &'a Account,
    pub(crate) password_hash: &'a str,
    /// The invite that is used up by it; `None` where none is needed.
    pub(crate) invite_hash: Option<&'a str>,
    pub(crate) device: SignedInDevice<'a>,
}

/// A device that signs in.
pub(crate) struct SignedInDevice<'a> {
    /// The id that it gets unless it has one of this user's already.
    pub(crate) fresh_id: DeviceId,
    pub(crate) name: &'a str,
    pub(crate) token_hash: &'a str,
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

impl From<sqlx::Error> for NotRegistered {
    fn from(error: sqlx::Error) -> Self {
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
        let mut tx = self.write().await?;
        for hash in hashes {
            sql!(
                "INSERT INTO invites (code_hash, created_at_ms, expires_at_ms) VALUES ($1, $2, $3)",
                hash,
                signed(now_ms),
                signed(expires_at_ms),
            )
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
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

    /// Whether anybody has an account.
    pub(crate) async fn has_accounts(&self) -> Result<bool> {
        let row: Option<(String,)> = sql_as!("SELECT name FROM users LIMIT 1").fetch_optional(&self.readers).await?;
        Ok(row.is_some())
    }

    /// Makes an account and its first device, and uses the invite up: all of it or nothing.
    pub(crate) async fn register(&self, new: NewAccount<'_>) -> std::result::Result<(), NotRegistered> {
        let now = signed(new.device.now_ms);
        let mut tx = self.write().await?;
        if let Some(invite_hash) = new.invite_hash {
            let invite = sql!(
                "UPDATE invites SET used_at_ms = $2 WHERE code_hash = $1 AND used_at_ms IS NULL AND expires_at_ms > $2",
                invite_hash,
                now
            );
            if invite.execute(&mut *tx).await?.rows_affected() == 0 {
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
            new.account.display_name.to_lowercase(),
            new.password_hash,
            now
        );
        if user.execute(&mut *tx).await?.rows_affected() == 0 {
            return Err(NotRegistered::NameTaken);
        }
        add_device(&mut tx, new.app, &new.account.user, &new.device).await?;
        Ok(tx.commit().await?)
    }

    /// The account and its password's hash.
    pub(crate) async fn credentials(&self, app: &AppId, user: &UserId) -> Result<Option<Credentials>> {
        let row: Option<(String, String, bool)> = sql_as!(
            "SELECT display_name, password_hash, disabled_at_ms IS NOT NULL FROM users WHERE app = $1 AND name = $2",
            app.as_str(),
            user.as_str()
        )
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(|(display_name, password_hash, is_disabled)| Credentials {
            account: Account::new(user.clone(), display_name),
            password_hash,
            is_disabled,
        }))
    }

    /// Signs a device in: the same device again if `known` is one of this user's, else a new one. Its earlier token is void.
    pub(crate) async fn sign_in(
        &self,
        app: &AppId,
        user: &UserId,
        known: Option<DeviceId>,
        device: SignedInDevice<'_>,
    ) -> Result<DeviceId> {
        let mut tx = self.write().await?;
        if let Some(id) = known {
            let again = sql!(
                "UPDATE devices SET name = $4, token_hash = $5 WHERE id = $1 AND app = $2 AND user_name = $3",
                id.to_string(),
                app.as_str(),
                user.as_str(),
                device.name,
                device.token_hash
            );
            if again.execute(&mut *tx).await?.rows_affected() == 1 {
                tx.commit().await?;
                return Ok(id);
            }
        }
        add_device(&mut tx, app, user, &device).await?;
        tx.commit().await?;
        Ok(device.fresh_id)
    }

    /// Whose token this is.
    pub(crate) async fn device_by_token(&self, token_hash: &str) -> Result<Option<Who>> {
        let row: Option<(String, String, String, String, String)> = sql_as!(
            "SELECT d.app, d.user_name, u.display_name, d.id, d.name
             FROM devices d JOIN users u ON u.app = d.app AND u.name = d.user_name
             WHERE d.token_hash = $1 AND u.disabled_at_ms IS NULL",
            token_hash
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(|(app, user, display_name, device, device_name)| {
            Ok(Who {
                app: parse(&app, "app")?,
                account: Account::new(parse(&user, "user")?, display_name),
                device: parse(&device, "device")?,
                device_name,
            })
        })
        .transpose()
    }

    /// Voids a device's token.
    pub(crate) async fn sign_out(&self, device: DeviceId) -> Result<()> {
        let mut tx = self.write().await?;
        sql!("UPDATE devices SET token_hash = NULL WHERE id = $1", device.to_string()).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }
}

async fn add_device(tx: &mut Tx, app: &AppId, user: &UserId, device: &SignedInDevice<'_>) -> sqlx::Result<()> {
    sql!(
        "INSERT INTO devices (id, app, user_name, name, token_hash, created_at_ms) VALUES ($1, $2, $3, $4, $5, $6)",
        device.fresh_id.to_string(),
        app.as_str(),
        user.as_str(),
        device.name,
        device.token_hash,
        signed(device.now_ms)
    )
    .execute(&mut **tx)
    .await
    .map(drop)
}
