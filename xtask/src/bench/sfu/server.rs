//! The servers under test, each in a process of its own on its core.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

use super::SERVER_CORE;
use crate::workspace::Workspace;

const OUR_PORT: u16 = 47_470;
const JANUS_PORT: u16 = 47_480;

/// All participants are on this machine, and no person is as busy as a benchmark.
const OUR_CONFIG: &str = r#"
registration = "open"
rtc_tokens = "optional"
media_workers = 1
[limits]
sign_ins_per_minute = 10000000
sign_ins_per_minute_and_address = 10000000
requests_per_minute = 10000000
requests_per_minute_and_user = 10000000
media_offers_per_minute = 10000000
publishes_per_minute = 10000000
links_per_minute = 10000000
http_requests_per_minute_and_address = 10000000
registrations_per_hour_and_address = 10000000
invites_per_minute = 10000000
invites_per_minute_to_one = 10000000
invites_per_minute_of_one = 10000000
approaches_per_minute_to_one = 10000000
changes_per_day_and_user = 10000000
devices_per_user = 10000
connections = 20000
connections_per_address = 20000
half_open = 20000
half_open_per_address = 20000
"#;

/// Which server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Carillon,
    Janus,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Carillon => "Carillon",
            Self::Janus => "Janus",
        }
    }
}

/// A server that runs until this is dropped.
pub(super) struct Server {
    kind: Kind,
    child: Child,
}

impl Server {
    /// Starts it with nothing in it, and waits until it takes connections.
    pub(super) fn start(kind: Kind, workspace: &Workspace, folder: &Path) -> Result<Self> {
        let folder = folder.join("sfu");
        std::fs::remove_dir_all(&folder).ok();
        std::fs::create_dir_all(&folder)?;
        let mut command = Command::new("taskset");
        command.args(["-c", SERVER_CORE]);
        let is_ready = match kind {
            Kind::Carillon => {
                ours(&mut command, &workspace.built("release", "carillon-server"), &folder)?;
                "listen"
            }
            Kind::Janus => {
                janus(&mut command, &folder)?;
                "WebSockets thread started"
            }
        };
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
        let mut server = Self { kind, child };
        server.wait_for(is_ready)?;
        Ok(server)
    }

    pub(super) fn id(&self) -> u32 {
        // `taskset` becomes the program that it starts.
        self.child.id()
    }

    /// How `carillon load` is told where it is.
    pub(super) fn load(&self) -> Vec<String> {
        let words = match self.kind {
            Kind::Carillon => format!("--server http://127.0.0.1:{OUR_PORT} --user load load"),
            Kind::Janus => format!("load --janus ws://127.0.0.1:{JANUS_PORT}"),
        };
        words.split(' ').map(str::to_owned).collect()
    }

    /// What it says after that is read and forgotten, so that it never waits for a reader.
    #[expect(clippy::disallowed_methods, reason = "it ends with the server")]
    fn wait_for(&mut self, words: &str) -> Result<()> {
        let mut lines = BufReader::new(self.child.stdout.take().context("its output")?).lines();
        let found = lines.by_ref().map_while(Result::ok).any(|line| line.contains(words));
        if !found {
            bail!("the server has ended before it was ready");
        }
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn ours(command: &mut Command, program: &Path, folder: &Path) -> Result<()> {
    let config = folder.join("server.toml");
    std::fs::write(&config, format!("listen = \"127.0.0.1:{OUR_PORT}\"{OUR_CONFIG}"))?;
    command.arg(program).arg("--config").arg(config).arg("--data-dir").arg(folder.join("data"));
    Ok(())
}

/// As lean as it goes: no other plugin, no other transport, one thread for all media, and ICE as ours does it.
fn janus(command: &mut Command, folder: &Path) -> Result<()> {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text);
    write(
        "janus.jcfg",
        "general: { event_loops = 1; debug_level = 4; log_to_stdout = true; }\n\
         media: { ipv6 = false; rtp_port_range = \"20000-60000\"; }\n\
         nat: { ice_lite = true; ice_enforce_list = \"lo\"; }\n\
         plugins: { disable = \"libjanus_audiobridge.so,libjanus_echotest.so,libjanus_nosip.so,libjanus_recordplay.so,\
         libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_duktape.so,libjanus_lua.so,\
         libjanus_voicemail.so\"; }\n\
         transports: { disable = \"libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,\
         libjanus_rabbitmq.so\"; }\n",
    )?;
    write(
        "janus.transport.websockets.jcfg",
        &format!(
            "general: {{ json = \"compact\"; ws = true; ws_port = {JANUS_PORT}; ws_ip = \"127.0.0.1\"; wss = false; }}\n"
        ),
    )?;
    write("janus.plugin.videoroom.jcfg", "general: { }\n")?;
    command.args(["janus", "--interface", "127.0.0.1"]).arg("--configs-folder").arg(folder);
    Ok(())
}
