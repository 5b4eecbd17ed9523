//! What only the operator may do, and what quotas have to know.

use carillon_protocol::{AppId, DeviceId, UserId};

use super::{
    Result, Store, parse,
    sign_ins::end_sign_in,
    signed,
    sql::{Order, Statement, sql, sql_as},
    unsigned,
};

/// An account as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserRow {
    pub(crate) user: UserId,
    pub(crate) display_name: String,
    pub(crate) created_at_ms: u64,
    pub(crate) is_disabled: bool,
    /// Those that are signed in.
    pub(crate) devices: u64,
}

/// A device as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceRow {
    pub(crate) device: DeviceId,
    pub(crate) user: UserId,
    pub(crate) name: String,
    pub(crate) created_at_ms: u64,
    pub(crate) is_signed_in: bool,
}

/// What each of [`DELETE_USER`] is about.
const APP_AND_USER: Order = Order::of("$1, $2");

/// What is deleted with a user, in this order: everything that refers to them or to their devices. Calls stay in the logs of
/// the others, under a name that nobody gets again.
const DELETE_USER: [&str; 13] = [
    "DELETE FROM messages WHERE app = $1 AND sender = $2",
    "DELETE FROM message_room WHERE app = $1 AND user_name = $2",
    "DELETE FROM chat_members WHERE app = $1 AND user_name = $2",
    // A group that has lost its owner goes to the first of its admins, or else of its members.
    "UPDATE chat_members SET rank = 2 WHERE app = $1 AND $2 = $2
        AND NOT EXISTS (SELECT 1 FROM chat_members o WHERE o.app = $1 AND o.chat = chat_members.chat AND o.rank = 2)
        AND chat IN (SELECT id FROM chats WHERE app = $1 AND kind <> 'pair')
        AND user_name = (SELECT n.user_name FROM chat_members n WHERE n.app = $1 AND n.chat = chat_members.chat
            ORDER BY n.rank DESC, n.since_ms, n.user_name LIMIT 1)",
    "DELETE FROM contacts WHERE app = $1 AND (user_name = $2 OR other = $2)",
    "DELETE FROM blocks WHERE app = $1 AND (user_name = $2 OR other = $2)",
    "DELETE FROM outbox WHERE device IN (SELECT id FROM devices WHERE app = $1 AND user_name = $2)",
    "DELETE FROM sessions WHERE device IN (SELECT id FROM devices WHERE app = $1 AND user_name = $2)",
    "DELETE FROM answers WHERE device IN (SELECT id FROM devices WHERE app = $1 AND user_name = $2)",
    "DELETE FROM devices WHERE app = $1 AND user_name = $2",
    "UPDATE avatars SET uses = uses - 1 WHERE app = $1 AND id = (SELECT avatar FROM users WHERE app = $1 AND name = $2)",
    "DELETE FROM avatars WHERE app = $1 AND uses < 1 AND $2 = $2",
    "DELETE FROM users WHERE app = $1 AND name = $2",
];

type Device = (String, String, String, i64, bool);

impl Store {
    /// Everybody, by name; or one.
    pub(crate) async fn users(&self, app: &AppId, one: Option<&UserId>) -> Result<Vec<UserRow>> {
        let rows: Vec<(String, String, i64, bool, i64)> = sql_as!(
            "SELECT u.name, u.display_name, u.created_at_ms, u.disabled_at_ms IS NOT NULL,
                (SELECT COUNT(*) FROM devices d WHERE d.app = u.app AND d.user_name = u.name AND d.token_hash IS NOT NULL)
             FROM users u WHERE u.app = $1 AND ($2 IS NULL OR u.name = $2) ORDER BY u.name",
            app.as_str(),
            one.map(UserId::as_str)
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|(user, display_name, created, is_disabled, devices)| {
                let (created_at_ms, devices) = (unsigned(created), unsigned(devices));
                Ok(UserRow { user: parse(&user, "user")?, display_name, created_at_ms, is_disabled, devices })
            })
            .collect()
    }

