//! A proxy that writes down what it is asked: HTTP, with CONNECT, and SOCKS5. Every name is a name of this machine to it.
#![expect(clippy::disallowed_methods, reason = "a panic of the proxy fails the story that waits for its answer")]

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use anyhow::Result;

/// A running proxy; it goes with the test's process.
pub struct RecordingProxy {
    port: u16,
    asked: Asked,
}

type Asked = Arc<Mutex<Vec<String>>>;

impl RecordingProxy {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// If there is none.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let proxy = Self { port: listener.local_addr()?.port(), asked: Asked::default() };
        let asked = proxy.asked.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let asked = asked.clone();
                thread::spawn(move || serve(client, &asked));
            }
        });
        Ok(proxy)
    }

    /// What a proxy variable says, for a scheme such as `http` or `socks5h`.
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// Everything that it was asked: `GET http://…`, `CONNECT host:port`, `SOCKS host:port`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(client: TcpStream, asked: &Asked) -> io::Result<()> {
    let mut first = [0];
    client.peek(&mut first)?;
    let (server, rest) = if first == [5] { socks(&client, asked)? } else { http(&client, asked)? };
    (&server).write_all(&rest)?;
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    let outward = thread::spawn(move || pass(from_client, to_server));
    pass(server, client)?;
    outward.join().unwrap_or(Ok(()))
}

fn http(mut client: &TcpStream, asked: &Asked) -> io::Result<(TcpStream, Vec<u8>)> {
    let head = head(client)?;
    let line = head.lines().next().unwrap_or_default();
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    note(asked, format!("{method} {target}"));
    if method == "CONNECT" {
        let server = connect(target)?;
        client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
        return Ok((server, Vec::new()));
    }
    let place = target.trim_start_matches("http://").split('/').next().unwrap_or_default();
    let path = target.trim_start_matches("http://").trim_start_matches(place);
    Ok((connect(place)?, head.replacen(target, path, 1).into_bytes()))
}

/// Without a password, and with the server's name.
fn socks(mut client: &TcpStream, asked: &Asked) -> io::Result<(TcpStream, Vec<u8>)> {
    let [_, methods] = read(client)?;
    client.read_exact(&mut vec![0; methods.into()])?;
    client.write_all(&[5, 0])?;
    let [_, _, _, kind] = read(client)?;
    let host = match kind {
        1 => Ipv4Addr::from(read::<4>(client)?).to_string(),
        _ => {
            let mut name = vec![0; read::<1>(client)?[0].into()];
            client.read_exact(&mut name)?;
            String::from_utf8_lossy(&name).into_owned()
        }
    };
    let place = format!("{host}:{}", u16::from_be_bytes(read(client)?));
    note(asked, format!("SOCKS {place}"));
    let server = connect(&place)?;
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0])?;
    Ok((server, Vec::new()))
}

fn connect(place: &str) -> io::Result<TcpStream> {
    let port = place.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(80);
    TcpStream::connect((Ipv4Addr::LOCALHOST, port))
}

/// Byte by byte, so that nothing of what follows is taken.
fn head(client: &TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(read::<1>(client)?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn read<const N: usize>(mut from: &TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn pass(mut from: TcpStream, to: TcpStream) -> io::Result<()> {
    io::copy(&mut from, &mut &to)?;
    to.shutdown(std::net::Shutdown::Write)
}

fn note(asked: &Asked, what: String) {
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(what);
}
