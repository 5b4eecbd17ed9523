//! Each device's stream of signals: numbered, kept until acknowledged, replayed after a reconnect.

use std::{
    collections::{BTreeMap, HashMap},
    ops::RangeInclusive,
    sync::Arc,
};

use carillon_call::{
    record::Recipient,
    session::{self, Kept},
};
use carillon_protocol::{AppId, DeviceId, SessionId, Signal};

use super::{
    Conn, PRUNED_AT_ONCE, Result, Stamp, Store, Tx, from_json, parse, signed,
    sql::{Statement, sql, sql_as},
    to_json, unsigned,
};

/// A signal on its way to a device.
pub(crate) type Outgoing = carillon_call::session::server::Outgoing<Arc<Body>>;

/// A signal, and how it is written in streams and frames.
#[derive(Debug, PartialEq)]
pub(crate) struct Body {
    pub(crate) signal: Signal,
    pub(crate) json: String,
}

impl From<Signal> for Body {
    fn from(signal: Signal) -> Self {
        Self { json: to_json(&signal), signal }
    }
}

/// A signal in a device's stream, to be handed to its link once it is committed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Posted {
    pub(crate) device: DeviceId,
    /// The device's latest link by then: a newer one has a stream of its own, or has read this from the store.
    pub(crate) link: u64,
    pub(crate) outgoing: Outgoing,
}

/// One of a device's links. They are numbered, so that the end of an old one changes nothing for a newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LinkId {
    pub(crate) device: DeviceId,
    pub(crate) number: u64,
}

/// What came of a `Hello`.
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
pub(crate) async fn open(tx: &mut Tx, link: LinkId, resume: Option<(SessionId, u64)>) -> Result<Opened> {
    let LinkId { device, number: link } = link;
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
        acknowledge_in(tx, &device.to_string(), seq).await?;
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
    let kept = row.map(|(last, kept)| Kept { last_seq: unsigned(last), after: unsigned(kept) });
    Ok(kept.is_some_and(|kept| kept.goes_on_after(seq)))
}

async fn acknowledge_in(conn: &mut Conn, device: &str, seq: u64) -> Result<()> {
    sql!("DELETE FROM outbox WHERE device = $1 AND seq <= $2", device, signed(seq)).execute(conn).await?;
    Ok(())
}

