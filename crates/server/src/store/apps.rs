//! Applications, as their RTC tokens know them.

use carillon_protocol::AppId;

use super::{
    Result, Store, signed,
    sql::{sql, sql_as},
};

/// An application's id for tokens and its certificates. The certificates are secrets.
pub(crate) struct AppRow {
    pub(crate) token_app_id: String,
    pub(crate) certificate: String,
    pub(crate) former_certificate: Option<String>,
}

impl Store {
    /// The application's row; `fresh` becomes it if there is none yet.
    pub(crate) async fn app(&self, app: &AppId, fresh: AppRow, now_ms: u64) -> Result<AppRow> {
        let add = sql!(
            "INSERT INTO apps (app, token_app_id, certificate, changed_at_ms) VALUES ($1, $2, $3, $4)
             ON CONFLICT (app) DO NOTHING",
            app.as_str(),
            fresh.token_app_id,
            fresh.certificate,
            signed(now_ms)
        );
        self.housekeep([add]).await?;
        let (token_app_id, certificate, former_certificate): (String, String, Option<String>) =
            sql_as!("SELECT token_app_id, certificate, former_certificate FROM apps WHERE app = $1", app.as_str())
                .fetch_one(&self.readers)
                .await?;
        Ok(AppRow { token_app_id, certificate, former_certificate })
    }

    /// Another certificate to sign with; the one until now becomes the former one.
    pub(crate) async fn rotate_certificate(&self, app: &AppId, certificate: &str, now_ms: u64) -> Result<()> {
        let rotate = sql!(
            "UPDATE apps SET former_certificate = certificate, certificate = $2, changed_at_ms = $3 WHERE app = $1",
            app.as_str(),
            certificate,
            signed(now_ms)
        );
        self.housekeep([rotate]).await.map(drop)
    }

    /// The former certificate opens nothing any more.
    pub(crate) async fn retire_certificate(&self, app: &AppId, now_ms: u64) -> Result<()> {
        let retire = sql!(
            "UPDATE apps SET former_certificate = NULL, changed_at_ms = $2 WHERE app = $1",
            app.as_str(),
            signed(now_ms)
        );
        self.housekeep([retire]).await.map(drop)
    }
}
