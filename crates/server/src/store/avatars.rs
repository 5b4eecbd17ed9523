//! Pictures: each is kept once, for as long as a user or a group shows it.

use carillon_protocol::{AppId, AvatarId};

use super::{
    Result, Store, Tx,
    sql::{sql, sql_as},
};

/// A picture as it is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) id: AvatarId,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

/// A user or a group shows another picture from now on, or none. The caller writes the id down where it belongs, in the same
/// transaction: `before` is what stands there until then.
pub(crate) async fn swap(tx: &mut Tx, app: &AppId, before: Option<&AvatarId>, after: Option<&Picture>) -> Result<()> {
    if let Some(picture) = after {
        sql!(
            "INSERT INTO avatars (app, id, content_type, body, uses) VALUES ($1, $2, $3, $4, 1)
             ON CONFLICT (app, id) DO UPDATE SET uses = avatars.uses + 1",
            app.as_str(),
            picture.id.as_str(),
            picture.content_type,
            picture.body.as_slice()
        )
        .execute(&mut **tx)
        .await?;
    }
    if let Some(id) = before {
        sql!("UPDATE avatars SET uses = uses - 1 WHERE app = $1 AND id = $2", app.as_str(), id.as_str())
            .execute(&mut **tx)
            .await?;
        sql!("DELETE FROM avatars WHERE app = $1 AND id = $2 AND uses < 1", app.as_str(), id.as_str())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

impl Store {
    /// A picture's content type and body.
    pub(crate) async fn avatar(&self, app: &AppId, id: &AvatarId) -> Result<Option<(String, Vec<u8>)>> {
        let row =
            sql_as!("SELECT content_type, body FROM avatars WHERE app = $1 AND id = $2", app.as_str(), id.as_str());
        Ok(row.fetch_optional(&self.readers).await?)
    }
}
