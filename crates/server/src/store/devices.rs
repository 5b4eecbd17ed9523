//! A user's devices, as their user sees them.

use carillon_call::record::{UserDevice, devices_to_ring};
use carillon_protocol::{AppId, DeviceEntry, DeviceId, UserId};

use super::{
    Conn, Result, Store, Who, parse,
    sql::{sql, sql_as},
    unsigned,
};

/// Devices that were signed out and may come back as the same.
const KEPT_SIGNED_OUT: u32 = 100;

type Row = (String, String, Option<String>, bool, i64, i64, bool);

impl Store {
    /// A user's signed-in devices, in the order in which they came.
    pub(crate) async fn devices(&self, who: &Who, now_ms: u64) -> Result<Vec<DeviceEntry>> {
        let rows: Vec<Row> = sql_as!(
            "SELECT d.id, d.name, d.public_key, d.ring_here, d.created_at_ms, d.seen_at_ms,
             EXISTS (SELECT 1 FROM sessions s WHERE s.device = d.id AND s.unlinked_at_ms IS NULL)
             FROM devices d WHERE d.app = $1 AND d.user_name = $2 AND d.token_hash IS NOT NULL ORDER BY d.created_at_ms, d.id",
            who.app.as_str(),
            who.account.user.as_str()
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|row| entry(row, who, now_ms)).collect()
    }
}

fn entry(row: Row, who: &Who, now_ms: u64) -> Result<DeviceEntry> {
    let (id, name, key, ring_here, created_at, seen_at, linked) = row;
    let device = parse(&id, "device")?;
    Ok(DeviceEntry {
        device,
        name,
        key: key.map(|key| parse(&key, "device key")).transpose()?,
        ring_here,
        linked,
        is_this: device == who.device,
        created_at_ms: unsigned(created_at),
        seen_at_ms: if linked { now_ms } else { unsigned(seen_at) },
    })
}

/// The signed-in devices of a user.
pub(super) async fn signed_in(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<Vec<DeviceId>> {
    let rows: Vec<(String,)> = sql_as!(
        "SELECT id FROM devices WHERE app = $1 AND user_name = $2 AND token_hash IS NOT NULL",
        app.as_str(),
        user.as_str()
    )
    .fetch_all(conn)
    .await?;
    rows.iter().map(|(id,)| parse(id, "device")).collect()
}

/// The devices of a user that calls may ring on, with their names, in the order in which they came.
pub(crate) async fn to_ring(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<Vec<(DeviceId, String)>> {
    let rows: Vec<(String, String, bool, bool, bool)> = sql_as!(
        "SELECT d.id, d.name, EXISTS (SELECT 1 FROM sessions s WHERE s.device = d.id), d.ring_here, u.do_not_disturb
         FROM devices d JOIN users u ON u.app = d.app AND u.name = d.user_name
         WHERE d.app = $1 AND d.user_name = $2 AND d.token_hash IS NOT NULL ORDER BY d.created_at_ms",
        app.as_str(),
        user.as_str()
    )
    .fetch_all(conn)
    .await?;
    let do_not_disturb = rows.iter().any(|(.., do_not_disturb)| *do_not_disturb);
    let device = |(id, name, has_session, rings, _): (String, _, _, _, bool)| {
        Ok(UserDevice { id: parse(&id, "device")?, name, has_session, rings })
    };
    let devices = rows.into_iter().map(device).collect::<Result<_>>()?;
    Ok(devices_to_ring(devices, do_not_disturb))
}

/// Whether a device is signed in, and this user's.
pub(crate) async fn is_own(conn: &mut Conn, who: &Who, device: DeviceId) -> Result<bool> {
    let row: Option<(String,)> = sql_as!(
        "SELECT id FROM devices WHERE id = $1 AND app = $2 AND user_name = $3 AND token_hash IS NOT NULL",
        device.to_string(),
        who.app.as_str(),
        who.account.user.as_str()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Gives a device another name.
pub(crate) async fn rename(conn: &mut Conn, device: DeviceId, name: &str) -> Result<()> {
    sql!("UPDATE devices SET name = $2 WHERE id = $1", device.to_string(), name).execute(conn).await?;
    Ok(())
}

/// Sets whether calls ring on a device.
pub(crate) async fn set_ring_here(conn: &mut Conn, device: DeviceId, ring: bool) -> Result<()> {
    sql!("UPDATE devices SET ring_here = $2 WHERE id = $1", device.to_string(), ring).execute(conn).await?;
    Ok(())
}

/// Forgets a user's devices that were signed out and made the longest ago. One that comes back is a new one then.
pub(crate) async fn forget_oldest(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<()> {
    sql!(
        "DELETE FROM devices WHERE app = $1 AND user_name = $2 AND token_hash IS NULL
         AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.device = devices.id)
         AND created_at_ms < (SELECT d.created_at_ms FROM devices d
                              WHERE d.app = $1 AND d.user_name = $2 AND d.token_hash IS NULL
                              ORDER BY d.created_at_ms DESC LIMIT 1 OFFSET $3)",
        app.as_str(),
        user.as_str(),
        KEPT_SIGNED_OUT - 1
    )
    .execute(conn)
    .await?;
    Ok(())
}
