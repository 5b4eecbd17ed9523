//! `admin doctor`: looks at everything that goes wrong with servers, from outside of it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UdpSocket},
    time::timeout,
};

use super::{Ask, socket, status, table::Table};
use crate::{
    doors::tls,
    ground::{
        clock::Clock,
        config::{Config, TlsMode},
    },
    store::{self, folder::DATABASE},
};

/// For one question over the network, all of it on this machine.
const PATIENCE: Duration = Duration::from_secs(3);
/// A certificate that is not renewed should be noticed in time.
const SOON: i64 = 14 * 24 * 60 * 60;
/// Fewer open files than this are fewer devices than a team has.
const FEW_FILES: u64 = 4096;

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    Good,
    Warning,
    Bad,
}

/// One check.
#[derive(Debug)]
pub(super) struct Check {
    what: &'static str,
    health: Health,
    detail: String,
}

fn good(what: &'static str, detail: impl Into<String>) -> Check {
    Check { what, health: Health::Good, detail: detail.into() }
}

fn warning(what: &'static str, detail: impl Into<String>) -> Check {
    Check { what, health: Health::Warning, detail: detail.into() }
}

fn bad(what: &'static str, detail: impl Into<String>) -> Check {
    Check { what, health: Health::Bad, detail: detail.into() }
}

pub(super) fn table(checks: &[Check]) -> Table {
    let mut table = Table::new(["check", "health", "detail"]);
    for check in checks {
        let health = format!("{:?}", check.health).to_lowercase();
        table.row([check.what.into(), health.into(), check.detail.clone().into()]);
    }
    table
}

pub(super) fn verdict(checks: &[Check]) -> ExitCode {
    ExitCode::from(u8::from(checks.iter().any(|check| check.health == Health::Bad)))
}

/// Looks at everything.
pub(super) async fn look(config: &Config) -> Vec<Check> {
    let status = socket::ask(&config.data_dir, &Ask::Status).await;
    let mut checks = vec![rights(&config.data_dir), database(&config.data_dir).await, clock(&config.data_dir).await];
    match &status {
        Ok(status) => checks.extend(running(config, status).await),
        Err(error) => {
            checks.push(warning("server", error.to_string()));
            checks.push(can_listen(config.listen).await);
            checks.push(files(status::open_files_limit(), "this shell's"));
        }
    }
    checks.push(certificate(config));
    checks
}

async fn running(config: &Config, status: &Table) -> Vec<Check> {
    let number = |field| status.field(field).and_then(serde_json::Value::as_u64);
    let url = status.field("address").and_then(|url| url.as_str()).unwrap_or_default();
    let version = status.field("version").and_then(|version| version.as_str()).unwrap_or_default();
    let links = number("links").unwrap_or_default();
    let stun = number("stun_port").and_then(|port| u16::try_from(port).ok());
    vec![
        good("server", format!("version {version} runs, with {links} links")),
        answers(url).await,
        match stun {
            Some(port) => stun_answers(config.stun_listen.unwrap_or(config.listen).ip(), port).await,
            None => bad("stun", "the server could not open its UDP port: calls across routers will not connect"),
        },
        media(config, status.field("media").and_then(|media| media.as_str()).unwrap_or_default()),
        media_over_tcp(status.field("media_tcp").and_then(|media| media.as_str())).await,
        files(number("open_files_limit"), "the server's"),
    ]
}

/// Where the server takes the media of group calls. Whether a firewall lets them through is seen from outside only.
fn media(config: &Config, addresses: &str) -> Check {
    let taken: Vec<SocketAddr> = addresses.split(", ").filter_map(|address| address.parse().ok()).collect();
    let is_hidden = taken.iter().all(|address| address.ip().is_loopback()) && config.media_addresses.is_empty();
    match taken.as_slice() {
        [] => bad("media", "the server could not open its UDP ports: group calls have no sound and no pictures"),
        _ if is_hidden => {
            warning("media", format!("group calls work on this machine only: {addresses} (udp); see media_listen"))
        }
        _ => good("media", format!("group calls come to {addresses} (udp), which a firewall has to let through")),
    }
}

