//! `admin app`: what RTC tokens are signed with.

use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::{AdminError, table::Table};
use crate::{
    change::write_audit,
    doors::ServerState,
    ground::rtc_tokens::stored,
    services::rtc_tokens,
    store::audit::{Act, Entry},
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
    pub(super) async fn run(self, server: &ServerState) -> Result<Table, AdminError> {
        match self {
            Self::Show { certificate } => show(server, certificate).await,
            Self::Rotate => {
                rtc_tokens::rotate(server).await?;
                changed(server, Act::RotateCertificate).await
            }
            Self::Retire => {
                rtc_tokens::retire(server).await?;
                changed(server, Act::RetireCertificate).await
            }
        }
    }
}

async fn show(server: &ServerState, certificate: bool) -> Result<Table, AdminError> {
    let row = stored(&server.store, &server.config.app, server.clock.now_ms()).await?;
    let certificates = if row.former_certificate.is_some() { 2 } else { 1 };
    if certificate {
        write_audit(server, Entry::done(Act::ShowCertificate)).await;
        let mut table = Table::new(["app", "token_app_id", "certificate"]);
        table.row([server.config.app.as_str().into(), row.token_app_id.into(), row.certificate.into()]);
        return Ok(table);
    }
    let mut table = Table::new(["app", "token_app_id", "certificates"]);
    table.row([server.config.app.as_str().into(), row.token_app_id.into(), certificates.into()]);
    Ok(table)
}

async fn changed(server: &ServerState, act: Act) -> Result<Table, AdminError> {
    write_audit(server, Entry::done(act)).await;
    Ok(Table::default())
}
