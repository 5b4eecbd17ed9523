//! What is public, what is not, and who may knock.

use carillon_protocol::{ClientFrame, ServerFrame, VersionInfo};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::StatusCode;
use tokio::net::UdpSocket;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::HeaderValue},
};

use crate::support::House;

const PAGE: &str = "https://calls.example";

#[tokio::test]
async fn a_server_says_what_it_is_and_that_it_works() {
    let house = House::open().await;

    let version: VersionInfo = get(&house.url(), "version").await.json().await.unwrap();
    assert_eq!((version.server.as_str(), version.protocol), ("carillon", carillon_protocol::PROTOCOL_VERSION));
    assert_eq!(get(&house.url(), "livez").await.status(), StatusCode::OK);
    assert_eq!(get(&house.url(), "readyz").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_address_with_nothing_at_it_is_answered_in_json_too() {
    let house = House::open().await;
    for (path, expected) in [("nowhere", StatusCode::NOT_FOUND), ("v1/sign-in", StatusCode::METHOD_NOT_ALLOWED)] {
        let response = get(&house.url(), path).await;
        assert_eq!(response.status(), expected);
        assert_eq!(response.json::<serde_json::Value>().await.unwrap()["code"], "invalid");
    }
}

#[tokio::test]
async fn metrics_are_on_their_own_listener_only_and_name_nobody() {
    let house = House::with(|config| config.metrics_listen = Some(([127, 0, 0, 1], 0).into())).await;
    let _alice = house.newcomer("alice").await;

    let page = get(&format!("http://{}", house.server.metrics.unwrap()), "metrics").await.text().await.unwrap();

    assert!(page.contains("carillon_links 1\n"), "{page}");
    assert!(page.contains("carillon_calls{state=\"ringing\"} 0\n"), "{page}");
    assert!(!page.contains("alice"));
    assert_eq!(get(&house.url(), "metrics").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_web_page_may_only_connect_from_an_allowed_origin() {
    let house = House::with(|config| config.allowed_origins = vec![PAGE.into()]).await;
    let token = house.register("ada").await.token;
    let knock = async |origin: &'static str| {
        let mut request = format!("ws://{}/v1/link", house.server.addr).into_client_request().unwrap();
        request.headers_mut().insert("origin", HeaderValue::from_static(origin));
        let protocols = format!("carillon, bearer.{token}");
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
        connect_async(request).await
    };

    let (mut socket, response) = knock(PAGE).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "carillon");
    let hello = serde_json::to_string(&ClientFrame::Hello { resume: None, proof: None }).unwrap();
    socket.send(Message::Text(hello.into())).await.unwrap();
    for _ in ["challenge", "reset"] {
        assert!(matches!(socket.next().await, Some(Ok(Message::Text(_)))));
    }

    let Err(Error::Http(refusal)) = knock("https://evil.example").await else { panic!("let in") };
    assert_eq!(refusal.status(), 403);
}

#[tokio::test]
async fn nobody_gets_a_link_without_a_token() {
    let house = House::open().await;
    for token in ["", "Bearer", "Bearer nonsense", "Basic YWRhOmFkYQ=="] {
        let mut request = format!("ws://{}/v1/link", house.server.addr).into_client_request().unwrap();
        request.headers_mut().insert("authorization", HeaderValue::from_static(token));

        let Err(Error::Http(refusal)) = connect_async(request).await else { panic!("let in with {token:?}") };

        assert_eq!(refusal.status(), 401, "{token:?}");
    }
}

#[tokio::test]
async fn the_greeting_names_a_stun_service_that_answers() {
    let house = House::open().await;
    let ada = house.newcomer("ada").await;
    let stun = ada.greeting.stun.clone().unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let request = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42], b"transaction!".as_slice()].concat();

    socket.send_to(b"garbage", &stun).await.unwrap();
    socket.send_to(&request, &stun).await.unwrap();

    let mut answer = [0; 100];
    let (length, _) = socket.recv_from(&mut answer).await.unwrap();
    let port = u16::from_be_bytes([answer[26], answer[27]]) ^ 0x2112;
    assert_eq!((length, &answer[8..20]), (32, b"transaction!".as_slice()));
    assert_eq!(port, socket.local_addr().unwrap().port());
}

#[tokio::test]
async fn a_link_begins_with_a_challenge_and_then_a_greeting() {
    let house = House::open().await;
    let signed_in = house.register("ada").await;
    let mut socket = crate::support::connect(&house.url(), &signed_in.token).await;
    socket.send(Message::Text(r#"{"t":"hello"}"#.into())).await.unwrap();

    let Some(Ok(Message::Text(text))) = socket.next().await else { panic!("no greeting") };

    let Ok(ServerFrame::Reset { greeting, snapshot, .. }) = serde_json::from_str(&text) else { panic!("{text}") };
    assert_eq!((greeting.account, greeting.device), (signed_in.account, signed_in.device));
    assert_eq!((snapshot.seq, snapshot.call), (0, None));
}

async fn get(url: &str, path: &str) -> reqwest::Response {
    reqwest::get(format!("{url}/{path}")).await.unwrap()
}
