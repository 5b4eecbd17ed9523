//! Prosody, configured for what it is compared in, and devices on its plain XMPP stream.
//!
//! Calls are XEP-0353 (Jingle Message Initiation): propose to the account, ringing, proceed, finish; the other devices of the one who
//! answers hear of it by carbons. Everything is stored in the archives of both accounts.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use carillon_tests::desktop::{Process, until};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::system::{Device, PATIENCE, SERVER_CORE, System, on_core};

const HOST: &str = "localhost";
const PASSWORD: &str = "eight bells at noon";

/// The server in a process of its own.
pub(crate) struct Prosody {
    address: SocketAddr,
    server: Process,
    resources: AtomicU64,
}

impl Prosody {
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let folder = folder.join("prosody");
        std::fs::create_dir_all(&folder)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let config = folder.join("prosody.cfg.lua");
        std::fs::write(&config, configuration(&folder, address))?;
        write_ahead(&folder.join("prosody.sqlite"))?;
        let mut command = on_core(SERVER_CORE, "prosody");
        command.arg("-F").arg("--config").arg(&config).stdout(Stdio::null());
        let server = Process::start(&mut command).context("prosody belongs to the set-up of this benchmark")?;
        until("Prosody", PATIENCE, || async { std::net::TcpStream::connect(address).ok() }).await?;
        Ok(Self { address, server, resources: AtomicU64::new(0) })
    }

    async fn stream(&self) -> Result<Stanzas> {
        let mut stanzas = Stanzas { socket: TcpStream::connect(self.address).await?, heard: String::new() };
        stanzas.socket.set_nodelay(true)?;
        stanzas.open().await?;
        Ok(stanzas)
    }
}

/// A database in WAL mode, which a file remembers: several times as fast as Prosody's own choice.
fn write_ahead(file: &Path) -> Result<()> {
    let done = Command::new("sqlite3").arg(file).arg("PRAGMA journal_mode = WAL;").stdout(Stdio::null()).status()?;
    ensure!(done.success(), "sqlite3 makes no database");
    Ok(())
}