/// Puts signals into a device's stream; a device that never had a link will learn them from its snapshot. The stream keeps at
/// most the latest `keep` signals.
async fn post(conn: &mut Conn, device: DeviceId, bodies: &[Arc<Body>], stamp: Stamp) -> Result<Vec<Posted>> {
    let id = device.to_string();
    let row: Option<(i64, i64)> = sql_as!(
        "UPDATE sessions SET last_seq = last_seq + $2 WHERE device = $1 RETURNING last_seq, link",
        &id,
        signed(bodies.len() as u64)
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some((last, link)) = row else { return Ok(Vec::new()) };
    let (last, link) = (unsigned(last), unsigned(link));
    let first = last + 1 - bodies.len() as u64;
    let mut posted = Vec::with_capacity(bodies.len());
    for (seq, body) in (first..).zip(bodies) {
        sql!(
            "INSERT INTO outbox (device, seq, body, at_ms) VALUES ($1, $2, $3, $4)",
            &id,
            signed(seq),
            &body.json,
            signed(stamp.now_ms)
        )
        .execute(&mut *conn)
        .await?;
        let outgoing = Outgoing { seq, body: Arc::clone(body), at_ms: stamp.now_ms };
        posted.push(Posted { device, link, outgoing });
    }
    cut(conn, &id, last, bodies.len() as u64, stamp.keep).await?;
    Ok(posted)
}

/// Takes what is too much out of a stream whose last signal this is, after some were added to it.
pub(super) async fn cut(conn: &mut Conn, device: &str, last: u64, added: u64, keep: u64) -> Result<()> {
    match session::cut(last, added, keep) {
        Some(up_to) => acknowledge_in(conn, device, up_to).await,
        None => Ok(()),
    }
}

/// Puts a signal into the streams of several devices.
pub(crate) async fn post_all(
    conn: &mut Conn,
    devices: &[DeviceId],
    signal: Signal,
    stamp: Stamp,
) -> Result<Vec<Posted>> {
    let (body, mut posted) = ([Arc::new(Body::from(signal))], Vec::with_capacity(devices.len()));
    for device in devices {
        posted.extend(post(conn, *device, &body, stamp).await?);
    }
    Ok(posted)
}

/// Puts several signals, each for a recipient of its own, into the streams of all devices that they mean, in their order.
pub(crate) async fn post_to_many(
    conn: &mut Conn,
    app: &AppId,
    signals: Vec<(Recipient, Signal)>,
    stamp: Stamp,
) -> Result<Vec<Posted>> {
    let (mut known, mut streams) = (HashMap::new(), BTreeMap::<DeviceId, Vec<Arc<Body>>>::new());
    for (to, signal) in signals {
        let body = Arc::new(Body::from(signal));
        if !known.contains_key(&to) {
            known.insert(to.clone(), streams_of(conn, app, &to).await?);
        }
        for device in &known[&to] {
            streams.entry(*device).or_default().push(Arc::clone(&body));
        }
    }
    let mut posted = Vec::new();
    for (device, bodies) in streams {
        posted.extend(post(conn, device, &bodies, stamp).await?);
    }
    Ok(posted)
}

/// The devices that a recipient means, signed in and with a stream.
async fn streams_of(conn: &mut Conn, app: &AppId, to: &Recipient) -> Result<Vec<DeviceId>> {
    let (user, but) = match to {
        Recipient::Device(device) => return Ok(vec![*device]),
        Recipient::User(user) => (user, None),
        Recipient::OtherDevices(user, device) => (user, Some(*device)),
    };
    let rows: Vec<(String,)> = sql_as!(
        "SELECT d.id FROM devices d JOIN sessions s ON s.device = d.id
         WHERE d.app = $1 AND d.user_name = $2 AND d.token_hash IS NOT NULL",
        app.as_str(),
        user.as_str()
    )
    .fetch_all(conn)
    .await?;
    let devices = rows.iter().map(|(id,)| parse(id, "device")).collect::<Result<Vec<DeviceId>>>()?;
    Ok(devices.into_iter().filter(|device| Some(*device) != but).collect())
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
            .map(|(seq, json, at)| {
                let body = Arc::new(Body { signal: from_json(&json, "signal")?, json });
                Ok(Outgoing { seq: unsigned(seq), body, at_ms: unsigned(at) })
            })
            .collect()
    }

    /// A device has processed everything up to `seq`, as its latest link says; another has no say any more.
    pub(crate) async fn acknowledge(&self, link: LinkId, seq: u64) -> Result<()> {
        self.housekeep([acknowledge_by(link, seq)]).await.map(drop)
    }

    /// A device's link is down, up to where it had acknowledged; nothing happens if it has a newer link.
    pub(crate) async fn unlink(&self, link: LinkId, acked: u64, now_ms: u64) -> Result<()> {
        let unlink = sql!(
            "UPDATE sessions SET unlinked_at_ms = $3 WHERE device = $1 AND link = $2",
            link.device.to_string(),
            signed(link.number),
            signed(now_ms)
        );
        let seen = sql!(
            "UPDATE devices SET seen_at_ms = $3 WHERE id = $1
             AND EXISTS (SELECT 1 FROM sessions WHERE device = $1 AND link = $2)",
            link.device.to_string(),
            signed(link.number),
            signed(now_ms)
        );
        self.housekeep([unlink, acknowledge_by(link, acked), seen]).await.map(drop)
    }

    /// At its start a node has no link: ends those that a killed predecessor left behind. Those of other nodes are left alone.
    /// Gives the number of the node's next link: none is used twice.
    pub(crate) async fn unlink_node(&self, links: &RangeInclusive<u64>, now_ms: u64) -> Result<u64> {
        let (first, last) = (signed(*links.start()), signed(*links.end()));
        let seen = sql!(
            "UPDATE devices SET seen_at_ms = $1 WHERE id IN
                (SELECT device FROM sessions WHERE unlinked_at_ms IS NULL AND link BETWEEN $2 AND $3)",
            signed(now_ms),
            first,
            last
        );
        let unlink = sql!(
            "UPDATE sessions SET unlinked_at_ms = $1 WHERE unlinked_at_ms IS NULL AND link BETWEEN $2 AND $3",
            signed(now_ms),
            first,
            last
        );
        // A later moment is of a wall clock that was ahead. The sessions of ended sign-ins are no node's.
        let clamp = sql!(
            "UPDATE sessions SET unlinked_at_ms = $1 WHERE unlinked_at_ms > $1 AND (link BETWEEN $2 AND $3 OR link < 0)",
            signed(now_ms),
            first,
            last
        );
        self.housekeep([seen, unlink, clamp]).await?;
        let (next,): (i64,) =
            sql_as!("SELECT COALESCE(MAX(link) + 1, $1) FROM sessions WHERE link BETWEEN $1 AND $2", first, last)
                .fetch_one(&self.readers)
                .await?;
        Ok(unsigned(next))
    }

    /// Forgets what is too old, a part of it if it is much: the sessions of devices that have been away for so long, with their
    /// streams, and answers. Says whether there may be more.
    pub(crate) async fn prune(&self, away_before_ms: u64, answers_before_ms: u64) -> Result<bool> {
        let (before, most) = (signed(away_before_ms), PRUNED_AT_ONCE);
        let streams = sql!(
            "DELETE FROM outbox WHERE (device, seq) IN (SELECT o.device, o.seq FROM sessions s
                CROSS JOIN outbox o ON o.device = s.device WHERE s.unlinked_at_ms < $1 LIMIT $2)",
            before,
            most
        );
        let sessions = sql!(
            "DELETE FROM sessions WHERE device IN (SELECT s.device FROM sessions s WHERE s.unlinked_at_ms < $1
                AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.device = s.device) LIMIT $2)",
            before,
            most
        );
        let answers = sql!(
            "DELETE FROM answers WHERE (op_id, device) IN
                (SELECT op_id, device FROM answers WHERE at_ms < $1 ORDER BY at_ms LIMIT $2)",
            signed(answers_before_ms),
            most
        );
        self.prune_by([streams, sessions, answers]).await
    }
}

