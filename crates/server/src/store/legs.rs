//! Legs of calls.

use carillon_call::record::{ExpiryNotice, LegDevice, LegRow, LostWays, Pass, Rows, log_entry};
use carillon_protocol::{CallId, DeviceId, MutedBy, Published, Uid, UserId};

use super::{
    Conn, Result, StoreError, from_json, from_word, parse, signed,
    sql::{Columns, FromRow, sql, sql_as},
    to_json, to_word, unsigned,
};

/// All legs of a call, in the order of being asked.
pub(super) async fn load(conn: &mut Conn, id: CallId) -> Result<Vec<LegRow>> {
    let legs: Vec<Result<LegRow>> = sql_as!(
        "SELECT user_name, state, device, device_name, device_key,
         (SELECT group_concat(r.device) FROM ringing_devices r WHERE r.call = g.call AND r.user_name = g.user_name),
         invited_by, round, ring_until_ms, joined_at_ms, talked_ms, has_answered, end_reason, is_blocked, pass,
         published, hand, muted_by, muted_version, link_lost, media_lost, removed_by
         FROM legs g WHERE call = $1 ORDER BY nr, user_name",
        id.to_string()
    )
    .fetch_all(conn)
    .await?;
    legs.into_iter().collect()
}

/// Writes the legs of a call that are new or other than before. What its user has seen of a leg holds until they are asked again.
pub(super) async fn save(conn: &mut Conn, before: Option<&Rows>, rows: &Rows) -> Result<()> {
    for (nr, leg) in rows.legs.iter().enumerate() {
        let is_missed = is_missed(rows, leg);
        let known = before.and_then(|before| Some((before, before.legs.get(nr)?)));
        let is_known = |(before, known)| is_same_row(known, leg) && self::is_missed(before, known) == is_missed;
        if !known.is_some_and(is_known) {
            save_one(conn, rows.call.id, nr, leg, is_missed).await?;
        }
        let rang: &[DeviceId] = known.map_or(&[], |(_, known)| &known.ringing);
        if rang != leg.ringing {
            save_ringing(conn, rows.call.id, leg, rang).await?;
        }
    }
    Ok(())
}

/// Which devices ring is no part of the row.
pub(super) fn is_same_row(known: &LegRow, leg: &LegRow) -> bool {
    LegRow { ringing: leg.ringing.clone(), ..known.clone() } == *leg
}

