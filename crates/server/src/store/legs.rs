//! Legs of calls.

use carillon_call::record::{LegRow, Pass, Rows, Told, log_entry};
use carillon_protocol::{CallId, Uid};

use super::{
    Conn, Result, StoreError, from_json, from_word, parse, signed,
    sql::{Columns, FromRow, sql, sql_as},
    to_json, to_word, unsigned,
};

/// All legs of a call, in the order of being asked.
pub(super) async fn load(conn: &mut Conn, id: CallId) -> Result<Vec<LegRow>> {
    let legs: Vec<Result<LegRow>> = sql_as!(
        "SELECT user_name, state, device, ringing, invited_by, round, ring_until_ms, joined_at_ms, talked_ms, has_answered,
         end_reason, is_blocked, pass FROM legs WHERE call = $1 ORDER BY nr, user_name",
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
        if known.is_some_and(|(before, known)| known == leg && self::is_missed(before, known) == is_missed) {
            continue;
        }
        save_one(conn, rows.call.id, nr, leg, is_missed).await?;
    }
    Ok(())
}

fn is_missed(rows: &Rows, leg: &LegRow) -> bool {
    log_entry(rows, &leg.user, |user| user.to_string()).is_some_and(|entry| entry.is_missed())
}

async fn save_one(conn: &mut Conn, call: CallId, nr: usize, leg: &LegRow, is_missed: bool) -> Result<()> {
    sql!(
        "INSERT INTO legs (call, user_name, state, device, ringing, nr, invited_by, round, ring_until_ms, joined_at_ms,
         talked_ms, has_answered, end_reason, is_blocked, pass, is_missed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         ON CONFLICT (call, user_name) DO UPDATE
         SET state = excluded.state, device = excluded.device, ringing = excluded.ringing, invited_by = excluded.invited_by,
         is_seen = CASE WHEN legs.round = excluded.round THEN legs.is_seen ELSE 0 END, round = excluded.round,
         ring_until_ms = excluded.ring_until_ms, joined_at_ms = excluded.joined_at_ms, talked_ms = excluded.talked_ms,
         has_answered = excluded.has_answered, end_reason = excluded.end_reason, is_blocked = excluded.is_blocked,
         pass = excluded.pass, is_missed = excluded.is_missed",
        call.to_string(),
        leg.user.as_str(),
        to_word(&leg.state),
        leg.device.map(|device| device.to_string()),
        to_json(&leg.ringing),
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
        i64::from(is_missed)
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
        device: columns.next::<Option<String>>()?.map(|device| parse(&device, "device")).transpose()?,
        ringing: from_json(&columns.next::<String>()?, "ringing devices")?,
        invited_by: columns.next::<Option<String>>()?.map(|user| parse(&user, "user")).transpose()?,
        round: u32::try_from(columns.next::<i64>()?).map_err(|_| StoreError::Corrupt { what: "round" })?,
        ring_until_ms: unsigned(columns.next()?),
        joined_at_ms: columns.next::<Option<i64>>()?.map(unsigned),
        talked_ms: unsigned(columns.next()?),
        has_answered: columns.next()?,
        end: columns.next::<Option<String>>()?.map(|reason| from_word(&reason, "end reason")).transpose()?,
        is_blocked: columns.next()?,
        pass: columns.next::<Option<String>>()?.as_deref().map(pass).transpose()?,
    })
}

type PassColumn = (Uid, Option<u64>, u8, u64);

/// What is kept of a token: never the token.
pub(super) fn pass_column(pass: &Pass) -> String {
    let (told, out_at_ms) = match pass.told {
        Told::Nothing => (0, 0),
        Told::WillExpire => (1, 0),
        Told::Expired { out_at_ms } => (2, out_at_ms),
    };
    let column: PassColumn = (pass.uid.clone(), pass.until_ms, told, out_at_ms);
    to_json(&column)
}

pub(super) fn pass(column: &str) -> Result<Pass> {
    let (uid, until_ms, told, out_at_ms): PassColumn = from_json(column, "pass")?;
    let told = match told {
        0 => Told::Nothing,
        1 => Told::WillExpire,
        _ => Told::Expired { out_at_ms },
    };
    Ok(Pass { uid, until_ms, told })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_read_as_it_was_written() {
        let name = Uid::User("ada".parse().unwrap());
        for uid in [Uid::Number(7), name] {
            for told in [Told::Nothing, Told::WillExpire, Told::Expired { out_at_ms: 9 }] {
                let written = Pass { uid: uid.clone(), until_ms: Some(5), told };

                assert_eq!(pass(&pass_column(&written)).unwrap(), written);
            }
        }
    }
}
