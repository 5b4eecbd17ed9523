//! Answers that were given: asked again, the server says the same again and does nothing.

use carillon_protocol::{Answer, DeviceId, OpId};

use super::{
    Conn, Result, Store, from_json, signed,
    sql::{sql, sql_as},
    to_json,
};

/// The answer that a device's request already got.
pub(crate) async fn given(conn: &mut Conn, device: DeviceId, op: OpId) -> Result<Option<Answer>> {
    let row: Option<(String,)> =
        sql_as!("SELECT body FROM answers WHERE device = $1 AND op_id = $2", device.to_string(), op.to_string())
            .fetch_optional(conn)
            .await?;
    row.map(|(body,)| from_json(&body, "answer")).transpose()
}

/// Remembers an answer, in the transaction of what it answers.
pub(crate) async fn give(conn: &mut Conn, device: DeviceId, op: OpId, answer: &Answer, now_ms: u64) -> Result<()> {
    sql!(
        "INSERT INTO answers (device, op_id, body, at_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (device, op_id) DO NOTHING",
        device.to_string(),
        op.to_string(),
        to_json(answer),
        signed(now_ms)
    )
    .execute(conn)
    .await?;
    Ok(())
}

impl Store {
    /// The same, for whoever changes nothing.
    pub(crate) async fn given_answer(&self, device: DeviceId, op: OpId) -> Result<Option<Answer>> {
        self.ask(async move |conn| given(conn, device, op).await).await
    }
}