/// Writes down which devices of a user ring, that did not before or no longer do.
async fn save_ringing(conn: &mut Conn, call: CallId, leg: &LegRow, rang: &[DeviceId]) -> Result<()> {
    let (call, user) = (call.to_string(), leg.user.as_str());
    if leg.ringing.is_empty() {
        let none = sql!("DELETE FROM ringing_devices WHERE call = $1 AND user_name = $2", call, user);
        none.execute(conn).await?;
        return Ok(());
    }
    for device in rang.iter().filter(|device| !leg.ringing.contains(device)) {
        let device = device.to_string();
        sql!("DELETE FROM ringing_devices WHERE call = $1 AND user_name = $2 AND device = $3", &call, user, device)
            .execute(&mut *conn)
            .await?;
    }
    for device in leg.ringing.iter().filter(|device| !rang.contains(device)) {
        let device = device.to_string();
        sql!("INSERT INTO ringing_devices (call, user_name, device) VALUES ($1, $2, $3)", &call, user, device)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

fn is_missed(rows: &Rows, leg: &LegRow) -> bool {
    log_entry(rows, &leg.user, |user| user.to_string()).is_some_and(|entry| entry.is_missed())
}

async fn save_one(conn: &mut Conn, call: CallId, nr: usize, leg: &LegRow, is_missed: bool) -> Result<()> {
    sql!(
        "INSERT INTO legs (call, user_name, state, device, device_name, device_key, nr, invited_by, round, ring_until_ms,
         joined_at_ms, talked_ms, has_answered, end_reason, is_blocked, pass, is_missed, published,
         hand, muted_by, muted_version, link_lost, media_lost, removed_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
         ON CONFLICT (call, user_name) DO UPDATE
         SET state = excluded.state, device = excluded.device, device_name = excluded.device_name,
         device_key = excluded.device_key, invited_by = excluded.invited_by,
         is_seen = CASE WHEN legs.round = excluded.round THEN legs.is_seen ELSE 0 END, round = excluded.round,
         ring_until_ms = excluded.ring_until_ms, joined_at_ms = excluded.joined_at_ms, talked_ms = excluded.talked_ms,
         has_answered = excluded.has_answered, end_reason = excluded.end_reason, is_blocked = excluded.is_blocked,
         pass = excluded.pass, is_missed = excluded.is_missed, published = excluded.published, hand = excluded.hand,
         muted_by = excluded.muted_by, muted_version = excluded.muted_version, link_lost = excluded.link_lost,
         media_lost = excluded.media_lost, removed_by = excluded.removed_by",
        call.to_string(),
        leg.user.as_str(),
        to_word(&leg.state),
        leg.device.as_ref().map(|device| device.id.to_string()),
        leg.device.as_ref().map(|device| device.name.as_str()),
        leg.device.as_ref().and_then(|device| device.key.as_ref()).map(ToString::to_string),
        i64::try_from(nr).unwrap_or(i64::MAX),
        leg.invited_by.as_ref().map(|user| user.as_str()),
        i64::from(leg.round),
        signed(leg.ring_until_ms),
        leg.joined_at_ms.map(signed),
        signed(leg.talked_ms),
        i64::from(leg.has_answered),
        leg.end.as_ref().map(to_word),
        i64::from(leg.is_blocked),
        leg.pass.as_ref().map(pass_column),
        i64::from(is_missed),
        published_column(&leg.published),
        leg.hand.map(signed),
        leg.muted.as_ref().map(|muted| muted.user.as_str()),
        leg.muted.as_ref().map(|muted| signed(muted.version)),
        i64::from(leg.lost.link),
        i64::from(leg.lost.media),
        leg.removed_by.as_ref().map(UserId::as_str)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The columns in the order of [`load`].
impl FromRow for Result<LegRow> {
    fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(leg_row(Columns::of(row)))
    }
}

fn leg_row(mut columns: Columns<'_>) -> Result<LegRow> {
    Ok(LegRow {
        user: parse(&columns.next::<String>()?, "user")?,
        state: from_word(&columns.next::<String>()?, "leg state")?,
        device: leg_device(&mut columns)?,
        ringing: ringing(columns.next::<Option<String>>()?.as_deref())?,
        invited_by: columns.next::<Option<String>>()?.map(|user| parse(&user, "user")).transpose()?,
        round: u32::try_from(columns.next::<i64>()?).map_err(|_| StoreError::Corrupt { what: "round" })?,
        ring_until_ms: unsigned(columns.next()?),
        joined_at_ms: columns.next::<Option<i64>>()?.map(unsigned),
        talked_ms: unsigned(columns.next()?),
        has_answered: columns.next()?,
        end: columns.next::<Option<String>>()?.map(|reason| from_word(&reason, "end reason")).transpose()?,
        is_blocked: columns.next()?,
        pass: columns.next::<Option<String>>()?.as_deref().map(pass).transpose()?,
        published: published(columns.next::<Option<String>>()?.as_deref()),
        hand: columns.next::<Option<i64>>()?.map(unsigned),
        muted: muted(&mut columns)?,
        lost: LostWays { link: columns.next()?, media: columns.next()? },
        removed_by: columns.next::<Option<String>>()?.map(|user| parse(&user, "user")).transpose()?,
    })
}

fn leg_device(columns: &mut Columns<'_>) -> Result<Option<LegDevice>> {
    let (id, name, key): (Option<String>, Option<String>, Option<String>) =
        (columns.next()?, columns.next()?, columns.next()?);
    let Some(id) = id else { return Ok(None) };
    Ok(Some(LegDevice {
        id: parse(&id, "device")?,
        name: name.unwrap_or_default(),
        key: key.map(|key| parse(&key, "device key")).transpose()?,
    }))
}

fn muted(columns: &mut Columns<'_>) -> Result<Option<MutedBy>> {
    let (user, version): (Option<String>, Option<i64>) = (columns.next()?, columns.next()?);
    let Some((user, version)) = user.zip(version) else { return Ok(None) };
    Ok(Some(MutedBy { user: parse(&user, "user")?, version: unsigned(version) }))
}

fn ringing(devices: Option<&str>) -> Result<Vec<DeviceId>> {
    devices.iter().flat_map(|devices| devices.split(',')).map(|device| parse(device, "ringing device")).collect()
}

fn published_column(published: &Published) -> Option<String> {
    (!published.is_nothing()).then(|| to_json(published))
}

/// What cannot be read, such as the words of a newer server, is nothing: the device says it again in its next session, and no call ends by it.
fn published(column: Option<&str>) -> Published {
    column.and_then(|column| from_json(column, "what is published").ok()).unwrap_or_default()
}

type PassColumn = (Uid, Option<u64>, u8, u64);

/// What is kept of a token: never the token.
fn pass_column(pass: &Pass) -> String {
    let (told, out_at_ms) = match pass.told {
        ExpiryNotice::Nothing => (0, 0),
        ExpiryNotice::WillExpire => (1, 0),
        ExpiryNotice::Expired { out_at_ms } => (2, out_at_ms),
    };
    let column: PassColumn = (pass.uid.clone(), pass.until_ms, told, out_at_ms);
    to_json(&column)
}

fn pass(column: &str) -> Result<Pass> {
    let (uid, until_ms, told, out_at_ms): PassColumn = from_json(column, "pass")?;
    let told = match told {
        0 => ExpiryNotice::Nothing,
        1 => ExpiryNotice::WillExpire,
        _ => ExpiryNotice::Expired { out_at_ms },
    };
    Ok(Pass { uid, until_ms, told })
}

#[cfg(test)]
mod tests {
    use carillon_protocol::{MicrophoneState, PublishedSize, Wants};

    use super::*;

    #[test]
    fn what_is_published_is_read_as_it_was_written_and_nothing_takes_no_room() {
        let size = PublishedSize::new(1280, 720);
        let (wants, microphone) =
            (Wants { camera_rows: Some(0), screen_rows: Some(360), camera_layers: None }, MicrophoneState::Muted);
        let all = Published { microphone, camera: size, screen: size, screen_sound: true, wants };

        assert_eq!(published(published_column(&all).as_deref()), all);
        assert_eq!(published_column(&Published::default()), None);
        assert_eq!(published(None), Published::default());
    }

    #[test]
    fn what_cannot_be_read_of_what_is_published_is_nothing() {
        for unreadable in ["", "off", "[]", r#"{"microphone":"whispering"}"#, r#"{"camera":{"width":0,"height":1}}"#] {
            assert_eq!(published(Some(unreadable)), Published::default(), "{unreadable}");
        }
    }

    #[test]
    fn a_pass_is_read_as_it_was_written() {
        let name = Uid::User("ada".parse().unwrap());
        for uid in [Uid::Number(7), name] {
            for told in [ExpiryNotice::Nothing, ExpiryNotice::WillExpire, ExpiryNotice::Expired { out_at_ms: 9 }] {
                let written = Pass { uid: uid.clone(), until_ms: Some(5), told };

                assert_eq!(pass(&pass_column(&written)).unwrap(), written);
            }
        }
    }
}
