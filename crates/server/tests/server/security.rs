//! The server among strangers: frames and connections that no client of ours would send, and what is not public.

use std::{net::SocketAddr, time::Duration};

use carillon_protocol::close;
use reqwest::StatusCode;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::{connect_async, tungstenite::client::IntoClientRequest as _};

use crate::support::{Device, House, credentials, post};

#[tokio::test]
async fn s10_a_failed_sign_in_that_names_a_victim_changes_nothing_for_the_victim() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    let mallory = house.register("mallory").await;

    for user in ["ada", "mallory"] {
        let mut body = credentials(user, "not the password", "laptop");
        body["device"] = json!(ada.signed_in.device);
        assert_eq!(post(&house.url(), "sign-in", body).await.0, StatusCode::UNAUTHORIZED);
    }
    let client = reqwest::Client::new();
    for token in ["", "nonsense", &format!("{}x", ada.signed_in.token), &mallory.token] {
        client.post(format!("{}/v1/sign-out", house.url())).bearer_auth(token).send().await.unwrap();
    }

    ada.has_heard_nothing().await;
    Device::link(&house.url(), ada.signed_in.clone()).await;
}

#[tokio::test]
async fn s12_neither_metrics_nor_anything_of_the_operators_is_on_the_public_socket() {
    let house = House::with(|config| config.metrics_listen = Some(([127, 0, 0, 1], 0).into())).await;
    let client = reqwest::Client::new();

    for path in ["metrics", "admin", "v1/admin", "admin/user", "debug", "status", "admin.sock", "carillon.db"] {
        for request in [client.get(format!("{}/{path}", house.url())), client.post(format!("{}/{path}", house.url()))] {
            assert_eq!(request.send().await.unwrap().status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
    let metrics = format!("http://{}", house.server.metrics.unwrap());
    for path in ["v1/link", "v1/sign-in", "version"] {
        assert_eq!(client.get(format!("{metrics}/{path}")).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn s17_an_oversize_frame_is_cut_off_before_it_is_there() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;

    ada.say(&"x".repeat(1024 * 1024)).await;

    assert_eq!(ada.is_dismissed().await.0, close::FRAME_TOO_LARGE);
}

#[tokio::test]
async fn s17_compression_is_never_agreed_to_so_there_are_no_bombs() {
    let house = House::open().await;
    let token = house.register("ada").await.token;
    let mut request = format!("ws://{}/v1/link", house.server.addr).into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    headers.insert("sec-websocket-extensions", "permessage-deflate; client_max_window_bits".parse().unwrap());

    let (_socket, response) = connect_async(request).await.unwrap();

    assert_eq!(response.headers().get("sec-websocket-extensions"), None);
    let heard = raw_frame(&house, &token, 0b1100_0001, b"{}").await;
    assert!(heard.is_empty() || heard[0] == 0x88, "a compressed frame is no frame: {heard:?}");
}

#[tokio::test]
async fn s17_bad_utf8_and_deep_json_end_their_own_link_only() {
    let house = House::open().await;
    let mut ben = house.newcomer("ben").await;
    let token = house.register("ada").await.token;
    let [high, low] = close::MALFORMED.to_be_bytes();

    let heard = raw_frame(&house, &token, 0x81, &[b'"', 0xff, 0xfe, b'"']).await;
    assert!(heard.windows(2).any(|bytes| bytes == [high, low]), "{heard:?}");
    let mut carl = house.newcomer("carl").await;
    carl.say(&"[".repeat(60_000)).await;
    assert_eq!(carl.is_dismissed().await.0, close::MALFORMED);
    let mut dora = house.newcomer("dora").await;
    let deep = format!(r#"{{"t":"request","op_id":{},"body":{{}}}}"#, "[".repeat(30_000) + &"]".repeat(30_000));
    dora.say(&deep).await;
    assert_eq!(dora.is_dismissed().await.0, close::MALFORMED);

    ben.has_heard_nothing().await;
}

#[tokio::test]
async fn s17_a_handshake_that_dribbles_is_ended() {
    let house = House::with(|config| config.patience.head = Duration::from_millis(100)).await;
    let mut socket = TcpStream::connect(house.server.addr).await.unwrap();

    let mut heard = Vec::new();
    socket.write_all(b"GET /v1/link HTTP/1.1\r\nHost: local").await.unwrap();
    socket.read_to_end(&mut heard).await.ok();

    let said = String::from_utf8_lossy(&heard);
    assert!(heard.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
}

#[tokio::test]
async fn s17_silent_connections_make_room_for_a_newcomer() {
    let house = House::with(|config| config.limits.half_open = 8).await;
    let mut silent = Vec::new();
    for _ in 0..8 {
        silent.push(TcpStream::connect(house.server.addr).await.unwrap());
    }

    let version = reqwest::get(format!("{}/version", house.url())).await.unwrap();

    assert_eq!(version.status(), StatusCode::OK);
    let mut heard = Vec::new();
    silent[0].read_to_end(&mut heard).await.ok();
    assert_eq!(heard, b"", "the oldest is gone, without a word");
    silent[1].write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    silent[1].read_to_end(&mut heard).await.unwrap();
    assert!(heard.starts_with(b"HTTP/1.1 200"), "the next one may still speak");
}

#[tokio::test]
async fn s17_answers_that_are_not_read_are_waited_for_no_longer_than_that() {
    let house = House::with(|config| config.patience.slow_reader = Duration::from_millis(100)).await;
    let mut socket = TcpStream::connect(house.server.addr).await.unwrap();
    let requests = "GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1000);

    // Once its answers have nowhere to go the server reads no more of them, and then it is gone.
    let asking = async { while socket.write_all(requests.as_bytes()).await.is_ok() {} };

    let was_cut_off = tokio::time::timeout(Duration::from_secs(60), asking).await;
    assert_eq!(was_cut_off, Ok(()));
}

/// What is heard after the greeting by a device that sends one frame with a first byte of its own.
async fn raw_frame(house: &House, token: &str, first: u8, payload: &[u8]) -> Vec<u8> {
    let mut socket = upgraded(house.server.addr, token).await;
    let hello = br#"{"t":"hello"}"#;
    for (first, payload) in [(0x81, hello.as_slice()), (first, payload)] {
        let length = 0x80 | u8::try_from(payload.len()).unwrap();
        socket.write_all(&[&[first, length, 0, 0, 0, 0], payload].concat()).await.unwrap();
    }
    let mut heard = Vec::new();
    socket.read_to_end(&mut heard).await.ok();
    // The challenge is short enough for a length of one byte, the greeting is not.
    let challenge = usize::from(heard[1]) + 2;
    let greeting = usize::from(u16::from_be_bytes([heard[challenge + 2], heard[challenge + 3]])) + 4;
    heard.split_off(challenge + greeting)
}

async fn upgraded(server: SocketAddr, token: &str) -> TcpStream {
    let mut socket = TcpStream::connect(server).await.unwrap();
    let head = format!(
        "GET /v1/link HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(socket.read_u8().await.unwrap());
    }
    socket
}
