//! A signed-in device with its link up: what every command but `register` begins and ends with.

use std::time::Duration;

use carillon_kit::{CallKit, Connection, LinkState, MediaOptions};
use serde_json::json;

use crate::{
    account,
    args::Cli,
    exit::{Exit, Problem},
    report::Report,
    state::DeviceFile,
};

/// How long the first link may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a sign-out may take at the end.
const SIGN_OUT_TIMEOUT: Duration = Duration::from_secs(2);

/// A device on the line.
pub(crate) struct Session {
    pub(crate) connection: Connection,
    pub(crate) report: Report,
    file: DeviceFile,
}

impl Session {
    pub(crate) async fn open(cli: &Cli) -> Result<Self, Problem> {
        let (session, ()) = Self::begin(cli, |_| Ok(())).await?;
        session.say_online("");
        Ok(session)
    }

    /// With calls from the first moment on.
    pub(crate) async fn open_for_calls(cli: &Cli, media: MediaOptions) -> Result<(Self, CallKit), Problem> {
        let keys = DeviceFile::of(cli).known_keys();
        let opened = Self::begin(cli, |connection| {
            let (app, user) = (connection.login().signed_in.app, connection.account().user);
            let kit = CallKit::init_with(&app, user, connection.clone(), media)
                .map_err(|error| Problem::new(Exit::Failed, error.to_string()))?;
            kit.set_known_keys(keys);
            Ok(kit)
        });
        let (session, kit) = opened.await?;
        session.say_online(&format!("{} is online", session.connection.account().user));
        Ok((session, kit))
    }

    fn say_online(&self, text: &str) {
        let (user, device) = (self.connection.account().user, self.connection.device());
        self.report.say("online", json!({ "user": user, "device": device }), text);
    }

    async fn begin<T>(
        cli: &Cli,
        prepare: impl FnOnce(&Connection) -> Result<T, Problem>,
    ) -> Result<(Self, T), Problem> {
        let login = account::sign_in(cli).await?;
        let connection = Connection::open(login).map_err(|error| Problem::usage(error.to_string()))?;
        let prepared = prepare(&connection)?;
        match tokio::time::timeout(CONNECT_TIMEOUT, connection.connected()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) if *connection.link().borrow() == LinkState::Replaced => return Err(Problem::replaced()),
            Ok(Err(error)) => return Err(Problem::new(Exit::BadCredentials, error.to_string())),
            Err(_) => return Err(Problem::new(Exit::Unreachable, "the server takes sign-ins and no links")),
        }
        let session = Self { connection, report: Report::new(cli.json), file: DeviceFile::of(cli) };
        Ok((session, prepared))
    }

    /// Keeps what has become known of other people's devices.
    pub(crate) fn keep_keys(&self, kit: &CallKit) {
        if let Err(error) = self.file.keep_known_keys(&kit.known_keys().borrow()) {
            tracing::warn!(%error, "the keys of other devices cannot be kept");
        }
    }

    /// Leaves in good manners: the server forgets this sign-in.
    pub(crate) async fn close(self) {
        self.connection.close().await;
        if *self.connection.link().borrow() == LinkState::Replaced {
            return; // the sign-in is the other one's too
        }
        let login = self.connection.login();
        match tokio::time::timeout(SIGN_OUT_TIMEOUT, carillon_kit::sign_out(&login)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::info!(%error, "not signed out"),
            Err(_) => tracing::info!("not signed out in time"),
        }
    }
}
