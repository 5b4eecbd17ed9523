//! `admin app`: what RTC tokens are signed with.

use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::{AdminError, table::Table};
use crate::{
    audit::{Act, Entry},
    core::Core,
    rtc_tokens::stored,
};

/// What to do with the application.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum App {
    /// Its ids. With --certificate also what a token server of your own signs with: a secret.
    Show {
        /// Show the certificate.
        #[arg(long)]
        certificate: bool,
    },
    /// Sign with another certificate from now on; tokens by the one until now stay good until `retire`.
    Rotate,
    /// Tokens by the former certificate are good no more.
    Retire,
}

impl App {
    pub(super) async fn run(self, core: &Core) -> Result<Table, AdminError> {
        match self {
            Self::Show { certificate } => show(core, certificate).await,
            Self::Rotate => {
                core.rotate_certificate().await?;
                changed(core, Act::RotateCertificate).await
            }
            Self::Retire => {
                core.retire_certificate().await?;
                changed(core, Act::RetireCertificate).await
            }
        }
    }
}

async fn show(core: &Core, certificate: bool) -> Result<Table, AdminError> {
    let row = stored(&core.store, &core.config.app, core.clock.now_ms()).await?;
    let certificates = if row.former_certificate.is_some() { 2 } else { 1 };
    if certificate {
        core.note(Entry::done(Act::ShowCertificate)).await;
        let mut table = Table::new(["app", "token_app_id", "certificate"]);
        table.row([core.config.app.as_str().into(), row.token_app_id.into(), row.certificate.into()]);
        return Ok(table);
    }
    let mut table = Table::new(["app", "token_app_id", "certificates"]);
    table.row([core.config.app.as_str().into(), row.token_app_id.into(), certificates.into()]);
    Ok(table)
}

async fn changed(core: &Core, act: Act) -> Result<Table, AdminError> {
    core.note(Entry::done(act)).await;
    Ok(Table::default())
}
