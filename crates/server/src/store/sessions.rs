//! Each device's stream of signals: numbered, kept until acknowledged, replayed after a reconnect.

use carillon_call::record::Recipient;
use carillon_protocol::{AppId, DeviceId, SessionId, Signal, UserId};

use super::{
    Conn, Result, Store, Tx, devices, from_json, parse, signed,
    sql::{sql, sql_as},
    to_json, unsigned,
};

/// A signal on its way to a device.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outgoing {
    pub(crate) seq: u64,
    pub(crate) signal: Signal,
    pub(crate) at_ms: u64,
}

/// What a `Hello` came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opened {
    /// It goes on: signals after the acknowledged one follow.
    Resumed { session: SessionId, seq: u64 },
    /// A new one, in which nothing has been said.
    Reset { session: SessionId },
}

/// How much is read at once, so that one device's backlog never fills the memory.
const BATCH: i64 = 32;

/// Gives a device its link: its own session again if nothing of it is lost, else a new one.
pub(crate) async fn open(tx: &mut Tx, device: DeviceId, link: u64, resume: Option<(SessionId, u64)>) -> Result<Opened> {
    if let Some((session, seq)) = resume
        && can_resume(tx, device, session, seq).await?
    {
        sql!(
            "UPDATE sessions SET link = $2, unlinked_at_ms = NULL WHERE device = $1",
            device.to_string(),
            signed(link)
        )
        .execute(&mut **tx)
        .await?;
        acknowledge_in(tx, device, seq).await?;
        return Ok(Opened::Resumed { session, seq });
    }
    sql!("DELETE FROM outbox WHERE device = $1", device.to_string()).execute(&mut **tx).await?;
    let session = SessionId::new(uuid::Uuid::new_v4());
    sql!(
        "INSERT INTO sessions (device, id, last_seq, link, unlinked_at_ms) VALUES ($1, $2, 0, $3, NULL)
         ON CONFLICT (device) DO UPDATE SET id = excluded.id, last_seq = 0, link = excluded.link, unlinked_at_ms = NULL",
        device.to_string(),
        session.to_string(),
        signed(link)
    )
    .execute(&mut **tx)
    .await?;
    Ok(Opened::Reset { session })
}

/// A session goes on if it is the device's own and every signal after `seq` is still there.
async fn can_resume(tx: &mut Tx, device: DeviceId, session: SessionId, seq: u64) -> Result<bool> {
    let row: Option<(i64, i64)> = sql_as!(
        "SELECT s.last_seq, (SELECT COUNT(*) FROM outbox o WHERE o.device = s.device AND o.seq > $3)
         FROM sessions s WHERE s.device = $1 AND s.id = $2",
        device.to_string(),
        session.to_string(),
        signed(seq)
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some_and(|(last, kept)| signed(seq) <= last && last - signed(seq) == kept))
}

async fn acknowledge_in(conn: &mut Conn, device: DeviceId, seq: u64) -> Result<()> {
    sql!("DELETE FROM outbox WHERE device = $1 AND seq <= $2", device.to_string(), signed(seq)).execute(conn).await?;
    Ok(())
}

/// Puts a signal into a device's stream; a device that never had a link will learn it from its snapshot.
pub(crate) async fn post(conn: &mut Conn, device: DeviceId, signal: &Signal, now_ms: u64, keep: u64) -> Result<bool> {
    let row: Option<(i64,)> =
        sql_as!("UPDATE sessions SET last_seq = last_seq + 1 WHERE device = $1 RETURNING last_seq", device.to_string())
            .fetch_optional(&mut *conn)
            .await?;
    let Some((seq,)) = row else { return Ok(false) };
    sql!(
        "INSERT INTO outbox (device, seq, body, at_ms) VALUES ($1, $2, $3, $4)",
        device.to_string(),
        seq,
        to_json(signal),
        signed(now_ms)
    )
    .execute(&mut *conn)
    .await?;
    sql!("DELETE FROM outbox WHERE device = $1 AND seq <= $2", device.to_string(), seq - signed(keep))
        .execute(conn)
        .await?;
    Ok(true)
}

/// Puts a signal into the streams of all devices that a recipient means; gives those that have one. `keep` is as for [`post`].
pub(crate) async fn post_to(
    conn: &mut Conn,
    app: &AppId,
    to: &Recipient,
    signal: &Signal,
    (now_ms, keep): (u64, u64),
) -> Result<Vec<DeviceId>> {
    let mut told = Vec::new();
    for device in devices_of(conn, app, to).await? {
        if post(conn, device, signal, now_ms, keep).await? {
            told.push(device);
        }
    }
    Ok(told)
}

