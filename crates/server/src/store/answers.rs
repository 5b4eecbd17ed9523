//! Answers that were given: asked again, the server says the same again and does nothing.

pub(crate) use carillon_call::session::server::RequestState;
use carillon_protocol::{Answer, DeviceId, OpId};

use super::{
    Conn, Result, Store, Tx, Who, from_json, signed,
    sql::{sql, sql_as},
    to_json,
};

/// A device's request, as it is known by when it is repeated, and the sign-in that it is made under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestKey {
    pub(crate) device: DeviceId,
    pub(crate) sign_in: i64,
    pub(crate) id: OpId,
}

impl RequestKey {
    pub(crate) const fn new(who: &Who, id: OpId) -> Self {
        Self { device: who.device, sign_in: who.sign_in, id }
    }
}

/// Looks at a request in the transaction that it may change something in: the sign-in that its link began with may be over by now.
pub(crate) async fn begin(tx: &mut Tx, op: RequestKey) -> Result<RequestState> {
    let (body, is_signed_in): (Option<String>, bool) = sql_as!(
        "SELECT (SELECT body FROM answers WHERE device = $1 AND op_id = $2),
         EXISTS (SELECT 1 FROM devices WHERE id = $1 AND sign_in = $3 AND token_hash IS NOT NULL)",
        op.device.to_string(),
        op.id.to_string(),
        op.sign_in
    )
    .fetch_one(&mut **tx)
    .await?;
    let answer = body.map(|body| from_json(&body, "answer")).transpose()?;
    Ok(RequestState::of(answer, is_signed_in))
}

/// The answer that a device's request already got.
async fn given(conn: &mut Conn, device: DeviceId, op: OpId) -> Result<Option<Answer>> {
    let row: Option<(String,)> =
        sql_as!("SELECT body FROM answers WHERE device = $1 AND op_id = $2", device.to_string(), op.to_string())
            .fetch_optional(conn)
            .await?;
    row.map(|(body,)| from_json(&body, "answer")).transpose()
}

/// Remembers an answer, in the transaction of what it answers.
pub(crate) async fn give(conn: &mut Conn, op: RequestKey, answer: &Answer, now_ms: u64) -> Result<()> {
    sql!(
        "INSERT INTO answers (device, op_id, body, at_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (device, op_id) DO NOTHING",
        op.device.to_string(),
        op.id.to_string(),
        to_json(answer),
        signed(now_ms)
    )
    .execute(conn)
    .await?;
    Ok(())
}

impl Store {
    /// The answer that a device's request already got, outside of a change.
    pub(crate) async fn given_answer(&self, device: DeviceId, op: OpId) -> Result<Option<Answer>> {
        self.ask(async move |conn| given(conn, device, op).await).await
    }
}