/// Where it takes them from devices whose networks let no UDP through.
async fn media_over_tcp(address: Option<&str>) -> Check {
    const WHAT: &str = "media over tcp";
    let Some(address) = address.and_then(|address| address.parse::<SocketAddr>().ok()) else {
        return warning(WHAT, "the server could not open its TCP port: networks that let no UDP through have no media");
    };
    match timeout(PATIENCE, TcpStream::connect(reachable(address.ip(), address.port()))).await {
        Ok(Ok(_)) => good(WHAT, format!("{address} (tcp) takes connections, which a firewall has to let through")),
        Ok(Err(error)) => bad(WHAT, format!("{address} (tcp): {error}")),
        Err(_) => bad(WHAT, format!("{address} (tcp) takes no connections")),
    }
}

#[cfg(unix)]
fn rights(data_dir: &Path) -> Check {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| std::fs::metadata(path).map(|file| file.permissions().mode() & 0o777);
    match (mode(data_dir), mode(&data_dir.join(DATABASE))) {
        (Err(error), _) => bad("data folder", format!("{}: {error}", data_dir.display())),
        (_, Ok(database)) if database & 0o077 != 0 => {
            bad("data folder", format!("others may use the database: its mode is {database:o}, and should be 600"))
        }
        (Ok(folder), _) if folder & 0o022 != 0 => {
            bad("data folder", format!("others may write in it: its mode is {folder:o}, and should be 700"))
        }
        (Ok(folder), _) if folder & 0o077 != 0 => {
            warning("data folder", format!("others may look into it: its mode is {folder:o}, and should be 700"))
        }
        _ => good("data folder", data_dir.display().to_string()),
    }
}

#[cfg(not(unix))]
fn rights(data_dir: &Path) -> Check {
    match std::fs::metadata(data_dir) {
        Ok(_) => good("data folder", data_dir.display().to_string()),
        Err(error) => bad("data folder", format!("{}: {error}", data_dir.display())),
    }
}

async fn database(data_dir: &Path) -> Check {
    let file = data_dir.join(DATABASE);
    if !file.exists() {
        return warning("database", "there is none yet; the first start makes it");
    }
    match store::check(&file).await {
        Ok(Ok(())) => good("database", "sound"),
        Ok(Err(why)) => bad("database", why),
        Err(error) => bad("database", error.to_string()),
    }
}

/// A clock that jumped back makes invites and rings live for too long, and signs people in with old certificates.
async fn clock(data_dir: &Path) -> Check {
    let file = data_dir.join(DATABASE);
    if !file.exists() {
        return good("clock", "nothing to compare it with");
    }
    let now_ms = Clock::default().now_ms();
    match store::newest_at_ms(&file).await {
        Ok(newest) if newest > now_ms + 5000 => {
            bad("clock", format!("it is {} s behind what is in the database", (newest - now_ms) / 1000))
        }
        Ok(_) => good("clock", "not behind what is in the database"),
        Err(error) => warning("clock", format!("there is nothing to compare it with: {error}")),
    }
}

async fn can_listen(address: SocketAddr) -> Check {
    match TcpListener::bind(address).await {
        Ok(_) => good("port", format!("{address} is free")),
        Err(error) => bad("port", format!("{address}: {error}")),
    }
}

/// Over TLS it is enough that a server answers; the certificate has a check of its own.
async fn answers(url: &str) -> Check {
    let Some((scheme, address)) = url.split_once("://") else { return bad("port", "the server says no address") };
    let Ok(address) = address.parse::<SocketAddr>() else { return bad("port", format!("{address} is no address")) };
    let talk = async {
        let mut stream = TcpStream::connect(reachable(address.ip(), address.port())).await?;
        if scheme == "https" {
            return Ok("HTTP/1.1 200".to_owned());
        }
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.map(|_| answer)
    };
    match timeout(PATIENCE, talk).await {
        Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200") => good("port", format!("{url} answers")),
        Ok(Ok(_)) => bad("port", format!("{url} is answered by something else")),
        Ok(Err(error)) => bad("port", format!("{url}: {error}")),
        Err(_) => bad("port", format!("{url} does not answer")),
    }
}

