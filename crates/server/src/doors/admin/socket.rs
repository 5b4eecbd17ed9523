//! The operator's way into a running server: a Unix socket in the data folder, for its owner and root alone.
//!
//! One request a connection, as one line of JSON; the answer is the columns, the rows, and an end or a refusal, each a line.

use std::{
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader, BufWriter},
    net::{UnixListener, UnixStream},
    time::timeout,
};

use super::{AdminError, Ask, table::Table};
use crate::{doors::SharedState, runtime::tasks};

const SOCKET: &str = "admin.sock";
/// The longest request is a password and a name.
const MAX_REQUEST_BYTES: u64 = 64 * 1024;
/// For a whole conversation: hashing a password may wait for others.
const PATIENCE: Duration = Duration::from_secs(60);

/// One line of an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Columns(Vec<String>),
    Row(Vec<Value>),
    End,
    Refused(String),
}

/// The server's end; the socket's file goes with it.
pub(crate) struct AdminSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl AdminSocket {
    /// Opens the socket. The caller holds the data folder, so an old file there is of no other server.
    pub(crate) fn open(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(SOCKET);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Answers until the server stops.
    pub(crate) async fn serve(self, server: SharedState) {
        let mut stops = server.lifecycle.stops.clone();
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = stops.wait() => return,
            };
            match accepted {
                Ok((stream, _)) => {
                    tasks::serve(converse(stream, server.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the operator could not be let in");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).ok();
    }
}

async fn converse(stream: UnixStream, server: SharedState) {
    match timeout(PATIENCE, answer(stream, &server)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the operator hung up"),
        Err(_) => tracing::debug!("the operator took too long"),
    }
}

async fn answer(mut stream: UnixStream, server: &SharedState) -> io::Result<()> {
    let is_operator = may_ask(&stream)?;
    let (reading, writing) = stream.split();
    let lines = if is_operator {
        let request = first_line(reading).await?;
        match Box::pin(outcome(&request, server)).await {
            Ok(table) => lines(table),
            Err(error) => vec![Line::Refused(error.to_string())],
        }
    } else {
        tracing::warn!("a process of neither this server's user nor root asked on the admin socket");
        vec![Line::Refused("only the server's own user and root may ask".into())]
    };
    let mut writing = BufWriter::new(writing);
    for line in lines {
        writing.write_all(format!("{}\n", serde_json::to_string(&line)?).as_bytes()).await?;
    }
    writing.flush().await
}

/// The file's mode says the same; but a folder can be laid open by mistake.
fn may_ask(stream: &UnixStream) -> io::Result<bool> {
    let asks = stream.peer_cred()?.uid();
    Ok(asks == 0 || asks == rustix::process::geteuid().as_raw())
}

pub(super) async fn outcome(request: &str, server: &SharedState) -> Result<Table, AdminError> {
    let ask: Ask = serde_json::from_str(request)
        .map_err(|error| AdminError::refused(format!("this server does not know that: {error}")))?;
    server.carry_out(|server| async move { ask.run(&server).await }).await?
}

fn lines(table: Table) -> Vec<Line> {
    let rows = table.rows.into_iter().map(Line::Row);
    std::iter::once(Line::Columns(table.columns)).chain(rows).chain([Line::End]).collect()
}

async fn first_line(reading: impl AsyncRead + Unpin) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(reading.take(MAX_REQUEST_BYTES)).read_line(&mut line).await?;
    Ok(line)
}

/// The operator's end: asks the server that runs on a data folder.
pub(super) async fn ask(data_dir: &Path, ask: &Ask) -> Result<Table, AdminError> {
    let failed = |source: io::Error| {
        if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) {
            return AdminError::NoServer(data_dir.to_owned());
        }
        AdminError::Socket { path: data_dir.to_owned(), source }
    };
    let stream = UnixStream::connect(data_dir.join(SOCKET)).await.map_err(failed)?;
    timeout(PATIENCE, told(stream, ask)).await.map_err(|_| failed(io::ErrorKind::TimedOut.into()))?.map_err(failed)?
}

async fn told(mut stream: UnixStream, ask: &Ask) -> io::Result<Result<Table, AdminError>> {
    stream.write_all(format!("{}\n", serde_json::to_string(ask)?).as_bytes()).await?;
    let mut table = Table::default();
    let mut lines = BufReader::new(stream).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line)? {
            Line::Columns(columns) => table.columns = columns,
            Line::Row(row) => table.rows.push(row),
            Line::End => return Ok(Ok(table)),
            Line::Refused(why) => return Ok(Err(AdminError::Refused(why))),
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}
