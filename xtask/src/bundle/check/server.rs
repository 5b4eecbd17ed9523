//! Whether an installed server runs, and keeps what it has over an upgrade.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::run::run;

/// An account that a server makes before its upgrade and has to have after it.
const ACCOUNT: &str = "keeper";
/// What an operator writes into the choices.
const CHOICE: &str = "\n# a choice of this operator's\n";

/// A server where a package has put it.
pub(super) struct Installed {
    pub(super) program: PathBuf,
    pub(super) config: PathBuf,
    pub(super) data: PathBuf,
}

impl Installed {
    /// What the packages for whole machines install.
    pub(super) fn for_all() -> Self {
        Self {
            program: "/usr/bin/carillon-server".into(),
            config: "/etc/carillon-server.toml".into(),
            data: "/var/lib/private/carillon-server".into(),
        }
    }

    /// Runs it, and leaves behind what an upgrade could lose.
    pub(super) fn leaves_traces(&self) -> Result<()> {
        self.runs(|| {
            let mut add = self.admin(&["user", "add", ACCOUNT]);
            let mut adding = add.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
            adding.stdin.take().context("its stdin is a pipe")?.write_all(b"correct horse battery\n")?;
            ensure!(adding.wait()?.success(), "the server makes no account");
            Ok(())
        })?;
        let mut choices = fs::OpenOptions::new().append(true).open(&self.config)?;
        Ok(choices.write_all(CHOICE.as_bytes())?)
    }

    /// Runs it, and looks whether that is still there.
    pub(super) fn has_its_traces(&self) -> Result<()> {
        ensure!(fs::read_to_string(&self.config)?.ends_with(CHOICE), "the operator's choices are lost");
        self.runs(|| run(self.admin(&["user", "show", ACCOUNT]).stdout(std::io::stderr())))
    }

    fn admin(&self, words: &[&str]) -> Command {
        let mut admin = Command::new(&self.program);
        admin.arg("--data-dir").arg(&self.data).arg("admin").args(words);
        admin
    }

    /// Starts it on a free port, asks whether it lives, lets it be used, and ends it as systemd would.
    fn runs(&self, used: impl FnOnce() -> Result<()>) -> Result<()> {
        let mut server = Command::new(&self.program)
            .arg("--config")
            .arg(&self.config)
            .arg("--data-dir")
            .arg(&self.data)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .context("the installed server does not start")?;
        let mut lines =
            BufReader::new(server.stdout.take().context("its stdout is a pipe")?).lines().map_while(Result::ok);
        let answer = lines.by_ref().find_map(|line| address(&line)).context("it never says its address");
        let answer = answer.and_then(|address| livez(&address)).and_then(|()| used());
        run(Command::new("kill").args(["-TERM", &server.id().to_string()]))?;
        // The pipe is read to its end: a program that cannot print any more has a reason to fail.
        lines.for_each(drop);
        let end = server.wait()?;
        answer?;
        ensure!(end.success(), "the server did not end well on SIGTERM: {end}");
        Ok(())
    }
}

/// The address in a line that has one.
fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("http://")?;
    Some(rest.split(|c: char| c.is_whitespace() || c == '/' || c == '"').next().unwrap_or(rest).to_owned())
}

fn livez(address: &str) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /livez HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "/livez says {:?}", answer.lines().next());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_address_is_found_in_what_it_says() {
        assert_eq!(address("Clients connect to http://127.0.0.1:4747 now").as_deref(), Some("127.0.0.1:4747"));
        assert_eq!(address(r#"{"event":"listening","url":"http://[::1]:1"}"#).as_deref(), Some("[::1]:1"));
        assert_eq!(address("Invite: ABCD"), None);
    }
}