async fn stun_answers(ip: IpAddr, port: u16) -> Check {
    const REQUEST: &[u8; 20] = b"\x00\x01\x00\x00\x21\x12\xa4\x42carillondoc!";
    let address = reachable(ip, port);
    let ask = async {
        let here: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = UdpSocket::bind((here, 0)).await?;
        socket.send_to(REQUEST, address).await?;
        let mut answer = [0; 64];
        let (length, _) = socket.recv_from(&mut answer).await?;
        std::io::Result::Ok(length > 20 && answer[8..20] == REQUEST[8..])
    };
    match timeout(PATIENCE, ask).await {
        Ok(Ok(true)) => good("stun", format!("{address}/udp answers")),
        Ok(Ok(false)) => bad("stun", format!("{address}/udp is answered by something else")),
        Ok(Err(error)) => bad("stun", format!("{address}/udp: {error}")),
        Err(_) => bad("stun", format!("{address}/udp does not answer")),
    }
}

/// *Every address* is no address to send to.
fn reachable(ip: IpAddr, port: u16) -> SocketAddr {
    let ip = match ip {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => ip,
    };
    SocketAddr::new(ip, port)
}

fn files(limit: Option<u64>, whose: &str) -> Check {
    match limit {
        Some(limit) if limit < FEW_FILES => {
            warning("open files", format!("{whose} limit is {limit}: each device needs one (LimitNOFILE, ulimit -n)"))
        }
        Some(limit) => good("open files", format!("{whose} limit is {limit}")),
        None => good("open files", "no limit"),
    }
}

fn certificate(config: &Config) -> Check {
    let public = !config.listen.ip().is_loopback();
    match config.tls.mode {
        TlsMode::Off if public => {
            warning("tls", format!("{} speaks plain HTTP: put a TLS proxy before it", config.listen))
        }
        TlsMode::Off => good("tls", "off, on loopback: a proxy is expected before it"),
        TlsMode::Acme if !has_certificate(&config.data_dir.join("acme")) => {
            warning("tls", "there is no certificate yet: port 443 of the domains has to lead here")
        }
        TlsMode::Acme => good("tls", "a certificate from the authority is there"),
        TlsMode::Files => match tls::try_files(&config.tls) {
            Err(error) => bad("tls", error.to_string()),
            Ok(expires) => expiry(expires),
        },
    }
}

fn has_certificate(folder: &Path) -> bool {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("cached_cert"))
}

fn expiry(expires: i64) -> Check {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let left = expires - i64::try_from(now).unwrap_or(i64::MAX);
    let days = left / (24 * 60 * 60);
    match left {
        ..=0 => bad("tls", format!("the certificate is void since {} days", -days)),
        1..SOON => warning("tls", format!("the certificate is good for {days} days only")),
        _ => good("tls", format!("the certificate is good for {days} days")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_bad_fails() {
        let code = |checks: &[Check]| format!("{:?}", verdict(checks));
        assert_eq!(code(&[good("a", ""), warning("b", "")]), format!("{:?}", ExitCode::SUCCESS));
        assert_eq!(code(&[good("a", ""), bad("b", "")]), format!("{:?}", ExitCode::FAILURE));
    }

    #[test]
    fn a_certificate_is_watched_before_it_is_void() {
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
        let days = |days: i64| expiry(now + days * 24 * 60 * 60 + 60).health;
        assert_eq!([days(-2), days(3), days(30)], [Health::Bad, Health::Warning, Health::Good]);
    }
}