/// Its best for this work: the event loop by epoll, SQL in one file as ours has it, no limits on rates, no log.
fn configuration(folder: &Path, address: SocketAddr) -> String {
    format!(
        r#"
run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}"
network_backend = "epoll"
log = {{ error = "{folder}/error.log" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
s2s_ports = {{ }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
allow_registration = true
modules_enabled = {{ "roster", "saslauth", "disco", "carbons", "mam", "register_ibr", "smacks" }}
modules_disabled = {{ "s2s", "limits", "tls" }}
storage = "sql"
sql = {{ driver = "SQLite3", database = "prosody.sqlite" }}
default_archive_policy = true
archive_expires_after = "never"
VirtualHost "{HOST}"
"#,
        folder = folder.display(),
        port = address.port(),
    )
}

impl System for Prosody {
    type Device = Resource;

    async fn sign_up(self: &Arc<Self>, user: &str) -> Result<()> {
        let mut stanzas = self.stream().await?;
        let query = format!(
            "<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>{user}</username>\
             <password>{PASSWORD}</password></query></iq>"
        );
        stanzas.say(&query).await?;
        let answer = stanzas.hear(&["<iq", "/>"]).await?;
        ensure!(answer.contains("result"), "no account: {answer}");
        Ok(())
    }

    async fn link(self: &Arc<Self>, user: &str) -> Result<Resource> {
        let mut stanzas = self.stream().await?;
        let secret = STANDARD.encode(format!("\0{user}\0{PASSWORD}"));
        stanzas
            .say(&format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>"))
            .await?;
        stanzas.hear(&["<success", ">"]).await?;
        stanzas.open().await?;
        let resource = self.resources.fetch_add(1, Relaxed);
        let bind = format!(
            "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r{resource}</resource></bind></iq>"
        );
        stanzas.say(&bind).await?;
        stanzas.hear(&["<jid>", "</iq>"]).await?;
        stanzas.say("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq><presence/>").await?;
        // The account's own presence comes back: the session is in use.
        stanzas.hear(&["<presence", ">"]).await?;
        Ok(Resource { me: format!("{user}@{HOST}"), name: resource, calls: 0, other: String::new(), stanzas })
    }

    fn process(&self) -> u32 {
        self.server.id()
    }
}

/// A stream of stanzas, read as text.
struct Stanzas {
    socket: TcpStream,
    heard: String,
}

impl Stanzas {
    async fn open(&mut self) -> Result<()> {
        let head = format!(
            "<?xml version='1.0'?><stream:stream to='{HOST}' version='1.0' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        );
        self.say(&head).await?;
        self.hear(&["</stream:features>"]).await.map(drop)
    }

    async fn say(&mut self, text: &str) -> Result<()> {
        Ok(self.socket.write_all(text.as_bytes()).await?)
    }

    /// Waits until all of `marks` have come, in their order, and gives what is between the first and the end of the last. What came
    /// before is of no interest any more.
    async fn hear(&mut self, marks: &[&str]) -> Result<String> {
        let mut buffer = [0; 4096];
        loop {
            if let Some((from, to)) = find(&self.heard, marks) {
                let found = self.heard[from..to].to_owned();
                self.heard.drain(..to);
                return Ok(found);
            }
            let read = tokio::time::timeout(PATIENCE, self.socket.read(&mut buffer)).await;
            let length = read.with_context(|| format!("nothing of {marks:?} in {:?}", self.heard))??;
            ensure!(length > 0, "the stream is closed, after {:?}", self.heard);
            self.heard.push_str(std::str::from_utf8(&buffer[..length])?);
        }
    }
}

fn find(text: &str, marks: &[&str]) -> Option<(usize, usize)> {
    let mut at = text.find(marks.first()?)?;
    let from = at;
    for mark in marks {
        at += text[at..].find(mark)? + mark.len();
    }
    Some((from, at))
}

/// A device: a resource with its session.
pub(crate) struct Resource {
    me: String,
    name: u64,
    calls: u64,
    /// Whom the last call was with, with the resource.
    other: String,
    stanzas: Stanzas,
}

impl Resource {
    async fn step(&mut self, to: &str, what: &str, call: &str) -> Result<()> {
        let stanza = format!(
            "<message type='chat' to='{to}'><{what} xmlns='urn:xmpp:jingle-message:0' id='{call}'/>\
             <store xmlns='urn:xmpp:hints'/></message>"
        );
        self.stanzas.say(&stanza).await
    }

    async fn heard(&mut self, what: &str) -> Result<String> {
        self.stanzas.hear(&["<message", &format!("<{what}"), "</message>"]).await
    }
}

impl Device for Resource {
    async fn invite(&mut self, user: &str) -> Result<String> {
        self.calls += 1;
        let call = format!("call-{}-{}", self.name, self.calls);
        self.other = format!("{user}@{HOST}");
        let stanza = format!(
            "<message type='chat' to='{}'><propose xmlns='urn:xmpp:jingle-message:0' id='{call}'>\
             <description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose>\
             <store xmlns='urn:xmpp:hints'/></message>",
            self.other
        );
        self.stanzas.say(&stanza).await?;
        Ok(call)
    }

    async fn ring(&mut self) -> Result<String> {
        let heard = self.heard("propose").await?;
        self.other = attribute(&heard, "from")?;
        let call = attribute(&heard[heard.find("<propose").context("a proposal")?..], "id")?;
        let to = self.other.clone();
        self.step(&to, "ringing", &call).await?;
        Ok(call)
    }

    async fn accept(&mut self, call: &str) -> Result<()> {
        let to = self.other.clone();
        self.step(&to, "proceed", call).await
    }

    async fn accepted(&mut self, _call: &str) -> Result<()> {
        let heard = self.heard("proceed").await?;
        self.other = attribute(&heard[heard.rfind("<message").context("a message")?..], "from")?;
        Ok(())
    }

    async fn silenced(&mut self, _call: &str) -> Result<()> {
        self.heard("proceed").await.map(drop)
    }

    async fn hang_up(&mut self, call: &str) -> Result<()> {
        let to = self.other.clone();
        self.step(&to, "finish", call).await
    }

    async fn ended(&mut self, _call: &str) -> Result<()> {
        self.heard("finish").await.map(drop)
    }

    async fn write(&mut self, user: &str, text: &str) -> Result<()> {
        let (me, to) = (&self.me, format!("{user}@{HOST}"));
        let stanza = format!("<message type='chat' from='{me}' to='{to}'><body>{text}</body></message>");
        self.stanzas.say(&stanza).await
    }

    async fn read(&mut self) -> Result<()> {
        self.stanzas.hear(&["<body>", "</message>"]).await.map(drop)
    }
}

fn attribute(xml: &str, name: &str) -> Result<String> {
    let start = format!(" {name}='");
    let from = xml.find(&start).with_context(|| format!("no {name} in {xml}"))? + start.len();
    let length = xml[from..].find('\'').context("an attribute ends")?;
    Ok(xml[from..from + length].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_in_their_order_only() {
        let text = "<iq/><message><proceed/></message>";

        assert_eq!(find(text, &["<message", "<proceed", "</message>"]), Some((5, text.len())));
        assert_eq!(find(text, &["<proceed", "<message"]), None);
    }

    #[test]
    fn an_attribute_is_read_wherever_it_stands() {
        assert_eq!(attribute("<m to='x' from='a@b/c'>", "from").expect("it is there"), "a@b/c");
    }
}
