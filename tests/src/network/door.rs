//! A door to a server that leads a kit's media over a relay: of what the kit says, the other end sees the relay's addresses in place of its own.
//!
//! Only for sign-ins without a device key: what is signed cannot be changed on its way.

use std::io;
use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Message, protocol::Role};

use super::relay::{Relay, Side};

/// No request of the kit's has a longer head.
const LONGEST_HEAD: usize = 16 * 1024;
/// Where nobody is (RFC 5737).
const NOWHERE: (&str, &str) = ("192.0.2.1", "9");

/// Opens the door for the kit on one side, and says its address, which takes the place of the server's. It is open as long as the runtime.
///
/// # Errors
/// If no port is free.
pub async fn door(relay: &Relay, side: Side, server: SocketAddr) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let relay = relay.clone();
    tokio::spawn(async move {
        while let Ok((kit, _)) = listener.accept().await {
            let relay = relay.clone();
            // A connection that breaks off is the kit's affair.
            tokio::spawn(async move { pass(kit, server, &relay, side).await });
        }
    });
    Ok(address)
}

async fn pass(mut kit: TcpStream, server: SocketAddr, relay: &Relay, side: Side) -> Result<()> {
    let mut server = TcpStream::connect(server).await?;
    let (head, rest) = head(&mut kit).await?;
    server.write_all(&head).await?;
    if !String::from_utf8_lossy(&head).to_ascii_lowercase().contains("upgrade: websocket") {
        server.write_all(&rest).await?;
        copy_bidirectional(&mut kit, &mut server).await?;
        return Ok(());
    }
    let (answer, begun) = self::head(&mut server).await?;
    kit.write_all(&answer).await?;
    let kit = WebSocketStream::from_partially_read(kit, rest, Role::Server, None).await;
    let server = WebSocketStream::from_partially_read(server, begun, Role::Client, None).await;
    let ((mut to_kit, mut from_kit), (mut to_server, mut from_server)) = (kit.split(), server.split());
    let up = async {
        while let Some(Ok(message)) = from_kit.next().await {
            to_server.send(shown(message, relay, side)).await?;
        }
        anyhow::Ok(())
    };
    let down = async {
        while let Some(Ok(message)) = from_server.next().await {
            to_kit.send(message).await?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        ended = up => ended,
        ended = down => ended,
    }
}

/// The head of a request or an answer, and what came with it.
async fn head(stream: &mut TcpStream) -> Result<(Vec<u8>, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = read.split_off(end + 4);
            return Ok((read, rest));
        }
        ensure!(read.len() < LONGEST_HEAD, "no end of a head");
        let length = stream.read_buf(&mut read).await?;
        ensure!(length > 0, "it ends within its head");
    }
}

/// What the server is told in place of what the kit says.
fn shown(message: Message, relay: &Relay, side: Side) -> Message {
    let Message::Text(text) = &message else { return message };
    let Ok(mut frame) = serde_json::from_str::<Value>(text) else { return message };
    if frame["body"]["type"] != "media" {
        return message;
    }
    let signal = &mut frame["body"]["signal"];
    for key in ["candidate", "sdp"] {
        let Some(said) = signal[key].as_str() else { continue };
        signal[key] =
            said.split("\r\n").map(|line| line_shown(line, relay, side)).collect::<Vec<_>>().join("\r\n").into();
    }
    Message::text(frame.to_string())
}

/// A line of a description, or a candidate by itself.
fn line_shown(line: &str, relay: &Relay, side: Side) -> String {
    if !line.trim_start_matches("a=").starts_with("candidate:") {
        return line.to_owned();
    }
    let mut fields: Vec<String> = line.split(' ').map(str::to_owned).collect();
    // An address that the relay cannot stand in for leads nowhere: no path must lead past the relay.
    let shown = stand_in(&fields, relay, side).map_or_else(
        |_| (NOWHERE.0.to_owned(), NOWHERE.1.to_owned()),
        |shown| (shown.ip().to_string(), shown.port().to_string()),
    );
    if let [_, _, _, _, address, port, ..] = fields.as_mut_slice() {
        (*address, *port) = shown;
    }
    fields.join(" ")
}

fn stand_in(fields: &[String], relay: &Relay, side: Side) -> Result<SocketAddr> {
    let (address, port) = fields.get(4).zip(fields.get(5)).context("an address and a port")?;
    let end = SocketAddr::new(address.parse()?, port.parse()?);
    let shown: io::Result<SocketAddr> = relay.stand_in(side, end);
    Ok(shown?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Conditions;

    #[tokio::test]
    async fn of_a_candidate_the_other_end_sees_the_relay_and_of_everything_else_what_was_said() {
        let relay = Relay::new(Conditions::CLEAN, 1);
        let shown = |line| line_shown(line, &relay, Side::First);

        let stand_in = relay.stand_in(Side::First, "127.0.0.1:4000".parse().expect("an address")).expect("bound");
        let instead = format!("candidate:1 1 udp 2130706431 127.0.0.1 {} typ host", stand_in.port());
        assert_eq!(shown("candidate:1 1 udp 2130706431 127.0.0.1 4000 typ host"), instead);
        assert_eq!(shown("a=candidate:1 1 udp 2130706431 127.0.0.1 4000 typ host"), format!("a={instead}"));
        let nowhere = shown("candidate:1 1 udp 2130706431 some-name.local 4000 typ host");
        assert_eq!(nowhere, "candidate:1 1 udp 2130706431 192.0.2.1 9 typ host");
        assert_eq!(shown("a=mid:0"), "a=mid:0");
    }
}
