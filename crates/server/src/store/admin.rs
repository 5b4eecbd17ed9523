//! What only the operator may do, and what quotas have to know.

use carillon_protocol::{AppId, DeviceId, GroupId, GroupRole, UserId};

use super::{
    PRUNED_AT_ONCE, Result, Store, Tx, groups, parse,
    sign_ins::end_sign_in,
    signed,
    sql::{Statement, sql, sql_as},
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

/// What is deleted with a user, in this order: everything that refers to them or to their devices. Their messages and their places
/// in groups have gone before; answers to their devices go soon by themselves. Calls stay in the logs of the others, under a name
/// that no account gets again.
fn deletions(app: &str, user: &str) -> [Statement<()>; 13] {
    [
        sql!("DELETE FROM message_room WHERE app = $1 AND user_name = $2", app, user),
        sql!("DELETE FROM attachments WHERE app = $1 AND owner = $2", app, user),
        sql!("DELETE FROM attachment_room WHERE app = $1 AND user_name = $2", app, user),
        sql!("DELETE FROM chat_members WHERE app = $1 AND user_name = $2", app, user),
        sql!("DELETE FROM contacts WHERE app = $1 AND user_name = $2", app, user),
        sql!("DELETE FROM contacts WHERE app = $1 AND other = $2", app, user),
        sql!("DELETE FROM blocks WHERE app = $1 AND user_name = $2", app, user),
        sql!("DELETE FROM blocks WHERE app = $1 AND other = $2", app, user),
        sql!(
            "DELETE FROM outbox WHERE device IN (SELECT id FROM devices WHERE app = $1 AND user_name = $2)",
            app,
            user
        ),
        sql!(
            "DELETE FROM sessions WHERE device IN (SELECT id FROM devices WHERE app = $1 AND user_name = $2)",
            app,
            user
        ),
        sql!("DELETE FROM devices WHERE app = $1 AND user_name = $2", app, user),
        sql!(
            "UPDATE avatars SET uses = uses - 1
             WHERE app = $1 AND id = (SELECT avatar FROM users WHERE app = $1 AND name = $2)",
            app,
            user
        ),
        sql!(
            "DELETE FROM avatars
             WHERE app = $1 AND id = (SELECT avatar FROM users WHERE app = $1 AND name = $2) AND uses < 1",
            app,
            user
        ),
    ]
}

type Device = (String, String, String, i64, bool);

/// Accounts of $1, to go on with conditions.
macro_rules! user_rows {
    ($conditions:literal) => {
        concat!(
            "SELECT u.name, u.display_name, u.created_at_ms, u.disabled_at_ms IS NOT NULL,
                (SELECT COUNT(*) FROM devices d WHERE d.app = u.app AND d.user_name = u.name AND d.token_hash IS NOT NULL)
             FROM users u WHERE u.app = $1 AND ",
            $conditions
        )
    };
}

/// Devices of $1, to go on with conditions.
macro_rules! device_rows {
    ($conditions:literal) => {
        concat!(
            "SELECT id, user_name, name, created_at_ms, token_hash IS NOT NULL FROM devices WHERE app = $1 AND ",
            $conditions
        )
    };
}

impl Store {
    /// All accounts, by name; or one.
    pub(crate) async fn users(&self, app: &AppId, one: Option<&UserId>) -> Result<Vec<UserRow>> {
        let rows: Vec<(String, String, i64, bool, i64)> = match one {
            Some(user) => sql_as!(user_rows!("u.name = $2"), app.as_str(), user.as_str()),
            None => sql_as!(user_rows!("TRUE ORDER BY u.name"), app.as_str()),
        }
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
        let rows: Vec<Device> = match of {
            Some(user) => {
                sql_as!(device_rows!("user_name = $2 ORDER BY created_at_ms"), app.as_str(), user.as_str())
            }
            None => sql_as!(device_rows!("TRUE ORDER BY user_name, created_at_ms"), app.as_str()),
        }
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(device_row).collect()
    }

    /// One device.
    pub(crate) async fn any_device(&self, app: &AppId, device: DeviceId) -> Result<Option<DeviceRow>> {
        let row: Option<Device> =
            sql_as!(device_rows!("id = $2"), app.as_str(), device.to_string()).fetch_optional(&self.readers).await?;
        row.map(device_row).transpose()
    }

    /// Deletes messages of an account, a part of them if they are many; says whether there may be more.
    pub(crate) async fn delete_messages_of(&self, app: &AppId, user: &UserId) -> Result<bool> {
        let some = sql!(
            "DELETE FROM messages WHERE pos IN (SELECT pos FROM messages WHERE app = $1 AND sender = $2 LIMIT $3)",
            app.as_str(),
            user.as_str(),
            PRUNED_AT_ONCE
        );
        self.prune_by([some]).await
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

/// Deletes an account with its devices, once its messages are deleted. Its name is given to no account again.
pub(crate) async fn delete_user(tx: &mut Tx, app: &AppId, user: &UserId, now_ms: u64) -> Result<()> {
    hand_over(tx, app, user).await?;
    for deletion in deletions(app.as_str(), user.as_str()) {
        deletion.execute(&mut **tx).await?;
    }
    sql!("DELETE FROM users WHERE app = $1 AND name = $2", app.as_str(), user.as_str()).execute(&mut **tx).await?;
    sql!(
        "INSERT INTO retired_names (app, name, retired_at_ms) VALUES ($1, $2, $3) ON CONFLICT (app, name) DO NOTHING",
        app.as_str(),
        user.as_str(),
        signed(now_ms)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes a user out of the groups that are theirs; each goes to the first of its admins, or else of its members.
async fn hand_over(tx: &mut Tx, app: &AppId, user: &UserId) -> Result<()> {
    let owned: Vec<(String,)> = sql_as!(
        "SELECT chat FROM chat_members WHERE app = $1 AND user_name = $2 AND text_pos IS NULL AND rank = $3",
        app.as_str(),
        user.as_str(),
        groups::rank(GroupRole::Owner)
    )
    .fetch_all(&mut **tx)
    .await?;
    for (chat,) in owned {
        let group: GroupId = parse(&chat, "group")?;
        groups::remove(tx, app, &group, user).await?;
        if let Some(heir) = groups::heir(tx, app, &group).await? {
            groups::set_role(tx, app, &group, &heir, GroupRole::Owner).await?;
        }
    }
    Ok(())
}

/// Closes an account, or opens it again. Closed, all of its sign-ins are over, and its devices count as gone since `gone_at_ms`.
/// Gives the devices whose sign-ins have ended.
pub(crate) async fn set_disabled(
    tx: &mut Tx,
    app: &AppId,
    user: &UserId,
    since_ms: Option<u64>,
    gone_at_ms: u64,
) -> Result<Vec<DeviceId>> {
    sql!(
        "UPDATE users SET disabled_at_ms = $3 WHERE app = $1 AND name = $2",
        app.as_str(),
        user.as_str(),
        since_ms.map(signed)
    )
    .execute(&mut **tx)
    .await?;
    match since_ms {
        Some(_) => end_sign_ins(tx, app, user, gone_at_ms).await,
        None => Ok(Vec::new()),
    }
}

/// Gives an account another password, and ends all of its sign-ins; gives their devices.
pub(crate) async fn set_password(
    tx: &mut Tx,
    app: &AppId,
    user: &UserId,
    hash: &str,
    gone_at_ms: u64,
) -> Result<Vec<DeviceId>> {
    sql!("UPDATE users SET password_hash = $3 WHERE app = $1 AND name = $2", app.as_str(), user.as_str(), hash)
        .execute(&mut **tx)
        .await?;
    end_sign_ins(tx, app, user, gone_at_ms).await
}

async fn end_sign_ins(tx: &mut Tx, app: &AppId, user: &UserId, gone_at_ms: u64) -> Result<Vec<DeviceId>> {
    let rows: Vec<(String,)> =
        sql_as!("SELECT id FROM devices WHERE app = $1 AND user_name = $2", app.as_str(), user.as_str())
            .fetch_all(&mut **tx)
            .await?;
    let devices = rows.iter().map(|(id,)| parse(id, "device")).collect::<Result<Vec<DeviceId>>>()?;
    for device in &devices {
        end_sign_in(tx, *device, gone_at_ms).await?;
    }
    Ok(devices)
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