    /// All devices, oldest first; or those of one user.
    pub(crate) async fn all_devices(&self, app: &AppId, of: Option<&UserId>) -> Result<Vec<DeviceRow>> {
        let rows: Vec<Device> = sql_as!(
            "SELECT id, user_name, name, created_at_ms, token_hash IS NOT NULL FROM devices
             WHERE app = $1 AND ($2 IS NULL OR user_name = $2) ORDER BY user_name, created_at_ms",
            app.as_str(),
            of.map(UserId::as_str)
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(device_row).collect()
    }

    /// One device.
    pub(crate) async fn any_device(&self, app: &AppId, device: DeviceId) -> Result<Option<DeviceRow>> {
        let row: Option<Device> = sql_as!(
            "SELECT id, user_name, name, created_at_ms, token_hash IS NOT NULL FROM devices WHERE app = $1 AND id = $2",
            app.as_str(),
            device.to_string()
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(device_row).transpose()
    }

    /// Closes an account, or opens it again. Closed, all of its sign-ins are over, and its devices count as gone since `gone_at_ms`.
    /// Gives whether there is such an account.
    pub(crate) async fn set_disabled(
        &self,
        app: &AppId,
        user: &UserId,
        since_ms: Option<u64>,
        gone_at_ms: u64,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let found = sql!(
            "UPDATE users SET disabled_at_ms = $3 WHERE app = $1 AND name = $2",
            app.as_str(),
            user.as_str(),
            since_ms.map(signed)
        );
        let found = found.execute(&mut *tx).await?.rows_affected() == 1;
        if since_ms.is_some() {
            end_sign_ins(&mut tx, app, user, gone_at_ms).await?;
        }
        tx.commit().await?;
        Ok(found)
    }

    /// Gives an account another password, and ends all of its sign-ins.
    pub(crate) async fn set_password(&self, app: &AppId, user: &UserId, hash: &str, gone_at_ms: u64) -> Result<bool> {
        let mut tx = self.write().await?;
        let set =
            sql!("UPDATE users SET password_hash = $3 WHERE app = $1 AND name = $2", app.as_str(), user.as_str(), hash);
        let found = set.execute(&mut *tx).await?.rows_affected() == 1;
        end_sign_ins(&mut tx, app, user, gone_at_ms).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Deletes an account with its devices. Its name is nobody's from now on.
    pub(crate) async fn delete_user(&self, app: &AppId, user: &UserId, now_ms: u64) -> Result<()> {
        let mut tx = self.write().await?;
        for statement in DELETE_USER {
            Statement::<()>::new(statement, &APP_AND_USER)
                .bind(app.as_str())
                .bind(user.as_str())
                .execute(&mut *tx)
                .await?;
        }
        sql!(
            "INSERT INTO retired_names (app, name, retired_at_ms) VALUES ($1, $2, $3) ON CONFLICT (app, name) DO NOTHING",
            app.as_str(),
            user.as_str(),
            signed(now_ms)
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// How many calls ring, and how many go on.
    pub(crate) async fn live_counts(&self, app: &AppId) -> Result<(u64, u64)> {
        let (all, ringing): (i64, i64) = sql_as!(
            "SELECT COUNT(*), COUNT(CASE WHEN c.state = 'ringing' THEN 1 END)
             FROM live_channels l JOIN calls c ON c.id = l.call WHERE l.app = $1",
            app.as_str()
        )
        .fetch_one(&self.readers)
        .await?;
        Ok((unsigned(ringing), unsigned(all - ringing)))
    }
}

async fn end_sign_ins(tx: &mut super::Tx, app: &AppId, user: &UserId, gone_at_ms: u64) -> Result<()> {
    let devices: Vec<(String,)> =
        sql_as!("SELECT id FROM devices WHERE app = $1 AND user_name = $2", app.as_str(), user.as_str())
            .fetch_all(&mut **tx)
            .await?;
    for (device,) in devices {
        end_sign_in(tx, parse(&device, "device")?, gone_at_ms).await?;
    }
    Ok(())
}

fn device_row((id, user, name, created, is_signed_in): Device) -> Result<DeviceRow> {
    Ok(DeviceRow {
        device: parse(&id, "device")?,
        user: parse(&user, "user")?,
        name,
        created_at_ms: unsigned(created),
        is_signed_in,
    })
}
