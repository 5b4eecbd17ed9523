//! S19: web pages of other origins, and names that are not this server's.

use reqwest::StatusCode;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::{Error, client::IntoClientRequest as _};

use crate::support::{House, PASSWORD, credentials};

#[tokio::test]
async fn s19_a_page_of_another_origin_reaches_neither_rest_nor_link() {
    let house = House::with(|config| config.allowed_origins = vec!["https://calls.example".into()]).await;
    let client = reqwest::Client::new();
    let from = async |origin: &str, path: &str| {
        let request = client.post(format!("{}/v1/{path}", house.url())).header("origin", origin);
        request.json(&credentials("ada", PASSWORD, "laptop")).send().await.unwrap()
    };

    for origin in ["https://evil.example", "null", "https://calls.example.evil.example", "http://calls.example"] {
        for path in ["sign-in", "register", "sign-out"] {
            assert_eq!(from(origin, path).await.status(), StatusCode::FORBIDDEN, "{origin} {path}");
        }
        let link = client.get(format!("{}/v1/link", house.url())).header("origin", origin).send().await.unwrap();
        assert_eq!(link.status(), StatusCode::FORBIDDEN, "{origin}");
    }
    assert_eq!(
        from("https://calls.example", "sign-in").await.status(),
        StatusCode::UNAUTHORIZED,
        "asked, and answered"
    );
}

#[tokio::test]
async fn s19_no_page_is_shown_an_answer_by_cors() {
    let house = House::with(|config| config.allowed_origins = vec!["https://calls.example".into()]).await;
    let client = reqwest::Client::new();
    for origin in ["https://evil.example", "https://calls.example"] {
        let url = format!("{}/v1/sign-in", house.url());
        let preflight = client.request(reqwest::Method::OPTIONS, &url).header("origin", origin);
        let preflight = preflight.header("access-control-request-method", "POST").send().await.unwrap();
        let version = client.get(format!("{}/version", house.url())).header("origin", origin).send().await.unwrap();

        assert!(preflight.status().is_client_error(), "{origin}");
        for answer in [preflight, version] {
            let cors = answer.headers().keys().any(|name| name.as_str().starts_with("access-control"));
            assert!(!cors, "{origin}: {:?}", answer.headers());
        }
    }
}

#[tokio::test]
async fn s19_a_name_that_is_not_this_servers_is_not_answered() {
    let house = House::with(|config| config.public_hosts = vec!["calls.example.org".into()]).await;
    let ask = async |host: &str| {
        let request = reqwest::Client::new().get(format!("{}/version", house.url())).header("host", host);
        request.send().await.unwrap()
    };

    for host in ["calls.example.org", "calls.example.org:8443", "localhost:4747", "127.0.0.1"] {
        assert_eq!(ask(host).await.status(), StatusCode::OK, "{host}");
    }
    let rebound = ask("evil.example").await;
    assert_eq!(rebound.status(), StatusCode::MISDIRECTED_REQUEST);
    let body: Value = rebound.json().await.unwrap();
    assert!(body["detail"].as_str().unwrap().contains("public_hosts"), "the operator is told what to do: {body}");
    let mut link = "ws://evil.example/v1/link".into_client_request().unwrap();
    link.headers_mut().insert("host", "evil.example".parse().unwrap());
    let stream = TcpStream::connect(house.server.addr).await.unwrap();
    let Err(Error::Http(refusal)) = tokio_tungstenite::client_async(link, stream).await else { panic!("let in") };
    assert_eq!(refusal.status(), StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn s18_a_connection_that_asks_too_often_is_answered_once_and_closed() {
    let house = House::with(|config| {
        config.limits.http_requests_per_minute_and_address = 2;
        config.trust_forwarded_for = true;
    })
    .await;
    let mut socket = TcpStream::connect(house.server.addr).await.unwrap();
    let request = "GET /version HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n";

    socket.write_all(request.repeat(100).as_bytes()).await.unwrap();
    let mut answers = Vec::new();
    socket.read_to_end(&mut answers).await.ok();

    let answers = String::from_utf8(answers).unwrap();
    let count = |status: &str| answers.matches(status).count();
    assert_eq!((count("HTTP/1.1 200"), count("HTTP/1.1 429")), (2, 1));
}

#[tokio::test]
async fn s19_a_request_with_two_lines_of_a_header_that_decides_is_refused_and_one_without_a_host_is_too() {
    let house = House::with(|config| config.allowed_origins = vec!["https://calls.example".into()]).await;
    let status_of = async |path: &str, lines: &[&str]| {
        let mut socket = TcpStream::connect(house.server.addr).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\n{}\r\nConnection: close\r\n\r\n", lines.join("\r\n"));
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    let (host, origin) = ("Host: localhost", "Origin: https://calls.example");

    assert_eq!(status_of("/version", &[host, origin]).await, "200");
    for lines in [
        vec![host, host],
        vec![host, "Host: evil.example"],
        vec![host, origin, "Origin: https://evil.example"],
        vec![host, "Authorization: Bearer x", "Authorization: Bearer y"],
        vec!["Accept: */*"],
    ] {
        assert_eq!(status_of("/version", &lines).await, "400", "{lines:?}");
    }
    assert_eq!(status_of("/livez", &[host, host]).await, "400", "nor where everybody may ask");
}
