//! Tries the packages on this machine: install, run, remove, look for leftovers.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::run::{output, run, succeeds};

/// Tries one after the other.
pub(super) fn both(app: &Path, server: &Path) -> Result<()> {
    installed(server, || {
        run(Command::new("/usr/bin/carillon-server").arg("--version").stdout(std::io::stderr()))?;
        server_answers()?;
        unit_is_sound()
    })?;
    installed(app, || {
        finds_its_libraries(Path::new("/usr/bin/carillon-desktop"))?;
        run(Command::new("/usr/bin/carillon-desktop").arg("--version").stdout(std::io::stderr()))
    })
}

/// Installs a package, tries it, and purges it in any case.
fn installed(package: &Path, attempt: impl FnOnce() -> Result<()>) -> Result<()> {
    let name = output(Command::new("dpkg-deb").args(["--field"]).arg(package).arg("Package"))?.trim().to_owned();
    ensure!(!succeeds(Command::new("dpkg").args(["--status", &name])), "{name} is already installed here");
    run(Command::new("apt-get")
        .args(["install", "-y", "-q", "--no-install-recommends"])
        .arg(package)
        .stdout(std::io::stderr()))?;
    let files: Vec<PathBuf> = output(Command::new("dpkg").args(["--listfiles", &name]))?
        .lines()
        .map(PathBuf::from)
        .filter(|path| path.is_file())
        .collect();
    let tried = attempt();
    run(Command::new("dpkg").args(["--purge", &name]).stdout(std::io::stderr()))?;
    tried.with_context(|| format!("{name} was installed and removed, but did not run as it should"))?;

    let left: Vec<_> = files.iter().filter(|file| file.exists()).collect();
    ensure!(left.is_empty(), "{name} left behind: {left:?}");
    eprintln!("{name}: installed {} files, ran, and left nothing behind", files.len());
    Ok(())
}

/// Starts the installed server on a free port and asks whether it lives; ends it as systemd would.
fn server_answers() -> Result<()> {
    let data = std::env::temp_dir().join(format!("carillon-bundle-{}", std::process::id()));
    let mut server = Command::new("/usr/bin/carillon-server")
        .arg("--data-dir")
        .arg(&data)
        .args(["--config", "/etc/carillon-server.toml", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .context("the installed server does not start")?;
    let mut lines = BufReader::new(server.stdout.take().context("its stdout is a pipe")?).lines().map_while(Result::ok);
    let answer = lines.by_ref().find_map(|line| address(&line)).context("it never says its address");
    let answer = answer.and_then(|address| livez(&address));
    run(Command::new("kill").args(["-TERM", &server.id().to_string()]))?;
    // The pipe is read to its end: a program that cannot print any more has a reason to fail.
    lines.for_each(drop);
    let end = server.wait()?;
    std::fs::remove_dir_all(&data).ok();
    answer?;
    ensure!(end.success(), "the server did not end well on SIGTERM: {end}");
    Ok(())
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

/// systemd's own reading of the unit, where it is installed.
fn unit_is_sound() -> Result<()> {
    if !succeeds(Command::new("systemd-analyze").arg("--version")) {
        return Ok(());
    }
    run(Command::new("systemd-analyze").args(["verify", "/usr/lib/systemd/system/carillon-server.service"]))
}

fn finds_its_libraries(program: &Path) -> Result<()> {
    let libraries = output(Command::new("ldd").arg(program))?;
    let missing: Vec<_> = libraries.lines().filter(|line| line.contains("not found")).collect();
    ensure!(missing.is_empty(), "{} misses {missing:?}", program.display());
    Ok(())
}
