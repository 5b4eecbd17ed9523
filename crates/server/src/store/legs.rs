//! Legs of calls.

use carillon_call::record::{LegRow, LegState, Pass, Rows, Told, log_entry};
use carillon_protocol::{CallId, DeviceId, Uid};

use super::{
    Conn, Result, StoreError, from_json, from_word, parse, signed,
    sql::{Row, sql},
    to_json, to_word, unsigned,
};

/// All legs of a call, in the order of being asked.
pub(super) async fn load(conn: &mut Conn, id: CallId) -> Result<Vec<LegRow>> {
    let legs = sql!("SELECT * FROM legs WHERE call = $1 ORDER BY nr, user_name", id.to_string());
    legs.fetch_all(conn).await?.iter().map(leg_row).collect()
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

fn leg_row(row: &Row) -> Result<LegRow> {
    let text = |column: &str| row.get::<String>(column);
    let maybe_text = |column: &str| row.get::<Option<String>>(column);
    let number = |column: &str| row.get::<i64>(column);
    Ok(LegRow {
        user: parse(&text("user_name")?, "user")?,
        state: from_word::<LegState>(&text("state")?, "leg state")?,
        device: maybe_text("device")?.map(|device| parse::<DeviceId>(&device, "device")).transpose()?,
        ringing: from_json(&text("ringing")?, "ringing devices")?,
        invited_by: maybe_text("invited_by")?.map(|user| parse(&user, "user")).transpose()?,
        round: u32::try_from(number("round")?).map_err(|_| StoreError::Corrupt { what: "round" })?,
        ring_until_ms: unsigned(number("ring_until_ms")?),
        joined_at_ms: row.get::<Option<i64>>("joined_at_ms")?.map(unsigned),
        talked_ms: unsigned(number("talked_ms")?),
        has_answered: number("has_answered")? != 0,
        end: maybe_text("end_reason")?.map(|reason| from_word(&reason, "end reason")).transpose()?,
        is_blocked: number("is_blocked")? != 0,
        pass: maybe_text("pass")?.as_deref().map(pass).transpose()?,
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