/// Takes what a device has processed out of its stream, if this is its latest link.
fn acknowledge_by(link: LinkId, seq: u64) -> Statement<()> {
    sql!(
        "DELETE FROM outbox WHERE device = $1 AND seq <= $2
         AND EXISTS (SELECT 1 FROM sessions WHERE device = $1 AND link = $3)",
        link.device.to_string(),
        signed(seq),
        signed(link.number)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_too_old_is_deleted_in_steps_and_the_rest_is_kept() {
        let file = std::env::temp_dir().join(format!("carillon-prune-{}.db", uuid::Uuid::new_v4()));
        let store = Store::open(&file, &crate::runtime::tasks::Tasks::default()).await.unwrap();
        let tx = crate::runtime::tasks::undisturbed(store.write()).await.unwrap();
        tx.engine()
            .execute_batch(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1101)
             INSERT INTO answers (device, op_id, body, at_ms) SELECT 'phone', i, '', i FROM n",
            )
            .unwrap();
        tx.commit().await.unwrap();

        let mut steps = Vec::new();
        while steps.last() != Some(&false) {
            steps.push(crate::runtime::tasks::undisturbed(store.prune(0, 1101)).await.unwrap());
        }

        assert_eq!(steps, [true, true, false]);
        let left: Vec<(i64,)> = sql_as!("SELECT at_ms FROM answers").fetch_all(&store.readers).await.unwrap();
        assert_eq!(left, [(1101,)]);
        store.close().await;
        std::fs::remove_file(&file).ok();
    }
}