/// The signed-in devices that a recipient means.
pub(crate) async fn devices_of(conn: &mut Conn, app: &AppId, to: &Recipient) -> Result<Vec<DeviceId>> {
    let (user, but) = match to {
        Recipient::Device(device) => return Ok(vec![*device]),
        Recipient::User(user) => (user, None),
        Recipient::OtherDevices(user, device) => (user, Some(*device)),
    };
    let rows: Vec<(String,)> = sql_as!(
        "SELECT id FROM devices WHERE app = $1 AND user_name = $2 AND token_hash IS NOT NULL",
        app.as_str(),
        user.as_str()
    )
    .fetch_all(conn)
    .await?;
    let devices = rows.iter().map(|(id,)| parse(id, "device")).collect::<Result<Vec<DeviceId>>>()?;
    Ok(devices.into_iter().filter(|device| Some(*device) != but).collect())
}

/// The devices of a user that calls may ring on: those that can be told something, unless the user wants no rings there or anywhere.
pub(crate) async fn devices_to_ring(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<Vec<(DeviceId, String)>> {
    let rows: Vec<(String, String)> = sql_as!(
        "SELECT d.id, d.name FROM devices d JOIN sessions s ON s.device = d.id
         JOIN users u ON u.app = d.app AND u.name = d.user_name
         WHERE d.app = $1 AND d.user_name = $2 AND d.token_hash IS NOT NULL AND d.ring_here AND NOT u.do_not_disturb
         ORDER BY d.created_at_ms",
        app.as_str(),
        user.as_str()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|(id, name)| Ok((parse(&id, "device")?, name))).collect()
}

impl Store {
    /// What a device has not been sent yet, oldest first; a part of it if it is much.
    pub(crate) async fn outgoing(&self, device: DeviceId, after: u64) -> Result<Vec<Outgoing>> {
        let rows: Vec<(i64, String, i64)> = sql_as!(
            "SELECT seq, body, at_ms FROM outbox WHERE device = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            device.to_string(),
            signed(after),
            BATCH
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|(seq, body, at)| {
                Ok(Outgoing { seq: unsigned(seq), signal: from_json(&body, "signal")?, at_ms: unsigned(at) })
            })
            .collect()
    }

    /// A device has processed everything up to `seq`.
    pub(crate) async fn acknowledge(&self, device: DeviceId, seq: u64) -> Result<()> {
        let mut tx = self.write().await?;
        acknowledge_in(&mut tx, device, seq).await?;
        tx.commit().await
    }

    /// A device's link is down, up to where it had acknowledged; nothing happens if it has a newer link.
    pub(crate) async fn unlink(&self, device: DeviceId, (link, acked): (u64, u64), now_ms: u64) -> Result<()> {
        let mut tx = self.write().await?;
        let unlinked = sql!(
            "UPDATE sessions SET unlinked_at_ms = $3 WHERE device = $1 AND link = $2",
            device.to_string(),
            signed(link),
            signed(now_ms)
        );
        if unlinked.execute(&mut *tx).await?.rows_affected() == 1 {
            acknowledge_in(&mut tx, device, acked).await?;
            devices::seen(&mut tx, device, now_ms).await?;
        }
        tx.commit().await
    }

    /// At the server's start nobody has a link, whatever a killed predecessor left behind.
    pub(crate) async fn unlink_all(&self, now_ms: u64) -> Result<()> {
        let mut tx = self.write().await?;
        sql!(
            "UPDATE devices SET seen_at_ms = $1 WHERE id IN (SELECT device FROM sessions WHERE unlinked_at_ms IS NULL)",
            signed(now_ms)
        )
        .execute(&mut *tx)
        .await?;
        sql!("UPDATE sessions SET unlinked_at_ms = $1 WHERE unlinked_at_ms IS NULL", signed(now_ms))
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Puts one signal into the streams of several devices.
    pub(crate) async fn broadcast(&self, devices: &[DeviceId], signal: &Signal, now_ms: u64, keep: u64) -> Result<()> {
        let mut tx = self.write().await?;
        for device in devices {
            post(&mut tx, *device, signal, now_ms, keep).await?;
        }
        tx.commit().await
    }

    /// Forgets what is too old: signals, the sessions of devices that have been away for so long, and answers.
    pub(crate) async fn prune(&self, signals_before_ms: u64, answers_before_ms: u64) -> Result<()> {
        let mut tx = self.write().await?;
        let before = signed(signals_before_ms);
        sql!(
            "DELETE FROM outbox WHERE at_ms < $1 OR device IN (SELECT device FROM sessions WHERE unlinked_at_ms < $1)",
            before
        )
        .execute(&mut *tx)
        .await?;
        sql!("DELETE FROM sessions WHERE unlinked_at_ms < $1", before).execute(&mut *tx).await?;
        sql!("DELETE FROM answers WHERE at_ms < $1", signed(answers_before_ms)).execute(&mut *tx).await?;
        tx.commit().await
    }
}
