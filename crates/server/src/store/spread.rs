//! One signal for the devices of all users in a conversation: two statements, however many they are, and one for each stream that
//! has become too long.

use std::{ops::RangeInclusive, sync::Arc};

use carillon_protocol::{AppId, DeviceId, Signal};

use super::{
    Conn, Result, Stamp,
    chats::ChatKey,
    parse,
    sessions::{self, Body, Outgoing, Posted},
    signed,
    sql::{sql, sql_as},
    unsigned,
};

/// All users in a conversation, of any rank.
pub(crate) const ALL_RANKS: RangeInclusive<i64> = 0..=2;

/// Whose devices hear something.
#[derive(Debug, Clone)]
pub(crate) struct Audience<'a> {
    pub(crate) app: &'a AppId,
    pub(crate) chat: &'a ChatKey,
    pub(crate) ranks: RangeInclusive<i64>,
    /// The device that hears it in its answer.
    pub(crate) but: Option<DeviceId>,
}

/// The signed-in devices of an audience.
macro_rules! devices {
    () => {
        "SELECT d.id FROM chat_members m CROSS JOIN devices d ON d.app = m.app AND d.user_name = m.user_name
         WHERE m.app = $1 AND m.chat = $2 AND m.rank BETWEEN $3 AND $4 AND d.id <> $5 AND d.token_hash IS NOT NULL"
    };
}

/// Puts a signal into the streams of an audience. The streams keep at most the latest `keep` signals.
pub(crate) async fn post_to_members(
    conn: &mut Conn,
    audience: &Audience<'_>,
    signal: Signal,
    stamp: Stamp,
) -> Result<Vec<Posted>> {
    let (app, chat) = (audience.app.as_str(), audience.chat.as_str());
    let (lowest, highest) = (*audience.ranks.start(), *audience.ranks.end());
    let but = audience.but.map(|device| device.to_string()).unwrap_or_default();
    let body = Arc::new(Body::from(signal));
    let rows: Vec<(String, i64, i64)> = sql_as!(
        concat!(
            "UPDATE sessions SET last_seq = last_seq + 1 WHERE device IN (",
            devices!(),
            ") RETURNING device, link, last_seq"
        ),
        app,
        chat,
        lowest,
        highest,
        &but
    )
    .fetch_all(&mut *conn)
    .await?;
    sql!(
        concat!(
            "INSERT INTO outbox (device, seq, body, at_ms)
             SELECT s.device, s.last_seq, $6, $7 FROM sessions s WHERE s.device IN (",
            devices!(),
            ")"
        ),
        app,
        chat,
        lowest,
        highest,
        &but,
        &body.json,
        signed(stamp.now_ms)
    )
    .execute(&mut *conn)
    .await?;
    for (device, _, last) in &rows {
        sessions::cut(conn, device, unsigned(*last), 1, stamp.keep).await?;
    }
    let posted = |(device, link, seq): (String, i64, i64)| {
        let outgoing = Outgoing { seq: unsigned(seq), body: Arc::clone(&body), at_ms: stamp.now_ms };
        Ok(Posted { device: parse(&device, "device")?, link: unsigned(link), outgoing })
    };
    rows.into_iter().map(posted).collect()
}
